import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#base/app';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { newSource as newSourceInput } from '../contract.ts';
import { indexSegment } from '../index-segment.ts';
import { logs } from '../module.ts';
import { segmentsDir } from '../places.ts';
import { registerSegments } from '../register-segments.ts';
import { registerSource } from '../register-source.ts';
import { RecordBuffer, recordPrefix } from '../segments/record-stream.ts';
import { sealSegment } from '../segments/seal-segment.ts';
import { bookTally } from './book-tally.ts';
import { relianceOfMany } from './rely-on-many.ts';
import { LedgerTally } from './segment-tally.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
const system = systemActor('test');

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-ledger-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs], { logstore: client, now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const base = Date.UTC(2026, 10, 22, 5, 0, 0);
let made = 0;

interface Line {
  /** Milliseconds after `base` at which it is received. */
  readonly at: number;
  readonly text: string;
}

async function newSource(): Promise<{ id: number; unit_path: string }> {
  made += 1;
  const input = newSourceInput.parse({ name: `ledger-${made}`, format: 'dnsmasq' });
  const { id } = await app.run(actorAt('city.east', ['logs.sources']), (ctx) => registerSource(ctx, input));
  return { id, unit_path: 'city.east' };
}

/** Seals and registers pieces of a stream; they are not indexed yet. */
async function seal(source: { id: number; unit_path: string }, pieces: readonly (readonly Line[])[]) {
  const ids: number[] = [];
  for (const lines of pieces) {
    made += 1;
    const buffer = new RecordBuffer();
    for (const { at, text } of lines) {
      const bytes = Buffer.from(text);
      buffer.append(recordPrefix('192.0.2.7', base + at), bytes, 0, bytes.length);
    }
    const sealed = await sealSegment(segmentsDir(app), `ledger-test-${made}`, [buffer.view()]);
    ids.push(...(await app.run(system, (ctx) => registerSegments(ctx, [{ sealed, source }]))));
  }
  return ids;
}

const numbered = (at: number, id: number): Line => ({
  at,
  text: `<30>1 2026-11-22T05:00:00Z gw dnsmasq 1 - [meta sequenceId="${id}"] query[A] www.example from 192.0.2.9`,
});

async function ledgerOf(sourceId: number) {
  const { rows } = await app.ownerPool.query(
    `SELECT sum((SELECT sum(x) FROM unnest(received) x))::int AS received,
       sum((SELECT sum(x) FROM unnest(parsed) x))::int AS parsed,
       sum((SELECT sum(x) FROM unnest(unparsable) x))::int AS unparsable,
       sum((SELECT sum(x) FROM unnest(lost) x))::int AS lost FROM logs.ledger_day WHERE source_id = $1`,
    [sourceId],
  );
  const gaps = await app.ownerPool.query(
    `SELECT proof, lost::int AS lost FROM logs.gap WHERE source_id = $1 AND lost IS DISTINCT FROM 0 ORDER BY began`,
    [sourceId],
  );
  return { ...rows[0], gaps: gaps.rows };
}

test('an hour has what was received, read and missing, and the hole is a gap', async () => {
  const source = await newSource();
  const lines = [1, 2, 5, 6].map((id) => numbered(id * 1000, id));
  const [id] = await seal(source, [[...lines, { at: 7000, text: 'what is this' }]]);
  await indexSegment(app, id!);
  expect(await ledgerOf(source.id)).toEqual({
    received: 5,
    parsed: 4,
    unparsable: 1,
    lost: 2,
    gaps: [{ proof: 'counter', lost: 2 }],
  });
});

/** The whole stream judged at once, the plainest way: the numbers that are not there between the least and the greatest. */
function naive(ids: readonly number[]): number {
  return Math.max(...ids) - Math.min(...ids) + 1 - new Set(ids).size;
}

/** A repeatable shuffle. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed;
  const next = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return list
    .map((value) => ({ value, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

test.each([1, 2, 3])(
  'in whatever pieces and order segments are indexed, and twice, the ledger is that of the whole stream (%i)',
  async (seed) => {
    const source = await newSource();
    const kept = shuffled(
      Array.from({ length: 60 }, (_, i) => i + 1),
      seed,
    )
      .slice(0, 45)
      .sort((a, b) => a - b);
    const lines = kept.map((id) => numbered(id * 90_000, id));
    const pieces: Line[][] = [];
    for (let at = 0, i = 0; at < lines.length; i += 1) {
      const size = 1 + ((seed * 7 + i * 3) % 9);
      pieces.push(lines.slice(at, at + size));
      at += size;
    }
    // A segment without any number lies between two that have one.
    pieces.splice(2, 0, [{ at: lines[0]!.at, text: 'what is this' }]);
    const ids = await seal(source, pieces);
    for (const id of shuffled(ids, seed + 100)) await indexSegment(app, id);
    const once = await ledgerOf(source.id);
    expect(once).toMatchObject({
      received: 46,
      parsed: 45,
      unparsable: 1,
      lost: naive(kept),
    });
    expect(once.gaps.reduce((sum: number, gap: { lost: number }) => sum + gap.lost, 0)).toBe(naive(kept));
    for (const id of ids) await indexSegment(app, id);
    expect(await ledgerOf(source.id)).toEqual(once);
    // Read again, as another decoder would make it be.
    await app.ownerPool.query('UPDATE logs.segment SET indexed_at = NULL WHERE source_id = $1', [source.id]);
    for (const id of shuffled(ids, seed + 200)) await indexSegment(app, id);
    expect(await ledgerOf(source.id)).toEqual(once);
  },
);

test.each([4, 5, 6])(
  'a lost number is a gap of the windows that it may have been written in, and of no others (%i)',
  async (seed) => {
    const source = await newSource();
    // Written every 90 s, some of it kept by the sender and received late, all together.
    const all = Array.from({ length: 80 }, (_, i) => {
      const written = i * 90_000 + ((i * seed * 7919) % 40_000);
      const isKept = i >= 10 * seed && i < 10 * seed + 6;
      return { id: i + 1, written, at: isKept ? (10 * seed + 7) * 90_000 + i : written + 20 };
    });
    const lost = new Set(shuffled(all.slice(1, -1), seed).slice(0, 9));
    const came = all.filter((one) => !lost.has(one));
    const lines = came.map(({ id, written, at }) => ({
      at,
      text: numbered(0, id).text.replace('2026-11-22T05:00:00Z', new Date(base + written).toISOString()),
    }));
    const cut = 5 + seed * 3;
    const pieces = [lines.slice(0, cut), lines.slice(cut, cut + 9), lines.slice(cut + 9)];
    for (const id of shuffled(await seal(source, pieces), seed)) await indexSegment(app, id);
    // The plainest way: between the writing of the last that came before it and the receipt of the next.
    const holes = [...lost].map(({ id }) => ({
      from: base + came.findLast((one) => one.id < id)!.written,
      to: base + came.find((one) => one.id > id)!.at,
    }));
    const touches = (one: { from: number; to: number }, more: number) =>
      holes.some((hole) => hole.from < one.to + more && hole.to > one.from - more);
    const windows = Array.from({ length: 120 }, (_, i) => {
      const from = base + ((i * 61_403 * seed) % 7_200_000);
      return { sourceId: source.id, from, to: from + 1 + ((i * 7_919) % 90_000), gapSeconds: 3600 };
    });
    const told = await app.run(actorAt('city.east', ['logs.sources']), (ctx) => relianceOfMany(ctx, windows));
    const isGap = told.map((one) => one!.reasons.some(({ code }) => code === 'counter'));
    const missed = windows.filter((one, i) => !isGap[i] && touches(one, 0));
    // A minute of what senders do, and the grid of five seconds.
    const needless = windows.filter((one, i) => isGap[i] && !touches(one, 65_001));
    expect({ missed, needless }).toEqual({ missed: [], needless: [] });
    expect(new Set(isGap).size).toBe(2);
    // Of a gap that was told before places were kept, the whole hour counts.
    await app.ownerPool.query('UPDATE logs.gap SET places = NULL WHERE source_id = $1', [source.id]);
    const [first] = await app.run(actorAt('city.east', ['logs.sources']), (ctx) =>
      relianceOfMany(ctx, [{ sourceId: source.id, from: holes[0]!.from, to: holes[0]!.to }]),
    );
    expect(first!.relies).toBe(false);
  },
);

test('what a new reading cannot count any more leaves the ledger', async () => {
  const source = await newSource();
  const [id] = await seal(source, [[numbered(1000, 1), numbered(2000, 5)]]);
  await indexSegment(app, id!);
  expect(await ledgerOf(source.id)).toMatchObject({ lost: 3, parsed: 2 });
  const row = { id: id!, source_id: source.id, unit_path: 'city.east', first_recv: new Date(base) };
  const tally = new LedgerTally();
  tally.note({ recvAt: base, sender: '192.0.2.7', bytes: Buffer.from('x') }, [], true);
  await app.run(system, (ctx) => bookTally(ctx, row, tally.result(), null));
  expect(await ledgerOf(source.id)).toMatchObject({
    received: 1,
    parsed: 0,
    unparsable: 1,
    lost: 0,
    gaps: [],
  });
});

test('two processes that index one source at once count every record once', async () => {
  const source = await newSource();
  const ids = await seal(
    source,
    Array.from({ length: 12 }, (_, i) => [numbered(i * 1000, 2 * i + 1)]),
  );
  await Promise.all([...ids, ...ids].map((id) => indexSegment(app, id)));
  expect(await ledgerOf(source.id)).toMatchObject({ received: 12, lost: 11 });
});

test('hours are cut at the hour and days at midnight in China', async () => {
  const source = await newSource();
  const hour = 3_600_000;
  const at = (ms: number) => ({ at: ms, text: 'x' });
  // 05:00 UTC is 13:00 in China; 16:00 UTC is midnight.
  const [id] = await seal(source, [[at(hour - 1), at(hour), at(11 * hour - 1), at(11 * hour)]]);
  await indexSegment(app, id!);
  const { rows } = await app.ownerPool.query(
    'SELECT day::text, received FROM logs.ledger_day WHERE source_id = $1 ORDER BY day',
    [source.id],
  );
  const places = rows.map((row) => [
    row.day,
    (row.received as string[]).flatMap((n, i) => (Number(n) > 0 ? [[i, Number(n)]] : [])),
  ]);
  expect(places).toEqual([
    [
      '2026-11-22',
      [
        [13, 1],
        [14, 1],
        [23, 1],
      ],
    ],
    ['2026-11-23', [[0, 1]]],
  ]);
});

test('a promised sign of life that stays away is a gap, also between segments', async () => {
  const source = await newSource();
  await app.ownerPool.query(
    `INSERT INTO logs.source_rhythm (source_id, unit_path, beat_text, beat_seconds)
     VALUES ($1, 'city.east', '-- MARK --', 60)`,
    [source.id],
  );
  const mark = (minute: number) => ({ at: minute * 60_000, text: `<46>gw syslogd: -- MARK -- ${minute}` });
  const ids = await seal(source, [[mark(0), mark(1), mark(8)], [mark(9), mark(10)], [mark(20)], [mark(21)]]);
  for (const id of [...ids].reverse()) await indexSegment(app, id);
  const { gaps } = await ledgerOf(source.id);
  expect(gaps).toEqual([
    { proof: 'heartbeat', lost: null },
    { proof: 'heartbeat', lost: null },
  ]);
});
