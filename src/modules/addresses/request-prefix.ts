/** A unit asks for a prefix, another person at the bureau that holds the space gives one (ours; no tool studied does). */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { officeOver, raiseTask, settleTask } from '#tasks';
import { findUnit } from '#units';
import { allocate, demandPrefix } from './shape-prefixes.ts';
import {
  findRequest,
  insertRequest,
  type PrefixRequestRow,
  prefixesToGiveFrom,
  settleRequest,
} from './store/prefix-requests.ts';
import { nextFreePrefix } from './store/prefixes.ts';
import { knownRealms } from './store/realms.ts';

const taskOf = (id: string) => `addresses:prefix-request:${id}`;
const day = 86_400_000;
const mostProposals = 5;

export interface AskedPrefix {
  readonly unitId?: string | undefined;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly family: 4 | 6;
  readonly length: number;
  readonly purpose: string;
}

/** Asks; the officer above gets a task. Throws `addresses.bad_length`, `addresses.unknown_realm`. */
export async function requestPrefix(ctx: Ctx, input: AskedPrefix): Promise<string> {
  const unitId = input.unitId ?? ctx.actor.unitId ?? fail('base.not_found', { what: 'unit' });
  const unit = (await findUnit(ctx, { id: unitId })) ?? fail('base.not_found', { what: `unit ${unitId}` });
  const { realm, family, length, purpose } = input;
  if (length > (family === 4 ? 32 : 128)) fail('addresses.bad_length', { field: 'length', length, family });
  if (!(await knownRealms(ctx, [realm])).has(realm))
    fail('addresses.unknown_realm', { field: 'realm', realm });
  const unitPath = unit.unit_path;
  const id = await insertRequest(ctx, { ...input, unitId, unitPath });
  await recordAudit(ctx, {
    action: 'addresses.request_prefix',
    subject: `prefix_request:${id}`,
    unitPath,
    after: { ...input, unitId },
  });
  const office = await officeOver(ctx, unitPath, { notBy: ctx.actor.id });
  if (office) {
    await raiseTask(ctx, {
      key: taskOf(id),
      kind: 'addresses.give_prefix',
      unitId: office.unitId,
      unitPath: office.unitPath,
      assignee: { role: office.role },
      title: `审批地址段申请：${unit.name} IPv${family} /${length}`,
      why: `${ctx.actor.name} 申请地址段，用途：${purpose}`,
      legalBasis: 'D25',
      dueAt: new Date(ctx.clock.now().getTime() + 5 * day),
      minutes: 5,
      link: '/allocations?tab=requests',
      author: ctx.actor.id,
    });
  }
  return id;
}

/** The next free prefixes that could be given. */
export async function proposeFor(
  ctx: Ctx,
  id: string,
): Promise<{ parentId: string; parent: string; cidr: string }[]> {
  const request = await demandRequest(ctx, id);
  const proposals: { parentId: string; parent: string; cidr: string }[] = [];
  for (const parent of await prefixesToGiveFrom(ctx, request)) {
    const cidr = await nextFreePrefix(ctx, parent.id, request.length);
    if (cidr) proposals.push({ parentId: parent.id, parent: parent.cidr, cidr });
    if (proposals.length === mostProposals) break;
  }
  return proposals;
}

/** Gives the prefix or refuses. Throws `addresses.own_request`, `request_decided`, `need_cidr`, `wrong_length`. */
export async function decideRequest(
  ctx: Ctx,
  id: string,
  decision: { approve: boolean; cidr?: string | undefined; note: string },
): Promise<PrefixRequestRow> {
  const request = await demandRequest(ctx, id, true);
  if (request.askedBy === ctx.actor.id) fail('addresses.own_request');
  const given = decision.approve ? await give(ctx, request, decision.cidr) : undefined;
  const state = decision.approve ? 'approved' : 'refused';
  await settleRequest(ctx, id, { state, note: decision.note, given });
  await recordAudit(ctx, {
    action: `addresses.${decision.approve ? 'give_prefix' : 'refuse_prefix'}`,
    subject: `prefix_request:${id}`,
    unitPath: request.unitPath,
    after: { cidr: given?.cidr ?? null, note: decision.note },
  });
  await settleTask(ctx, taskOf(id), { state: 'done', words: given?.cidr ?? decision.note });
  await tellAsker(ctx, request, given?.cidr, decision.note);
  return demandRequest(ctx, id, false, true);
}

/** Takes one's own undecided request back. */
export async function withdrawRequest(ctx: Ctx, id: string, reason: string): Promise<void> {
  const request = await demandRequest(ctx, id, true);
  if (request.askedBy !== ctx.actor.id) fail('base.not_found', { what: `request ${id}` });
  await settleRequest(ctx, id, { state: 'withdrawn', note: reason });
  await recordAudit(ctx, {
    action: 'addresses.withdraw_prefix_request',
    subject: `prefix_request:${id}`,
    unitPath: request.unitPath,
    after: { reason },
  });
  await settleTask(ctx, taskOf(id), 'cancelled');
}

function give(
  ctx: Ctx,
  request: PrefixRequestRow,
  cidr: string | undefined,
): Promise<{ id: string; cidr: string }> {
  const prefix = demandPrefix(cidr ?? fail('addresses.need_cidr', { field: 'cidr' }));
  const { family, length, realm, role, unitId, purpose } = request;
  if (prefix.family !== family || prefix.length !== length) {
    fail('addresses.wrong_length', { field: 'cidr', family, length, cidr: prefix.text });
  }
  return allocate(ctx, { cidr: prefix.text, unitId, realm, role, state: 'used', note: purpose });
}

async function demandRequest(ctx: Ctx, id: string, lock = false, settled = false): Promise<PrefixRequestRow> {
  const request = (await findRequest(ctx, id, lock)) ?? fail('base.not_found', { what: `request ${id}` });
  if (!settled && request.state !== 'asked') fail('addresses.request_decided');
  return request;
}

/** The one who asked must set the network up, or ask again. */
async function tellAsker(
  ctx: Ctx,
  request: PrefixRequestRow,
  cidr: string | undefined,
  note: string,
): Promise<void> {
  await raiseTask(ctx, {
    key: `${taskOf(request.id)}:told`,
    kind: 'addresses.use_prefix',
    unitId: request.unitId,
    unitPath: request.unitPath,
    assignee: { accountId: request.askedBy },
    title: cidr ? `地址段已批准：${cidr}` : `地址段申请未批准：IPv${request.family} /${request.length}`,
    why: cidr ? '请按此配置网络，并把设备登记在该地址段内。' : note || '请与上级联系。',
    legalBasis: 'D25',
    dueAt: new Date(ctx.clock.now().getTime() + 10 * day),
    minutes: 15,
    link: '/allocations?tab=requests',
    byMachine: false,
  });
}
