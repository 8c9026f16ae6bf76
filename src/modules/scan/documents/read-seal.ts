/** Electronic seals (GB/T 38540): the name and the picture that a signature stamps on a page, from their DER. */

const [UTF8, OCTETS, CONSTRUCTED] = [0x0c, 0x04, 0x20];
const DEPTH_MAX = 24;
const NODES_MAX = 5000;
/** PNG, JPEG, GIF, BMP, and packages (a seal may be an OFD itself). */
const PICTURE = /^(?:\x89PNG|\xff\xd8\xff|GIF8|BM|PK\x03\x04)/;

/** What a seal shows. Bytes that are no DER show nothing. */
export function readSeal(bytes: Buffer): { name: string; pictures: Buffer[] } {
  const names = new Set<string>();
  const pictures: Buffer[] = [];
  let nodes = 0;
  const walk = (from: number, to: number, depth: number): void => {
    for (let at = from; at + 2 <= to && depth < DEPTH_MAX; ) {
      if (++nodes > NODES_MAX) return;
      const tag = bytes[at]!;
      const head = lengthOf(bytes, at + 1, to);
      if (!head) return;
      const body = bytes.subarray(head.start, head.end);
      if ((tag & CONSTRUCTED) !== 0) walk(head.start, head.end, depth + 1);
      else if (tag === UTF8) names.add(body.toString('utf8'));
      else if (tag === OCTETS && PICTURE.test(body.toString('latin1', 0, 4))) pictures.push(body);
      // A seal stands in an octet string of the signature, as DER once more.
      else if (tag === OCTETS && body[0] === 0x30) walk(head.start, head.end, depth + 1);
      at = head.end;
    }
  };
  walk(0, bytes.length, 0);
  return { name: [...names].join('\n'), pictures };
}

/** Where the value of an element begins and ends (X.690 8.1.3), or null when it would end beyond what holds it. */
function lengthOf(bytes: Buffer, at: number, limit: number): { start: number; end: number } | null {
  const first = bytes[at]!;
  const count = first < 0x80 ? 0 : first & 0x7f;
  if (count > 4 || first === 0x80 || at + 1 + count > limit) return null;
  const length = count === 0 ? first : bytes.readUIntBE(at + 1, count);
  const start = at + 1 + count;
  return start + length <= limit ? { start, end: start + length } : null;
}
