/**
 * Databases for tests on the real engine: one server per test run, one migrated template, and for each test
 * file a copy of it (measured: 0.07 s). Time is the fake clock's: the template's `base.now()` reads a table.
 */
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Actor, Module } from '#base/app';
import { type FakeClock, fakeClock } from '#base/clock';
import { loadConfig } from '#base/config';
import { openPool, socketUrl } from '#base/db';
import { newId } from '#base/id';
import { createLogger } from '#base/log';
import type { LogstoreClient } from '#base/logstore/client';
import { makeApp, type RunningApp } from '#base/make-app';
import { migrateDatabase } from '#base/migrate';
import { type RunningPostgres, startPostgres } from '#base/postgres/launcher';
import { databaseHome } from '#test/memory-folder';

const log = createLogger('test', 'warn');

interface Server {
  readonly postgres: RunningPostgres;
  readonly template: string;
}

let server: Promise<Server> | undefined;

async function startServer(): Promise<Server> {
  const dataDir = await mkdtemp(join(databaseHome(), 'jiaodun-test-'));
  // Under root the server runs as another user, who must be able to enter.
  await chmod(dataDir, 0o755);
  const postgres = await startPostgres({
    dataDir,
    log,
    onExit: (exit) => log.error({ exit }, 'the test database server ended'),
    // Nobody reads these data after a power cut: a commit takes a seventh, and dropping a copy does not wait for the disk.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  // The server ends with this process (its guard sees the pipe close); its files go with it.
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
  const template = 'jiaodun_template';
  await onServer(postgres, (client) => client.query(`CREATE DATABASE ${template}`));
  const ownerUrl = urlOf(postgres, template);
  const pool = openPool(ownerUrl, log, 2);
  await migrateDatabase(pool, { ownerUrl, directory: 'migrations/postgres', log });
  await pool.query(`CREATE SCHEMA test; CREATE TABLE test.clock (now timestamptz NOT NULL);
    INSERT INTO test.clock VALUES (clock_timestamp());
    GRANT USAGE ON SCHEMA test TO jiaodun_app; GRANT SELECT ON test.clock TO jiaodun_app;
    CREATE OR REPLACE FUNCTION base.now() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS $$ SELECT now FROM test.clock $$;`);
  await pool.end();
  return { postgres, template };
}

function urlOf(postgres: RunningPostgres, database: string): string {
  return socketUrl({ ...postgres.owner, database });
}

async function onServer(
  postgres: RunningPostgres,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(postgres, 'postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

export interface TestApp extends RunningApp {
  readonly clock: FakeClock;
  readonly ownerUrl: string;
  /** Moves the clock of the process and of the database alike. */
  setTime(time: Date | string): Promise<void>;
  advance(milliseconds: number): Promise<void>;
  /** Closes the pools and drops the database and the data directory. */
  close(): Promise<void>;
}

/** An app on a fresh migrated database, for the given modules. */
export async function testApp(
  modules: readonly Module[],
  options: { now?: string; logstore?: LogstoreClient; config?: Record<string, unknown> } = {},
): Promise<TestApp> {
  server ??= startServer();
  const { postgres, template } = await server;
  const database = `t_${newId().replaceAll('-', '')}`;
  await onServer(postgres, (client) =>
    client.query(`CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY FILE_COPY`),
  );
  const dataDir = await mkdtemp(join(tmpdir(), 'jiaodun-test-data-'));
  const clock = fakeClock(options.now ?? '2026-06-01T02:00:00.000Z');
  const ownerUrl = urlOf(postgres, database);
  const running = makeApp({
    config: loadConfig({
      dataDir,
      requestsPerMinute: 0,
      secondFactor: 'offered',
      relpPort: 0,
      netflowPort: 0,
      ...options.config,
    }),
    clock,
    log,
    ownerUrl,
    logstore: options.logstore ?? noLogstore,
    modules,
  });
  const sync = async () => {
    await running.ownerPool.query('UPDATE test.clock SET now = $1', [clock.now()]);
  };
  await sync();
  return {
    ...running,
    // `run` closes over the app that it was made with; the copy shares its pools and clock.
    clock,
    ownerUrl,
    setTime: async (time) => {
      clock.set(time);
      await sync();
    },
    advance: async (milliseconds) => {
      clock.advance(milliseconds);
      await sync();
    },
    close: async () => {
      await running.close();
      await onServer(postgres, (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Stands where a test needs no log store: any use of it is a fault of the test. */
const noLogstore = new Proxy({} as LogstoreClient, {
  get: (_target, name) => {
    throw new Error(`this test has no log store, but .${String(name)} was used`);
  },
});

/** An actor for tests; `unitPath` is both place and scope. */
export function actorAt(
  unitPath: string,
  permissions: readonly string[] = [],
  unitId: string | null = null,
): Actor {
  return {
    kind: 'user',
    id: newId(),
    name: `tester of ${unitPath}`,
    unitId,
    unitPath,
    scope: unitPath,
    permissions: new Set(permissions),
  };
}
