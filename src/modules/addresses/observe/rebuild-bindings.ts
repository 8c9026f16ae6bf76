import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { addressRows } from '#logs';
import * as progress from '../store/binding-progress.ts';
import { type Key, openBindings, writeChanges } from '../store/bindings.ts';
import { settleKeys } from './settle-keys.ts';

const actor = systemActor('addresses.rebuild');
const addressesAtOnce = 1000;
const keysAtOnce = 4000;

/** Asks for all bindings to be made again from the log store. Audited. Fails with `addresses.rebuild_running`. */
export async function startRebuild(ctx: Ctx): Promise<progress.RebuildRow> {
  const run = await progress.insertRebuild(ctx);
  if (!run) fail('addresses.rebuild_running');
  await recordAudit(ctx, {
    action: 'addresses.rebuild_bindings',
    subject: `binding_rebuild:${run.id}`,
    unitPath: ctx.actor.unitPath,
    after: { began: run.began },
  });
  await ctx.enqueue(rebuildJob, {}, { key: 'addresses.rebuild' });
  return run;
}

/** Address by address as the log store has them, then what is known besides; every step is a transaction. */
export const rebuildJob = defineJob({
  name: 'addresses.rebuild-bindings',
  payload: z.object({}),
  maxAttempts: 25,
  run: async (app) => {
    while (await rebuildStep(app));
  },
});

async function rebuildStep(app: App): Promise<boolean> {
  return app.run(actor, async (ctx) => {
    const now = await openBindings(ctx);
    const run = await progress.openRebuild(ctx);
    if (!run) return false;
    const next = run.done_id === null ? await fromLogs(ctx, run) : await fromKnown(ctx, run);
    const states = await progress.sourceStates(ctx, [...new Set(next.keys.map((key) => key.source))]);
    const work = next.keys
      .filter((key) => states.has(key.source))
      .map((key) => ({ key, observations: [], anewFrom: 0 }));
    const changes = await settleKeys(ctx, work, () => -Infinity);
    const paths = new Map([...states].map(([id, state]) => [id, state.path]));
    await writeChanges(ctx, changes, paths, now);
    const { grown, closed, added } = changes;
    const changed = run.changed + grown.length + Math.max(closed.length, added.length);
    const isOver = next.row.done_id === null ? false : next.keys.length === 0;
    await progress.saveRebuild(
      ctx,
      { ...next.row, addresses: run.addresses + next.addresses, changed },
      isOver,
    );
    return !isOver;
  });
}

interface Step {
  readonly keys: readonly Key[];
  readonly addresses: number;
  readonly row: progress.RebuildRow;
}

async function fromLogs(ctx: Ctx, row: progress.RebuildRow): Promise<Step> {
  const after = row.done_realm === null ? null : { realm: row.done_realm, ip: row.done_ip ?? '::' };
  const keys = await addressRows.addressesAfter(ctx, after, addressesAtOnce);
  const last = keys.at(-1);
  if (!last) return { keys, addresses: 0, row: { ...row, done_id: 0 } };
  const addresses = new Set(keys.map(({ realm, ip }) => `${ip} ${realm}`)).size;
  return { keys, addresses, row: { ...row, done_realm: last.realm, done_ip: last.ip } };
}

/** What is known and has no row any more would not be met by the walk through the log store. */
async function fromKnown(ctx: Ctx, row: progress.RebuildRow): Promise<Step> {
  const { keys, last } = await progress.keysBehind(ctx, row.done_id ?? 0, keysAtOnce);
  return { keys, addresses: 0, row: { ...row, done_id: last ?? row.done_id } };
}
