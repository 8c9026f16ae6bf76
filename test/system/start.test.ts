/** Starting and stopping, and the words for what does not work: `jiaodun start` and `jiaodun doctor` as processes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chown, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isOpenToAll } from '#base/browser/confinement';
import { ownSyslogPorts } from '#test/demo';
import {
  cli,
  familyOf,
  freePort,
  isRunning,
  newDataDir,
  type Product,
  removeDataDir,
  startProduct,
  until,
} from '#test/product';

const dirs: string[] = [];
const children: ChildProcess[] = [];

async function dataDirFor(): Promise<string> {
  const dir = await newDataDir();
  dirs.push(dir);
  return dir;
}

afterAll(async () => {
  for (const dir of dirs) await removeDataDir(dir);
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** `jiaodun start` with `args`; gives the process and how it ended. */
function start(args: readonly string[], env: Record<string, string | undefined>) {
  const child = spawn('node', ['src/cli/main.ts', 'start', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, output })));
  return { child, ended };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Says what is wrong in both languages and ends with 2; an operator sees no stack. */
function expectRefusal({ code, output }: Ended, ...words: readonly string[]): void {
  for (const word of words) expect(output).toContain(word);
  expect(output).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
}

function hold(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function expectAllGone(pids: readonly number[]): Promise<void> {
  await until('the end of every process', 5_000, async () => {
    const running = await Promise.all(pids.map(isRunning));
    return !running.includes(true);
  });
}

describe('jiaodun start', { timeout: 240_000 }, () => {
  it.for(['99999', 'abc', '-1', '80.5'])('refuses the port %s', async (port) => {
    const dataDir = await dataDirFor();
    expectRefusal(await start([`--port=${port}`, '--data', dataDir], {}).ended, 'port');
  });

  it('refuses a role that does not exist, and names those that do', async () => {
    const ended = await start(['--roles=web,wizard', '--data', await dataDirFor()], {}).ended;
    expectRefusal(ended, 'roles', 'collector');
  });

  it('says which stores to name when they do not run here', async () => {
    const args = ['--roles=web', '--data', await dataDirFor()];
    const without = { DATABASE_URL: undefined, CLICKHOUSE_URL: undefined };
    expectRefusal(await start(args, without).ended, 'DATABASE_URL');
    const database = { ...without, DATABASE_URL: 'postgres://somebody@192.0.2.1/nothing' };
    expectRefusal(await start(args, database).ended, 'CLICKHOUSE_URL');
  });

  it('says which port is taken and how to choose another one, and leaves nothing running', async () => {
    const dataDir = await dataDirFor();
    const ports = await ownSyslogPorts();
    const port = await freePort();
    const web = await hold(port);
    const args = ['--data', dataDir, '--port', String(port)];
    expectRefusal(await start(args, ports).ended, String(port), '占用', 'is taken', '--port');
    web.close();
    const syslog = await hold(Number(ports.JIAODUN_SYSLOG_TCP_PORT));
    expectRefusal(
      await start(args, ports).ended,
      ports.JIAODUN_SYSLOG_TCP_PORT!,
      '占用',
      'JIAODUN_SYSLOG_TCP_PORT',
    );
    syslog.close();
    // The directory is free again: nobody holds its lock, and its database is stopped.
    const product = await startProduct({ dataDir, port, env: ports });
    expect(await product.stop()).toBe(0);
  });

  it('stops what has started already when it is told to end during the start', async () => {
    const { child, ended } = start(
      ['--data', await dataDirFor(), '--port', String(await freePort())],
      await ownSyslogPorts(),
    );
    const family = await until('its first role', 60_000, async () => {
      const pids = await familyOf(child.pid!);
      const commands = await Promise.all(pids.map(commandOf));
      return commands.some((command) => command.includes('logstore')) ? pids : undefined;
    });
    child.kill('SIGTERM');
    const { code, output } = await ended;
    expect(output).not.toMatch(/^\s+at /m);
    expect(code).toBe(0);
    await expectAllGone(family);
  });

  it('runs as an ordinary user', async ({ skip }) => {
    const user = otherUser();
    if (!user) return skip('not root: every other test runs as an ordinary user already');
    if (!isOpenToAll(process.cwd())) return skip('other users cannot read the program');
    const dataDir = await dataDirFor();
    await chown(dataDir, user.uid, user.gid);
    const env = { ...(await ownSyslogPorts()), HOME: dataDir };
    const product = await startProduct({ dataDir, port: await freePort(), env, user });
    for (const pid of await familyOf(product.pid)) expect(await userOf(pid)).toBe(user.uid);
    const health = (await (await fetch(`${product.url}/healthz`)).json()) as { roles: object };
    expect(Object.keys(health.roles).sort()).toEqual(['collector', 'logstore', 'postgres', 'web', 'worker']);
    expect(await product.stop()).toBe(0);
  });
});

describe('a running system', { timeout: 60_000 }, () => {
  let product: Product;
  let others: Record<string, string>;

  beforeAll(async () => {
    others = await ownSyslogPorts();
    product = await startProduct({ dataDir: await dataDirFor(), port: await freePort(), env: others });
  }, 120_000);
  afterAll(async () => {
    await product?.stop();
  });

  it('keeps a second process off its data directory, which says who holds it', async () => {
    const args = ['--data', product.dataDir, '--port', String(await freePort())];
    const ended = await start(args, await ownSyslogPorts()).ended;
    expectRefusal(ended, product.dataDir, String(product.pid), 'in use by process');
    expect((await fetch(product.url)).status).toBe(200);
  });

  it('is found in order by the doctor, who sees its end too', async () => {
    const well = await until('every role’s first sign of life', 20_000, async () => {
      const answer = doctor(product.dataDir);
      const roles = answer.checks.filter(({ name }) => name.startsWith('role '));
      return roles.length === 5 && roles.every(({ detail }) => detail !== 'down') ? answer : undefined;
    });
    const server = well.checks.find(({ name }) => name === 'server')!;
    // Degraded where the machine gives the collector too small a buffer; never down.
    expect(server.detail).toMatch(new RegExp(`^${product.url} (ok|degraded)`));
    // What the machine lacks (its UDP buffer, memory) the exit code tells too.
    expect(well.code).toBe(well.checks.every(({ ok }) => ok) ? 0 : 1);
    const nowhere = doctor(await dataDirFor());
    expect(nowhere.checks.find(({ name }) => name === 'server')).toMatchObject({ ok: false });
    expect(nowhere.code).toBe(1);
    expect(cli(['doctor', '--nonsense']).code).toBe(2);
  });

  it('ends within ten seconds of SIGTERM and leaves no process', async () => {
    const family = await familyOf(product.pid);
    // Itself, PostgreSQL with its own processes, and four roles.
    expect(family.length).toBeGreaterThanOrEqual(7);
    let code: number | null | undefined;
    void product.stop().then((ended) => {
      code = ended;
    });
    await until('the end of the system', 10_000, async () => code !== undefined);
    expect(code).toBe(0);
    await expectAllGone(family);
    expect(doctor(product.dataDir).checks.find(({ name }) => name === 'server')).toMatchObject({ ok: false });
  });
});

function doctor(dataDir: string) {
  const { code, stdout } = cli(['doctor', '--json', '--data', dataDir]);
  return { code, ...(JSON.parse(stdout) as { checks: { name: string; ok: boolean; detail: string }[] }) };
}

async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

async function userOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
}

/** Somebody who exists on every Linux and owns nothing; only root can become them. */
function otherUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'daemon'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
