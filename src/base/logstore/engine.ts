/** chDB, opened once per process on one folder; every query gets a connection of its own (0.3 ms). */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChdbResult, Session } from 'chdb';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { createLane, type Lane } from './lanes.ts';
import { quoteSql } from './statement.ts';

export interface EngineOptions {
  readonly folder: string;
  /** What all queries together may use, bytes. */
  readonly memoryBytes: number;
}

export interface Job {
  readonly sql: string;
  readonly format: string;
  readonly database?: string | undefined;
  /** Settings and `param_…` values, by name. Names must be identifiers. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface Engine {
  /** Runs to the end and answers the whole result. An abort does not stop it: for inserts and DDL. */
  run(job: Job): Promise<ChdbResult>;
  /** Runs to the end; an abort kills the query. */
  read(job: Job): Promise<ChdbResult>;
  /** Calls `take` with the result's pieces, in order, waiting for each; an abort kills the query. */
  stream(job: Job, take: (piece: Uint8Array) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Engine-wide settings. The MergeTree ones are safe defaults for tables that do not name them: the engine's own
 * (no fsync, no deduplication, merged parts deleted at once) lose data.
 */
function configXml(memoryBytes: number): string {
  return `<clickhouse>
  <timezone>UTC</timezone>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>134217728</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <merge_tree>
    <non_replicated_deduplication_window>10000</non_replicated_deduplication_window>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
    <min_compressed_bytes_to_fsync_after_merge>1</min_compressed_bytes_to_fsync_after_merge>
    <old_parts_lifetime>480</old_parts_lifetime>
  </merge_tree>
</clickhouse>
`;
}

/** libuv has 4 threads and each running query holds one; the fourth is left for files and compression. */
const readPlaces = 2;
const writePlaces = 1;
const maxWaiting = 256;

/** Opens (or makes) the database in `folder`. Throws when another process has it open (engine code 76). */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  if (/[*?[\]{}]/.test(options.folder)) fail('logstore.bad_path', { path: options.folder });
  await mkdir(options.folder, { recursive: true });
  const config = join(options.folder, 'engine.xml');
  await writeFile(config, configXml(options.memoryBytes));
  const { Session, drainPending } = await import('chdb'); // 543 MB: loaded by the role that runs it, not by importers
  const path = join(options.folder, 'store');
  // Kept open for the whole time: with the last connection the engine would shut down.
  const root = new Session(path, { connectionArgs: [`--config-file=${config}`] });
  await root.queryAsync('SELECT 1');
  const reads = createLane(readPlaces, maxWaiting);
  const writes = createLane(writePlaces, maxWaiting);

  async function kill(tag: string): Promise<void> {
    await root.queryAsync(`KILL QUERY WHERE startsWith(Settings['log_comment'], ${quoteSql(tag)}) ASYNC`);
  }

  function lease<T>(lane: Lane, job: Job, work: (session: Session) => Promise<T>): Promise<T> {
    return lane.enter(async () => {
      const session = new Session(path);
      try {
        await prepare(session, job);
        return await work(session);
      } finally {
        session.close();
      }
    }, job.signal);
  }

  function leaseKillable<T>(job: Job, work: (session: Session) => Promise<T>): Promise<T> {
    const tag = newId();
    const comment = `${tag} ${job.settings.log_comment ?? ''}`.trimEnd();
    const tagged = { ...job, settings: { ...job.settings, log_comment: comment } };
    return lease(reads, tagged, (session) =>
      whileKillable(
        job.signal,
        () => kill(tag),
        () => work(session),
      ),
    );
  }

  return {
    run: (job) => lease(writes, job, (session) => session.queryAsync(job.sql, { format: job.format })),
    read: (job) => leaseKillable(job, (session) => session.queryAsync(job.sql, { format: job.format })),
    stream: (job, take) =>
      leaseKillable(job, async (session) => {
        for await (const piece of session.queryStream(job.sql, { format: job.format }))
          await take(piece.raw());
      }),
    async close() {
      root.close();
      await drainPending();
    },
  };
}

/** The engine's `max_query_size`; long parameters make a longer SET. */
const engineQueryBytes = 262_144;

/** A connection's settings end with it, so nothing leaks into another query. */
async function prepare(session: Session, job: Job): Promise<void> {
  if (job.database) await session.queryAsync(`USE \`${job.database.replace(/[\\`]/g, '\\$&')}\``);
  const values = Object.entries(job.settings).map(([name, value]) => `${name} = ${quoteSql(value)}`);
  if (values.length === 0) return;
  const set = `SET ${values.join(', ')}`;
  const bytes = Buffer.byteLength(set);
  if (bytes >= engineQueryBytes) await session.queryAsync(`SET max_query_size = ${bytes + 1}`);
  await session.queryAsync(set);
}

/** Runs the work; when the signal aborts meanwhile, kills it and waits for its end: the thread is busy until then. */
async function whileKillable<T>(
  signal: AbortSignal,
  kill: () => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  let killed: Promise<void> | undefined;
  const onAbort = () => {
    killed = kill();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await killed;
  }
}
