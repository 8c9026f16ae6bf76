import type { Counter } from '../decoders/row.ts';

/** RFC 5424 §7.3.1: the number is 1 to 2147483647 and then begins again with 1. */
const modulus = 2_147_483_647;
const element = Buffer.from('[meta ');
const parameter = Buffer.from('sequenceId="');
/** The header and its structured data lie at the beginning. */
const looked = 2048;

/** The sequenceId in the header of an RFC 5424 message, whatever the format of the rest; null when it has none. */
export function sequenceIdOf(bytes: Buffer): Counter | null {
  if (bytes.length < 30 || bytes[0] !== 60) return null;
  let at = 1;
  while (at < 5 && isDigit(bytes[at]!)) at += 1;
  // `<34>1 `: any other version is not RFC 5424.
  if (bytes[at] !== 62 || bytes[at + 1] !== 49 || bytes[at + 2] !== 32) return null;
  const data = structuredDataAt(bytes, at + 3);
  if (data < 0) return null;
  const head = bytes.subarray(data, Math.min(bytes.length, data + looked));
  const meta = elementAt(head);
  if (meta < 0) return null;
  const found = head.indexOf(parameter, meta);
  if (found < 0 || head.subarray(meta, found).includes(93)) return null;
  let value = 0;
  let digit = found + parameter.length;
  const first = digit;
  for (; digit < head.length && digit < first + 10 && isDigit(head[digit]!); digit += 1)
    value = value * 10 + head[digit]! - 48;
  if (digit === first || head[digit] !== 34 || value > modulus) return null;
  return { name: 'seqid', value, modulus };
}

/** Where the `[meta` element begins: the first one, or one behind the end of another. */
function elementAt(head: Buffer): number {
  for (let at = head.indexOf(element); at >= 0; at = head.indexOf(element, at + 1)) {
    if (at === 0 || head[at - 1] === 93) return at;
  }
  return -1;
}

/** After TIMESTAMP HOSTNAME APP-NAME PROCID MSGID; -1 when there is no structured data. */
function structuredDataAt(bytes: Buffer, from: number): number {
  let at = from;
  for (let i = 0; i < 5; i += 1) {
    at = bytes.indexOf(32, at) + 1;
    if (at === 0) return -1;
  }
  return bytes[at] === 91 ? at : -1;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
