import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { createBag } from './create-bag.ts';
import { verifyBag } from './verify-bag.ts';
import { directoryEntry, endOfDirectory, localHeader } from './zip-layout.ts';

const pair = generateKeyPairSync('ed25519');
const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }) as string;
const createdAt = new Date('2026-03-01T08:00:00Z');
const itemOf = (path: string, bytes: Uint8Array) => ({
  path,
  bytes,
  source: 'http://www.school.example/',
  tool: 'test 1',
  collector: '采集员',
  acquiredAt: createdAt,
});
const items = [
  itemOf('items/web/page.warc.gz', Buffer.from('first item, 网页')),
  itemOf('items/log/empty.ndjson', Buffer.alloc(0)),
  itemOf('items/env.json', Buffer.from('{"tool":"x"}')),
  itemOf('items/net/dns.json', Buffer.from('{"tool":"y"}')),
];

let dir: string;
let original: Buffer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-bag-'));
  const outFile = join(dir, 'bag-C1-1.zip');
  await createBag({ caseId: 'C1', number: 1, items, privateKey: pair.privateKey, createdAt, outFile });
  original = await readFile(outFile);
});
afterAll(() => rm(dir, { recursive: true }));

const verifyBytes = (bytes: Uint8Array, key = publicPem) => verifyBag(bytes, key);

interface Region {
  name: string;
  headerAt: number;
  endAt: number;
  directoryAt: number;
  directoryEnd: number;
}

/** Who owns which byte, according to another ZIP reader. */
function regionsOf(zip: Buffer): Promise<Region[]> {
  return new Promise((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true }, (error, reader) => {
      if (error) return reject(error);
      const regions: Region[] = [];
      let directoryAt = zip.readUInt32LE(zip.length - 22 + 16);
      reader.on('entry', (entry) => {
        const headerAt = entry.relativeOffsetOfLocalHeader;
        const endAt = headerAt + 30 + entry.fileNameLength + entry.compressedSize;
        const directoryEnd = directoryAt + 46 + entry.fileNameLength;
        regions.push({ name: entry.fileName, headerAt, endAt, directoryAt, directoryEnd });
        directoryAt = directoryEnd;
        reader.readEntry();
      });
      reader.on('end', () => resolve(regions));
      reader.on('error', reject);
      reader.readEntry();
    });
  });
}

function ownerOf(regions: Region[], at: number): string {
  const owner = regions.find(
    (r) => (at >= r.headerAt && at < r.endAt) || (at >= r.directoryAt && at < r.directoryEnd),
  );
  return owner?.name ?? '(end of file)';
}

/** A bag of our own container from raw parts, signed or not: what an attacker with a ZIP tool can write. */
function pack(parts: [string, Uint8Array][]): Buffer {
  const entries = parts.map(([name, bytes]) => ({ name, bytes: bytes.length, crc32: crc32(bytes) }));
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [i, entry] of entries.entries()) {
    const header = localHeader(entry);
    body.push(header, parts[i]![1]);
    directory.push(directoryEntry(entry, at));
    at += header.length + entry.bytes;
  }
  const lines = Buffer.concat(directory);
  return Buffer.concat([...body, lines, endOfDirectory(entries.length, at, lines.length)]);
}

async function partsOf(zip: Buffer): Promise<[string, Buffer][]> {
  const regions = await regionsOf(zip);
  return regions.map((r) => [r.name, zip.subarray(r.headerAt + 30 + r.name.length, r.endAt)]);
}

async function resign(change: (text: string) => string): Promise<Buffer> {
  const parts = await partsOf(original);
  const json = Buffer.from(change(parts[0]![1].toString('utf8')));
  parts[0]![1] = json;
  parts[1]![1] = sign(null, json, pair.privateKey);
  return pack(parts);
}

describe('a bag as it was signed', () => {
  it('passes, and other ZIP readers see the same entries', async () => {
    const verified = await verifyBag(join(dir, 'bag-C1-1.zip'), publicPem);
    expect(verified).toMatchObject({ result: 'pass', problems: [] });
    expect(verified.bag?.items.map((item) => item.path)).toEqual(items.map((item) => item.path));
    expect((await regionsOf(original)).map((region) => region.name)).toEqual([
      'bag.json',
      'sig/bag.ed25519',
      'trust/public-key-id.txt',
      ...items.map((item) => item.path),
    ]);
  });

  it('is the same file when made again', async () => {
    const outFile = join(dir, 'again.zip');
    await createBag({ caseId: 'C1', number: 1, items, privateKey: pair.privateKey, createdAt, outFile });
    expect((await readFile(outFile)).equals(original)).toBe(true);
  });

  it('is incomplete, with the loss named, when it says that something could not be taken', async () => {
    const outFile = join(dir, 'incomplete.zip');
    const incomplete = [{ item: 'items/shot/page.png', problem: 'no browser' }];
    await createBag({
      caseId: 'C1',
      number: 1,
      items,
      privateKey: pair.privateKey,
      createdAt,
      outFile,
      incomplete,
    });
    expect(await verifyBag(outFile, publicPem)).toMatchObject({ result: 'incomplete', problems: incomplete });
  });
});

describe('one altered byte', () => {
  it.each([0x01, 0xa0])('is found at every place of the file and its entry named (xor %i)', async (mask) => {
    const regions = await regionsOf(original);
    const wrong: string[] = [];
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original);
      bytes[at]! ^= mask;
      const { result, problems } = await verifyBytes(bytes);
      const named = [...new Set(problems.map((problem) => problem.item))];
      const owner = ownerOf(regions, at);
      if (result !== 'fail' || named.length !== 1 || named[0] !== owner) {
        wrong.push(`${at} of ${owner}: ${result} ${JSON.stringify(problems)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('bytes cut out or put in', () => {
  it('are found at every place, and the first entry named is the one that was touched', async () => {
    const regions = await regionsOf(original);
    const end = regions[0]!.directoryAt;
    const wrong: string[] = [];
    for (let at = 0; at < end; at++) {
      const cut = Buffer.concat([original.subarray(0, at), original.subarray(at + 1)]);
      const added = Buffer.concat([original.subarray(0, at), Buffer.from('Z'), original.subarray(at)]);
      for (const [kind, bytes] of [
        ['cut', cut],
        ['added', added],
      ] as const) {
        const { result, problems } = await verifyBytes(bytes);
        // A byte put in exactly between two entries belongs to either of them.
        const owners = [ownerOf(regions, at), kind === 'added' && at > 0 ? ownerOf(regions, at - 1) : ''];
        const start = kind === 'added' && at === 0 ? '(start of file)' : '';
        if (result !== 'fail' || ![...owners, start].includes(problems[0]?.item ?? 'none')) {
          wrong.push(`${kind} ${at} of ${owners}: ${result} ${JSON.stringify(problems)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('are found behind the entries too', async () => {
    const end = (await regionsOf(original))[0]!.directoryAt;
    for (let at = end; at < original.length; at++) {
      const cut = Buffer.concat([original.subarray(0, at), original.subarray(at + 1)]);
      const added = Buffer.concat([original.subarray(0, at), Buffer.from('Z'), original.subarray(at)]);
      expect((await verifyBytes(cut)).result).toBe('fail');
      expect((await verifyBytes(added)).result).toBe('fail');
    }
    const trailing = await verifyBytes(Buffer.concat([original, Buffer.from('x')]));
    expect(trailing.problems).toEqual([{ item: '(end of file)', problem: '1 bytes too many' }]);
  });

  it('are found when the file is cut off anywhere, without reading past it', async () => {
    const regions = await regionsOf(original);
    for (let length = 0; length < original.length; length++) {
      const { result, problems } = await verifyBytes(original.subarray(0, length));
      expect(result).toBe('fail');
      if (length >= regions[3]!.headerAt + 60 && length < regions[3]!.endAt) {
        expect(problems[0]).toEqual({ item: regions[3]!.name, problem: 'content cut off' });
      }
    }
  });
});

describe('whole entries', () => {
  it('that were dropped are named, for each entry', async () => {
    const parts = await partsOf(original);
    for (const [i, [name]] of parts.entries()) {
      const { result, problems } = await verifyBytes(pack(parts.filter((_, other) => other !== i)));
      expect(result).toBe('fail');
      expect(problems[0]).toMatchObject({ item: name });
    }
  });

  it('that were added are named, wherever they stand', async () => {
    const parts = await partsOf(original);
    for (let i = 0; i <= parts.length; i++) {
      const stranger: [string, Buffer] = ['items/planted.txt', Buffer.from('planted')];
      const { result, problems } = await verifyBytes(pack(parts.toSpliced(i, 0, stranger)));
      expect(result).toBe('fail');
      expect(problems.map((problem) => problem.item)).toContain('items/planted.txt');
    }
  });

  it('that stand twice are named, whether equal or not', async () => {
    const parts = await partsOf(original);
    for (const [i, [name, bytes]] of parts.entries()) {
      for (const copy of [bytes, Buffer.from('other')]) {
        const { result, problems } = await verifyBytes(pack([...parts, [name, copy]]));
        expect([result, problems[0]?.item]).toEqual(['fail', name]);
      }
      expect((await verifyBytes(pack(parts.toSpliced(i, 0, [name, Buffer.from('?')])))).result).toBe('fail');
    }
  });

  it('that changed places are named', async () => {
    const parts = await partsOf(original);
    const [first, second] = [parts[3]!, parts[5]!];
    const { result, problems } = await verifyBytes(pack(parts.with(3, second).with(5, first)));
    expect(result).toBe('fail');
    expect(problems.map((problem) => problem.item)).toContain(second[0]);
  });

  it('that swapped their contents are both named', async () => {
    const parts = await partsOf(original);
    const [first, second] = [parts[5]!, parts[6]!];
    const swapped = pack(parts.with(5, [first[0], second[1]]).with(6, [second[0], first[1]]));
    expect((await verifyBytes(swapped)).problems.map((problem) => problem.item)).toEqual([
      first[0],
      second[0],
    ]);
  });

  it('are all still named when the attacker also repairs checksums and directory', async () => {
    const parts = await partsOf(original);
    const { result, problems } = await verifyBytes(
      pack(parts.with(3, [parts[3]![0], Buffer.from('forged, longer')])),
    );
    expect([result, problems[0]?.item]).toEqual(['fail', parts[3]![0]]);
  });
});

describe('the manifest and its key', () => {
  it('fail when the manifest was edited and the checksums repaired', async () => {
    const parts = await partsOf(original);
    const json = Buffer.from(parts[0]![1].toString('utf8').replace('"C1"', '"C2"'));
    const { result, problems } = await verifyBytes(pack(parts.with(0, ['bag.json', json])));
    expect([result, problems[0]?.item]).toEqual(['fail', 'bag.json']);
  });

  it('fail under another key, and both keys are told', async () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const { result, problems } = await verifyBytes(original, other);
    expect(result).toBe('fail');
    expect(problems[0]?.problem).toContain('made with another key');
  });

  it.each([
    ['a key that stands twice', (t: string) => t.replace('"caseId":"C1"', '"caseId":"C0","caseId":"C1"')],
    ['spaces', (t: string) => t.replace('{', '{ ')],
    ['a path that leaves the bag', (t: string) => t.replace('items/env.json', 'items/../env.js')],
    ['an absolute path', (t: string) => t.replace('items/env.json', '/etc/env.json/')],
    ['one path twice', (t: string) => t.replace('items/net/dns.json', 'items/ENV.JSON')],
    ['a field of its own', (t: string) => t.replace('"caseId"', '"because":1,"caseId"')],
    ['a number out of order', (t: string) => t.replace('"seq":4', '"seq":7')],
    ['the name of another key', (t: string) => t.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`)],
  ])('are refused with %s even when signed', async (_what, change) => {
    const { result, problems } = await verifyBytes(await resign(change));
    expect([result, problems[0]?.item]).toEqual(['fail', 'bag.json']);
  });

  it('fail when the bag claims an item of petabytes, without reading for ever', async () => {
    const huge = await resign((text) => text.replace('"bytes":12', '"bytes":9000000000000000'));
    expect((await verifyBytes(huge)).result).toBe('fail');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(5000)],
    ['an end record only', endOfDirectory(0, 0, 0)],
    ['header marks without end', Buffer.alloc(40_000, 'PK\x03\x04sig/bag.ed25519')],
  ])('fail on a file of %s', async (_what, bytes) => {
    expect(await verifyBytes(bytes)).toMatchObject({
      result: 'fail',
      bag: null,
      problems: [{ item: 'bag.json' }],
    });
  });

  it('cannot be checked with something that is not an Ed25519 key', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    await expect(verifyBytes(original, rsa as string)).rejects.toMatchObject({ code: 'evidence.bad_key' });
    await expect(verifyBytes(original, 'hello')).rejects.toMatchObject({ code: 'evidence.bad_key' });
    await expect(verifyBag(join(dir, 'none.zip'), publicPem)).rejects.toMatchObject({
      code: 'evidence.unreadable',
    });
    await expect(verifyBag(dir, publicPem)).rejects.toMatchObject({ code: 'evidence.unreadable' });
  });
});
