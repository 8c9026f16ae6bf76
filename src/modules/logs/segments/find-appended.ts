import { open } from 'node:fs/promises';
import { endMagic, SegmentDamaged, verifySegment } from './segment-file.ts';

const pieceBytes = 1024 * 1024;
/** What was appended may hold ends of its own; more than so many are not tried. */
const mostEnds = 100;

/**
 * Bytes that somebody put behind the end of the sealed segment `sha256` in a file; null when no such segment stands
 * whole at its beginning. Throws the system's error when the file cannot be read.
 */
export async function findAppended(path: string, sha256: string): Promise<number | null> {
  let tried = 0;
  for await (const { end, size } of endsIn(path)) {
    if (end === size || tried >= mostEnds) return null;
    tried += 1;
    const footer = await verifySegment(path, end).catch((error: unknown) => {
      // An end that stands within the records, or is not the one that was sealed.
      if (error instanceof SegmentDamaged || error instanceof SyntaxError) return null;
      throw error;
    });
    if (footer?.sha256 === sha256) return size - end;
  }
  return null;
}

/** Where the mark of a segment's end stands, from the beginning on. */
async function* endsIn(path: string): AsyncGenerator<{ end: number; size: number }> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const piece = Buffer.alloc(pieceBytes + endMagic.length - 1);
    for (let start = 0; start < size; start += pieceBytes) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, start);
      const read = piece.subarray(0, bytesRead);
      for (let at = read.indexOf(endMagic); at >= 0 && at < pieceBytes; at = read.indexOf(endMagic, at + 1))
        yield { end: start + at + endMagic.length, size };
    }
  } finally {
    await handle.close();
  }
}
