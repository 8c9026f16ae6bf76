import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemActor } from '#base/app';
import { defineJob, startWorker } from '#base/jobs';
import { createLogger } from '#base/log';
import { keepQueueAlive } from '#base/queue-recovery';
import { type TestApp, testApp } from '#test/db';
import { until } from '#test/product';

let app: TestApp;
let release: () => void = () => undefined;
const started: string[] = [];

const slow = defineJob({
  name: 'test.slow',
  payload: z.object({ name: z.string() }),
  run: async (_app, { name }) => {
    started.push(name);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
  },
});

beforeAll(async () => {
  app = await testApp([{ name: 'test', jobs: [slow] }]);
});
afterAll(() => app.close());

const locked = async () =>
  (
    await app.ownerPool.query<{ locked_by: string }>(
      'SELECT locked_by FROM graphile_worker.jobs WHERE locked_by IS NOT NULL',
    )
  ).rows;

describe('the queue', () => {
  it('leaves a job to the worker that lives, however long it takes', async () => {
    const worker = await startWorker(app, 1);
    await app.run(systemActor('test'), (ctx) => ctx.enqueue(slow, { name: 'lives' }));
    await until('the job to start', 20_000, async () => started.length > 0);
    await until('the holder’s beat', 10_000, async () => {
      const beats = await app.ownerPool.query(
        `SELECT FROM base.queue_worker w JOIN graphile_worker.jobs j ON j.locked_by = w.worker_id`,
      );
      return beats.rowCount;
    });
    const [{ locked_by: holder }] = (await locked()) as [{ locked_by: string }];
    // The job is old, its holder beats: nothing is freed.
    await app.ownerPool.query(
      `UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '1 hour'`,
    );
    const watch = await keepQueueAlive(
      app.ownerPool,
      new EventEmitter() as WorkerEvents,
      createLogger('test', 'silent'),
    );
    expect((await locked()).map((row) => row.locked_by)).toEqual([holder]);
    await watch();
    release();
    await worker.stop();
    expect(started).toEqual(['lives']);
  });

  it('gives back the job of a worker that was killed', async () => {
    await app.run(systemActor('test'), (ctx) => ctx.enqueue(slow, { name: 'orphan' }));
    await app.ownerPool.query(
      `UPDATE graphile_worker._private_jobs SET locked_by = 'worker-killed', locked_at = now() - interval '1 minute'`,
    );
    const watch = await keepQueueAlive(
      app.ownerPool,
      new EventEmitter() as WorkerEvents,
      createLogger('test', 'silent'),
    );
    expect(await locked()).toEqual([]);
    await watch();
  });

  it('tells when it stops by itself, instead of living on without working', async () => {
    await app.ownerPool.query('DELETE FROM graphile_worker._private_jobs');
    const worker = await startWorker(app, 1, () => started.push('ended'));
    // What it would write about the finished job cannot be written: its table is gone by then.
    await app.run(systemActor('test'), (ctx) => ctx.enqueue(slow, { name: 'lost' }));
    await until('the job to start', 20_000, async () => started.includes('lost'));
    await app.ownerPool.query('ALTER TABLE graphile_worker._private_jobs RENAME TO gone');
    release();
    await until('the end', 30_000, async () => started.includes('ended'));
    await worker.stop();
    await app.ownerPool.query('ALTER TABLE graphile_worker.gone RENAME TO _private_jobs');
  }, 60_000);
});
