/** Every night: what a trace of each school could rest on, from registers and logs of the last 30 days. */
import { z } from 'zod';
import { type DeviceQuestion, findAllocationsOf, findDevicesAt, registerTime } from '#addresses';
import { type App, type Ctx, systemActor } from '#base/app';
import { defineJob, every } from '#base/jobs';
import { clockOffsetOf, tracing } from '#logs';
import { bestOf, concerns, judgeCoverage, type SourceState } from './judge-coverage.ts';
import * as store from './store.ts';

const actor = systemActor('trace.coverage');
const window = 30 * 86_400_000;
const hour = 3_600_000;
/** Sources whose minutes are read at a time, and addresses that are looked up at a time. */
const [sourceBatch, addressBatch] = [20, 2000];

export const refreshCoverageJob = defineJob({
  name: 'trace.refresh_coverage',
  payload: z.object({}),
  run: (app) => refreshCoverage(app),
});

/** At 03:40 in China. */
export const nightlyCoverage = every('trace.nightly_coverage', '40 19 * * *', refreshCoverage);

interface SourceFacts extends SourceState {
  readonly source: store.Source;
  readonly nat: boolean;
  readonly lease: boolean;
  readonly sighting: boolean;
  readonly clockMs: number | null;
}

async function refreshCoverage(app: App): Promise<void> {
  await app.run(actor, async (ctx) => {
    const to = ctx.clock.now();
    const span = { from: new Date(to.getTime() - window), to };
    const heard = await tracing.whatWasHeard(ctx, span);
    const sources = await factsOfSources(ctx, heard.kinds, span);
    const seen = await countSeen(ctx, heard.holders, to);
    const schools = await store.schoolGrounds(ctx);
    const rows = schools.map((school) => coverageOf(school, sources, seen.get(school.unit_path)));
    if (rows.length > 0) await store.insertCoverage(ctx, rows);
  });
}

async function factsOfSources(
  ctx: Ctx,
  kinds: Awaited<ReturnType<typeof tracing.whatWasHeard>>['kinds'],
  span: { from: Date; to: Date },
): Promise<SourceFacts[]> {
  const sources = await store.sourcesById(ctx);
  const facts: SourceFacts[] = [];
  for (let start = 0; start < kinds.length; start += sourceBatch) {
    const some = kinds.slice(start, start + sourceBatch);
    const answer = await tracing.relianceOf(ctx, {
      ...span,
      sourceIds: some.map(({ sourceId }) => sourceId),
    });
    for (const { sourceId, ...kind } of some) {
      const source = sources.get(sourceId);
      const reliance = answer.sources.find((one) => one.sourceId === sourceId);
      if (!source || !reliance) continue;
      const offset = await clockOffsetOf(ctx, sourceId, span.to);
      facts.push({
        source,
        ...kind,
        state: reliance.state,
        gapHours: gapHoursOf(reliance, span),
        clockMs: offset?.steady ? offset.offsetMs : null,
      });
    }
  }
  return facts;
}

function gapHoursOf({ gaps }: tracing.Reliance, span: { from: Date; to: Date }): number {
  const [from, to] = [span.from.getTime(), span.to.getTime()];
  const sum = gaps.reduce((total, gap) => {
    const began = Math.max(from, gap.from?.getTime() ?? from);
    return total + Math.max(0, Math.min(to, gap.to?.getTime() ?? to) - began);
  }, 0);
  return Math.round((10 * sum) / hour) / 10;
}

/** Of each unit: addresses that the logs saw in use, and those whose device the register knows. */
async function countSeen(
  ctx: Ctx,
  holders: Awaited<ReturnType<typeof tracing.whatWasHeard>>['holders'],
  at: Date,
): Promise<Map<string, { seen: number; registered: number }>> {
  const knownAt = await registerTime(ctx);
  const counts = new Map<string, { seen: number; registered: number }>();
  for (let start = 0; start < holders.length; start += addressBatch) {
    const some = holders.slice(start, start + addressBatch);
    const hits = await findAllocationsOf(ctx, [...new Set(some.map(({ ip }) => ip))]);
    const questions: DeviceQuestion[] = some.flatMap(({ realm, ip, mac }) => [
      { realm, ip, mac: null, at },
      { realm, ip: null, mac, at },
    ]);
    const known = new Set((await findDevicesAt(ctx, questions, knownAt)).map(({ question }) => question));
    for (const [place, holder] of some.entries()) {
      const hit = hits.find(
        (one) => one.role === 'inside' && one.ip === holder.ip && one.realm === holder.realm,
      );
      if (!hit) continue;
      const count = counts.get(hit.unitPath) ?? { seen: 0, registered: 0 };
      const isKnown = known.has(2 * place) || known.has(2 * place + 1);
      counts.set(hit.unitPath, { seen: count.seen + 1, registered: count.registered + (isKnown ? 1 : 0) });
    }
  }
  return counts;
}

function coverageOf(
  school: store.SchoolGround,
  all: readonly SourceFacts[],
  seen: { seen: number; registered: number } | undefined,
): store.NewCoverage {
  const sources = all.filter(({ source }) => concerns(source, school));
  const of = (kind: 'nat' | 'lease' | 'sighting') => bestOf(sources.filter((one) => one[kind]));
  const clocks = sources.flatMap(({ clockMs }) => (clockMs === null ? [] : [clockMs]));
  const ownNat = sources.some(({ nat, source }) => nat && source.unitPath === school.unit_path);
  const [nat, lease, sighting] = [of('nat'), of('lease'), of('sighting')];
  const facts = {
    nat,
    lease,
    sighting,
    allocated: school.allocated,
    ownWan: school.own_exit && !ownNat,
    devices: school.devices,
    seen: seen?.seen ?? 0,
    seenRegistered: seen?.registered ?? 0,
    clockMs: clocks.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? null,
  };
  return {
    ...facts,
    unitId: school.id,
    unitPath: school.unit_path,
    nat: nat?.state ?? 'none',
    lease: lease?.state ?? 'none',
    sighting: sighting?.state ?? 'none',
    gapHours: Math.max(
      nat?.gapHours ?? 0,
      bestOf([lease, sighting].filter((one) => one !== null))?.gapHours ?? 0,
    ),
    problems: judgeCoverage(facts),
  };
}
