import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootOf } from '#audit';
import { leafOf, leafSalt, TreeBuilder } from './merkle-leaves.ts';
import { RecordBuffer, recordPrefix, runAt } from './record-stream.ts';
import { sealSegment } from './seal-segment.ts';
import { openSegment, verifySegment } from './segment-file.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiaodun-leaves-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('builds the tree of RFC 6962 over salted runs, whatever their number and sizes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 70 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (runs, salt) => {
        const tree = new TreeBuilder(salt);
        for (const run of runs) tree.add(Buffer.from(run), 0, run.length);
        const leaves = runs.map((run, i) => leafOf(leafSalt(salt, i), run));
        expect(tree.root()).toBe(Buffer.from(rootOf(leaves)).toString('hex'));
        expect(tree.leaves).toBe(runs.length);
      },
    ),
  );
});

test('a leaf is SHA-256 over 0x00, its salt and its run', () => {
  const salt = leafSalt(Buffer.alloc(32, 5), 7);
  const place = Buffer.alloc(8);
  place.writeUInt32LE(7);
  const expected = createHash('sha256')
    .update(Buffer.concat([Buffer.of(2), Buffer.alloc(32, 5), place]))
    .digest();
  expect(salt).toEqual(expected);
  expect(leafOf(salt, Buffer.from('run'))).toEqual(
    createHash('sha256')
      .update(Buffer.concat([Buffer.of(0), expected, Buffer.from('run')]))
      .digest(),
  );
});

test('a sealed segment tells the root over its runs, and SM3 when it was asked for', async () => {
  const buffer = new RecordBuffer(64);
  const prefix = recordPrefix('192.0.2.1', Date.UTC(2026, 10, 22));
  for (let i = 0; i < 5000; i += 1) {
    const line = Buffer.from(`line ${i} ${'x'.repeat(i % 200)}`);
    buffer.append(prefix, line, 0, line.length);
  }
  const stream = buffer.view();
  const sealed = await sealSegment(root, 'with-sm3', [stream], { sm3: true });
  expect(sealed.sm3).toBe(createHash('sm3').update(stream).digest('hex'));
  const segment = await openSegment(join(root, sealed.file));
  const { footer } = segment;
  await segment.close();
  if (footer.version !== 2) throw new Error('an old footer was written');
  const leaves: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const { end } = runAt(stream, at);
    leaves.push(leafOf(leafSalt(Buffer.from(footer.salt, 'hex'), leaves.length), stream.subarray(at, end)));
    at = end;
  }
  expect(sealed.merkleRoot).toBe(Buffer.from(rootOf(leaves)).toString('hex'));
  expect(sealed.leaves).toBe(5000);
  expect(await verifySegment(join(root, sealed.file))).toEqual(footer);
  expect((await sealSegment(root, 'without', [stream])).sm3).toBeNull();
});
