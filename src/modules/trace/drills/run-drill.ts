/** A drill (D47): real points of the logs are asked for as a complaint would, school by school. */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { findAllocationsOf, findRuledHosts } from '#addresses';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { defineJob, every } from '#base/jobs';
import { clockOffsetOf, tracing } from '#logs';
import { findUnit, inScope } from '#units';
import { askPoint } from './ask-point.ts';
import { choosePoints, drawPort } from './choose-points.ts';
import { keepFindings } from './keep-findings.ts';
import * as store from './store.ts';
import { tellReasons } from './tell-reasons.ts';

type Logged = Awaited<ReturnType<typeof tracing.samplePoints>>[number];
/** Of a declared rule there are no lines: an address that was in use, and the ports that it has. */
type Sampled = Omit<Logged, 'kind'> & { readonly kind: Logged['kind'] | 'rule' };
type Row = Sampled['sample'][number];

const actor = systemActor('trace.drill');
/** Beyond this the clock of an exporter is told (5 s: what the ledger of logs alarms at, too). */
const clockLimit = 5000;
/** Addresses whose school is looked up at a time. */
const batch = 2000;
const tcp = 6;
/** No clock has to be reckoned with. */
const noSource = 0;
const chance = () => randomInt(2 ** 47) / 2 ** 47;

/** Asks for a drill. Throws `base.not_found` out of scope and `trace.drill_running` while one of the unit runs. */
export async function startDrill(
  ctx: Ctx,
  input: { unitId?: string | undefined; points: number; days: number; cause?: 'month' },
): Promise<store.DrillRow> {
  const unitId = input.unitId ?? ctx.actor.unitId ?? fail('base.not_found', { what: 'unit' });
  const unit = await findUnit(ctx, { id: unitId });
  if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: `unit ${unitId}` });
  const to = ctx.clock.now();
  const from = new Date(to.getTime() - input.days * 86_400_000);
  const id = await insert(ctx, {
    unitId,
    unitPath: unit.unit_path,
    cause: input.cause ?? 'person',
    from,
    to,
    wanted: input.points,
  });
  await recordAudit(ctx, {
    action: 'trace.drill_start',
    subject: `drill:${id}`,
    unitPath: unit.unit_path,
    after: { points: input.points, days: input.days },
  });
  await ctx.enqueue(runDrillJob, { drillId: id });
  return (await store.findDrill(ctx, id))!;
}

async function insert(ctx: Ctx, drill: Parameters<typeof store.insertDrill>[1]): Promise<string> {
  try {
    return await store.insertDrill(ctx, drill);
  } catch (error) {
    if (violatedConstraint(error) !== 'one_running_drill') throw error;
    fail('trace.drill_running', {}, error);
  }
}

export const runDrillJob = defineJob({
  name: 'trace.run_drill',
  payload: z.object({ drillId: z.uuid() }),
  run: (app, { drillId }) => runDrill(app, drillId),
});

/** On the second of each month, at 02:00 in China, when the logs of the month before are in. */
export const monthlyDrill = every('trace.monthly_drill', '0 18 1 * *', async (app) => {
  await app.run(actor, async (ctx) => {
    const city = await store.findCity(ctx);
    if (city) await startDrill(ctx, { unitId: city.id, points: 5, days: 30, cause: 'month' });
  });
});

async function runDrill(app: App, drillId: string): Promise<void> {
  const drill = await app.run(actor, (ctx) => store.findDrill(ctx, drillId));
  if (!drill || drill.finished_at) return;
  const bySchool = await app.run(actor, (ctx) => sampleBySchool(ctx, drill));
  const left = await app.run(actor, (ctx) => store.schoolsLeft(ctx, drill));
  // One transaction a school: what is done stays done when the process ends in between.
  for (const school of left) {
    const chosen = choosePoints(bySchool.get(school.unit_path) ?? [], drill.wanted, chance);
    await app.run(actor, async (ctx) => {
      const points: store.NewPoint[] = [];
      for (const { host, row } of chosen) points.push(await drillPoint(ctx, host as Sampled, row));
      const because =
        points.length === 0 ? (['no_logs'] as const) : mostFirst(points.flatMap((point) => point.because));
      if (!(await store.insertResult(ctx, drillId, school, points, because))) return;
      await store.insertPoints(ctx, drillId, school, points);
      await keepFindings(ctx, { drillId, school, points, because });
    });
  }
  await app.run(actor, async (ctx) => {
    if (!(await store.finishDrill(ctx, drillId))) return;
    const { points, proven, probable } = (await store.findDrill(ctx, drillId))!;
    await recordAudit(ctx, {
      action: 'trace.drill_finish',
      subject: `drill:${drillId}`,
      unitPath: drill.unit_path,
      after: { points, proven, probable },
    });
  });
}

/** Whose network each inside address is, by its own realm: the school's, or the school behind its own exit. */
export async function sampleBySchool(
  ctx: Ctx,
  drill: { readonly from: Date; readonly to: Date; readonly wanted: number },
): Promise<Map<string, Sampled[]>> {
  const hosts = await tracing.samplePoints(ctx, {
    from: drill.from,
    to: drill.to,
    perHost: Math.min(3, drill.wanted),
    seed: randomInt(2 ** 31),
  });
  const logged = await groupBySchool(ctx, hosts);
  // A school that sends its logs is asked by them.
  const ruled = await groupBySchool(ctx, await ruledHosts(ctx, drill));
  return new Map([...ruled, ...logged]);
}

async function ruledHosts(ctx: Ctx, period: { readonly from: Date; readonly to: Date }): Promise<Sampled[]> {
  const found = await findRuledHosts(ctx, period);
  return found.map(({ realm, insideIp, block: { ip: publicIp, from: lo, to: hi, step }, at }) => {
    const row = { at: at.getTime(), publicIp, lo, hi, step, proto: tcp, sourceId: noSource };
    return { kind: 'rule' as const, realm, insideIp, rows: 1, sample: [row] };
  });
}

async function groupBySchool(ctx: Ctx, hosts: readonly Sampled[]): Promise<Map<string, Sampled[]>> {
  const bySchool = new Map<string, Sampled[]>();
  for (let start = 0; start < hosts.length; start += batch) {
    const some = hosts.slice(start, start + batch);
    const hits = await findAllocationsOf(ctx, [...new Set(some.map((host) => host.insideIp))]);
    for (const host of some) {
      // The most specific one stands first: an address within the county's range may be a school's own exit.
      const hit = hits.find((one) => one.ip === host.insideIp && one.realm === host.realm);
      if (hit) bySchool.set(hit.unitPath, [...(bySchool.get(hit.unitPath) ?? []), host]);
    }
  }
  return bySchool;
}

/** Asks for one row as a complaint would; only where it was and what it came to are kept. */
export async function drillPoint(ctx: Ctx, host: Sampled, row: Row): Promise<store.NewPoint> {
  const offset = await clockOffsetOf(ctx, row.sourceId, new Date(row.at));
  const proto = row.proto === 17 ? ('udp' as const) : ('tcp' as const);
  // A proxy's own port is in no log: who complains of it names the far end.
  const port = host.kind === 'proxy' ? null : drawPort(row, chance);
  const far = row.far ? { dstIp: row.far.ip, ...(row.far.port > 0 && { dstPort: row.far.port }) } : {};
  // A complaint tells the true time; the row has the exporter's.
  const at = new Date(row.at - (offset?.steady ? offset.offsetMs : 0));
  const answer = await askPoint(ctx, { ip: row.publicIp, port, proto, at, ...far });
  const clockOff = offset !== null && Math.abs(offset.offsetMs) > clockLimit;
  const { codes, ...point } = answer;
  return {
    kind: host.kind,
    ip: row.publicIp,
    port,
    proto,
    at,
    ...point,
    because: tellReasons({ verdict: answer.verdict, codes, clockOff }),
  };
}

/** Each once, those told most often first. */
export function mostFirst<T>(told: readonly T[]): T[] {
  const counts = Map.groupBy(told, (one) => one);
  return [...counts.keys()].sort((a, b) => counts.get(b)!.length - counts.get(a)!.length);
}
