/** Log lines as the real programs write them. `at` is the writer's own clock, epoch milliseconds. */
import type { LeaseFormat, Zone } from './model.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');
const hours = { 'Asia/Shanghai': 8, UTC: 0 } as const;

const wall = (at: number, zone: Zone) => new Date(at + hours[zone] * 3_600_000);

/** `Nov 22 14:05:09`, without a year. */
export function oldTime(at: number, zone: Zone): string {
  const t = wall(at, zone);
  const day = String(t.getUTCDate()).padStart(2, ' ');
  return `${months[t.getUTCMonth()]} ${day} ${clockTime(t)}`;
}

const clockTime = (t: Date) => `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`;

/** `2026-11-22 14:05:09`, as a display shows it. */
export function wallTime(at: number, zone: Zone): string {
  return wall(at, zone).toISOString().slice(0, 19).replace('T', ' ');
}

export interface Flow {
  readonly proto: 'tcp' | 'udp';
  readonly insideIp: string;
  readonly insidePort: number;
  readonly publicIp: string;
  readonly publicPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
}

/** `conntrack -E -o timestamp`. */
export function conntrackLine(event: 'NEW' | 'DESTROY', at: number, flow: Flow): string {
  const { proto, insideIp, insidePort, publicIp, publicPort, dstIp, dstPort } = flow;
  const state = event === 'NEW' && proto === 'tcp' ? ' 120 SYN_SENT' : event === 'NEW' ? ' 30' : '';
  const reply = event === 'NEW' ? ' [UNREPLIED]' : '';
  const padded = `[${event}]`.padStart(9, ' ');
  return `[${(at / 1000).toFixed(6)}]\t${padded} ${proto.padEnd(8, ' ')} ${proto === 'tcp' ? 6 : 17}${state} src=${insideIp} dst=${dstIp} sport=${insidePort} dport=${dstPort}${reply} src=${dstIp} dst=${publicIp} sport=${dstPort} dport=${publicPort}${event === 'DESTROY' ? ' [ASSURED]' : ''}`;
}

/** One line at the end of the session, with both times in whole seconds of the epoch. */
export function huaweiLine(at: number, startedMs: number, flow: Flow, zone: Zone): string {
  const second = (ms: number) => Math.floor(ms / 1000);
  const stamp = wallTime(at, zone);
  return `${oldTime(at, zone)} 10.0.0.1 ${stamp} FW-1 %%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=${flow.proto},SourceIP=${flow.insideIp},DestinationIP=${flow.dstIp},SourcePort=${flow.insidePort},DestinationPort=${flow.dstPort},SourceNatIP=${flow.publicIp},SourceNatPort=${flow.publicPort},BeginTime=${second(startedMs)},EndTime=${second(at)},SendPkts=3,SendBytes=740,RcvPkts=3,RcvBytes=1200,SourceVpnID=0,DestinationVpnID=0,SourceZone=trust,DestinationZone=untrust,PolicyName=out,CloseReason=aged-out.`;
}

/** Comware 7: the header is local, the session's own times are UTC. */
export function h3cLine(at: number, startedMs: number, isOver: boolean, flow: Flow): string {
  const own = (ms: number) => {
    const t = new Date(ms);
    return `${two(t.getUTCMonth() + 1)}${two(t.getUTCDate())}${t.getUTCFullYear()}${clockTime(t).replaceAll(':', '')}`;
  };
  const header = wall(at, 'Asia/Shanghai');
  const day = `${months[header.getUTCMonth()]} ${two(header.getUTCDate())} ${clockTime(header)} ${header.getUTCFullYear()}`;
  const event = isOver ? '(1)Session deleted' : '(8)Session created';
  return `<6> ${day} FW-H %%10session/6/SESSION_IPV4_FLOW: Protocol(1001)=${flow.proto.toUpperCase()};Application(1002)=general;SrcIPAddr(1003)=${flow.insideIp};SrcPort(1004)=${flow.insidePort};NatSrcIPAddr(1005)=${flow.publicIp};NatSrcPort(1006)=${flow.publicPort};DstIPAddr(1007)=${flow.dstIp};DstPort(1008)=${flow.dstPort};NatDstIPAddr(1009)=${flow.dstIp};NatDstPort(1010)=${flow.dstPort};InitPktCount(1044)=1;InitByteCount(1046)=60;RplyPktCount(1045)=0;RplyByteCount(1047)=0;RcvVPNInstance(1042)=;SndVPNInstance(1043)=;BeginTime_e(1013)=${own(startedMs)};EndTime_e(1014)=${isOver ? own(at) : ''};Event(1048)=${event};`;
}

/** RouterOS tells the beginning only. */
export function mikrotikLine(at: number, flow: Flow, zone: Zone): string {
  const inside = `${flow.insideIp}:${flow.insidePort}`;
  const far = `${flow.dstIp}:${flow.dstPort}`;
  const proto = flow.proto === 'tcp' ? 'TCP (SYN)' : 'UDP';
  return `${oldTime(at, zone)} gw-m forward: in:lan out:wan, connection-state:new,snat proto ${proto}, ${inside}->${far}, NAT (${inside}->${flow.publicIp}:${flow.publicPort})->${far}, len 60`;
}

/** Port blocks of Junos, in whole seconds, by the header's time only. */
export function juniperLine(
  at: number,
  isFree: boolean,
  block: { insideIp: string; publicIp: string; lo: number; hi: number },
  zone: Zone,
): string {
  const [what, verb] = isFree ? ['RELEASE', 'releases'] : ['ALLOC', 'allocates'];
  return `<14>${oldTime(at, zone)} bng-1 RT_NAT: RT_SRC_NAT_PBA_${what}: Subscriber ${block.insideIp} used/maximum [1/8] blocks, ${verb} port block [${block.lo}-${block.hi}] from ${block.publicIp} in source pool P1 lsys_id: 0 epoch 0x6a44007a`;
}

export interface Lease {
  readonly kind: 'ack' | 'release' | 'nak' | 'decline';
  readonly ip: string;
  readonly mac: string;
  readonly seconds: number;
}

export function leaseLine(format: LeaseFormat, at: number, lease: Lease, zone: Zone): string {
  if (format === 'kea') return keaLine(at, lease, zone);
  const { kind, ip, mac } = lease;
  const verb = `DHCP${kind.toUpperCase()}`;
  if (format === 'dnsmasq') {
    const tail = kind === 'ack' ? ' host-1' : kind === 'nak' ? ' wrong address' : '';
    return `${oldTime(at, zone)} dnsmasq-dhcp[969]: ${verb}(br0) ${ip} ${mac}${tail}`;
  }
  const between = kind === 'ack' || kind === 'nak' ? ['on', 'to'] : ['of', 'from'];
  return `${oldTime(at, zone)} gw1 dhcpd: ${verb} ${between[0]} ${ip} ${between[1]} ${mac} via eth0`;
}

function keaLine(at: number, { kind, ip, mac, seconds }: Lease, zone: Zone): string {
  const stamp = wall(at, zone).toISOString().slice(0, 23).replace('T', ' ');
  const client = `[hwtype=1 ${mac}], cid=[01:${mac}], tid=0x3f082956`;
  const said = {
    ack: ['leases', `DHCP4_LEASE_ALLOC ${client}: lease ${ip} has been allocated for ${seconds} seconds`],
    release: ['leases', `DHCP4_RELEASE ${client}: address ${ip} was released properly.`],
    decline: ['leases', `DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr ${ip} from client ${client}.`],
    nak: ['bad-packets', `DHCP4_PACKET_NAK_0001 ${client}: failed to select a subnet for incoming packet`],
  }[kind];
  return `${stamp} INFO  [kea-dhcp4.${said[0]}/6455.139934778066624] ${said[1]}`;
}

export interface Accounting {
  readonly status: 'Start' | 'Interim-Update' | 'Stop';
  readonly user: string;
  readonly ip: string;
  readonly v6: string | null;
  readonly mac: string;
  readonly session: string;
}

/** One record of FreeRADIUS' detail file. */
export function radiusRecord(at: number, told: Accounting): string {
  const t = wall(at, 'Asia/Shanghai');
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const head = `${days[t.getUTCDay()]} ${months[t.getUTCMonth()]} ${String(t.getUTCDate()).padStart(2, ' ')} ${clockTime(t)} ${t.getUTCFullYear()}`;
  const rows = [
    `Acct-Status-Type = ${told.status}`,
    `User-Name = "${told.user}"`,
    'NAS-IP-Address = 10.0.0.2',
    'NAS-Port-Id = "wlan1"',
    `Framed-IP-Address = ${told.ip}`,
    ...(told.v6 === null ? [] : [`Framed-IPv6-Address = ${told.v6}`]),
    `Calling-Station-Id = "${told.mac.replaceAll(':', '-').toUpperCase()}"`,
    `Acct-Session-Id = "${told.session}"`,
    'Acct-Delay-Time = 0',
    `Timestamp = ${Math.floor(at / 1000)}`,
  ];
  return [head, ...rows.map((row) => `\t${row}`)].join('\n');
}

export function arpwatchLine(at: number, ip: string, mac: string, old: string | null, zone: Zone): string {
  const short = (text: string) =>
    text
      .split(':')
      .map((byte) => Number.parseInt(byte, 16).toString(16))
      .join(':');
  const said = old === null ? 'new station' : 'changed ethernet address';
  return `${oldTime(at, zone)} watch1 arpwatch: ${said} ${ip} ${short(mac)}${old === null ? '' : ` (${short(old)})`}`;
}

/** Squid, in the layout with the client's port and a running number; the time is that of the end. */
export function squidLine(
  at: number,
  told: { took: number; client: string; port: number; dstIp: string; dstPort: number; number: number },
): string {
  return `${(at / 1000).toFixed(3)} ${String(told.took).padStart(6, ' ')} ${told.client} ${told.port} ${told.dstIp} ${told.dstPort} TCP_TUNNEL/200 3000 500 CONNECT ${told.dstIp}:${told.dstPort} - - ${told.number}`;
}

/** What the product's own poller writes of a neighbour table. */
export function snmpLine(at: number, kind: 'arp' | 'nd', ip: string, mac: string): string {
  return `${new Date(at).toISOString()} snmp ${kind} nas=10.0.0.1 ip=${ip} mac=${mac} port=Vlan10`;
}
