/** The only composition root: configuration → stores → roles → stop. `jiaodun start` calls it. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, publicUrlOf, type Role } from '#base/config';
import { lockDataDir } from '#base/data-dir-lock';
import { openPool, socketUrl } from '#base/db';
import { fail } from '#base/errors';
import { newSecret } from '#base/id';
import { createRoleLogger, type Logger } from '#base/log';
import { connectLogstore } from '#base/logstore/client';
import { migrateLogstore } from '#base/logstore/migrate';
import { migrateDatabase } from '#base/migrate';
import { type RunningPostgres, startPostgres } from '#base/postgres/launcher';
import { demandPort } from '#base/start-errors';
import { Supervisor } from '#base/supervisor';

/** The start message of a role process. */
export interface RoleStart {
  readonly role: Role;
  readonly config: Config;
  readonly ownerUrl: string;
  readonly logstore: {
    readonly url: string;
    readonly user: string;
    readonly password: string;
    readonly cluster?: string;
  };
}

/** The start message of the demonstration, which knows the product only from outside. */
export interface DemoStart {
  readonly role: 'demo';
  readonly config: Config;
}

export interface RunningSystem {
  readonly config: Config;
  /** Process ids by role. */
  pids(): Record<string, number>;
  stop(): Promise<void>;
}

const migrations = (store: string) => fileURLToPath(new URL(`../migrations/${store}`, import.meta.url));
const roleEntry = new URL('./role.ts', import.meta.url);
const logstoreEntry = new URL('./role-logstore.ts', import.meta.url);
const demoEntry = new URL('./demo/main.ts', import.meta.url);

/**
 * Starts every role of this machine, in order. `print` gets the lines that the operator should see. When `signal`
 * is aborted during the start, what runs already is stopped and the start fails. Fails with `data_dir.*`,
 * `start.*` and the launcher's errors.
 */
export async function startSystem(
  given: Config,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<RunningSystem> {
  demandStores(given);
  // The lock makes the folder, with a mode that lets the database's user enter; the log comes after it.
  const lock = lockDataDir(given.dataDir);
  const log = createRoleLogger('supervisor', given);
  const supervisor = new Supervisor(log);
  const postgres = new PostgresKeeper(given, log);
  // Within the ten seconds that service managers give: 2.5 for the roles, 2.5 for the log store, 4 for PostgreSQL.
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await supervisor.stop(2_500);
      await postgres.stop();
      lock.release();
    })();
    return stopped;
  };
  // Ends the roles that are starting; the start then fails and stops the rest.
  const interrupt = () => void supervisor.stop(2_500);
  signal.addEventListener('abort', interrupt, { once: true });
  let config = given;
  try {
    const { host, port } = given;
    if (given.roles.includes('web'))
      await demandPort({ what: 'HTTP', host, port, option: '--port N, JIAODUN_HOST' });
    if (given.demo) config = await startDemo(given, supervisor);
    signal.throwIfAborted();
    const ownerUrl = await postgres.start(print);
    signal.throwIfAborted();
    const logstore = await logstoreAddress(config);
    const start = (role: Role, entry = roleEntry) =>
      supervisor.start({
        name: role,
        entry,
        start: { role, config, ownerUrl, logstore } satisfies RoleStart,
        stopsLast: role === 'logstore',
        logFile: join(config.dataDir, 'log', `${role}.log`),
      });
    const has = (role: Role) => config.roles.includes(role);
    if (has('logstore') && !config.clickhouseUrl)
      await allToTheEnd([start('logstore', logstoreEntry), migrate(ownerUrl, log)]);
    else await migrate(ownerUrl, log);
    const client = connectLogstore(logstore);
    await migrateLogstore(client, migrations('clickhouse'));
    await client.close();
    signal.throwIfAborted();
    await Promise.all((['collector', 'worker', 'web'] as const).filter(has).map((role) => start(role)));
    if (has('web')) await sayWhere(config, print);
    print(`停止 to stop    Ctrl-C，或 or: kill ${process.pid}`);
    signal.throwIfAborted();
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
  return { config, pids: () => ({ ...supervisor.pids(), ...postgres.pid() }), stop };
}

/** Waits for all of them, also when one fails: nothing may use the database any more when it is stopped. */
async function allToTheEnd(works: readonly Promise<unknown>[]): Promise<void> {
  for (const ended of await Promise.allSettled(works)) if (ended.status === 'rejected') throw ended.reason;
}

/** What does not run here must be named. Fails with `start.no_database` and `start.no_log_store`. */
function demandStores({ roles, databaseUrl, clickhouseUrl }: Config): void {
  if (!databaseUrl && !roles.includes('postgres')) fail('start.no_database');
  if (!clickhouseUrl && !roles.includes('logstore')) fail('start.no_log_store');
}

/**
 * Starts the demonstration and gives what the roles are to know of it. Before the roles, because it brings the mail server
 * whose port they are told: two demonstrations that choose at the same time both find a port free, only the one that
 * listens has it.
 */
async function startDemo(config: Config, supervisor: Supervisor): Promise<Config> {
  await supervisor.start({
    name: 'demo',
    entry: demoEntry,
    start: { role: 'demo', config } satisfies DemoStart,
    logFile: join(config.dataDir, 'log', 'demo.log'),
  });
  const { demoSmtpUrl, openDemoState } = await import('./demo/state.ts');
  const { state } = await openDemoState(config.dataDir);
  // Its people have no telephones: a second factor is offered, not demanded.
  return { ...config, smtpUrl: config.smtpUrl ?? demoSmtpUrl(state), secondFactor: 'offered' };
}

async function migrate(ownerUrl: string, log: Logger): Promise<void> {
  // Its listener outlives end(), which does not wait for the socket: a server that is stopped right after still tells it.
  const pool = openPool(ownerUrl, log, 2, 60_000);
  try {
    await migrateDatabase(pool, { ownerUrl, directory: migrations('postgres'), log });
  } finally {
    await pool.end();
  }
}

/** The built-in server: started, and started again when it dies while we run. */
class PostgresKeeper {
  readonly #config: Config;
  readonly #log: Logger;
  #running: RunningPostgres | undefined;
  #stopping = false;

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  async start(print: (line: string) => void): Promise<string> {
    if (this.#config.databaseUrl) return this.#config.databaseUrl;
    const running = await this.#launch();
    if (running.where)
      print(`PostgreSQL  ${running.where} (the server’s user cannot enter the data directory)`);
    return socketUrl(running.owner);
  }

  pid(): Record<string, number> {
    return this.#running ? { postgres: this.#running.pid } : {};
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running?.stop({ timeoutMs: 4_000 });
  }

  async #launch(): Promise<RunningPostgres> {
    const running = await startPostgres({
      dataDir: this.#config.dataDir,
      log: this.#log,
      onExit: (exit) => {
        if (this.#stopping) return;
        this.#log.error({ exit }, 'PostgreSQL ended and is restarted');
        this.#launch().catch((error: unknown) => {
          this.#log.fatal({ err: error }, 'PostgreSQL cannot be restarted');
          process.kill(process.pid, 'SIGTERM');
        });
      },
    });
    this.#running = running;
    return running;
  }
}

async function logstoreAddress(config: Config): Promise<RoleStart['logstore']> {
  if (config.clickhouseUrl) {
    const url = new URL(config.clickhouseUrl);
    const [user, password] = [
      decodeURIComponent(url.username) || 'default',
      decodeURIComponent(url.password),
    ];
    url.username = '';
    url.password = '';
    const cluster = config.clickhouseCluster;
    return { url: url.href, user, password, ...(cluster === undefined ? {} : { cluster }) };
  }
  return { url: `http://127.0.0.1:${await freePort()}`, user: 'jiaodun', password: newSecret() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function sayWhere(config: Config, print: (line: string) => void): Promise<void> {
  const url = publicUrlOf(config);
  print(`教盾 Jiaodun   ${url}`);
  // The demonstration does the first set-up by itself, at once.
  if (config.demo) return;
  const token = await readFile(join(config.dataDir, 'setup-token'), 'utf8').catch(() => undefined);
  if (token) print(`首次设置 first set-up   ${url}/setup?token=${token.trim()}`);
}
