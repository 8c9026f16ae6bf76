/** Which characters of a .doc nobody sees: the properties of its runs (MS-DOC 2.8.1, 2.9.33, 2.6.1). */
import type { Run } from './read-doc.ts';

const PAGE = 512;

/** The runs with a reason why nobody sees them, in the order of the stream. */
export function readDocRuns(main: Buffer, table: Buffer, start: number, size: number): Run[] {
  const plc = table.subarray(start, start + size);
  const pages = Math.floor((plc.length - 4) / 8);
  const runs: Run[] = [];
  for (let n = 0; n < pages; n++) {
    const at = (plc.readUInt32LE((pages + 1) * 4 + n * 4) & 0x3f_ffff) * PAGE;
    const page = main.subarray(at, at + PAGE);
    if (page.length < PAGE) continue;
    const count = page[PAGE - 1]!;
    if ((count + 1) * 4 + count >= PAGE) continue;
    for (let run = 0; run < count; run++) {
      const offset = page[(count + 1) * 4 + run]! * 2;
      const note = offset === 0 ? '' : noteOf(page.subarray(offset + 1, offset + 1 + page[offset]!));
      if (note === '') continue;
      const [from, to] = [page.readUInt32LE(run * 4), page.readUInt32LE(run * 4 + 4)];
      if (to > from) runs.push({ from, to, note });
    }
  }
  return runs.sort((a, b) => a.from - b.from);
}

/** Bytes of an operand, by the three highest bits of the code (MS-DOC 2.2.5.1); 6 says its length itself. */
const OPERANDS = [1, 1, 2, 4, 2, 2, 0, 3] as const;

/** What makes a run invisible: the worst of its properties. */
function noteOf(properties: Buffer): string {
  let note = '';
  for (let at = 0; at + 2 < properties.length; ) {
    const code = properties.readUInt16LE(at);
    const value = properties[at + 2]!;
    if (code === 0x0800 && value === 1) return 'deleted';
    if ((code === 0x083c || code === 0x0818) && value === 1) note = 'hidden text';
    const rest = properties.length - at - 2;
    if (note === '' && code === 0x2a42 && value === 8) note = 'white text';
    // A colour is red, green, blue, and a byte that is 0xff when it is none.
    if (note === '' && code === 0x6870 && rest >= 4 && properties.readUInt32LE(at + 2) === 0x00ff_ffff)
      note = 'white text';
    // Half points: two is one point.
    if (note === '' && code === 0x4a43 && rest >= 2 && properties.readUInt16LE(at + 2) <= 2)
      note = 'tiny text';
    const length = OPERANDS[code >>> 13]!;
    at += 2 + (length === 0 ? 1 + value : length);
  }
  return note;
}
