/**
 * The offline check of a bag. It needs the file and a public key, nothing else.
 *
 * A bag's container leaves nothing to choice (see `zip-layout.ts`), so from the signed manifest and the items
 * every byte of the file is known. The verifier works that out and compares the whole file; where it differs it
 * names the entry that the bytes belong to.
 */
import { type BagFile, digestAt, openBag, readAt } from './bag-file.ts';
import {
  MANIFEST_NAME,
  readPublicKey,
  SIGNATURE_BYTES,
  SIGNATURE_NAME,
  TRUST_NAME,
  trustBytes,
} from './bag-format.ts';
import type { BagManifest, Verification } from './contract.ts';
import { diagnoseEntries, type ExpectedEntry } from './diagnose-entries.ts';
import { findManifest, type Problem } from './find-manifest.ts';
import {
  DIRECTORY_CRC_AT,
  directoryEntry,
  endOfDirectory,
  LOCAL_CRC_AT,
  localHeader,
  type PlacedEntry,
  placeEntries,
} from './zip-layout.ts';

/** What a problem's `item` says when it belongs to no entry. */
const END_RECORD = '(end of file)';

/**
 * Whether `file` (a path, or the bytes) is exactly the bag that the holder of `publicKeyPem` (Ed25519, SPKI PEM) signed.
 * `fail` names every entry at fault, the likeliest first; `incomplete` means as signed, with the losses that the
 * bag itself declares. Fails with `evidence.bad_key` or `evidence.unreadable` when there is nothing to check.
 */
export async function verifyBag(file: string | Uint8Array, publicKeyPem: string): Promise<Verification> {
  const key = readPublicKey(publicKeyPem);
  const bag = await openBag(file);
  try {
    const found = await findManifest(bag, key);
    const { manifest } = found;
    if (!manifest) return { result: 'fail', problems: found.problems, bag: null };
    const problems = await compareWhole(bag, expectedEntries(manifest, found.bytes!, found.signature!));
    if (problems.length > 0) return { result: 'fail', problems, bag: manifest };
    const losses = manifest.incomplete ?? [];
    return { result: losses.length > 0 ? 'incomplete' : 'pass', problems: [...losses], bag: manifest };
  } finally {
    await bag.close();
  }
}

function expectedEntries(manifest: BagManifest, json: Buffer, signature: Buffer): ExpectedEntry[] {
  const trust = trustBytes(manifest.publicKeyId);
  return [
    { name: MANIFEST_NAME, bytes: json.length, content: json },
    { name: SIGNATURE_NAME, bytes: SIGNATURE_BYTES, content: signature },
    { name: TRUST_NAME, bytes: trust.length, content: trust },
    ...manifest.items.map((item) => ({ name: item.path, bytes: item.bytes, sha256: item.sha256 })),
  ];
}

/** What was found wrong at an entry's own place. */
interface EntryCheck {
  readonly name: string;
  readonly crc32: number;
  readonly headerWrong: boolean;
  readonly contentWrong: boolean;
}

async function compareWhole(file: BagFile, expected: readonly ExpectedEntry[]): Promise<Problem[]> {
  const placed = placeEntries(expected.map(({ name, bytes }) => ({ name, bytes, crc32: 0 })));
  const checks: EntryCheck[] = [];
  for (const [i, place] of placed.entries()) checks.push(await checkEntry(file, place, expected[i]!));
  const tail = await compareDirectory(file, placed, checks);
  const moved = checks.some((check) => check.headerWrong && check.contentWrong) || tail.lengthWrong;
  if (moved) {
    const problems = await diagnoseEntries(file, expected);
    if (problems.length > 0) return problems;
  }
  return [...checks.flatMap(problemOf), ...tail.problems];
}

async function checkEntry(file: BagFile, place: PlacedEntry, expected: ExpectedEntry): Promise<EntryCheck> {
  const digest = await digestAt(file, place.dataAt, expected.bytes);
  const contentWrong = await differs(file, place, expected, digest);
  const should = localHeader({ ...place.entry, crc32: digest.crc32 });
  const is = await readAt(file, place.headerAt, should.length);
  // Of altered content the checksum in the header tells nothing; the other fields are still compared.
  if (contentWrong) blank(should, is, LOCAL_CRC_AT);
  return { name: expected.name, crc32: digest.crc32, headerWrong: !is.equals(should), contentWrong };
}

async function differs(
  file: BagFile,
  place: PlacedEntry,
  expected: ExpectedEntry,
  digest: { bytes: number; sha256: string },
): Promise<boolean> {
  if (digest.bytes !== expected.bytes) return true;
  if (expected.content) return !(await readAt(file, place.dataAt, expected.bytes)).equals(expected.content);
  return digest.sha256 !== expected.sha256;
}

function problemOf(check: EntryCheck): Problem[] {
  const problems: Problem[] = [];
  if (check.contentWrong) problems.push({ item: check.name, problem: 'content altered' });
  if (check.headerWrong) problems.push({ item: check.name, problem: 'header altered' });
  return problems;
}

/** Compares the central directory line by line, then the end record and the file's length. */
async function compareDirectory(
  file: BagFile,
  placed: readonly PlacedEntry[],
  checks: readonly EntryCheck[],
) {
  const problems: Problem[] = [];
  const start = placed.at(-1)!.endAt;
  let at = start;
  for (const [i, place] of placed.entries()) {
    const check = checks[i]!;
    const should = directoryEntry({ ...place.entry, crc32: check.crc32 }, place.headerAt);
    const is = await readAt(file, at, should.length);
    if (check.contentWrong) blank(should, is, DIRECTORY_CRC_AT);
    if (!is.equals(should)) problems.push({ item: check.name, problem: 'line in the directory altered' });
    at += should.length;
  }
  const end = endOfDirectory(placed.length, start, at - start);
  const is = await readAt(file, at, end.length);
  if (!is.equals(end)) problems.push({ item: END_RECORD, problem: 'end record altered' });
  const surplus = file.size - (at + end.length);
  if (surplus > 0) problems.push({ item: END_RECORD, problem: `${surplus} bytes too many` });
  if (surplus < 0) problems.push({ item: END_RECORD, problem: `cut off: ${-surplus} bytes are missing` });
  return { problems, lengthWrong: surplus !== 0 };
}

function blank(should: Buffer, is: Buffer, at: number): void {
  should.fill(0, at, at + 4);
  if (is.length >= at + 4) is.fill(0, at, at + 4);
}
