/** Every kind of damage to sealed logs is done at random places, and each must be found and named. */
import { copyFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fire } from '#base/jobs';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import type { CatalogueLine, SegmentLine } from '../contract/proofs.ts';
import { ingestFile } from '../ingest-file.ts';
import { logs } from '../module.ts';
import { segmentsDir } from '../places.ts';
import { anchorHeads } from './anchor-chains.ts';
import { checkFile } from './check-file.ts';
import { faultOfProof, proveRecord } from './prove-record.ts';
import { readCatalogue } from './read-catalogue.ts';
import { type CatalogueChecks, verifyCatalogue } from './verify-catalogue.ts';

const count = 12;
let app: TestApp;
let dir = '';
let lines: CatalogueLine[] = [];
const east = actorAt('city.east', ['logs.ingest', 'logs.read', 'logs.sources']);

const upload = (i: number) => {
  const text = Array.from({ length: 40 }, (_, n) => `segment ${i} line ${n} ${'·'.repeat(n)}\n`).join('');
  return ingestFile(
    app,
    east,
    { source: 'door', format: 'squid', anyway: true },
    Readable.from([Buffer.from(text), Buffer.from(`last of ${i}\n`)]),
  );
};

beforeAll(async () => {
  app = await testApp([logs], { now: '2026-11-22T06:00:00Z', config: { sm3: true } });
  await buildCity(app);
  for (let i = 0; i < count / 2; i += 1) await upload(i);
  await anchorHeads(app);
  for (let i = count / 2; i < count; i += 1) await upload(i);
  lines = [];
  for await (const line of readCatalogue(app)) lines.push(line);
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-verify-'));
}, 60_000);
afterAll(async () => {
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

async function* given(all: readonly CatalogueLine[]): AsyncGenerator<CatalogueLine> {
  yield* all;
}
const verify = (all: readonly CatalogueLine[], checks: CatalogueChecks = {}) =>
  verifyCatalogue(given(all), checks);
const isSegment = (line: CatalogueLine): line is { segment: SegmentLine } => 'segment' in line;
const segmentsOf = (all: readonly CatalogueLine[]) => all.filter(isSegment).map(({ segment }) => segment);
const withSegments = (segments: readonly SegmentLine[]) => [
  ...lines.filter((line) => !isSegment(line)),
  ...segments.map((segment) => ({ segment })),
];
const place = fc.integer({ min: 0, max: count - 1 });

/** A fresh copy of the segment files. */
async function copied(): Promise<string> {
  const copy = await mkdtemp(join(dir, 'copy-'));
  await cp(segmentsDir(app), copy, { recursive: true });
  return copy;
}

test('finds a whole chain whole: links, signatures, anchors, every file', async () => {
  const check = await verify(lines, { checkFile: (line) => checkFile(segmentsDir(app), line) });
  expect(check).toMatchObject({ intact: true, signed: count, files: count, problems: [] });
  expect(check.chains).toEqual([
    expect.objectContaining({ chain: 'main', segments: count, chainSeq: count, records: count * 41 }),
  ]);
  expect(segmentsOf(lines)[0]).toMatchObject({
    linkVersion: 2,
    sm3: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('names the file of every edit, truncation, drop and replacement', { timeout: 60_000 }, async () => {
  const segments = segmentsOf(lines);
  await fc.assert(
    fc.asyncProperty(
      place,
      fc.constantFrom('edit', 'cut', 'drop', 'replace'),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
      async (at, kind, where, change) => {
        const copy = await copied();
        const victim = segments[at]!;
        const path = join(copy, victim.file);
        const bytes = await readFile(path);
        if (kind === 'edit') {
          const i = Math.floor(bytes.length * where);
          bytes[i] = bytes[i]! ^ change;
          await writeFile(path, bytes);
        } else if (kind === 'cut') await truncate(path, Math.floor(bytes.length * where));
        else if (kind === 'drop') await rm(path);
        else await copyFile(join(copy, segments[(at + 1) % count]!.file), path);
        const check = await verify(lines, { checkFile: (line) => checkFile(copy, line) });
        await rm(copy, { recursive: true });
        expect(check.problems.map(({ chainSeq }) => chainSeq)).toEqual([at + 1]);
        const code = check.problems[0]!.code;
        const expected = { edit: 'file_damaged', drop: 'file_missing', replace: 'file_other' };
        if (kind === 'cut') expect(code).toBe('file_cut');
        else if (kind === 'edit') expect(['file_damaged', 'file_cut', 'file_other']).toContain(code);
        else expect(code).toBe(expected[kind]);
        expect(check.problems[0]!.detail).toContain(victim.file);
      },
    ),
    { numRuns: Number(process.env.JIAODUN_TEST_DAMAGES ?? 20) },
  );
});

test('names the place of everything dropped, swapped or edited in the catalogue', async () => {
  const segments = segmentsOf(lines);
  await fc.assert(
    fc.asyncProperty(
      place,
      fc.constantFrom('drop', 'swap', 'records', 'sha256', 'file order', 'merkleRoot', 'sm3', 'firstRecv'),
      async (at, kind) => {
        const changed = segments.map((line) => ({ ...line }));
        const victim = changed[at]!;
        const other = changed[(at + 1) % count]!;
        if (kind === 'drop') changed.splice(at, 1);
        else if (kind === 'swap') {
          [changed[at], changed[(at + 1) % count]] = [other, victim];
        } else if (kind === 'file order') {
          for (const key of ['sha256', 'merkleRoot', 'sm3', 'origin', 'records', 'rawBytes'] as const)
            Object.assign(victim, { [key]: segments[(at + 1) % count]![key] });
        } else if (kind === 'records' || kind === 'firstRecv') victim[kind as 'records'] += 1;
        else Object.assign(victim, { [kind]: 'f'.repeat(64) });
        const { problems, intact } = await verify(withSegments(changed as SegmentLine[]));
        expect(intact).toBe(false);
        const isLast = kind === 'drop' && at === count - 1;
        if (isLast) expect(problems).toEqual([expect.objectContaining({ code: 'head_differs' })]);
        else
          expect(problems.map(({ chainSeq }) => chainSeq)).toContain(
            kind === 'swap' && at === count - 1 ? 1 : at + 1,
          );
      },
    ),
  );
});

test('a chain rewritten with right links is betrayed by signature, anchor and kept heads', async () => {
  const { linkMetaOf, linkOf } = await import('../segments/chain.ts');
  const segments = segmentsOf(lines).map((line) => ({ ...line }));
  let prevLink = '0'.repeat(64);
  for (const line of segments as { -readonly [K in keyof SegmentLine]: SegmentLine[K] }[]) {
    line.prevLink = prevLink;
    line.rawBytes += 1;
    line.link = linkOf(prevLink, line.sha256, linkMetaOf(line));
    prevLink = line.link;
  }
  const rewritten = withSegments(segments).map((line) =>
    'catalogue' in line
      ? { catalogue: { ...line.catalogue, heads: [{ chain: 'main', chainSeq: count, link: prevLink }] } }
      : line,
  );
  const { problems } = await verify(rewritten);
  expect(problems.filter(({ code }) => code === 'signature_bad')).toHaveLength(count);
  expect(problems).toContainEqual(expect.objectContaining({ code: 'forked', chainSeq: count / 2 }));
  expect(problems.some(({ code }) => code === 'link_differs' || code === 'head_differs')).toBe(false);
});

test('a roll-back of everything is betrayed by an anchor, and by a head that was kept elsewhere', async () => {
  const all = segmentsOf(lines);
  const rolledBack = (to: number) =>
    withSegments(all.slice(0, to)).map((line) =>
      'catalogue' in line
        ? {
            catalogue: {
              ...line.catalogue,
              heads: [{ chain: 'main', chainSeq: to, link: all[to - 1]!.link }],
            },
          }
        : line,
    );
  expect((await verify(rolledBack(count / 2 - 1))).problems).toEqual([
    expect.objectContaining({ code: 'rolled_back', chainSeq: count / 2 }),
  ]);
  expect((await verify(rolledBack(count - 1))).intact).toBe(true);
  const trusted = [{ chain: 'main', chainSeq: count, link: all.at(-1)!.link }];
  expect((await verify(rolledBack(count - 1), { trusted })).problems).toEqual([
    expect.objectContaining({ code: 'rolled_back', chainSeq: count }),
  ]);
});

test('signatures of a key that is not the known one do not count', async () => {
  const check = await verify(lines, { trustedKeys: new Set(['0'.repeat(64)]) });
  expect(check.problems.map(({ code }) => code)).toEqual(Array(count).fill('signer_unknown'));
});

test('a catalogue that names places outside of its directory reads nothing there', async () => {
  const line = { ...segmentsOf(lines)[0]!, file: '../../etc/passwd' };
  expect(await checkFile(segmentsDir(app), line)).toMatchObject({ code: 'unreadable' });
});

test('an emptied or foreign catalogue is not intact', async () => {
  expect((await verify([])).problems).toEqual([expect.objectContaining({ code: 'unreadable' })]);
});

test('the head of a chain enters the audit log once, when it has moved', async () => {
  await fire(app, 'logs.anchor-chains');
  await fire(app, 'logs.anchor-chains');
  const { rows } = await app.ownerPool.query(
    `SELECT after FROM audit.entry WHERE action = 'logs.chain_head' ORDER BY id`,
  );
  expect(rows.map(({ after }) => after.chainSeq)).toEqual([count / 2, count]);
});

test('one record is proven by its run, its path and the signed link; a forged one is not', async () => {
  const { rows } = await app.ownerPool.query('SELECT id FROM logs.segment ORDER BY id');
  const proof = await app.run(east, (ctx) => proveRecord(ctx, Number(rows[3].id), 40));
  expect(Buffer.from(proof.record, 'base64').toString()).toBe('last of 3');
  expect(proof.leaves).toBeGreaterThan(1);
  expect(proof.path.length).toBeGreaterThan(0);
  expect(faultOfProof(proof)).toBeNull();
  const other = await app.run(east, (ctx) => proveRecord(ctx, Number(rows[4].id), 40));
  expect(faultOfProof({ ...proof, record: Buffer.from('last of 9').toString('base64') })).toBe('record');
  expect(faultOfProof({ ...proof, run: other.run, record: other.record, at: other.at })).toBe('path');
  expect(faultOfProof({ ...proof, leaf: proof.leaf - 1 })).toBe('path');
  expect(faultOfProof({ ...other, link: proof.link })).toBe('link');
  const endless = { ...proof.meta, records: Number.POSITIVE_INFINITY };
  expect(faultOfProof({ ...proof, meta: endless })).toBe('link');
  expect(faultOfProof({ ...proof, signature: other.signature })).toBe('signature');
  expect(faultOfProof({ ...proof, publicKey: 'no key' })).toBe('signature');
});

test('refuses to prove what is not there, or not in the scope', async () => {
  const { rows } = await app.ownerPool.query('SELECT id FROM logs.segment ORDER BY id');
  const id = Number(rows[0].id);
  await expect(app.run(east, (ctx) => proveRecord(ctx, id, 4100))).rejects.toMatchObject({
    code: 'base.not_found',
  });
  const west = actorAt('city.west', ['logs.read']);
  await expect(app.run(west, (ctx) => proveRecord(ctx, id, 0))).rejects.toMatchObject({
    code: 'base.not_found',
  });
});
