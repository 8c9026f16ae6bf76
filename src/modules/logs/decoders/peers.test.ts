/** What real servers write is read: squid, dnsmasq, BIND, Unbound and Kea of Debian, run for a few seconds each. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, until } from '#test/product';
import { decoderOf } from './decode-line.ts';
import type { DataRow, Format } from './row.ts';

const programs = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const has = (program: string) => {
  try {
    execFileSync('which', [program], { env: { PATH: programs.join(':') }, stdio: 'pipe' });
    return true;
  } catch {
    return false; // Not on this machine: its tests are skipped, and counted as such.
  }
};
/** A network of one's own takes root, and a system that allows it. */
const hasNetwork = () => {
  try {
    execFileSync('sh', ['-c', 'unshare -n ip link set lo up'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};

let dir = '';
const children: ChildProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-peers-'));
  // Servers give up root and write as somebody else.
  await chmod(dir, 0o777);
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Starts a server; `end` stops it and waits for its end. */
function start(program: string, ...argv: string[]) {
  const env = { ...process.env, PATH: `${programs.join(':')}:${process.env.PATH}` };
  const child = spawn(program, argv, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let said = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (text) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    said: () => said,
    ended,
    end: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const file = (name: string) => join(dir, name);

const linesOf = async (name: string) =>
  (await readFile(file(name), 'latin1').catch(() => '')).split('\n').filter((line) => line !== '');

/** Reads every line; the rows, and the lines that could not be read. */
function read(format: Format, lines: readonly string[]) {
  const source = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, realm: 'test' };
  const rows: DataRow[] = [];
  const unread: string[] = [];
  for (const line of lines) {
    const found = decoderOf(format)!.decode(line, source, new Date());
    if (found === null) unread.push(line);
    else if (!('table' in found)) rows.push(...found);
    else if (found.table !== 'none') rows.push(found);
  }
  return { rows, unread };
}

const justNow = (ts: number) => expect(Math.abs(Date.now() - ts)).toBeLessThan(120_000);

/** Asks the server until it has answered, whatever the answer is. */
async function ask(port: number, name: string): Promise<void> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  await until(`an answer for ${name}`, 20_000, () =>
    resolver.resolve4(name).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ETIMEOUT' && error.code !== 'ECONNREFUSED',
    ),
  );
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function expectQuestion(rows: readonly DataRow[], unread: readonly string[]): void {
  expect(unread).toEqual([]);
  const row = rows.find((one) => one.table === 'event' && one.host === 'www.example');
  expect(row).toMatchObject({ kind: 'dns', act: 'A', cli: '127.0.0.1', dport: 53 });
  justNow(row!.ts);
}

test.skipIf(!has('named'))('BIND: every line of its log, in two layouts of time', async () => {
  for (const [name, time] of [
    ['named-1', 'yes'],
    ['named-2', 'iso8601'],
  ]) {
    const port = await freeUdpPort();
    await writeFile(
      file(`${name}.conf`),
      `options { directory "${dir}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
         pid-file none; session-keyfile none; querylog yes; dnssec-validation no; };
       controls { };
       logging { channel all { file "${file(`${name}.log`)}"; print-time ${time}; print-category yes; print-severity yes; };
         category default { all; }; category queries { all; }; };`,
    );
    const named = start('named', '-f', '-n', '1', '-c', file(`${name}.conf`));
    await ask(port, 'www.example');
    await until('the log of named', 10_000, async () =>
      (await linesOf(`${name}.log`)).some((line) => line.includes('query:')),
    );
    await named.end();
    const { rows, unread } = read('bind', await linesOf(`${name}.log`));
    expectQuestion(rows, unread);
    expect(rows.find((row) => row.table === 'event')).toMatchObject({
      cport: expect.any(Number),
      dst: '127.0.0.1',
    });
  }
});

test.skipIf(!has('unbound'))(
  'Unbound: questions and replies, with epoch and with written times',
  async () => {
    for (const [name, ascii] of [
      ['unbound-1', 'no'],
      ['unbound-2', 'yes'],
    ]) {
      const port = await freeUdpPort();
      await writeFile(
        file(`${name}.conf`),
        `server:\n  directory: "${dir}"\n  username: ""\n  chroot: ""\n  pidfile: ""\n  interface: 127.0.0.1\n  port: ${port}
  logfile: "${file(`${name}.log`)}"\n  use-syslog: no\n  log-time-ascii: ${ascii}\n  log-queries: yes\n  log-replies: yes
  do-daemonize: no\n  access-control: 127.0.0.0/8 allow\n  local-zone: "example." static
  local-data: "www.example. A 198.51.100.9"\nremote-control:\n  control-enable: no\n`,
      );
      const unbound = start('unbound', '-d', '-c', file(`${name}.conf`));
      await ask(port, 'www.example');
      await until('the log of unbound', 10_000, async () =>
        (await linesOf(`${name}.log`)).some((line) => line.includes(' www.example. A IN')),
      );
      await unbound.end();
      const { rows, unread } = read('unbound', await linesOf(`${name}.log`));
      expectQuestion(rows, unread);
    }
  },
);

test.skipIf(!has('dnsmasq'))('dnsmasq: questions with and without the port of the client', async () => {
  for (const [name, extra] of [
    ['dnsmasq-1', '--log-queries'],
    ['dnsmasq-2', '--log-queries=extra'],
  ]) {
    const port = await freeUdpPort();
    const dnsmasq = start(
      'dnsmasq',
      '-k',
      '-C',
      '/dev/null',
      '-u',
      'root',
      '--no-resolv',
      '--no-hosts',
      '--listen-address=127.0.0.1',
      '--bind-interfaces',
      `--port=${port}`,
      '--address=/www.example/198.51.100.9',
      extra!,
      `--log-facility=${file(`${name}.log`)}`,
      `--pid-file=${file(`${name}.pid`)}`,
    );
    await ask(port, 'www.example');
    await until('the log of dnsmasq', 10_000, async () =>
      (await linesOf(`${name}.log`)).some((line) => line.includes('query[A]')),
    );
    await dnsmasq.end();
    const { rows, unread } = read('dnsmasq', await linesOf(`${name}.log`));
    expectQuestion(rows, unread);
    const port0 = rows.some((row) => row.table === 'event' && row.cport > 0);
    expect(port0).toBe(extra === '--log-queries=extra');
  }
});

/** A network of one server and one client; the server is ended when the client has its lease. */
async function lease(setup: string, log: string): Promise<void> {
  await writeFile(
    file('network.sh'),
    `set -e
ip link set lo up
ip link add veth0 type veth peer name veth1
ip addr add 192.0.2.1/24 dev veth0
ip link set veth0 up
ip link set veth1 up
ip route add 255.255.255.255 dev veth1
# The client's own address is on the other end of the same machine.
for one in all default veth0 veth1; do
  echo 1 > /proc/sys/net/ipv4/conf/$one/accept_local
  echo 0 > /proc/sys/net/ipv4/conf/$one/rp_filter
done
${setup} &
server=$!
code=0
"${process.execPath}" "${join(process.cwd(), 'test/support/dhcp-client-child.ts')}" || code=$?
# The release has no answer: it is done when the log has it.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  grep -q RELEASE "${file(log)}" && break
  sleep 0.1
done
kill $server
wait $server || true
exit $code
`,
  );
  const network = start('unshare', '-n', 'sh', file('network.sh'));
  await network.ended;
  expect([network.said(), children.at(-1)!.exitCode]).toEqual([network.said(), 0]);
}

const hasLease = (rows: readonly DataRow[], ip: string) => {
  const ack = rows.find((row) => row.table === 'lease' && row.action === 'ack');
  expect(ack).toMatchObject({ ip, mac: '02:00:00:00:00:07' });
  justNow(ack!.ts);
  expect(rows.some((row) => row.table === 'lease' && row.action === 'release' && row.ip === ip)).toBe(true);
};

test.skipIf(!has('kea-dhcp4') || !hasNetwork())('Kea: a lease taken and given back', async () => {
  const output = [{ output: file('kea.log') }];
  const config = {
    Dhcp4: {
      'interfaces-config': { interfaces: ['veth0'] },
      'lease-database': { type: 'memfile', persist: false },
      'valid-lifetime': 600,
      subnet4: [{ subnet: '192.0.2.0/24', pools: [{ pool: '192.0.2.100-192.0.2.150' }], interface: 'veth0' }],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: output }],
    },
  };
  await writeFile(file('kea.json'), JSON.stringify(config));
  await lease(`KEA_LOCKFILE_DIR=none KEA_PIDFILE_DIR="${dir}" kea-dhcp4 -c "${file('kea.json')}"`, 'kea.log');
  const { rows, unread } = read('kea', await linesOf('kea.log'));
  expect(unread).toEqual([]);
  hasLease(rows, '192.0.2.100');
  expect(rows).toMatchObject([{ leaseSeconds: 600 }, { action: 'release' }]);
});

test.skipIf(!has('dnsmasq') || !hasNetwork())('dnsmasq: a lease taken and given back', async () => {
  await lease(
    `dnsmasq -k -C /dev/null -u root --interface=veth0 --bind-interfaces --port=0 --log-dhcp --dhcp-authoritative \
    --dhcp-range=192.0.2.50,192.0.2.50,10m --dhcp-leasefile="${file('leases')}" --pid-file="${file('lease.pid')}" \
    --log-facility="${file('lease.log')}"`,
    'lease.log',
  );
  const { rows, unread } = read('dnsmasq', await linesOf('lease.log'));
  expect(unread).toEqual([]);
  hasLease(rows, '192.0.2.50');
  expect(rows.find((row) => row.table === 'lease' && row.action === 'ack')).toMatchObject({
    hostname: 'pc-07',
  });
});

/** One request through a proxy. */
const through = (proxy: number, url: string) =>
  new Promise<number>((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port: proxy, path: url, headers: { host: new URL(url).host } },
      (reply) => {
        reply.resume();
        reply.once('end', () => resolve(reply.statusCode!));
      },
    );
    request.once('error', reject);
  });

test.skipIf(!has('squid'))(
  'squid: its native layout and the one that is asked for, of the same request',
  async () => {
    const origin: Server = createServer((_request, reply) => reply.end('hello'));
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    const { port } = origin.address() as AddressInfo;
    const proxy = await freePort();
    await writeFile(
      file('squid.conf'),
      `http_port 127.0.0.1:${proxy}
http_access allow all
cache deny all
pid_filename none
cache_log ${file('squid.out')}
visible_hostname proxy.example
shutdown_lifetime 0 seconds
netdb_filename none
strip_query_terms off
logformat asked %ts.%03tu %6tr %>a %>p %<a %<p %Ss/%03>Hs %<st %>st %rm %ru %un %mt %sn
access_log stdio:${file('squid-native.log')} squid
access_log stdio:${file('squid-asked.log')} asked
`,
    );
    const squid = start('squid', '-N', '-f', file('squid.conf'));
    try {
      const url = `http://127.0.0.1:${port}/a?b=c`;
      await until('the proxy', 30_000, () =>
        through(proxy, url).then(
          (status) => status === 200,
          () => false,
        ),
      );
      await through(proxy, url);
    } finally {
      await squid.end();
      origin.close();
    }
    const common = {
      kind: 'proxy',
      cli: '127.0.0.1',
      host: '127.0.0.1',
      path: '/a?b=c',
      method: 'GET',
      status: 200,
      dport: port,
    };
    const native = read('squid', await linesOf('squid-native.log'));
    expect(native.unread).toEqual([]);
    expect(native.rows.at(-1)).toMatchObject(common);
    const asked = read('squid', await linesOf('squid-asked.log'));
    expect(asked.unread).toEqual([]);
    expect(asked.rows.at(-1)).toMatchObject({ ...common, dst: '127.0.0.1', cport: expect.any(Number) });
    justNow(asked.rows.at(-1)!.ts);
    // One after the other, without a hole.
    const numbers = asked.rows.map((row) => row.counter!.value);
    expect(numbers.slice(1)).toEqual(numbers.slice(0, -1).map((value) => value + 1));
  },
);
