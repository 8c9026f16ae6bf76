/** The names in the central directory of a ZIP file (APPNOTE 4.3.12, 4.3.16), without reading any member. */

const END = Buffer.from('PK\x05\x06', 'latin1');
const ENTRY = 0x02014b50;
const MOST = 10_000;

/**
 * Names of the members, slashes forward. A member may hold a ZIP file as it is: only the directory tells whose names are whose.
 * What there is of a directory that is cut; none without one.
 */
export function memberNames(zip: Buffer): string[] {
  const end = zip.lastIndexOf(END);
  if (end < 0 || end + 22 > zip.length) return [];
  const size = zip.readUInt32LE(end + 12);
  const names: string[] = [];
  // What stands before the first member moves everything by as much: the directory ends where its end begins.
  for (const from of [zip.readUInt32LE(end + 16), end - size]) {
    for (let at = from; at >= 0 && at + 46 <= end && names.length < MOST; ) {
      if (zip.readUInt32LE(at) !== ENTRY) break;
      const name = zip.readUInt16LE(at + 28);
      names.push(zip.toString('latin1', at + 46, at + 46 + name).replaceAll('\\', '/'));
      at += 46 + name + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    }
    if (names.length > 0) return names;
  }
  return names;
}
