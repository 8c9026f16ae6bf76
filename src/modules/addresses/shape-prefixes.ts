/** What an officer does to the tree of prefixes. Every change is a new row of history; nothing is overwritten. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { findUnit, inScope } from '#units';
import { isAtOrBelow } from './nest-prefixes.ts';
import { type IpPrefix, parsePrefix } from './parse-ip.ts';
import { joinedOf, partsOf } from './prefix-math.ts';
import {
  type Allocation,
  endAllocations,
  findAllocations,
  insertAllocations,
  openRegister,
} from './store/allocations.ts';
import {
  findPrefix,
  othersDevices,
  type PrefixRow,
  prefixAround,
  pruneTree,
  widestWithin,
} from './store/prefixes.ts';
import { knownRealms } from './store/realms.ts';
import { lookEverywhere } from './store/whole-view.ts';

export interface NewPrefix {
  readonly cidr: string;
  readonly unitId: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly state: 'used' | 'reserved';
  readonly note: string;
}

/** Most parts of one split: more are made by splitting again. */
const mostParts = 256;

/** Throws when `text` is no prefix; the field named is `field`. */
export function demandPrefix(text: string, field = 'cidr'): IpPrefix {
  return parsePrefix(text.normalize('NFKC')) ?? fail('addresses.bad_cidr', { field, value: text });
}

/**
 * Allocates a prefix. Throws `addresses.bad_cidr`, `unknown_realm`, `same_prefix`, `overlap`, `not_your_space` when what
 * is around it belongs to a bureau above, `not_granted` when nobody gave the space to a unit that gives none itself, and
 * `devices_within` when other units' devices have addresses there.
 */
export async function createPrefix(ctx: Ctx, input: NewPrefix): Promise<PrefixRow> {
  const { id } = await allocate(ctx, input);
  return demandNode(ctx, id);
}

/** Allocates, and returns the allocation's id and prefix. */
export async function allocate(ctx: Ctx, input: NewPrefix): Promise<{ id: string; cidr: string }> {
  const prefix = demandPrefix(input.cidr);
  const unit = await demandUnit(ctx, input.unitId);
  if (!(await knownRealms(ctx, [input.realm])).has(input.realm)) {
    fail('addresses.unknown_realm', { field: 'realm', realm: input.realm });
  }
  const now = await openRegister(ctx);
  const record = {
    id: newId(),
    cidr: prefix.text,
    realm: input.realm,
    role: input.role,
    state: input.state,
    unitId: unit.id,
    unitPath: unit.path,
    note: input.note || null,
  };
  await demandSpace(ctx, record, true);
  await insertAllocations(ctx, [{ ...record, from: null }], now);
  await audit(ctx, 'addresses.allocate', record, undefined, record);
  return { id: record.id, cidr: record.cidr };
}

/** Gives it to another unit, reserves or releases it, or changes its note. An unchanged one gets no history. */
export async function changePrefix(
  ctx: Ctx,
  id: string,
  change: {
    unitId?: string | undefined;
    state?: 'used' | 'reserved' | undefined;
    note?: string | undefined;
  },
): Promise<PrefixRow> {
  const now = await openRegister(ctx);
  const before = await demandNode(ctx, id);
  const unit = change.unitId ? await demandUnit(ctx, change.unitId) : undefined;
  const after = {
    ...recordOf(before),
    unitId: unit?.id ?? before.unitId,
    unitPath: unit?.path ?? before.unitPath,
    state: change.state ?? before.state,
    note: change.note === undefined ? before.note : change.note || null,
  };
  const same = after.unitId === before.unitId && after.state === before.state && after.note === before.note;
  if (same) return before;
  if (unit) await demandSpace(ctx, after);
  await endAllocations(ctx, [id], now);
  await insertAllocations(ctx, [{ ...after, from: now }], now);
  await audit(ctx, 'addresses.change_prefix', after, recordOf(before), after);
  return demandNode(ctx, id);
}

/** Puts the equal parts of `length` bits in the place of a prefix. What stands within it stands in the parts. */
export async function splitPrefix(ctx: Ctx, id: string, length: number): Promise<string[]> {
  const now = await openRegister(ctx);
  const before = await demandNode(ctx, id);
  const prefix = demandPrefix(before.cidr);
  const longest = Math.min(
    prefix.bytes.length * 8,
    prefix.length + Math.log2(mostParts),
    // A prefix within must fit into one part.
    ((await widestWithin(ctx, id)) ?? Number.POSITIVE_INFINITY) - 1,
  );
  if (length <= prefix.length || length > longest) {
    fail('addresses.split_length', {
      field: 'length',
      cidr: before.cidr,
      from: prefix.length + 1,
      to: longest,
    });
  }
  const parts = partsOf(prefix, length);
  await endAllocations(ctx, [id], now);
  const { id: _, ...kept } = recordOf(before);
  await insertAllocations(
    ctx,
    parts.map((cidr) => ({ ...kept, id: newId(), cidr, from: now })),
    now,
  );
  await pruneTree(ctx, [id]);
  await audit(ctx, 'addresses.split', kept, { cidr: before.cidr }, { length, parts: parts.length });
  return parts;
}

/** Joins neighbours of one unit, realm, role and state that make up exactly one prefix. */
export async function mergePrefixes(ctx: Ctx, ids: readonly string[]): Promise<PrefixRow> {
  const now = await openRegister(ctx);
  const nodes: PrefixRow[] = [];
  for (const id of new Set(ids)) nodes.push(await demandNode(ctx, id));
  const [head] = nodes;
  const alike = nodes.every(
    (one) =>
      one.unitId === head!.unitId &&
      one.realm === head!.realm &&
      one.role === head!.role &&
      one.state === head!.state,
  );
  const cidr = nodes.length > 1 && alike ? joinedOf(nodes.map((one) => demandPrefix(one.cidr))) : undefined;
  if (!cidr) fail('addresses.not_neighbours', { field: 'ids' });
  const notes = new Set(nodes.map((one) => one.note));
  const after = { ...recordOf(head!), id: newId(), cidr, note: notes.size === 1 ? head!.note : null };
  await demandSpace(ctx, after);
  await endAllocations(
    ctx,
    nodes.map((one) => one.id),
    now,
  );
  await insertAllocations(ctx, [{ ...after, from: now }], now);
  await pruneTree(
    ctx,
    nodes.map((one) => one.id),
  );
  await audit(ctx, 'addresses.merge', after, { cidrs: nodes.map((one) => one.cidr) }, { cidr });
  return demandNode(ctx, after.id);
}

/** Ends an allocation. Throws `addresses.still_used` while something stands or is registered in it. */
export async function reclaimPrefix(ctx: Ctx, id: string, reason: string): Promise<void> {
  const now = await openRegister(ctx);
  const before = await demandNode(ctx, id);
  const { cidr, children, devices } = before;
  // Devices of a prefix within another of the same unit are still inside that one.
  if (children > 0 || devices > 0) fail('addresses.still_used', { cidr, children, devices });
  await endAllocations(ctx, [id], now);
  await pruneTree(ctx, [id]);
  await audit(ctx, 'addresses.reclaim', before, recordOf(before), { reason });
}

async function demandNode(ctx: Ctx, id: string): Promise<PrefixRow> {
  return (await findPrefix(ctx, id)) ?? fail('base.not_found', { what: `prefix ${id}` });
}

async function demandUnit(ctx: Ctx, id: string): Promise<{ id: string; path: string }> {
  const unit = (await findUnit(ctx, { id })) ?? fail('base.not_found', { what: `unit ${id}` });
  if (!inScope(ctx, unit.unit_path)) fail('base.not_found', { what: `unit ${id}` });
  return { id: unit.id, path: unit.unit_path };
}

function recordOf(node: PrefixRow): Allocation {
  const { id, cidr, realm, role, state, unitId, unitPath, note } = node;
  return { id, cidr, realm, role, state, unitId, unitPath, note };
}

/** Refuses what is taken, what would overlap another unit's, and (of new space) what is not the actor's to give. */
async function demandSpace(ctx: Ctx, wanted: Allocation, isNew = false): Promise<void> {
  const around = await lookEverywhere(ctx, async (all) => {
    const [same] = await findAllocations(all, [wanted.realm], wanted.cidr);
    if (same && same.id !== wanted.id) {
      fail('addresses.same_prefix', { field: 'cidr', cidr: wanted.cidr, realm: wanted.realm });
    }
    return prefixAround(all, wanted);
  });
  if (around && !isAtOrBelow(wanted.unitPath, around.unitPath)) {
    const seen = inScope(ctx, around.unitPath);
    fail('addresses.overlap', {
      field: 'cidr',
      unit: seen ? around.unitPath : '其他单位',
      cidr: seen ? around.cidr : wanted.cidr,
    });
  }
  if (isNew) await demandNoDevices(ctx, wanted);
  const realmOf = await knownRealms(ctx, [wanted.realm]);
  const refusal = isNew && refusalOf(ctx, around?.unitPath, realmOf.get(wanted.realm));
  if (refusal) fail(refusal, { field: 'cidr', cidr: wanted.cidr });
}

/** Whose addresses are in use there would be somebody else's from now on, and every trace would name the new unit. */
async function demandNoDevices(ctx: Ctx, wanted: Allocation): Promise<void> {
  const found = await lookEverywhere(ctx, (all) => othersDevices(all, wanted));
  if (!found) return;
  const { unitPath, unitName, ip, devices } = found;
  const seen = inScope(ctx, unitPath);
  fail('addresses.devices_within', {
    field: 'cidr',
    cidr: wanted.cidr,
    ip: seen ? ip : wanted.cidr,
    unit: (seen && unitName) || '其他单位',
    devices,
  });
}

/**
 * Why new space is not the actor's to register: what is around it (`aroundPath`) belongs to a bureau above, which grants
 * on request; or nothing is around it, and the actor is no bureau and the realm not its own. By form and by file alike.
 */
export function refusalOf(
  ctx: Ctx,
  aroundPath: string | undefined,
  realmPath: string | undefined,
): 'addresses.not_your_space' | 'addresses.not_granted' | null {
  if (aroundPath !== undefined) return inScope(ctx, aroundPath) ? null : 'addresses.not_your_space';
  const isOwnRealm = realmPath !== undefined && realmPath !== '' && inScope(ctx, realmPath);
  return isOwnRealm || ctx.actor.permissions.has('addresses.allocate') ? null : 'addresses.not_granted';
}

function audit(
  ctx: Ctx,
  action: string,
  place: { cidr: string; unitPath: string },
  before: object | undefined,
  after: object,
): Promise<unknown> {
  return recordAudit(ctx, {
    action,
    subject: `prefix:${place.cidr}`,
    unitPath: place.unitPath,
    ...(before && { before }),
    after,
  });
}
