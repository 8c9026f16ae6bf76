import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, on, systemActor } from '#base/app';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { segmentIndexed } from './contract.ts';
import { indexSegment } from './index-segment.ts';
import { indexWaiting } from './index-waiting.ts';
import { ingestFile } from './ingest-file.ts';
import { logs } from './module.ts';
import { checkSegment, listUnparsable, readRecord } from './read-record.ts';
import { registerSource } from './register-source.ts';
import { searchLogs } from './search/search-logs.ts';
import * as catalogue from './store/catalogue.ts';
import { listSources } from './store/sources.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
const indexed: { segmentId: number; from: string | null; to: string | null }[] = [];
const east: Actor = actorAt('city.east', ['logs.ingest', 'logs.read', 'logs.sources']);
const west: Actor = actorAt('city.west', ['logs.ingest', 'logs.read', 'logs.sources']);

const witness = {
  name: 'witness',
  on: [
    on(segmentIndexed, 'witness.segment_indexed', async (_ctx, payload) => {
      indexed.push(payload);
    }),
  ],
};

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-logs-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs, witness], { logstore: client, now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const ingest = (
  actor: Actor,
  source: string,
  format: 'squid' | 'isc-dhcpd' | 'access',
  body: Buffer,
  anyway = false,
) => ingestFile(app, actor, { source, format, anyway }, Readable.from([body]));

const squid = (i: number, host = 'www.example') =>
  `${1795327000 + i}.000 10 192.0.2.${i % 250} ${2000 + i} 198.51.100.7 443 TCP_TUNNEL/200 10 20 CONNECT ${host}:443 - - ${i}`;

const window = { from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' };
const search = (actor: Actor, query: object = {}) =>
  searchLogs({ app, actor }, { ...window, limit: 100, reason: '测试检索', ...query });

const audited = async (action: string) =>
  (
    await app.ownerPool.query('SELECT subject, after FROM audit.entry WHERE action = $1 ORDER BY id', [
      action,
    ])
  ).rows;

test('takes a file, seals it, indexes it and finds its rows with their raw lines', async () => {
  const lines = ['not a squid line', squid(1), squid(2, 'bad.example'), ''];
  const reply = await ingest(east, 'proxy-1', 'squid', Buffer.from(lines.join('\r\n')));
  expect(reply).toMatchObject({ records: 3, bytes: lines.join('\r\n').length, cut: 0, already: false });
  await drain(app);
  const segment = await app.run(east, (ctx) => catalogue.findSegment(ctx, reply.segments[0]!));
  expect(segment).toMatchObject({ records: 3, parsed: 2, unparsable: 1, ignored: 0, unit_path: 'city.east' });
  expect(indexed.at(-1)).toMatchObject({
    segmentId: segment!.id,
    from: '2026-11-22T05:56:41.000Z',
    to: '2026-11-22T05:56:42.000Z',
  });
  const { rows } = await search(east, { host: 'bad.example' });
  expect(rows).toEqual([
    {
      ts: '2026-11-22T05:56:42.000Z',
      kind: 'proxy',
      source: 'proxy-1',
      sourceId: reply.source,
      decoder: expect.stringMatching(/^squid\/\d+$/),
      fields: {
        cli: '192.0.2.2',
        cport: 2002,
        dst: '198.51.100.7',
        dport: 443,
        proto: 6,
        host: 'bad.example',
        method: 'CONNECT',
        num: 2,
        status: 200,
        act: 'TCP_TUNNEL',
        up: 20,
        dn: 10,
        took: 10,
      },
      segment: segment!.id,
      seq: 2,
    },
  ]);
  const record = await app.run(east, (ctx) => readRecord(ctx, segment!.id, 2));
  expect(record).toMatchObject({
    raw: `${squid(2, 'bad.example')}\r`,
    charset: 'utf-8',
    sha256: createHash('sha256')
      .update(`${squid(2, 'bad.example')}\r`)
      .digest('hex'),
    segmentSha256: segment!.sha256,
    link: segment!.link,
  });
  const unread = await app.run(east, (ctx) => listUnparsable(ctx, reply.source, 10));
  expect(unread).toMatchObject({ total: 1, items: [{ seq: 0, raw: 'not a squid line\r' }] });
});

test('audits searches, raw readings, imports and new sources', async () => {
  const reply = await ingest(east, 'proxy-audit', 'squid', Buffer.from(squid(5)));
  await drain(app);
  await search(east, { q: 'audited-word' });
  await app.run(east, (ctx) => readRecord(ctx, reply.segments[0]!, 0));
  const subject = `log_source:${reply.source}`;
  expect((await audited('logs.register_source')).at(-1)).toMatchObject({ subject });
  expect((await audited('logs.ingest')).at(-1)).toMatchObject({ subject, after: { records: 1 } });
  expect((await audited('logs.search')).at(-1)).toMatchObject({
    after: { query: { q: 'audited-word' }, rows: 0 },
  });
  expect((await audited('logs.read_record')).at(-1)).toMatchObject({ after: { seq: 0 } });
});

test('takes the same content once per source, plain or compressed, one after the other or at once', async () => {
  const body = Buffer.from([squid(10), squid(11)].join('\n'));
  const [first, rival] = await Promise.all([
    ingest(east, 'proxy-1', 'squid', body),
    ingest(east, 'proxy-1', 'squid', body),
  ]);
  const packed = await ingest(east, 'proxy-1', 'squid', gzipSync(body));
  expect([first.already, rival.already].sort()).toEqual([false, true]);
  expect(packed).toEqual({ ...first, already: true });
  expect(rival.segments).toEqual(first.segments);
  await drain(app);
  expect((await search(east, { port: 2010 })).rows).toHaveLength(1);
  const elsewhere = await ingest(east, 'proxy-2', 'squid', body);
  expect(elsewhere).toMatchObject({ already: false, records: 2 });
  await drain(app);
  expect((await search(east, { port: 2010 })).rows).toHaveLength(2);
});

test('adds nothing when a segment is indexed again, even when the mark was lost', async () => {
  const reply = await ingest(east, 'proxy-again', 'squid', Buffer.from([squid(20), squid(21)].join('\n')));
  const [id] = reply.segments;
  await drain(app);
  for (let i = 0; i < 3; i += 1) {
    await app.ownerPool.query('UPDATE logs.segment SET indexed_at = NULL WHERE id = $1', [id]);
    expect(await indexSegment(app, id!)).toBe(false); // it belongs to a set
    expect(await indexWaiting(app)).toEqual({ ended: 'done', alone: [] });
  }
  expect((await search(east, { source: 'proxy-again' })).rows).toHaveLength(2);
});

test('finishes the index of a segment after the log store was killed', async () => {
  const reply = await ingest(east, 'proxy-killed', 'squid', Buffer.from(squid(30)));
  const address = { port: store.port };
  await store.kill();
  const restart = (async () => {
    store = await spawnLogstore(storeDir, address);
  })();
  await Promise.all([restart, indexSegment(app, reply.segments[0]!)]);
  expect((await search(east, { source: 'proxy-killed' })).rows).toHaveLength(1);
});

test('shows a county nothing of another: rows, sources, segments, raw lines', async () => {
  const reply = await ingest(west, 'west-proxy', 'squid', Buffer.from(squid(40, 'secret.example')));
  await drain(app);
  expect((await search(west, { host: 'secret.example' })).rows).toHaveLength(1);
  expect((await search(east, { host: 'secret.example' })).rows).toEqual([]);
  expect((await search(actorAt('city'), { host: 'secret.example' })).rows).toHaveLength(1);
  expect((await search(actorAt('city.east.east-1'), {})).rows).toEqual([]);
  const [id] = reply.segments;
  await expect(search(east, { source: 'west-proxy' })).rejects.toMatchObject({ code: 'base.not_found' });
  await expect(app.run(east, (ctx) => readRecord(ctx, id!, 0))).rejects.toMatchObject({
    code: 'base.not_found',
  });
  await expect(ingest(east, 'west-proxy', 'squid', Buffer.from('x'))).rejects.toMatchObject({
    code: 'logs.duplicate_source',
  });
  expect((await app.run(east, (ctx) => listSources(ctx, { page: 1, pageSize: 100 }))).items).not.toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'west-proxy' })]),
  );
});

test('refuses uploads that cannot be right and keeps nothing of them', async () => {
  const cases: [Buffer, string][] = [
    [Buffer.alloc(0), 'logs.empty_upload'],
    [gzipSync(Buffer.from(`${squid(1)}\n`.repeat(5000))).subarray(0, 200), 'logs.bad_gzip'],
    [Buffer.from([0x1f, 0x8b, 9, 9, 9]), 'logs.bad_gzip'],
  ];
  for (const [body, code] of cases) {
    await expect(ingest(east, 'proxy-1', 'squid', body)).rejects.toMatchObject({ code });
  }
  await expect(ingest(east, 'proxy-1', 'access', Buffer.from('x'))).rejects.toMatchObject({
    code: 'logs.format_differs',
  });
  const reader = actorAt('city.east', ['logs.ingest']);
  await expect(ingest(reader, 'nobody-knows', 'squid', Buffer.from('x'))).rejects.toMatchObject({
    code: 'logs.unknown_source',
  });
  expect(await readdir(join(app.config.dataDir, 'segments', 'incoming'))).toEqual([]);
});

test('an upload that breaks off registers nothing and can be repeated', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from(`${squid(50)}\n`.repeat(20_000));
      throw new Error('the line went dead');
    })(),
  );
  await expect(ingestFile(app, east, { source: 'proxy-1', format: 'squid' }, broken)).rejects.toThrow(
    'went dead',
  );
  expect(await readdir(join(app.config.dataDir, 'segments', 'incoming'))).toEqual([]);
  const whole = await ingest(east, 'proxy-1', 'squid', Buffer.from(`${squid(50)}\n`.repeat(20_000)));
  expect(whole).toMatchObject({ records: 20_000, already: false });
});

test('sweeps away what killed uploads left, and nothing younger', async () => {
  const dir = join(app.config.dataDir, 'segments', 'incoming');
  for (const [name, day] of [
    ['old.jds', '2026-11-19'],
    ['young.jds', '2026-11-22'],
  ] as const) {
    await writeFile(join(dir, name), 'x');
    await utimes(join(dir, name), new Date(day), new Date(day));
  }
  await fire(app, 'logs.sweep-incoming');
  expect(await readdir(dir)).toEqual(['young.jds']);
  await rm(join(dir, 'young.jds'));
});

test('asks again for the index of a segment whose job was lost', async () => {
  const reply = await ingest(east, 'proxy-lost-job', 'squid', Buffer.from(squid(80)));
  await app.ownerPool.query('DELETE FROM graphile_worker._private_jobs');
  await app.advance(11 * 60_000);
  await fire(app, 'logs.index-missed');
  await drain(app);
  const segment = await app.run(east, (ctx) => catalogue.findSegment(ctx, reply.segments[0]!));
  expect(segment?.indexed_at).not.toBeNull();
  await app.setTime('2026-11-22T06:00:00Z');
});

test('keeps GB18030 lines, NUL bytes and overlong lines; counts what was cut', async () => {
  const chinese = Buffer.from([0xb2, 0xa9, 0xb2, 0xca]);
  const body = Buffer.concat([
    chinese,
    Buffer.from('\na\0b\n'),
    Buffer.alloc(70_000, 120),
    Buffer.from('\nend'),
  ]);
  const reply = await ingest(east, 'proxy-odd', 'squid', body, true);
  expect(reply).toMatchObject({ records: 4, cut: 1, bytes: body.length });
  await drain(app);
  const read = (seq: number) => app.run(east, (ctx) => readRecord(ctx, reply.segments[0]!, seq));
  expect(await read(0)).toMatchObject({ raw: '博彩', charset: 'gb18030' });
  expect((await read(1)).raw).toBe('a\0b');
  expect((await read(2)).raw).toHaveLength(65_536);
  await expect(read(4)).rejects.toMatchObject({ code: 'base.not_found' });
});

test('pages through equal times without losing or repeating a row', async () => {
  const line = squid(60, 'paged.example');
  await ingest(east, 'proxy-pages', 'squid', Buffer.from(`${line}\n`.repeat(250)));
  await drain(app);
  const seen = new Set<string>();
  let cursor: string | undefined;
  let pages = 0;
  do {
    const page = await search(east, { source: 'proxy-pages', limit: 60, ...(cursor && { cursor }) });
    for (const row of page.rows) seen.add(`${row.segment}:${row.seq}`);
    cursor = page.cursor ?? undefined;
    pages += 1;
  } while (cursor);
  expect([seen.size, pages]).toEqual([250, 5]);
  await expect(search(east, { cursor: 'x' })).rejects.toMatchObject({ code: 'logs.bad_cursor' });
});

test('links every segment to the one before, and names a segment that was changed on disk', async () => {
  const reply = await ingest(east, 'proxy-chain', 'squid', Buffer.from(squid(70)));
  const { rows } = await app.ownerPool.query('SELECT * FROM logs.segment ORDER BY chain_seq');
  rows.forEach((row, i) => {
    expect(row.chain_seq).toBe(i + 1);
    expect(row.prev_link).toBe(i === 0 ? '0'.repeat(64) : rows[i - 1].link);
  });
  const check = () => app.run(east, (ctx) => checkSegment(ctx, reply.segments[0]!));
  expect(await check()).toMatchObject({ intact: true, problem: null });
  const segment = await app.run(east, (ctx) => catalogue.findSegment(ctx, reply.segments[0]!));
  const path = join(app.config.dataDir, 'segments', segment!.file);
  const bytes = await readFile(path);
  bytes[20]! ^= 1;
  await writeFile(path, bytes);
  expect(await check()).toMatchObject({ intact: false, problem: expect.stringContaining('damaged') });
  await expect(app.run(east, (ctx) => readRecord(ctx, segment!.id, 0))).rejects.toMatchObject({
    code: 'logs.segment_damaged',
  });
});

test('does not let the application change what was sealed', async () => {
  const change = app.run(systemActor('test'), async (ctx) => {
    const { sql } = await import('kysely');
    await sql`UPDATE logs.segment SET sha256 = 'x'`.execute(ctx.db);
  });
  await expect(change).rejects.toMatchObject({ code: '42501' });
});

test('refuses a source with a wrong zone, a taken sender, or under a unit out of reach', async () => {
  const base = {
    format: 'squid' as const,
    realm: 'main',
    zone: 'Asia/Shanghai',
    toleranceSeconds: 2,
    senders: ['192.0.2.200'],
  };
  await app.run(east, (ctx) => registerSource(ctx, { ...base, name: 'gate-1' }));
  const again = (change: object) =>
    app.run(west, (ctx) => registerSource(ctx, { ...base, name: 'gate-2', ...change }));
  await expect(again({})).rejects.toMatchObject({ code: 'logs.sender_taken' });
  await expect(again({ zone: 'CST' })).rejects.toMatchObject({ code: 'logs.unknown_zone' });
  await expect(again({ unitCode: 'east', senders: [] })).rejects.toMatchObject({ code: 'base.not_found' });
  await expect(again({ unitCode: 'city', senders: [] })).rejects.toMatchObject({ code: 'base.not_found' });
});
