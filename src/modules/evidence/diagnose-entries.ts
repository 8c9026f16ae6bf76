/** Says what happened to a bag whose entries no longer stand where they should: cut, added, doubled, moved. */
import { type BagFile, digestAt, type FoundHeader, findHeaders, readAt } from './bag-file.ts';
import type { Problem } from './find-manifest.ts';
import { localHeader } from './zip-layout.ts';

/** An entry as the manifest demands it: our own ones by content, items by hash. */
export interface ExpectedEntry {
  readonly name: string;
  readonly bytes: number;
  readonly content?: Buffer;
  readonly sha256?: string;
}

interface Walk {
  readonly problems: Problem[];
  /** Names met, in the file's order, and whether each was whole. */
  readonly met: Map<string, boolean>;
  /** End of the last entry that was recognised. */
  cursor: number;
  /** Who the bytes after the cursor belong to. */
  last: string;
  /** While inside an entry that is not whole, marks up to here may be its own content. */
  damagedUntil: number;
  /** How often each name was hashed: a hostile file may repeat one header without end. */
  readonly tries: Map<string, number>;
}

const TRIES_MAX = 4;
const PROBLEMS_MAX = 1000;

/**
 * Walks over the local headers that are really there and compares them with what should be. Problems come in
 * the order of the file. Empty when every entry is whole and in order, so that the fault lies behind them.
 */
export async function diagnoseEntries(file: BagFile, expected: readonly ExpectedEntry[]): Promise<Problem[]> {
  const byName = new Map(expected.map((entry) => [entry.name, entry]));
  const walk: Walk = {
    problems: [],
    met: new Map(),
    cursor: 0,
    last: '(start of file)',
    damagedUntil: 0,
    tries: new Map(),
  };
  const headers = await findHeaders(file, 0);
  const present = new Set(headers.map((header) => header.name));
  for (const header of headers) {
    if (header.at < walk.cursor) continue;
    if (walk.problems.length >= PROBLEMS_MAX) break;
    const entry = byName.get(header.name);
    const lost = lostAfter(walk.last, expected, present);
    if (entry) await meetEntry(file, walk, header, entry, lost);
    else meetStranger(walk, header, lost);
  }
  return [...walk.problems, ...missing(expected, walk), ...outOfOrder(expected, walk)];
}

async function meetEntry(
  file: BagFile,
  walk: Walk,
  header: FoundHeader,
  entry: ExpectedEntry,
  lost: ExpectedEntry | undefined,
): Promise<void> {
  const tries = (walk.tries.get(entry.name) ?? 0) + 1;
  if (tries > TRIES_MAX) return;
  walk.tries.set(entry.name, tries);
  const whole = await isWhole(file, header.at + header.length, entry);
  if (walk.met.has(entry.name)) {
    if (!whole && header.at < walk.damagedUntil) return;
    walk.problems.push({ item: entry.name, problem: 'stands twice in the file' });
  }
  noteGap(walk, header.at, lost);
  const should = localHeader({ name: entry.name, bytes: entry.bytes, crc32: 0 });
  const is = await readAt(file, header.at, header.length);
  const headerRight = is.length === should.length && sameButChecksum(is, should);
  if (whole) {
    if (!headerRight) walk.problems.push({ item: entry.name, problem: 'header altered' });
    walk.cursor = header.at + header.length + entry.bytes;
    walk.damagedUntil = 0;
  } else {
    const cut = header.at + header.length + entry.bytes > file.size;
    walk.problems.push({
      item: entry.name,
      problem: cut ? 'content cut off' : 'content altered, cut or extended',
    });
    walk.cursor = header.at + header.length;
    walk.damagedUntil = walk.cursor + entry.bytes;
  }
  walk.met.set(entry.name, (walk.met.get(entry.name) ?? false) || whole);
  walk.last = entry.name;
}

/** The entry that should follow `last` when its name is nowhere in the file. */
function lostAfter(last: string, expected: readonly ExpectedEntry[], present: ReadonlySet<string>) {
  const next = expected[expected.findIndex((entry) => entry.name === last) + 1];
  return next && !present.has(next.name) ? next : undefined;
}

function meetStranger(walk: Walk, header: FoundHeader, lost: ExpectedEntry | undefined): void {
  if (header.at < walk.damagedUntil) return;
  noteGap(walk, header.at, undefined);
  walk.cursor = header.at + header.length;
  if (lost && !walk.met.has(lost.name)) {
    // A header where that of `lost` should be: its own, with the name spoiled, or another in its place.
    walk.problems.push({ item: lost.name, problem: `header altered: it now names "${header.name}"` });
    walk.met.set(lost.name, false);
    walk.damagedUntil = walk.cursor + lost.bytes;
    walk.last = lost.name;
    return;
  }
  walk.problems.push({ item: header.name, problem: 'is not listed in the manifest' });
  // Its size is its own claim; marks inside it would only repeat the accusation.
  walk.damagedUntil = walk.cursor + header.declaredBytes;
  walk.last = header.name;
}

/** Bytes between two headers that no whole entry covers: what is left of `lost`, or added. */
function noteGap(walk: Walk, at: number, lost: ExpectedEntry | undefined): void {
  const surplus = at - walk.cursor;
  if (surplus <= 0 || walk.damagedUntil !== 0) return;
  if (lost && !walk.met.has(lost.name)) {
    walk.problems.push({ item: lost.name, problem: 'header altered beyond recognition' });
    walk.met.set(lost.name, false);
  } else {
    walk.problems.push({ item: walk.last, problem: `followed by ${surplus} bytes that belong to nothing` });
  }
}

async function isWhole(file: BagFile, at: number, entry: ExpectedEntry): Promise<boolean> {
  if (entry.content) return (await readAt(file, at, entry.bytes)).equals(entry.content);
  return (await digestAt(file, at, entry.bytes)).sha256 === entry.sha256;
}

function sameButChecksum(is: Buffer, should: Buffer): boolean {
  return is.subarray(0, 14).equals(should.subarray(0, 14)) && is.subarray(18).equals(should.subarray(18));
}

function missing(expected: readonly ExpectedEntry[], walk: Walk): Problem[] {
  return expected
    .filter((entry) => !walk.met.has(entry.name))
    .map((entry) => ({ item: entry.name, problem: 'missing' }));
}

/** Entries that stand before one that should precede them. */
function outOfOrder(expected: readonly ExpectedEntry[], walk: Walk): Problem[] {
  const rank = new Map(expected.map((entry, i) => [entry.name, i]));
  const problems: Problem[] = [];
  let lowestAfter = Number.POSITIVE_INFINITY;
  for (const name of [...walk.met.keys()].reverse()) {
    const mine = rank.get(name)!;
    if (mine > lowestAfter) problems.push({ item: name, problem: 'not in its place' });
    lowestAfter = Math.min(lowestAfter, mine);
  }
  return problems.reverse();
}
