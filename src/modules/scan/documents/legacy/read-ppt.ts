/**
 * PowerPoint 97–2003 (.ppt, and .dps of WPS Office): slides, hidden slides, notes, comments, masters, and what earlier
 * savings left in the file. The structures are those of MS-PPT.
 */
import { fail } from '#base/errors';
import { lacks } from '../damage.ts';
import type { DocumentPart } from '../document-part.ts';
import { type OleFile, streamOf } from './ole-file.ts';

const TYPES = {
  document: 0x03e8,
  slide: 0x03ee,
  notes: 0x03f0,
  notesAtom: 0x03f1,
  slidePersist: 0x03f3,
  master: 0x03f8,
  showInfo: 0x03f9,
  slideList: 0x0ff0,
  userEdit: 0x0ff5,
  persistDirectory: 0x1772,
  wide: 0x0fa0,
  narrow: 0x0fa8,
  string: 0x0fba,
  tagData: 0x138b,
  comment: 0x2ee0,
} as const;
/** Deeper than any program nests. */
const DEPTH_MAX = 40;

interface Found {
  part: string;
  text: string[];
}

interface Walk {
  readonly stream: Buffer;
  /** Where a slide is → its number; where its notes are is known by the slide's identity. */
  readonly numbers: ReadonlyMap<number, number>;
  readonly byIdentity: ReadonlyMap<number, number>;
  /** Where the objects of the last saving stand. */
  readonly live: ReadonlySet<number>;
  readonly found: Found[];
}

/** The texts of a presentation: `slide:2 (hidden slide)`. Fails with `scan.encrypted` or `scan.damaged`. */
export function readPpt(file: OleFile, name: string): DocumentPart[] {
  const stream = streamOf(file, 'PowerPoint Document');
  const user = streamOf(file, 'Current User');
  if (!stream || !user || user.length < 20)
    fail('scan.damaged', { name, reason: lacks(stream ? 'Current User' : 'PowerPoint Document') });
  // The token of an encrypted presentation (MS-PPT 2.3.2).
  if (user.readUInt32LE(12) === 0xf3d1_c4df) fail('scan.encrypted', { name });
  const places = readPersistPlaces(stream, user.readUInt32LE(16));
  const walk: Walk = {
    stream,
    ...readSlideNumbers(stream, places),
    live: new Set(places.values()),
    found: [],
  };
  for (const record of recordsIn(stream, 0, stream.length)) {
    if (!isContainer(record)) continue;
    const note = walk.live.size === 0 || walk.live.has(record.at) ? '' : 'earlier version';
    readTop(walk, record, note);
  }
  return told(walk.found);
}

/** Each text once: an object that was saved again stands in the file as often. */
function told(found: readonly Found[]): DocumentPart[] {
  const current = new Set(
    found.filter(({ part }) => !part.includes('earlier')).map(({ text }) => text.join('\n')),
  );
  return found
    .map(({ part, text }) => ({ part, text: text.join('\n') }))
    .filter(({ part, text }) => text.trim() !== '' && !(part.includes('earlier') && current.has(text)));
}

interface Record {
  readonly at: number;
  readonly type: number;
  readonly version: number;
  readonly instance: number;
  readonly start: number;
  readonly end: number;
}

function* recordsIn(stream: Buffer, from: number, to: number): Generator<Record> {
  for (let at = from; at + 8 <= to; ) {
    const head = stream.readUInt16LE(at);
    const start = at + 8;
    const end = start + stream.readUInt32LE(at + 4);
    if (end > to) return;
    yield { at, type: stream.readUInt16LE(at + 2), version: head & 15, instance: head >>> 4, start, end };
    at = end;
  }
}

const isContainer = (record: Record) => record.version === 15;

/** Where each object stands now: the directories of all savings, the last one counting (MS-PPT 2.3.3, 2.3.4). */
function readPersistPlaces(stream: Buffer, lastEdit: number): Map<number, number> {
  const places = new Map<number, number>();
  const seen = new Set<number>();
  for (let edit = lastEdit; edit > 0 && edit + 28 <= stream.length && !seen.has(edit); ) {
    seen.add(edit);
    if (stream.readUInt16LE(edit + 2) !== TYPES.userEdit) break;
    const directory = stream.readUInt32LE(edit + 8 + 12);
    if (directory + 8 <= stream.length) readDirectory(stream, directory, places);
    edit = stream.readUInt32LE(edit + 8 + 8);
  }
  return places;
}

function readDirectory(stream: Buffer, at: number, places: Map<number, number>): void {
  if (stream.readUInt16LE(at + 2) !== TYPES.persistDirectory) return;
  const end = Math.min(stream.length, at + 8 + stream.readUInt32LE(at + 4));
  for (let place = at + 8; place + 4 <= end; ) {
    const head = stream.readUInt32LE(place);
    const [first, count] = [head & 0xf_ffff, head >>> 20];
    place += 4;
    for (let n = 0; n < count && place + 4 <= end; n++, place += 4)
      if (!places.has(first + n)) places.set(first + n, stream.readUInt32LE(place));
  }
}

/** The numbers of the slides in the order in which they are shown. */
function readSlideNumbers(stream: Buffer, places: ReadonlyMap<number, number>) {
  const [numbers, byIdentity] = [new Map<number, number>(), new Map<number, number>()];
  const live = new Set(places.values());
  for (const top of recordsIn(stream, 0, stream.length)) {
    if (top.type !== TYPES.document || (live.size > 0 && !live.has(top.at))) continue;
    for (const list of recordsIn(stream, top.start, top.end)) {
      if (list.type !== TYPES.slideList || list.instance !== 0) continue;
      let number = 0;
      for (const one of recordsIn(stream, list.start, list.end)) {
        if (one.type !== TYPES.slidePersist || one.end - one.start < 16) continue;
        number++;
        numbers.set(places.get(stream.readUInt32LE(one.start)) ?? -1, number);
        byIdentity.set(stream.readUInt32LE(one.start + 12), number);
      }
    }
  }
  return { numbers, byIdentity };
}

function readTop(walk: Walk, top: Record, earlier: string): void {
  const { stream } = walk;
  const number = walk.numbers.get(top.at);
  let part = 'presentation';
  let note = earlier;
  if (top.type === TYPES.slide) {
    part = number === undefined ? 'slide' : `slide:${number}`;
    for (const one of recordsIn(stream, top.start, top.end))
      if (one.type === TYPES.showInfo && one.end - one.start >= 16 && (stream[one.start + 10]! & 4) !== 0)
        note ||= 'hidden slide';
  } else if (top.type === TYPES.notes) {
    for (const one of recordsIn(stream, top.start, top.end))
      if (one.type === TYPES.notesAtom && one.end - one.start >= 4) {
        const owner = walk.byIdentity.get(stream.readUInt32LE(one.start));
        if (owner !== undefined) part = `slide:${owner}`;
      }
    note ||= 'notes';
  } else if (top.type === TYPES.master) part = 'master';
  const place = { part: note === '' ? part : `${part} (${note})`, text: [] };
  walk.found.push(place);
  readTexts(walk, top, place, 0);
}

function readTexts(walk: Walk, within: Record, place: Found, depth: number): void {
  if (depth > DEPTH_MAX) return;
  const { stream } = walk;
  let target = place;
  let slide = 0;
  for (const one of recordsIn(stream, within.start, within.end)) {
    const body = stream.subarray(one.start, one.end);
    if (one.type === TYPES.wide || one.type === TYPES.string)
      target.text.push(shown(body.toString('utf16le')));
    else if (one.type === TYPES.narrow) target.text.push(shown(body.toString('latin1')));
    else if (one.type === TYPES.slidePersist && within.type === TYPES.slideList && within.instance === 0) {
      // The outline keeps the texts of the slides' placeholders.
      target = {
        part: `slide:${++slide}${place.part.includes('earlier') ? ' (earlier version)' : ''}`,
        text: [],
      };
      walk.found.push(target);
    } else if (one.type === TYPES.comment) {
      const comment = { part: `${place.part.split(' (')[0]} (comment)`, text: [] };
      walk.found.push(comment);
      readTexts(walk, one, comment, depth + 1);
    } else if (isContainer(one) || one.type === TYPES.tagData) readTexts(walk, one, place, depth + 1);
  }
}

const shown = (text: string) => text.replace(/[\r\x0b]/g, '\n').replace(/\0/g, '');
