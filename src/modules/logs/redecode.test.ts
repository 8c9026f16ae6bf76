import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { changeSource } from './change-source.ts';
import { ingestFile } from './ingest-file.ts';
import { logs } from './module.ts';
import { segmentsDir } from './places.ts';
import { listUnparsable } from './read-record.ts';
import { previewTemplate, readTemplate, saveTemplate } from './read-template.ts';
import { startRedecode } from './redecode.ts';
import { registerSource } from './register-source.ts';
import { findLeases } from './search/find-leases.ts';
import * as catalogue from './store/catalogue.ts';
import * as redecodes from './store/redecodes.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
let number = 0;
const east: Actor = actorAt('city.east', ['logs.ingest', 'logs.read', 'logs.sources']);
const west: Actor = actorAt('city.west', ['logs.ingest', 'logs.read', 'logs.sources']);

// The clock stands far ahead of the real one: a job that is asked for later must not be due at once.
beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-redecode-'));
  store = await spawnLogstore(storeDir);
  await migrateLogstore(store.connect(), 'migrations/clickhouse');
  app = await testApp([logs], { logstore: store.connect(), now: '2099-11-22T06:00:00Z' });
  await buildCity(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});
beforeEach(() => {
  number += 1;
});

/** Each test has a source and an address of its own. */
const name = () => `redecode-${number}`;
const ip = () => `192.0.2.${number}`;

type Format = 'template' | 'dnsmasq' | 'mikrotik';
const register = (format: Format, zone = 'Asia/Shanghai') =>
  app.run(east, (ctx) =>
    registerSource(ctx, {
      name: name(),
      format,
      realm: 'main',
      zone,
      toleranceSeconds: 2,
      senders: [],
    } as never),
  );

async function take(format: Format, ...lines: string[]): Promise<number> {
  const reply = await ingestFile(
    app,
    east,
    { source: name(), format, anyway: true },
    Readable.from([Buffer.from(lines.join('\n'))]),
  );
  await drain(app);
  return reply.segments[0]!;
}

const grant = (clock: string, mac: string) => `${clock} grant ${ip()} to ${mac}`;
const pattern = { row: 'lease' as const, pattern: '{time:%F %T} grant {ip} to {mac}' };

/** What a trace would see: leases of the address by any time. */
async function leases() {
  const window = { from: new Date('2099-11-21T00:00:00Z'), to: new Date('2099-11-23T00:00:00Z') };
  const found = await app.run(east, (ctx) => findLeases(ctx, { realm: 'main', ip: ip(), ...window }));
  return found.map(({ at, mac }) => `${at.toISOString().slice(11, 19)} ${mac}`);
}

const stored = async () => {
  const rows = await app.logstore.query<{ dec: string; n: string }>(
    `SELECT dec, count() AS n FROM jiaodun_logs.lease WHERE ip = toIPv6({ip:String}) GROUP BY dec ORDER BY dec`,
    { ip: `::ffff:${ip()}` },
  );
  return rows.map((row) => `${row.dec}: ${row.n}`);
};
const runOf = (id: number) => app.run(east, (ctx) => redecodes.findRun(ctx, id));
const segmentOf = (id: number) => app.run(east, (ctx) => catalogue.findSegment(ctx, id));

async function finish(runId: number, look: () => Promise<void> = async () => {}) {
  for (let i = 0; i < 20; i += 1) {
    await drain(app);
    await look();
    if ((await runOf(runId))!.state !== 'running') return;
    await app.advance(46_000);
  }
  throw new Error('the run does not end');
}

test('reads unread lines by a template that was written for them, and never shows a line twice or not at all', async () => {
  const source = await register('template');
  const segment = await take(
    'template',
    grant('2099-11-22 13:00:00', '00:01:02:03:04:05'),
    'noise',
    grant('2099-11-22 13:00:09', '0001.0203.0406'),
  );
  expect(await segmentOf(segment)).toMatchObject({ parsed: 0, unparsable: 3, decoder: 'template/0' });
  const saved = await app.run(east, (ctx) => saveTemplate(ctx, source.id, [pattern]));
  expect(saved).toMatchObject({ version: 1 });
  const unread = await app.run(east, (ctx) => listUnparsable(ctx, source.id, 10));
  expect(unread.items.map((item) => item.raw)).toEqual(['noise']);
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, true));
  await finish(run.id);
  expect(await leases()).toEqual(['05:00:00 00:01:02:03:04:05', '05:00:09 00:01:02:03:04:06']);
  expect(await segmentOf(segment)).toMatchObject({
    parsed: 2,
    unparsable: 1,
    decoder: `template/1#${run.id}`,
  });
  expect(await runOf(run.id)).toMatchObject({
    state: 'done',
    segments_done: 1,
    unparsable_before: 3,
    unparsable_after: 1,
  });
  // Another version: from here on there are old rows to be replaced.
  await app.run(east, (ctx) => saveTemplate(ctx, source.id, [pattern]));
  const second = await app.run(east, (ctx) => startRedecode(ctx, source.id, false));
  await finish(second.id, async () => {
    expect(await leases()).toEqual(['05:00:00 00:01:02:03:04:05', '05:00:09 00:01:02:03:04:06']);
  });
  expect(await stored()).toEqual([`template/2#${second.id}: 2`]);
});

test('a corrected zone moves the rows and where the source was heard, in all segments', async () => {
  const source = await register('template', 'UTC');
  await app.run(east, (ctx) => saveTemplate(ctx, source.id, [pattern]));
  const first = await take('template', grant('2099-11-22 13:00:00', '00:01:02:03:04:05'));
  const second = await take('template', grant('2099-11-22 13:05:00', '00:01:02:03:04:05'));
  expect(await leases()).toEqual(['13:00:00 00:01:02:03:04:05', '13:05:00 00:01:02:03:04:05']);
  await app.run(east, (ctx) => changeSource(ctx, source.id, { zone: 'Asia/Shanghai' } as never));
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, false));
  const seen = new Set<string>();
  await finish(run.id, async () => {
    seen.add((await leases()).join());
  });
  expect([...seen]).toEqual([
    '13:00:00 00:01:02:03:04:05,13:05:00 00:01:02:03:04:05',
    '05:00:00 00:01:02:03:04:05,05:05:00 00:01:02:03:04:05',
  ]);
  expect(await stored()).toEqual([`template/1#${run.id}: 2`]);
  for (const id of [first, second])
    expect(await segmentOf(id)).toMatchObject({ decoder: `template/1#${run.id}` });
  const heard = await app.logstore.query<{ minute: number }>(
    'SELECT DISTINCT minute FROM jiaodun_logs.presence WHERE src = {src:UInt32} ORDER BY minute',
    { src: source.id },
  );
  const base = Date.UTC(2099, 10, 22, 5) / 60_000;
  expect(heard.map((row) => row.minute)).toEqual([base, base + 5]);
});

test('goes on after it was killed between writing and showing, without doubling', async () => {
  const source = await register('dnsmasq');
  const segment = await take(
    'dnsmasq',
    `Nov 22 13:00:00 dnsmasq-dhcp[9]: DHCPACK(br0) ${ip()} 00:01:02:03:04:05`,
  );
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, false));
  await drain(app);
  await app.advance(91_000);
  // Killed: the rows are written, the commit that would show them fails.
  await app.ownerPool.query(
    `ALTER TABLE logs.redecode ADD CONSTRAINT killed CHECK (id <> ${run.id} OR done_to = 0)`,
  );
  await expect(drain(app)).rejects.toThrow('killed');
  expect(await stored()).toEqual([`dnsmasq/2: 1`, `dnsmasq/2#${run.id}: 1`]);
  expect(await leases()).toHaveLength(1);
  await app.ownerPool.query('ALTER TABLE logs.redecode DROP CONSTRAINT killed');
  await app.ownerPool.query('DELETE FROM graphile_worker._private_jobs');
  await fire(app, 'logs.resume-redecodes');
  await finish(run.id);
  expect(await stored()).toEqual([`dnsmasq/2#${run.id}: 1`]);
  expect(await segmentOf(segment)).toMatchObject({ parsed: 1, decoder: `dnsmasq/2#${run.id}` });
});

test('is woken again when its step came before the one before had let go of the run', async () => {
  const source = await register('dnsmasq');
  await take('dnsmasq', `Nov 22 13:00:00 dnsmasq-dhcp[9]: DHCPACK(br0) ${ip()} 00:01:02:03:04:05`);
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, false));
  await app.run(east, async (ctx) => {
    expect(await redecodes.claimRun(ctx, run.id)).toBe(true);
    await drain(app);
  });
  await app.advance(1000);
  await finish(run.id);
});

test('a missing segment keeps its rows and is told; the others are read', async () => {
  const source = await register('dnsmasq');
  const lost = await take(
    'dnsmasq',
    `Nov 22 13:00:00 dnsmasq-dhcp[9]: DHCPACK(br0) ${ip()} 00:01:02:03:04:05`,
  );
  const kept = await take(
    'dnsmasq',
    `Nov 22 13:01:00 dnsmasq-dhcp[9]: DHCPACK(br0) ${ip()} 00:01:02:03:04:06`,
  );
  await rm(join(segmentsDir(app), (await segmentOf(lost))!.file));
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, false));
  await finish(run.id);
  expect(await runOf(run.id)).toMatchObject({
    state: 'done',
    problem: expect.stringContaining(`segment ${lost}`),
  });
  expect(await stored()).toEqual(['dnsmasq/2: 1', `dnsmasq/2#${run.id}: 1`]);
  expect((await segmentOf(lost))!.decoder).toBe('dnsmasq/2');
  expect((await segmentOf(kept))!.decoder).toBe(`dnsmasq/2#${run.id}`);
  expect(await leases()).toHaveLength(2);
});

test('a format that changes meanwhile ends the run, and the source is read once more as it is now', async () => {
  const source = await register('template');
  await app.run(east, (ctx) => saveTemplate(ctx, source.id, [pattern]));
  await take('template', grant('2099-11-22 13:00:00', '00:01:02:03:04:05'));
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, false));
  await drain(app);
  await app.ownerPool.query(`UPDATE logs.redecode SET decoder = 'template/77' WHERE id = $1`, [run.id]);
  await finish(run.id);
  expect(await runOf(run.id)).toMatchObject({ state: 'superseded' });
  const next = await app.run(east, (ctx) => redecodes.lastRun(ctx, source.id));
  await finish(next!.id);
  expect(await stored()).toEqual([`template/1#${next!.id}: 1`]);
});

test('an ordered reader begins its memory anew and carries it over the segments of the run', async () => {
  const source = await register('mikrotik');
  const line = `Nov 22 13:00:00 gw forward: in:a out:b, connection-state:new,snat proto TCP (SYN), ${ip()}:1024->198.51.100.37:443, NAT (${ip()}:1024->203.0.113.10:61001)->198.51.100.37:443, len 60`;
  await take('mikrotik', line.slice(0, 130));
  const second = await take('mikrotik', `Nov 22 13:00:00 gw forward: ${line.slice(130)}`);
  expect(await segmentOf(second)).toMatchObject({ parsed: 1, unparsable: 0 });
  const run = await app.run(east, (ctx) => startRedecode(ctx, source.id, true));
  expect(run.only_unread).toBe(false);
  await finish(run.id);
  expect(await segmentOf(second)).toMatchObject({
    parsed: 1,
    unparsable: 0,
    decoder: `mikrotik/2#${run.id}`,
  });
});

test('refuses a second run, a source without lines, one out of reach, and a pattern for another format', async () => {
  const source = await register('dnsmasq');
  const start = (actor: Actor, id = source.id) => app.run(actor, (ctx) => startRedecode(ctx, id, false));
  await expect(start(east)).rejects.toMatchObject({ code: 'logs.nothing_to_redecode' });
  await take('dnsmasq', 'x');
  await expect(start(west)).rejects.toMatchObject({ code: 'base.not_found' });
  await expect(app.run(west, (ctx) => readTemplate(ctx, source.id))).rejects.toMatchObject({
    code: 'base.not_found',
  });
  await expect(app.run(east, (ctx) => saveTemplate(ctx, source.id, [pattern]))).rejects.toMatchObject({
    code: 'logs.no_template_format',
  });
  const run = await start(east);
  await expect(start(east)).rejects.toMatchObject({ code: 'logs.redecode_running' });
  await finish(run.id);
});

test('previews patterns on pasted lines, in characters as they are shown', async () => {
  const source = await register('template');
  const sample = '用户 张三 192.0.2.7\n用户 张三 nowhere\r\n\n用户 李 四 192.0.2.8';
  const patterns = [
    { row: 'other' as const, pattern: '用户 {user} {cli}' },
    { row: 'nat' as const, pattern: '{pubip' },
  ];
  const preview = await app.run(east, (ctx) => previewTemplate(ctx, source.id, { patterns, sample }));
  expect(preview.faults).toMatchObject([null, { column: 1, en: expect.stringContaining('not closed') }]);
  expect(preview.lines).toMatchObject([
    { pattern: 1, fields: { user: '张三', cli: '192.0.2.7' } },
    { pattern: null, misfit: { column: 7, en: expect.stringContaining('cli') } },
    { pattern: null, misfit: { column: 6 } },
  ]);
  await expect(app.run(east, (ctx) => saveTemplate(ctx, source.id, patterns))).rejects.toMatchObject({
    code: 'logs.template_invalid',
    details: { pattern: 2, column: 1 },
  });
});
