/** Builds datagrams of NetFlow v5, v9, IPFIX and H3C Flow 3.0 from the texts of their specifications. */

/** One field of a template and how its values are written. */
export interface FieldOf {
  readonly id: number;
  readonly length: number;
  readonly enterprise?: number;
}

export type Value = number | bigint | string | Buffer;

export const variableLength = 65_535;

/** A value as bytes of a length: a number big-endian, an address by its text. */
export function encodeValue(value: Value, length: number): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return value.includes(':') ? ipv6(value) : ipv4(value);
  const bytes = Buffer.alloc(length);
  let rest = BigInt(value);
  for (let i = length - 1; i >= 0; i -= 1) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

function ipv4(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

function ipv6(text: string): Buffer {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((one) => Number.parseInt(one, 16));
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2);
  return bytes;
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value, i * 2);
  return bytes;
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
}

/** A set: id, length, content, padded to four bytes. */
export function setOf(id: number, content: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (content.length % 4)) % 4);
  return Buffer.concat([u16(id, 4 + content.length + padding.length), content, padding]);
}

function specsOf(fields: readonly FieldOf[], ipfix: boolean): Buffer {
  return Buffer.concat(
    fields.map(({ id, length, enterprise }) =>
      ipfix && enterprise !== undefined
        ? Buffer.concat([u16(id | 0x8000, length), u32(enterprise)])
        : u16(id, length),
    ),
  );
}

/** A template set of v9 (RFC 3954 §5.2) or IPFIX (RFC 7011 §3.4.1). */
export function templateSet(id: number, fields: readonly FieldOf[], ipfix = false): Buffer {
  return setOf(ipfix ? 2 : 0, Buffer.concat([u16(id, fields.length), specsOf(fields, ipfix)]));
}

/** An options template: v9 tells its two lists in bytes, IPFIX in fields. */
export function optionsSet(
  id: number,
  scopes: readonly FieldOf[],
  fields: readonly FieldOf[],
  ipfix = false,
): Buffer {
  const head = ipfix
    ? u16(id, scopes.length + fields.length, scopes.length)
    : u16(id, scopes.length * 4, fields.length * 4);
  return setOf(ipfix ? 3 : 1, Buffer.concat([head, specsOf([...scopes, ...fields], ipfix)]));
}

export function dataSet(id: number, fields: readonly FieldOf[], records: readonly Value[][]): Buffer {
  return setOf(id, Buffer.concat(records.map((record) => recordOf(fields, record))));
}

function recordOf(fields: readonly FieldOf[], values: readonly Value[]): Buffer {
  return Buffer.concat(
    fields.map(({ length }, i) => {
      const value = values[i]!;
      if (length !== variableLength) return encodeValue(value, length);
      const bytes = encodeValue(value, 0);
      const size =
        bytes.length < 255
          ? Buffer.from([bytes.length])
          : Buffer.concat([Buffer.from([255]), u16(bytes.length)]);
      return Buffer.concat([size, bytes]);
    }),
  );
}

export interface HeaderOf {
  readonly seconds: number;
  readonly uptime?: number;
  readonly sequence?: number;
  readonly domain?: number;
}

export function v9(header: HeaderOf, ...sets: readonly Buffer[]): Buffer {
  const { seconds, uptime = 0, sequence = 0, domain = 0 } = header;
  return Buffer.concat([u16(9, sets.length), u32(uptime, seconds, sequence, domain), ...sets]);
}

export function ipfix(header: HeaderOf, ...sets: readonly Buffer[]): Buffer {
  const { seconds, sequence = 0, domain = 0 } = header;
  const body = Buffer.concat(sets);
  return Buffer.concat([u16(10, 16 + body.length), u32(seconds, sequence, domain), body]);
}

export interface V5Flow {
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly proto: number;
  readonly packets: number;
  readonly octets: number;
  readonly first: number;
  readonly last: number;
}

export function v5(
  header: HeaderOf & { nanoseconds?: number; sampling?: number },
  flows: readonly V5Flow[],
): Buffer {
  const { seconds, uptime = 0, sequence = 0, nanoseconds = 0, sampling = 0 } = header;
  const records = flows.map((flow) =>
    Buffer.concat([
      ipv4(flow.src),
      ipv4(flow.dst),
      u32(0),
      u16(1, 2),
      u32(flow.packets, flow.octets, flow.first, flow.last),
      u16(flow.srcPort, flow.dstPort),
      Buffer.from([0, 0x1b, flow.proto, 0]),
      u16(0, 0),
      Buffer.alloc(4),
    ]),
  );
  const head = Buffer.concat([
    u16(5, flows.length),
    u32(uptime, seconds, nanoseconds, sequence),
    Buffer.from([0, 3]),
    u16(sampling),
  ]);
  return Buffer.concat([head, ...records]);
}

export interface H3cFlow {
  readonly proto?: number;
  readonly operator: number;
  readonly src: readonly [string, number];
  readonly srcNat: readonly [string, number];
  readonly dst: readonly [string, number];
  readonly dstNat?: readonly [string, number];
  readonly start: number;
  readonly end: number;
  readonly inVpn?: number;
}

/** Flow 3.0 of log type 4 (NAT44). */
export function h3c(
  header: { seconds: number; sequence: number; slot?: number },
  flows: readonly H3cFlow[],
): Buffer {
  const records = flows.map((flow) => {
    const [dstNatIp, dstNatPort] = flow.dstNat ?? flow.dst;
    return Buffer.concat([
      Buffer.from([flow.proto ?? 6, flow.operator, 4, 0]),
      ipv4(flow.src[0]),
      ipv4(flow.srcNat[0]),
      ipv4(flow.dst[0]),
      ipv4(dstNatIp),
      u16(flow.src[1], flow.srcNat[1], flow.dst[1], dstNatPort),
      u32(flow.start, flow.end, 10, 1000, 20, 2000),
      Buffer.from([flow.inVpn ?? 0, 0, 0, 0]),
      u32(0, 0),
    ]);
  });
  const head = Buffer.concat([
    Buffer.from([3, 4]),
    u16(flows.length),
    u32(header.seconds, header.sequence),
    u16(1),
    Buffer.from([header.slot ?? 2, 0]),
  ]);
  return Buffer.concat([head, ...records]);
}
