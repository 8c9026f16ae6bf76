/** The source of macros in office files (MS-OVBA 2.3.4, 2.4.1): what a program says it may also hide. */
import { AppError } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import type { DocumentPart, Reading } from './document-part.ts';
import { openOle } from './legacy/ole-file.ts';

const CHUNK_MAX = 4096;
const SOURCE_MAX = 4 << 20;

/** The modules of a `vbaProject.bin`, each a part `macro NAME`; a container that cannot be opened has none. */
export function readMacros(bytes: Uint8Array, reading: Reading): DocumentPart[] {
  try {
    return readModules(openOle(bytes, reading).streams);
  } catch (error) {
    // The document around it has been read: a broken macro is not what makes it damaged.
    if (error instanceof AppError && error.code === 'scan.damaged') return [];
    throw error;
  }
}

/** The modules among the streams of a container. */
export function readModules(streams: ReadonlyMap<string, Buffer>): DocumentPart[] {
  const parts: DocumentPart[] = [];
  for (const [path, stream] of streams) {
    const module = /(?:^|\/)VBA\/([^/]+)$/i.exec(path)?.[1];
    if (!module || /^(?:dir|_VBA_PROJECT|__SRP_\d+)$/i.test(module)) continue;
    const source = sourceOf(stream);
    const said = source
      .split(/\r?\n/)
      .filter((line) => !/^Attribute VB_/.test(line))
      .join('\n');
    if (said.trim() !== '') parts.push({ part: `macro ${module}`, text: said });
  }
  return parts;
}

/** A module's stream holds what was compiled, then its source: the first chunk that unpacks to `Attribut` is that. */
function sourceOf(stream: Buffer): string {
  for (let at = 0; at + 12 < stream.length; at++) {
    if (stream[at] !== 1 || (stream[at + 2]! & 0x70) !== 0x30) continue;
    const text = unpack(stream, at + 1);
    if (text.startsWith('Attribut')) return text;
  }
  return '';
}

function unpack(stream: Buffer, start: number): string {
  const out: number[] = [];
  for (let at = start; at + 2 <= stream.length && out.length < SOURCE_MAX; ) {
    const head = stream.readUInt16LE(at);
    const end = Math.min(at + (head & 0xfff) + 3, stream.length);
    if ((head & 0x7000) !== 0x3000) break;
    at += 2;
    const from = out.length;
    if ((head & 0x8000) === 0) for (; at < end && out.length - from < CHUNK_MAX; at++) out.push(stream[at]!);
    else unpackChunk(stream, at, end, out, from);
    // Only a stream of text begins so: others are not unpacked to their end.
    if (from === 0 && String.fromCharCode(...out.slice(0, 8)) !== 'Attribut') break;
    at = end;
  }
  return decodeBytes(Buffer.from(out)).text;
}

function unpackChunk(stream: Buffer, start: number, end: number, out: number[], from: number): void {
  for (let at = start; at < end; ) {
    const flags = stream[at++]!;
    for (let bit = 0; bit < 8 && at < end; bit++) {
      if ((flags & (1 << bit)) === 0) {
        out.push(stream[at++]!);
        continue;
      }
      if (at + 2 > end) return;
      const token = stream.readUInt16LE(at);
      at += 2;
      const done = out.length - from;
      const bits = Math.max(4, Math.ceil(Math.log2(Math.max(1, done))));
      const length = (token & (0xffff >> bits)) + 3;
      const offset = (token >> (16 - bits)) + 1;
      if (offset > done || done + length > CHUNK_MAX) return;
      for (let n = 0; n < length; n++) out.push(out[out.length - offset]!);
    }
  }
}
