/** Finds `bag.json` and its signature in a bag that may be damaged, and says which of the two is. */
import { type KeyObject, verify } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type BagFile, findHeaders, readAt } from './bag-file.ts';
import {
  MANIFEST_MAX_BYTES,
  MANIFEST_NAME,
  manifestBytes,
  publicKeyIdOf,
  SIGNATURE_BYTES,
  SIGNATURE_NAME,
} from './bag-format.ts';
import { type BagManifest, bagManifestSchema, type Verification } from './contract.ts';
import { LOCAL_CRC_AT, localHeader } from './zip-layout.ts';

export type Problem = Verification['problems'][number];

/** `manifest` is set only when its signature verified and it is well formed. */
export interface FoundManifest {
  readonly manifest?: BagManifest;
  /** The exact signed bytes, and the signature's. */
  readonly bytes?: Buffer;
  readonly signature?: Buffer;
  readonly problems: Problem[];
}

/** Where the manifest and the signature may lie, by one of several independent hints. */
interface Candidate {
  readonly dataAt: number;
  readonly length: number;
  readonly signatureAt: number;
}

const headerLength = (name: string) => localHeader({ name, bytes: 0, crc32: 0 }).length;
const MANIFEST_AT = headerLength(MANIFEST_NAME);
const SIGNATURE_HEADER = headerLength(SIGNATURE_NAME);

/** Looks for the signed manifest; `problems` names the faulty part when none verifies under `key`. */
export async function findManifest(file: BagFile, key: KeyObject): Promise<FoundManifest> {
  const declared = await declaredCandidates(file);
  const quick = await firstSigned(file, key, declared);
  if (quick) return quick;
  const searched = [...declared, ...(await searchedCandidates(file))];
  return (await firstSigned(file, key, searched)) ?? { problems: await explainFailure(file, key, searched) };
}

async function firstSigned(
  file: BagFile,
  key: KeyObject,
  list: Candidate[],
): Promise<FoundManifest | undefined> {
  for (const candidate of list) {
    const bytes = await readAt(file, candidate.dataAt, candidate.length);
    const signature = await readAt(file, candidate.signatureAt, SIGNATURE_BYTES);
    if (signature.length === SIGNATURE_BYTES && verify(null, bytes, key, signature)) {
      return { ...parseManifest(bytes, publicKeyIdOf(key)), bytes, signature };
    }
  }
  return undefined;
}

/** By the size in the manifest's local header, which stands there twice: one altered byte leaves one of them. */
async function declaredCandidates(file: BagFile): Promise<Candidate[]> {
  const head = await readAt(file, 0, MANIFEST_AT);
  if (head.length < MANIFEST_AT) return [];
  const lengths = [...new Set([head.readUInt32LE(18), head.readUInt32LE(22)])];
  return lengths
    .map((length) => ({ dataAt: MANIFEST_AT, length, signatureAt: MANIFEST_AT + length + SIGNATURE_HEADER }))
    .filter((candidate) => isPossible(file, candidate));
}

/** By the names: the manifest usually ends where the signature's header starts. Finds a pair that was moved. */
async function searchedCandidates(file: BagFile): Promise<Candidate[]> {
  const found = await findHeaders({ ...file, size: Math.min(file.size, MANIFEST_MAX_BYTES) }, 0);
  const signatures = found.filter((header) => header.name === SIGNATURE_NAME);
  const starts = found.filter((header) => header.name === MANIFEST_NAME);
  const list: Candidate[] = [];
  // The first few only: a hostile file may repeat either name without end.
  for (const { at, length } of signatures.slice(0, 4)) {
    const signatureAt = at + length;
    list.push({ dataAt: MANIFEST_AT, length: at - MANIFEST_AT, signatureAt });
    for (const start of starts.slice(0, 4)) {
      const dataAt = start.at + start.length;
      list.push(
        { dataAt, length: at - dataAt, signatureAt },
        { dataAt, length: start.declaredBytes, signatureAt },
      );
    }
  }
  return list.filter((candidate) => isPossible(file, candidate));
}

function isPossible(file: BagFile, { dataAt, length }: Candidate): boolean {
  return length > 0 && length <= MANIFEST_MAX_BYTES && dataAt + length <= file.size;
}

function parseManifest(bytes: Buffer, keyId: string): Pick<FoundManifest, 'manifest' | 'problems'> {
  const broken = (problem: string) => ({ problems: [{ item: MANIFEST_NAME, problem }] });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    return broken(`not JSON in UTF-8: ${(error as Error).message}`);
  }
  const parsed = bagManifestSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return broken(`not a manifest of this format: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const manifest = parsed.data;
  // Also what finds a key that stands twice: the parser keeps one of them, the bytes have both.
  if (!manifestBytes(manifest).equals(bytes))
    return broken('not in canonical form (RFC 8785), or a key twice');
  if (manifest.publicKeyId !== keyId) return broken('names another key than the one that signed it');
  const paths = new Set(manifest.items.map((item) => item.path.toLowerCase()));
  if (paths.size !== manifest.items.length) return broken('lists one path twice');
  const strange = manifest.items.find((item, i) => item.seq !== i + 1);
  if (strange) return broken(`item numbers are not 1, 2, 3 … at ${strange.path}`);
  return { manifest, problems: [] };
}

/** The signature fits nothing. The checksums tell a damaged manifest from a damaged signature. */
async function explainFailure(file: BagFile, key: KeyObject, candidates: Candidate[]): Promise<Problem[]> {
  const candidate = await firstPlausible(file, candidates);
  if (!candidate)
    return [{ item: MANIFEST_NAME, problem: 'missing, cut off, or this is not an evidence bag' }];
  const bytes = await readAt(file, candidate.dataAt, candidate.length);
  const problems: Problem[] = [];
  const manifestHeader = await readAt(file, candidate.dataAt - MANIFEST_AT, MANIFEST_AT);
  if (manifestHeader.readUInt32LE(LOCAL_CRC_AT) !== crc32(bytes)) {
    problems.push({ item: MANIFEST_NAME, problem: 'altered: its checksum and its signature do not fit' });
  }
  const header = await readAt(file, candidate.signatureAt - SIGNATURE_HEADER, SIGNATURE_HEADER);
  const signature = await readAt(file, candidate.signatureAt, SIGNATURE_BYTES);
  if (signature.length < SIGNATURE_BYTES || header.toString('latin1', 30) !== SIGNATURE_NAME) {
    problems.push({ item: SIGNATURE_NAME, problem: 'missing or cut off' });
  } else if (header.readUInt32LE(LOCAL_CRC_AT) !== crc32(signature)) {
    problems.push({ item: SIGNATURE_NAME, problem: 'altered: its checksum does not fit' });
  }
  if (problems.length > 0) return problems;
  return [explainForeignSignature(bytes, publicKeyIdOf(key))];
}

function explainForeignSignature(bytes: Buffer, keyId: string): Problem {
  const named = /"publicKeyId":"(sha256:[0-9a-f]{64})"/.exec(bytes.toString('latin1'))?.[1];
  if (named !== undefined && named !== keyId) {
    return { item: MANIFEST_NAME, problem: `made with another key (${named}); the key given is ${keyId}` };
  }
  return {
    item: MANIFEST_NAME,
    problem: `altered, or signed by another key: ${SIGNATURE_NAME} does not fit it`,
  };
}

/** The candidate that looks most like a manifest followed by a signature. */
async function firstPlausible(file: BagFile, candidates: Candidate[]): Promise<Candidate | undefined> {
  for (const candidate of candidates) {
    const header = await readAt(file, candidate.signatureAt - SIGNATURE_HEADER, SIGNATURE_HEADER);
    if (header.length === SIGNATURE_HEADER && header.toString('latin1', 30) === SIGNATURE_NAME)
      return candidate;
  }
  return candidates[0];
}
