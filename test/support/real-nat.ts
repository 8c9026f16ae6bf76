/** A real network of a school in namespaces: two hosts one after another, DHCP, a Linux NAT, a web server behind it. */
import { execFileSync, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const path = `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`;

function runs(command: string): boolean {
  try {
    execFileSync('sh', ['-c', command], { stdio: 'pipe', env: { ...process.env, PATH: path } });
    return true;
  } catch {
    return false; // Not on this machine: the test is skipped, and counted as such.
  }
}

/** Whether this machine has the programs, and lets us have networks of our own. */
export function hasRealNat(server: 'dnsmasq' | 'kea-dhcp4'): boolean {
  const programs = ['conntrack', 'nft', 'ip', server].map((one) => `command -v ${one}`).join(' && ');
  const trial =
    'unshare -n -m sh -c "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip netns add a"';
  return runs(`${programs} && ${trial}`);
}

export const hostMacs = ['00:00:5e:00:53:a1', '00:00:5e:00:53:b2'] as const;

export interface RealNat {
  /** What the web server saw of each host: its public address and port, and when. */
  readonly seen: readonly { readonly ip: string; readonly port: number; readonly at: number }[];
  readonly nat: string;
  readonly leases: string;
}

const webServer = `require('node:http').createServer((q, r) => {
  console.log(JSON.stringify({ ip: q.socket.remoteAddress.replace('::ffff:', ''), port: q.socket.remotePort, at: Date.now() }));
  r.end('ok');
}).listen(80);`;
const visit = `fetch('http://203.0.113.80/', { headers: { connection: 'close' } }).then((r) => r.text(), () => process.exit(1))`;

/** Runs the network once: each host takes the only address, visits the web server by the only port, and leaves. */
export async function runRealNat(dir: string, server: 'dnsmasq' | 'kea-dhcp4'): Promise<RealNat> {
  const file = (name: string) => join(dir, name);
  const client = `"${process.execPath}" "${join(import.meta.dirname, 'lease-client-child.ts')}"`;
  await writeFile(file('web.cjs'), webServer);
  await writeFile(file('visit.cjs'), visit);
  await writeFile(file('kea.json'), JSON.stringify(keaConfig(file('leases.log'))));
  const dhcp = {
    dnsmasq: `dnsmasq -k -C /dev/null -u root --interface=lan0 --bind-interfaces --port=0 --dhcp-authoritative \
      --dhcp-range=192.0.2.50,192.0.2.50,10m --dhcp-leasefile="${file('held')}" --pid-file="${file('pid')}" \
      --log-facility="${file('leases.log')}"`,
    'kea-dhcp4': `env KEA_LOCKFILE_DIR=none KEA_PIDFILE_DIR="${dir}" kea-dhcp4 -c "${file('kea.json')}" >"${file('kea.out')}" 2>&1`,
  }[server];
  const host = (mac: string) => `
ip -n host link set eth0 down; ip -n host link set eth0 address ${mac}; ip -n host link set eth0 up
ip -n host route add 255.255.255.255 dev eth0
got=$(ip netns exec host ${client} ${mac} take)
ip -n host addr add $got/24 dev eth0; ip -n host route add default via 192.0.2.1
sleep 3
ip netns exec host "${process.execPath}" "${file('visit.cjs')}"
sleep 3
conntrack -D -p tcp >/dev/null 2>&1 || true
ip netns exec host ${client} ${mac} give $got 192.0.2.1
sleep 1
ip -n host addr flush dev eth0`;
  await writeFile(
    file('network.sh'),
    `set -e
mkdir -p /run/netns; mount -t tmpfs none /run/netns
for one in host web; do ip netns add $one; ip -n $one link set lo up; done
ip link set lo up
ip link add lan0 type veth peer name eth0 netns host
ip link add wan0 type veth peer name eth0 netns web
ip addr add 192.0.2.1/24 dev lan0; ip addr add 203.0.113.1/24 dev wan0
ip link set lan0 up; ip link set wan0 up
ip -n web addr add 203.0.113.80/24 dev eth0; ip -n web link set eth0 up; ip -n host link set eth0 up
echo 1 > /proc/sys/net/ipv4/ip_forward
nft 'table ip nat { chain post { type nat hook postrouting priority 100; oifname "wan0" ip protocol tcp masquerade to :61001; }; }'
trap 'kill $events $server $web' EXIT
conntrack -E -o timestamp > "${file('nat.log')}" 2>/dev/null &
events=$!
${dhcp} &
server=$!
ip netns exec web "${process.execPath}" "${file('web.cjs')}" > "${file('web.log')}" &
web=$!
sleep 2
${hostMacs.map(host).join('\nsleep 6\n')}
sleep 1
`,
  );
  const child = spawn('sh', ['-c', 'exec unshare -n -m sh "$0"', file('network.sh')], {
    env: { ...process.env, PATH: path },
  });
  let said = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (text) => (said += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the network ended with ${code}: ${said}`);
  const seen = (await readFile(file('web.log'), 'utf8')).trim().split('\n');
  return {
    seen: seen.map((line) => JSON.parse(line)),
    nat: await readFile(file('nat.log'), 'utf8'),
    leases: await readFile(file('leases.log'), 'utf8'),
  };
}

function keaConfig(output: string): object {
  return {
    Dhcp4: {
      'interfaces-config': { interfaces: ['lan0'] },
      'lease-database': { type: 'memfile', persist: false },
      'valid-lifetime': 600,
      'expired-leases-processing': { 'hold-reclaimed-time': 0, 'flush-reclaimed-timer-wait-time': 1 },
      subnet4: [
        { id: 1, subnet: '192.0.2.0/24', pools: [{ pool: '192.0.2.50-192.0.2.50' }], interface: 'lan0' },
      ],
      loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output }] }],
    },
  };
}
