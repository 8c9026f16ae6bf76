import { expect, test } from 'vitest';
import { decodeH3c } from './h3c.ts';
import { decodeHuaweiUsg } from './huawei-usg.ts';
import { decodeIptables } from './iptables.ts';
import { decodeJuniper } from './juniper.ts';
import { decodeMikrotik, openMikrotik } from './mikrotik.ts';
import type { Memory } from './row.ts';

const source = { zone: 'Asia/Shanghai', realm: 'city' };
const recvAt = new Date('2026-11-22T06:00:00Z');
const ts = Date.UTC(2026, 10, 22, 5);
const translated =
  'in:<pppoe-b1> out:wan, connection-state:new,snat proto TCP (SYN), 100.64.0.10:54124->198.51.100.37:443, NAT (100.64.0.10:54124->203.0.113.10:61001)->198.51.100.37:443, len 60';

const out = {
  table: 'nat',
  direction: 'out',
  proto: 6,
  pubIp: '203.0.113.10',
  inIp: '100.64.0.10',
  inPort: 54124,
  dstIp: '198.51.100.37',
  dstPort: 443,
};

test('MikroTik: reads a translated line, also with the MAC of the sender', () => {
  const line = `<134>Nov 22 13:00:00 gw forward: ${translated}`;
  const session = { ...out, event: 'new', ts, start: ts, pubPort: 61001 };
  expect(decodeMikrotik(line, source, recvAt)).toMatchObject(session);
  const mac = line.replace(' proto', ' src-mac 0e:26:ad:00:00:01, proto');
  expect(decodeMikrotik(mac, source, recvAt)).toMatchObject(session);
  const later = line.replace('connection-state:new', 'connection-state:established');
  expect(decodeMikrotik(later, source, recvAt)).toMatchObject({ event: 'update', start: -1 });
});

test('MikroTik: reads a port forwarding from the side of the stranger', () => {
  const line =
    'Nov 22 13:00:00 gw forward: in:wan out:lan, connection-state:new,dnat proto TCP (SYN), 198.51.100.9:5000->203.0.113.10:80, NAT 198.51.100.9:5000->(203.0.113.10:80->192.0.2.80:8080), len 60';
  expect(decodeMikrotik(line, source, recvAt)).toMatchObject({
    direction: 'in',
    pubIp: '203.0.113.10',
    pubPort: 80,
    inIp: '192.0.2.80',
    inPort: 8080,
    dstIp: '198.51.100.9',
    dstPort: 5000,
  });
});

test('MikroTik: makes a firewall event, never a session, of a line without the public side', () => {
  const line =
    'Nov 22 13:00:00 gw srcnat: in:LAN1 out:WAN, connection-state:new src-mac 0e:26:ad:00:00:01, proto ICMP (type 8, code 0), 192.0.2.212->198.51.100.191, len 64';
  expect(decodeMikrotik(line, source, recvAt)).toMatchObject({
    kind: 'firewall',
    cli: '192.0.2.212',
    dst: '198.51.100.191',
    proto: 1,
    act: 'srcnat',
    up: 64,
    extra: { in: 'LAN1', out: 'WAN', mac: '0e:26:ad:00:00:01' },
  });
});

function memory(): Memory & { values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  return {
    values,
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, JSON.parse(JSON.stringify(value))),
  };
}

test.each([150, 120, 88, 60])('MikroTik: joins a line that came in two messages, cut at %i', (cut) => {
  const line = `Nov 22 13:00:00 gw forward: ${translated}`;
  const known = memory();
  expect(openMikrotik(known)(line.slice(0, cut), source, recvAt)).toEqual({ table: 'none' });
  // The second half may be in the next segment: another reader with the same memory.
  const second = `Nov 22 13:00:00 gw forward: ${line.slice(cut)}`;
  expect(openMikrotik(known)(second, source, recvAt)).toMatchObject({ ...out, pubPort: 61001 });
  expect(known.values.get('mikrotik.half')).toEqual({});
});

test('MikroTik: a line that ended early and one that is whole give both rows, and an old half is no half', () => {
  const known = memory();
  const decode = openMikrotik(known);
  const short =
    'Nov 22 13:00:00 gw drop: in:lan out:wan, connection-state:new proto UDP, 192.0.2.5:5->198.51.100.5:53';
  decode(short, source, recvAt);
  expect(decode(`Nov 22 13:00:01 gw forward: ${translated}`, source, recvAt)).toMatchObject([
    { kind: 'firewall', cli: '192.0.2.5' },
    { table: 'nat', pubPort: 61001 },
  ]);
  decode(`Nov 22 13:00:00 gw forward: ${translated.slice(0, 100)}`, source, recvAt);
  const late = new Date(recvAt.getTime() + 60_000);
  expect(decode(`Nov 22 13:01:00 gw forward: ${translated.slice(100)}`, source, late)).toBeNull();
});

test('MikroTik: halves of two routers that write to one source are not joined with each other', () => {
  const known = memory();
  const line = `Nov 22 13:00:00 gw forward: ${translated}`;
  const other = line.replaceAll('61001', '61777');
  const second = (whole: string) => `Nov 22 13:00:00 gw forward: ${whole.slice(150)}`;
  const read = (text: string, sender: string) => openMikrotik(known)(text, source, recvAt, sender);
  read(line.slice(0, 150), '192.0.2.1');
  read(other.slice(0, 150), '192.0.2.2');
  expect(read(second(line), '192.0.2.1')).toMatchObject({ ...out, pubPort: 61001 });
  expect(read(second(other), '192.0.2.2')).toMatchObject({ pubPort: 61777 });
  // A half of nobody else, and the memory of an earlier version, complete nothing.
  read(line.slice(0, 150), '192.0.2.1');
  expect(read(second(line), '192.0.2.3')).toBeNull();
  known.set('mikrotik.half', { text: line.slice(0, 150), at: recvAt.getTime() });
  expect(read(second(line), '')).toBeNull();
});

test('MikroTik: senders that only begin lines do not fill the memory', () => {
  const known = memory();
  const half = `Nov 22 13:00:00 gw forward: ${translated}`.slice(0, 150);
  for (let i = 0; i < 200; i += 1) openMikrotik(known)(half, source, recvAt, `192.0.2.${i}`);
  expect(Object.keys(known.values.get('mikrotik.half') as object)).toHaveLength(64);
});

const huawei =
  'Nov 22 13:05:00 192.0.2.1 2026-11-22 05:05:00 FW-1 %%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=udp,SourceIP=192.0.2.167,DestinationIP=198.51.100.8,SourcePort=52451,DestinationPort=53,SourceNatIP=203.0.113.54,SourceNatPort=3711,BeginTime=1795327200,EndTime=1795327235,SendPkts=1,SendBytes=74,RcvPkts=1,RcvBytes=120,SourceVpnID=0,PolicyName=Permit_all,UserName=user1,CloseReason=aged-out.';

test('Huawei USG: reads a session from its begin and end, not from the two clocks before them', () => {
  expect(decodeHuaweiUsg(huawei, source, recvAt)).toEqual({
    table: 'nat',
    event: 'destroy',
    ts: 1795327235000,
    start: 1795327200000,
    direction: 'out',
    proto: 17,
    pubIp: '203.0.113.54',
    pubPort: 3711,
    inIp: '192.0.2.167',
    inPort: 52451,
    dstIp: '198.51.100.8',
    dstPort: 53,
    flow: '',
  });
});

test('Huawei USG: a session that nobody translated is a flow, another module no row, a cut line unreadable', () => {
  const plain = huawei.replace(
    'SourceNatIP=203.0.113.54,SourceNatPort=3711',
    'SourceNatIP=0.0.0.0,SourceNatPort=0',
  );
  expect(decodeHuaweiUsg(plain, source, recvAt)).toMatchObject({
    kind: 'flow',
    user: 'user1',
    up: 74,
    dn: 120,
    took: 35_000,
    act: 'aged-out',
    extra: { policy: 'Permit_all' },
  });
  expect(decodeHuaweiUsg('Nov 22 FW %%01SHELL/5/CMDRECORD(l): x', source, recvAt)).toEqual({ table: 'none' });
  expect(decodeHuaweiUsg(huawei.slice(0, 190), source, recvAt)).toBeNull();
  expect(decodeHuaweiUsg('hello', source, recvAt)).toBeNull();
});

const h3cFields =
  'Protocol(1001)=TCP;Application(1002)=http;SrcIPAddr(1003)=192.0.2.12;SrcPort(1004)=40912;NatSrcIPAddr(1005)=203.0.113.188;NatSrcPort(1006)=9460;DstIPAddr(1007)=198.51.100.238;DstPort(1008)=80;NatDstIPAddr(1009)=198.51.100.238;NatDstPort(1010)=80;InitPktCount(1044)=1;InitByteCount(1046)=60;RplyByteCount(1047)=7;RcvVPNInstance(1042)=;BeginTime_e(1013)=11222026050000;EndTime_e(1014)=;Event(1048)=(8)Session created;';

test.each(['session/6/SESSION_IPV4_FLOW', 'NAT/6/NAT_FLOW', 'nat/6/NAT_IPV4_MATCH'])(
  'H3C: reads %s with the session times as UTC beside a local header',
  (mnemonic) => {
    const line = `<6> Nov 22 13:00:00 2026 FW-1 %%10${mnemonic}: ${h3cFields}`;
    expect(decodeH3c(line, source, recvAt)).toMatchObject({
      table: 'nat',
      event: 'new',
      ts,
      start: ts,
      pubIp: '203.0.113.188',
      pubPort: 9460,
      inIp: '192.0.2.12',
      inPort: 40912,
      dstIp: '198.51.100.238',
    });
  },
);

test('H3C: takes another zone for the session times when the source says so, and reads an end', () => {
  const line = `<6> Nov 22 13:00:00 2026 FW-1 %%10session/6/SESSION_IPV4_FLOW: ${h3cFields}`;
  const ended = line
    .replace('EndTime_e(1014)=', 'EndTime_e(1014)=11222026050130')
    .replace('(8)Session created', '(1)Normal over');
  expect(decodeH3c(ended, source, recvAt)).toMatchObject({ event: 'destroy', ts: ts + 90_000, start: ts });
  const local = { ...source, fieldZones: { session: '+08:00' } };
  expect(decodeH3c(line, local, recvAt)).toMatchObject({ ts: ts - 8 * 3_600_000 });
  expect(
    decodeH3c(line.replaceAll('203.0.113.188', '192.0.2.12').replace('=9460', '=40912'), source, recvAt),
  ).toMatchObject({
    kind: 'flow',
    up: 60,
    dn: 7,
  });
});

test('H3C: reads Comware 5 with local session times', () => {
  const line =
    '%@250005%Nov 22 13:00:04:72 2026 Gate USERLOG/7/NAT: TCP; 192.0.2.6:768--->203.0.113.1:12288; 198.51.100.2:443; [2026/11/22 13:00:00-0000/00/00 00:00:00]; Operator 8: Data flow created';
  expect(decodeH3c(line, source, recvAt)).toMatchObject({
    event: 'new',
    ts,
    start: ts,
    pubIp: '203.0.113.1',
    pubPort: 12288,
    inIp: '192.0.2.6',
    dstIp: '198.51.100.2',
    dstPort: 443,
  });
  const over = line.replace('0000/00/00 00:00:00', '2026/11/22 13:00:30').replace('Operator 8', 'Operator 1');
  expect(decodeH3c(over, source, recvAt)).toMatchObject({ event: 'destroy', ts: ts + 30_000, start: ts });
  expect(decodeH3c(line.replace(':12288', ':99999'), source, recvAt)).toBeNull();
});

test('Juniper: reads a port block given and taken back, and tells no start from the epoch', () => {
  const line = (what: string, verb: string) =>
    `<14>Nov 22 13:00:00 bng RT_NAT: RT_SRC_NAT_PBA_${what}: Subscriber 100.64.60.74 used/maximum [10/15] blocks, ${verb} port block [24064-24191] from 203.0.113.100 in source pool P1 lsys_id: 0 epoch 0x6a44007a`;
  const block = {
    table: 'block',
    ts,
    start: -1,
    proto: 0,
    pubIp: '203.0.113.100',
    lo: 24064,
    hi: 24191,
    step: 1,
    inIp: '100.64.60.74',
  };
  expect(decodeJuniper(line('ALLOC', 'allocates'), source, recvAt)).toEqual({ ...block, event: 'alloc' });
  expect(decodeJuniper(line('RELEASE', 'releases'), source, recvAt)).toEqual({ ...block, event: 'free' });
  expect(decodeJuniper(line('ALLOC', 'allocates').replace('24191', '2'), source, recvAt)).toBeNull();
});

test('Juniper: a rule match is a flow, for it does not tell the public side', () => {
  const line =
    'Nov 22 13:00:00 bng RT_NAT: RT_NAT_RULE_MATCH: protocol-id 6 protocol-name tcp application junos-https interface-name ae0 source-address 100.64.4.199 source-port 42730 destination-address 198.51.100.51 destination-port 443 rule-set-name R rule-name 3';
  expect(decodeJuniper(line, source, recvAt)).toMatchObject({
    kind: 'flow',
    cli: '100.64.4.199',
    cport: 42730,
    dport: 443,
  });
  expect(decodeJuniper('Nov 22 13:00:00 bng sshd: hello', source, recvAt)).toBeNull();
});

test('iptables: reads a packet, with the rule’s prefix and the sender’s MAC', () => {
  const line =
    'Nov 22 13:00:00 gw kernel: [ 1234.567890] DROP-WEB IN=eth0 OUT=eth1 MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=192.0.2.9 DST=198.51.100.9 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40000 DPT=443 WINDOW=64240 SYN';
  expect(decodeIptables(line, source, recvAt)).toMatchObject({
    kind: 'firewall',
    ts,
    cli: '192.0.2.9',
    cport: 40000,
    dst: '198.51.100.9',
    dport: 443,
    proto: 6,
    act: 'DROP-WEB',
    up: 60,
    extra: { in: 'eth0', out: 'eth1', mac: '66:77:88:99:aa:bb' },
  });
});

test('iptables: an ICMP error’s quoted packet does not replace its own addresses', () => {
  const line =
    'Nov 22 13:00:00 gw kernel: x IN=eth0 OUT= SRC=192.0.2.9 DST=198.51.100.9 LEN=88 PROTO=ICMP TYPE=3 CODE=1 [SRC=198.51.100.9 DST=203.0.113.4 LEN=60 PROTO=TCP SPT=1 DPT=2 ]';
  expect(decodeIptables(line, source, recvAt)).toMatchObject({
    cli: '192.0.2.9',
    dst: '198.51.100.9',
    proto: 1,
    up: 88,
  });
  expect(decodeIptables('Nov 22 13:00:00 gw kernel: usb 1-1: new device', source, recvAt)).toBeNull();
});
