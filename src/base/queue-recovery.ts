/** Gives the jobs of killed workers back to the queue, seconds after their death instead of hours. */
import type { WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import type { Logger } from '#base/log';

const beatMs = 2_000;
const deadAfterSeconds = 8;

/**
 * Beats for every worker that `events` announces, and frees the jobs of workers without a beat. A process
 * that only hung for that long may run a job beside its second run: jobs act once by their own rows.
 * Returns how to end it.
 */
export async function keepQueueAlive(
  pool: pg.Pool,
  events: WorkerEvents,
  log: Logger,
): Promise<() => Promise<void>> {
  const workers = new Set<string>();
  const beat = async () => {
    await pool.query(
      `INSERT INTO base.queue_worker (worker_id) SELECT unnest($1::text[])
       ON CONFLICT (worker_id) DO UPDATE SET at = clock_timestamp()`,
      [[...workers]],
    );
    const freed = await pool.query<{ locked_by: string }>(
      `WITH dead AS (
         SELECT DISTINCT j.locked_by FROM graphile_worker.jobs j
         LEFT JOIN base.queue_worker w ON w.worker_id = j.locked_by
         WHERE j.locked_by IS NOT NULL AND coalesce(w.at, j.locked_at) < clock_timestamp() - make_interval(secs => $1))
       SELECT locked_by, graphile_worker.force_unlock_workers(array[locked_by]) FROM dead`,
      [deadAfterSeconds],
    );
    if (freed.rowCount)
      log.warn({ workers: freed.rows.map((row) => row.locked_by) }, 'freed the jobs of dead workers');
    await pool.query(`DELETE FROM base.queue_worker WHERE at < clock_timestamp() - interval '1 day'`);
  };
  const tryBeat = () => {
    beat().catch((error: unknown) => log.warn({ err: error }, 'the queue’s heartbeat failed'));
  };
  const join = (id: string) => {
    workers.add(id);
    tryBeat();
  };
  // A job is locked by its worker, or (when jobs are fetched in batches) by the pool.
  events.on('pool:create', ({ workerPool }) => join(workerPool.id));
  events.on('worker:create', ({ worker }) => join(worker.workerId));
  events.on('worker:stop', ({ worker }) => workers.delete(worker.workerId));
  const timer = setInterval(tryBeat, beatMs);
  await beat();
  return async () => {
    clearInterval(timer);
  };
}
