/**
 * Jobs and timers, on Graphile Worker. The queue only wakes: what is due is decided from rows (rule 4).
 * Payloads carry ids, not objects. A job may run more than once and must act once.
 */
import { EventEmitter } from 'node:events';
import {
  Logger as JobLogger,
  parseCronItems,
  run,
  runOnce,
  type Task,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import { sql } from 'kysely';
import { z } from 'zod';
import { type App, type Ctx, type Subscription, systemActor } from '#base/app';
import type { EventType } from '#base/contract';
import type { Db } from '#base/db';
import { keepQueueAlive } from '#base/queue-recovery';

export interface Job<T extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: T;
  /** Tries before the job is given up and stays in the queue with its error. Default 10. */
  readonly maxAttempts?: number;
  readonly run: (app: App, payload: z.output<T>) => Promise<void>;
}

export interface JobOptions {
  readonly runAt?: Date;
  /** A later call with the same key replaces a job that has not started. */
  readonly key?: string;
}

export function defineJob<T extends z.ZodType>(job: Job<T>): Job<T> {
  return job;
}

/** Work that recurs: `pattern` is crontab, minute resolution, UTC. Missed runs of the last hour are made up once. */
export interface Every {
  readonly name: string;
  readonly pattern: string;
  readonly run: (app: App) => Promise<void>;
}

export function every(name: string, pattern: string, run: (app: App) => Promise<void>): Every {
  return { name, pattern, run };
}

/** Puts a job into the queue in the transaction of `db`. */
export async function enqueueJob(
  db: Db,
  job: Job,
  payload: unknown,
  options: JobOptions = {},
): Promise<void> {
  const body = JSON.stringify(job.payload.parse(payload));
  await sql`SELECT base.add_job(${job.name}, ${body}::json, ${options.runAt ?? null}::timestamptz,
    ${options.key ?? null}, ${job.maxAttempts ?? 10})`.execute(db);
}

/** Writes the event and one delivery job for each subscriber, in the transaction of `db`. */
export async function emitEvent(
  app: App,
  db: Db,
  type: EventType,
  payload: unknown,
  unitPath: string,
): Promise<void> {
  const body = JSON.stringify(type.payload.parse(payload));
  const { rows } = await sql<{ id: string }>`INSERT INTO base.event (name, unit_path, payload)
    VALUES (${type.name}, ${unitPath}::ltree, ${body}::jsonb) RETURNING id`.execute(db);
  const eventId = rows[0]!.id;
  for (const subscription of subscriptionsOf(app)) {
    if (subscription.event.name !== type.name) continue;
    await enqueueJob(db, deliver, { eventId, subscriber: subscription.name });
  }
  await sql`SELECT pg_notify('jiaodun_event', ${JSON.stringify({ name: type.name, unitPath })})`.execute(db);
}

function subscriptionsOf(app: App): Subscription[] {
  return app.modules.flatMap((module) => module.on ?? []);
}

const deliver = defineJob({
  name: 'base.deliver',
  payload: z.object({ eventId: z.uuid(), subscriber: z.string() }),
  maxAttempts: 20,
  run: async (app, { eventId, subscriber }) => {
    const subscription = subscriptionsOf(app).find((known) => known.name === subscriber);
    if (!subscription) throw new Error(`no subscriber is named ${subscriber}`);
    await app.run(systemActor(subscriber), (ctx) => deliverOnce(ctx, subscription, eventId));
  },
});

async function deliverOnce(ctx: Ctx, subscription: Subscription, eventId: string): Promise<void> {
  const first = await sql`INSERT INTO base.delivery (event_id, subscriber)
    VALUES (${eventId}::uuid, ${subscription.name}) ON CONFLICT DO NOTHING`.execute(ctx.db);
  if (first.numAffectedRows === 0n) return;
  const { rows } = await sql<{
    payload: unknown;
  }>`SELECT payload FROM base.event WHERE id = ${eventId}::uuid`.execute(ctx.db);
  await subscription.run(ctx, subscription.event.payload.parse(rows[0]?.payload));
}

function taskList(app: App): TaskList {
  const list: Record<string, Task> = {};
  const jobs: Job[] = [deliver as unknown as Job, ...app.modules.flatMap((module) => module.jobs ?? [])];
  for (const job of jobs) {
    list[job.name] = async (payload) => {
      await job.run(app, job.payload.parse(payload));
    };
  }
  for (const timer of timersOf(app)) list[timer.name] = () => timer.run(app);
  return list;
}

function timersOf(app: App): Every[] {
  return app.modules.flatMap((module) => module.timers ?? []);
}

/** The queue's own words, in our log: what it calls info is detail to an operator. */
function queueLogger(app: App): JobLogger {
  const levels = { error: 'error', warning: 'warn', info: 'debug', debug: 'trace' } as const;
  return new JobLogger(() => (level, message) => app.log[levels[level]]({ queue: true }, message));
}

/**
 * With a delay of its own, however short, the queue waits for what it writes about finished jobs and tells of
 * failures; without one (its default) it does neither, and a connection that broke there ended the process.
 */
const writeBack = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };

/** A queue that stopped by itself would leave a process that lives and does nothing: it ends, and is started anew. */
function endProcess(): void {
  setImmediate(() => {
    throw new Error('the job queue stopped by itself');
  });
}

/** Starts working the queue. `stop()` waits for the jobs at hand; `onEnd` is called when it stops without that. */
export async function startWorker(
  app: App,
  concurrency = 4,
  onEnd = endProcess,
): Promise<{ stop: () => Promise<void> }> {
  const events: WorkerEvents = new EventEmitter();
  const endRecovery = await keepQueueAlive(app.ownerPool, events, app.log);
  const runner = await run({
    pgPool: app.ownerPool,
    preset: writeBack,
    taskList: taskList(app),
    parsedCronItems: parseCronItems(
      timersOf(app).map(({ name, pattern }) => ({
        task: name,
        match: pattern,
        options: { backfillPeriod: 3_600_000 },
      })),
    ),
    concurrency,
    events,
    logger: queueLogger(app),
    pollInterval: 1000,
    noHandleSignals: true,
  });
  let isStopped = false;
  const ended = () => {
    if (!isStopped) onEnd();
    isStopped = true;
  };
  runner.promise.then(ended, ended);
  return {
    stop: async () => {
      const wasStopped = isStopped;
      isStopped = true;
      if (!wasStopped) await runner.stop();
      await endRecovery();
    },
  };
}

/**
 * Runs every job that is due at the app's clock, and what those ask for, until none is left: for tests.
 * Throws the first job's error instead of retrying.
 */
export async function drain(app: App): Promise<void> {
  for (;;) {
    const due = await app.ownerPool.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE run_at <= $1 RETURNING id`,
      [new Date(Math.max(app.clock.now().getTime(), 0))],
    );
    if (due.rowCount === 0) return;
    await runOnce({
      pgPool: app.ownerPool,
      preset: writeBack,
      taskList: taskList(app),
      concurrency: 1,
      logger: queueLogger(app),
      noHandleSignals: true,
    });
    const failed = await app.ownerPool.query<{ task_identifier: string; last_error: string }>(
      'SELECT task_identifier, last_error FROM graphile_worker.jobs WHERE last_error IS NOT NULL LIMIT 1',
    );
    const first = failed.rows[0];
    if (first) throw new Error(`job ${first.task_identifier} failed: ${first.last_error}`);
  }
}

/** Runs one timer now: for tests. */
export async function fire(app: App, name: string): Promise<void> {
  const timer = timersOf(app).find((known) => known.name === name);
  if (!timer) throw new Error(`no timer is named ${name}`);
  await timer.run(app);
}
