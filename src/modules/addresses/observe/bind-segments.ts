import { z } from 'zod';
import { type App, type Ctx, on, systemActor } from '#base/app';
import { defineJob, every } from '#base/jobs';
import { addressRows } from '#logs';
import { segmentIndexed } from '#logs/contract';
import * as progress from '../store/binding-progress.ts';
import { keysBetween, openBindings, writeChanges } from '../store/bindings.ts';
import { groupRows, type KeyGroup, type KeyWork, nameOfKey, settleKeys } from './settle-keys.ts';

const actor = systemActor('addresses.bind');
const jobKey = 'addresses.bind';
/** Segments that are looked at for one step. */
const segmentsAtOnce = 200;
/** Steps of one job: others wait for the worker, too. */
const stepsAtOnce = 20;

/** Makes bindings of the segments that wait. One process at a time; broken off anywhere, nothing is lost or doubled. */
export const bindJob = defineJob({
  name: 'addresses.bind',
  payload: z.object({}),
  maxAttempts: 25,
  run: async (app) => {
    for (let step = 0; step < stepsAtOnce; step += 1) if (!(await bindWaiting(app))) return;
    await app.run(actor, (ctx) => ctx.enqueue(bindJob, {}, { key: jobKey }));
  },
});

export const bindWhenIndexed = on(segmentIndexed, 'addresses.bind_segment', async (ctx, payload) => {
  // Nothing in it had a time: there is no row.
  if (payload.from === null) return;
  if (await progress.noteSegment(ctx, payload)) await ctx.enqueue(bindJob, {}, { key: jobKey });
});

/** The queue only wakes: what waits is found by its row. */
export const bindMissed = every('addresses.bind-missed', '*/5 * * * *', (app: App) =>
  app.run(actor, (ctx) => ctx.enqueue(bindJob, {}, { key: jobKey })),
);

/** One step: in one transaction what the next segments say and that they were read. False when none waits. */
export async function bindWaiting(app: App): Promise<boolean> {
  return app.run(actor, async (ctx) => {
    const now = await openBindings(ctx);
    const waiting = await progress.waitingSegments(ctx, segmentsAtOnce);
    if (waiting.length === 0) return false;
    const { rows, segments } = await addressRows.addressRowsOfSegments(
      ctx,
      waiting.map((one) => one.segment_id),
    );
    const taken = new Set(segments);
    const done = waiting.filter((one) => taken.has(one.segment_id));
    const states = await progress.sourceStates(ctx, [...new Set(done.map((one) => one.source_id))]);
    const groups = groupRows(rows.filter((row) => states.has(row.source)));
    const work = await workOf(
      ctx,
      groups,
      done.filter((one) => one.again),
    );
    const paths = new Map([...states].map(([id, state]) => [id, state.path]));
    const changes = await settleKeys(ctx, work, (source) => states.get(source)?.readTo ?? -Infinity);
    await writeChanges(ctx, changes, paths, now);
    for (const [source, to] of latest(groups)) await progress.saveReadTo(ctx, source, paths.get(source)!, to);
    await progress.markRead(ctx, segments);
    return true;
  });
}

/** The addresses that have something new, and those of which a segment read again may have said something else. */
async function workOf(
  ctx: Ctx,
  groups: readonly KeyGroup[],
  again: readonly progress.WaitingSegment[],
): Promise<KeyWork[]> {
  const fromNew = groups.map(({ key, observations }) => ({ key, observations, anewFrom: null }));
  if (again.length === 0) return fromNew;
  const work = new Map<string, KeyWork>(fromNew.map((one) => [nameOfKey(one.key), one]));
  for (const { source_id: source, first_ts: from, last_ts: to } of again) {
    if (!from || !to) continue;
    const touched = await keysBetween(ctx, source, from, to);
    const fresh = groups.filter(({ key }) => key.source === source).map(({ key }) => key);
    for (const key of [...touched, ...fresh]) {
      const name = nameOfKey(key);
      const anewFrom = Math.min(from.getTime(), work.get(name)?.anewFrom ?? Infinity);
      work.set(name, { key, observations: work.get(name)?.observations ?? [], anewFrom });
    }
  }
  return [...work.values()];
}

function latest(groups: readonly KeyGroup[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { key, observations } of groups) {
    found.set(key.source, Math.max(found.get(key.source) ?? -Infinity, observations.at(-1)!.at));
  }
  return found;
}
