/**
 * Word 97–2003 (.doc, and .wps of WPS Office, which is the same format): the main text, notes, headers, comments and text
 * boxes, with what is deleted, hidden, white or too small to be seen. The structures are those of MS-DOC.
 */
import { fail } from '#base/errors';
import { lacks } from '../damage.ts';
import type { DocumentPart, Mark } from '../document-part.ts';
import { readDocRuns } from './doc-runs.ts';
import { type OleFile, streamOf } from './ole-file.ts';

/** The stories of a document in the order of its characters (FibRgLw97), with the names of their parts. */
const STORIES = [
  { at: 3, part: 'document' },
  { at: 4, part: 'footnotes' },
  { at: 5, part: 'headers' },
  { at: 6, part: 'macros' },
  { at: 7, part: 'comments' },
  { at: 8, part: 'endnotes' },
  { at: 9, part: 'text boxes' },
  { at: 10, part: 'headers (text boxes)' },
] as const;

interface Piece {
  /** Where its characters begin among those of the document, and where they end. */
  readonly start: number;
  readonly end: number;
  /** Where they stand in the stream, in bytes. */
  readonly at: number;
  readonly isWide: boolean;
}

/**
 * The texts of a document. Fails with `scan.encrypted`, `scan.damaged`, and `scan.legacy` for Word 6 and 95, whose texts
 * are kept otherwise.
 */
export function readDoc(file: OleFile, name: string): DocumentPart[] {
  const main = streamOf(file, 'WordDocument');
  if (!main || main.length < 1024) fail('scan.damaged', { name, reason: lacks('WordDocument') });
  const flags = main.readUInt16LE(0x0a);
  if (main.readUInt16LE(0) !== 0xa5ec || main.readUInt16LE(2) < 0x00c1) fail('scan.legacy', { name });
  if ((flags & 0x0100) !== 0) fail('scan.encrypted', { name });
  const tableName = (flags & 0x0200) !== 0 ? '1Table' : '0Table';
  const table = streamOf(file, tableName);
  if (!table) fail('scan.damaged', { name, reason: lacks(tableName) });
  const pieces = readPieces(table, main.readUInt32LE(0x01a2), main.readUInt32LE(0x01a6), main.length);
  if (pieces.length === 0) fail('scan.damaged', { name, reason: lacks('CLX') });
  const runs = readDocRuns(main, table, main.readUInt32LE(0xfa), main.readUInt32LE(0xfe));
  const text = new DocText(main, pieces, runs);
  const parts: DocumentPart[] = [];
  let from = 0;
  for (const { at, part } of STORIES) {
    const length = main.readUInt32LE(64 + at * 4);
    parts.push(...text.read(part, from, from + length));
    from += length;
  }
  const used = pieces.map((piece) => [piece.at, piece.at + sizeOf(piece)] as const);
  parts.push({ part: 'document (earlier version)', text: readLeftovers(main, used) });
  return parts.filter((part) => part.text.trim() !== '');
}

const sizeOf = (piece: Piece) => (piece.end - piece.start) * (piece.isWide ? 2 : 1);

/** The piece table: Prc structures first, then the Pcdt (MS-DOC 2.8.35, 2.9.38, 2.9.177). */
function readPieces(table: Buffer, start: number, size: number, most: number): Piece[] {
  const clx = table.subarray(start, start + size);
  let at = 0;
  while (at + 3 <= clx.length && clx[at] === 1) at += 3 + clx.readUInt16LE(at + 1);
  if (at + 5 > clx.length || clx[at] !== 2) return [];
  const plc = clx.subarray(at + 5, at + 5 + clx.readUInt32LE(at + 1));
  const count = Math.floor((plc.length - 4) / 12);
  const pieces: Piece[] = [];
  for (let n = 0; n < count; n++) {
    const code = plc.readUInt32LE((count + 1) * 4 + n * 8 + 2);
    const isWide = (code & 0x4000_0000) === 0;
    const where = code & 0x3fff_ffff;
    const [from, to] = [plc.readUInt32LE(n * 4), plc.readUInt32LE(n * 4 + 4)];
    const piece = { start: from, end: to, at: isWide ? where : where >>> 1, isWide };
    // Pieces that point out of the file, or backwards, are none.
    if (to > from && piece.at < most) pieces.push(piece);
  }
  return pieces;
}

export interface Run {
  /** Bytes of the main stream. */
  readonly from: number;
  readonly to: number;
  /** Why nobody sees these characters: `deleted`, `hidden text`, `white text`, `tiny text`; empty for those that are seen. */
  readonly note: string;
}

const NARROW = new TextDecoder('windows-1252');

class DocText {
  readonly #main: Buffer;
  readonly #pieces: readonly Piece[];
  readonly #runs: readonly Run[];

  constructor(main: Buffer, pieces: readonly Piece[], runs: readonly Run[]) {
    this.#main = main;
    this.#pieces = pieces;
    this.#runs = runs;
  }

  /** Characters [from, to): as they stand now, and beside it with what was deleted, as the other readers tell it. */
  read(part: string, from: number, to: number): DocumentPart[] {
    const [now, before]: { text: string; marks: Mark[] }[] = [
      { text: '', marks: [] },
      { text: '', marks: [] },
    ];
    for (const piece of this.#pieces) {
      const [start, end] = [Math.max(from, piece.start), Math.min(to, piece.end)];
      if (start >= end) continue;
      const width = piece.isWide ? 2 : 1;
      const first = piece.at + (start - piece.start) * width;
      for (const { text, note } of this.#cut(first, first + (end - start) * width, piece.isWide)) {
        if (note !== 'deleted') addTo(now!, text, note);
        addTo(before!, text, note === 'deleted' ? note : '');
      }
    }
    const isSame = before!.marks.length === 0;
    return [
      { part, text: now!.text, ...(now!.marks.length > 0 && { marks: now!.marks }) },
      ...(isSame ? [] : [{ part, text: before!.text, marks: before!.marks, onlyMarked: true as const }]),
    ];
  }

  /** Bytes [from, to) at the edges of runs. */
  *#cut(from: number, to: number, isWide: boolean): Generator<{ text: string; note: string }> {
    let at = from;
    const runs = this.#runs;
    let [low, high] = [0, runs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (runs[middle]!.to <= at) low = middle + 1;
      else high = middle;
    }
    for (let n = low; at < to; n++) {
      const run = runs[n];
      const end = !run ? to : Math.min(to, run.from > at ? run.from : run.to);
      const bytes = this.#main.subarray(at, end);
      const text = isWide ? bytes.toString('utf16le') : NARROW.decode(bytes);
      yield { text: shown(text), note: run && run.from <= at ? run.note : '' };
      if (run && run.from > at) n--;
      at = end;
    }
  }
}

function addTo(story: { text: string; marks: Mark[] }, text: string, note: string): void {
  if (note !== '' && text !== '')
    story.marks.push({ start: story.text.length, end: story.text.length + text.length, note });
  story.text += text;
}

/** Word's own signs as characters: ends of paragraphs, cells and lines; anchors of pictures and notes are nothing. */
function shown(text: string): string {
  return text
    .replace(/\r/g, '\n')
    .replace(/[\x0b\x0c\x0e]/g, '\n')
    .replace(/[\x07\x13\x14\x15]/g, '\t')
    .replace(/\x1e/g, '-')
    .replace(/[\0-\x08\x0f-\x1f]/g, '');
}

/**
 * What a fast save left behind: characters that stand in the file and belong to no piece. Runs of at least eight
 * characters that people write; where the properties of the runs stand there are none.
 */
function readLeftovers(main: Buffer, used: readonly (readonly [number, number])[]): string {
  const [first, last] = [main.readUInt32LE(0x18), Math.min(main.readUInt32LE(0x1c), main.length)];
  const sorted = [...used].sort((a, b) => a[0] - b[0]);
  const texts: string[] = [];
  let at = Math.max(first, 0x200);
  for (const [from, to] of [...sorted, [last, last] as const]) {
    if (from - at >= 16) {
      const gap = main.subarray(at, Math.min(from, last));
      texts.push(
        ...(gap.toString('utf16le').match(WRITTEN) ?? []),
        ...(NARROW.decode(gap).match(ASCII) ?? []),
      );
    }
    at = Math.max(at, to);
  }
  return texts.map(shown).join('\n');
}

const WRITTEN = /[\t\r\x20-\x7e\u3000-\u303f\u4e00-\u9fff\uff00-\uff5e]{8,}/g;
const ASCII = /[\t\r\x20-\x7e]{8,}/g;
