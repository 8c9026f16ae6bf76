/** A log store in a process of its own, for tests: killing it is part of what is tested. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectLogstore, type LogstoreClient } from './client.ts';
import type { StartLogstoreOptions } from './server.ts';

export interface SpawnedLogstore {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly port: number;
  readonly process: ChildProcess;
  connect(database?: string): LogstoreClient;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as the supervisor does; resolves to the exit code. */
  stop(): Promise<number | null>;
}

const script = `
  const { startLogstore } = await import('#base/logstore/server');
  const { pino } = await import('pino');
  const store = await startLogstore({ ...JSON.parse(process.argv[1]), log: pino({ level: 'error' }, pino.destination(2)) });
  process.once('SIGTERM', () => store.stop({ timeoutMs: 2000 }).then(() => process.exit(0)));
  console.log(store.url);`;

/** Starts a store on `dataDir` and waits until it listens. Rejects when it ends instead. */
export async function spawnLogstore(
  dataDir: string,
  options: Partial<StartLogstoreOptions> = {},
): Promise<SpawnedLogstore> {
  const settings = {
    dataDir,
    host: '127.0.0.1',
    port: 0,
    user: 'jiaodun',
    password: 'correct horse',
    ...options,
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(settings)], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const first = await Promise.race([line, exited.then(([code]) => code)]);
  if (!Array.isArray(first)) throw new Error(`the log store ended with code ${first}`);
  const [url] = first;
  const { user, password } = settings;
  return {
    url,
    user,
    password,
    port: Number(new URL(url).port),
    process: child,
    connect: (database) => connectLogstore({ url, user, password, ...(database ? { database } : {}) }),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
