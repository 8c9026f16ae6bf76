/** Whether schools go out through their bureau (D25, D26): seen from where their people and machines reach this server. */
import { recordAudit } from '#audit';
import { findSignInPlaces } from '#auth';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { every } from '#base/jobs';
import { officeOver, raiseTask, settleTask } from '#tasks';
import { findUnit } from '#units';
import { type JudgedExit, judgeExit, tellsOfSchool } from './judge-exit.ts';
import { parseIp } from './parse-ip.ts';
import { demandPrefix } from './shape-prefixes.ts';
import * as store from './store/exits.ts';
import { lookEverywhere } from './store/whole-view.ts';

/** A school that was not seen for so many days is shown as such, and a stray exit as long as this is a task. */
export const exitWindowDays = 14;
const day = 86_400_000;
const taskOf = (unitId: string) => `addresses:exit:${unitId}`;
const exceptionTask = (id: string) => `addresses:exit-exception:${id}`;

/** Reads the sign-ins of yesterday and today, and opens and closes tasks. */
export async function checkExits(app: App): Promise<void> {
  await app.run(systemActor('addresses.check_exits'), async (ctx) => {
    await readSignIns(ctx);
    await judgeSchools(ctx);
  });
}

export const exitTimer = every('addresses.check_exits', '*/10 * * * *', checkExits);

async function readSignIns(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now().getTime();
  // Whole days of China, so that what is counted anew is complete.
  const since = new Date(Math.floor((now + 8 * 3_600_000) / day) * day - 8 * 3_600_000 - day);
  const places = (await findSignInPlaces(ctx, since)).filter((one) => tellsOfSchool(one.at));
  const ips = [...new Set(places.flatMap((one) => parseIp(one.remote)?.text ?? []))];
  const declared = await store.declaredAround(ctx, ips);
  const seen = places.flatMap((one) => {
    const judged = judgeExit(one.remote, one.unitPath, declared);
    return judged ? [sightingOf(one, one.at, judged)] : [];
  });
  if (seen.length > 0) await store.keepSightings(ctx, seen);
}

function sightingOf(
  unit: { unitId: string; unitPath: string },
  at: Date,
  judged: JudgedExit,
): store.Sighting {
  return { unitId: unit.unitId, unitPath: unit.unitPath, at: at.toISOString(), ...judged };
}

async function judgeSchools(ctx: Ctx): Promise<void> {
  const straying = await store.strayingSchools(ctx, exitWindowDays);
  for (const school of straying) {
    await raiseTask(ctx, {
      key: taskOf(school.unitId),
      kind: 'addresses.stray_exit',
      unitId: school.unitId,
      unitPath: school.unitPath,
      assignee: { role: 'school_teacher' },
      title: `核对上网出口：${school.networks}`.slice(0, 200),
      why: `${school.name} 从没有登记的出口 ${school.networks} 访问了本系统（${school.firstAt.toISOString()} 起）。学校应经教育局统一出口上网；确需例外的，请申请。`,
      legalBasis: 'D25',
      dueAt: new Date(ctx.clock.now().getTime() + 7 * day),
      minutes: 20,
      link: `/allocations?tab=exits&q=${encodeURIComponent(school.name)}`,
      again: true,
    });
  }
  const open = new Set(straying.map((school) => school.unitId));
  for (const unitId of await store.openExitTasks(ctx)) {
    if (!open.has(unitId)) await settleTask(ctx, taskOf(unitId), 'done');
  }
}

/** Says from where the caller comes and keeps it for its school. */
export async function probeExit(ctx: Ctx, remote: string) {
  const { unitId } = ctx.actor;
  const unit = unitId ? await findUnit(ctx, { id: unitId }) : undefined;
  if (!unit) fail('base.not_found', { what: 'unit' });
  const ip = parseIp(remote);
  const declared = ip ? await lookEverywhere(ctx, (all) => store.declaredAround(all, [ip.text])) : [];
  const judged = judgeExit(remote, unit.unit_path, declared);
  if (!judged) return { address: remote, outcome: 'unseen' as const, exitUnit: null };
  const place = { unitId: unit.id, unitPath: unit.unit_path };
  if (unit.kind === 'school' && !ctx.actor.readOnly) {
    await store.keepProbe(ctx, sightingOf(place, ctx.clock.now(), judged));
  }
  const exitUnit = judged.exitUnitPath ? await nameOf(ctx, judged.exitUnitPath) : null;
  return { address: remote, outcome: judged.outcome, exitUnit };
}

async function nameOf(ctx: Ctx, path: string): Promise<string | null> {
  const code = path.split('.').at(-1)!;
  return (await lookEverywhere(ctx, (all) => findUnit(all, { code })))?.name ?? null;
}

/** Asks for an exception; the bureau above gets a task. Throws `addresses.exception_too_long`. */
export async function requestException(
  ctx: Ctx,
  input: { unitId?: string | undefined; network: string; reason: string; expiresOn: string },
): Promise<string> {
  const unitId = input.unitId ?? ctx.actor.unitId ?? fail('base.not_found', { what: 'unit' });
  const unit = (await findUnit(ctx, { id: unitId })) ?? fail('base.not_found', { what: `unit ${unitId}` });
  const network = demandPrefix(input.network, 'network').text;
  const now = ctx.clock.now().getTime();
  const ends = Date.parse(`${input.expiresOn}T23:59:59+08:00`);
  if (!(ends > now && ends < now + 366 * day)) {
    fail('addresses.exception_too_long', { field: 'expiresOn', expiresOn: input.expiresOn });
  }
  const unitPath = unit.unit_path;
  const { reason, expiresOn } = input;
  const id = await store.insertException(ctx, { unitId, unitPath, network, reason, expiresOn });
  await recordAudit(ctx, {
    action: 'addresses.request_exit_exception',
    subject: `exit_exception:${id}`,
    unitPath,
    after: { network, reason, expiresOn },
  });
  const office = await officeOver(ctx, unitPath, { notBy: ctx.actor.id });
  if (!office) return id;
  await raiseTask(ctx, {
    key: exceptionTask(id),
    kind: 'addresses.exit_exception',
    unitId: office.unitId,
    unitPath: office.unitPath,
    assignee: { role: office.role },
    title: `审批出口例外：${unit.name} ${network}`,
    why: `${ctx.actor.name}：${reason}（至 ${expiresOn}）`,
    legalBasis: 'D26',
    dueAt: new Date(now + 5 * day),
    minutes: 5,
    link: '/allocations?tab=exits',
    author: ctx.actor.id,
  });
  return id;
}

/** Decides on an exception. Throws `addresses.own_request`, `addresses.request_decided`. */
export async function decideException(
  ctx: Ctx,
  id: string,
  decision: { approve: boolean; note: string },
): Promise<void> {
  const exception = (await store.lockException(ctx, id)) ?? fail('base.not_found', { what: id });
  if (exception.state !== 'asked') fail('addresses.request_decided');
  if (exception.askedBy === ctx.actor.id) fail('addresses.own_request');
  await store.decideException(ctx, id, decision);
  await recordAudit(ctx, {
    action: `addresses.${decision.approve ? 'approve' : 'refuse'}_exit_exception`,
    subject: `exit_exception:${id}`,
    unitPath: exception.unitPath,
    after: decision,
  });
  await settleTask(ctx, exceptionTask(id), 'done');
}
