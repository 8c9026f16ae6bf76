/** Reading the logs through the front door: reasons, streams, cancels, names that two people unseal, bags, live lines. */
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { loadOrCreateKeys, verifyBag } from '#evidence';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';
import { Collector } from './receive/collector.ts';
import { askStore, countInStore } from './store/ask-store.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
let server: FastifyInstance;
let address = '';
let people: Record<string, SignedIn>;
let segment = 0;

const window = 'from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z';
const squid = (i: number, user: string) =>
  `${1795327000 + i}.000 10 192.0.2.${i} 4000 198.51.100.7 443 TCP_TUNNEL/200 10 20 CONNECT www.example:443 ${user} - ${i}`;
const dhcp = `Nov 22 13:00:00 gw dnsmasq-dhcp[9]: DHCPACK(br0) 192.0.2.9 00:00:5e:00:53:09 WangWu-Laptop`;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-reading-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp(modules, {
    logstore: client,
    now: '2026-11-22T06:00:00Z',
    config: { syslogHost: '127.0.0.1', syslogUdpPort: 20514, syslogTcpPort: 0, netflowPort: 0 },
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'officer', unitCode: 'east', role: 'county_officer' },
    { username: 'second', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
  ]);
  address = await server.listen({ host: '127.0.0.1', port: 0 });
  const lines = Buffer.from([squid(1, 'ZhangSan'), squid(2, 'lisi'), squid(3, '-')].join('\n'));
  const reply = await call(
    server,
    people.teacher!,
    'POST',
    '/api/logs/ingest?source=proxy&format=squid',
    lines,
  );
  expect([reply.status, reply.body]).toMatchObject([200, { records: 3 }]);
  segment = reply.body.segments[0];
  await call(
    server,
    people.teacher!,
    'POST',
    '/api/logs/ingest?source=dhcp&format=dnsmasq',
    Buffer.from(dhcp),
  );
  await drain(app);
}, 90_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const get = (who: string, url: string) => call(server, people[who]!, 'GET', url);
const post = (who: string, url: string, body: unknown = {}) => call(server, people[who]!, 'POST', url, body);
const audited = async (action: string) =>
  (
    await app.ownerPool.query('SELECT after FROM audit.entry WHERE action = $1 ORDER BY id', [action])
  ).rows.map(({ after }) => after);

test('nobody reads without saying why; a school chooses from a list for its own sources only', async () => {
  const search = `/api/logs/search?${window}`;
  expect((await get('teacher', search)).body).toMatchObject({ code: 'logs.reason_needed' });
  expect((await get('officer', search)).body).toMatchObject({ code: 'logs.reason_needed' });
  expect((await get('officer', `${search}&purpose=check`)).body).toMatchObject({
    code: 'logs.purpose_not_enough',
  });
  expect((await post('officer', '/api/logs/reading', { purpose: 'check' })).status).toBe(422);
  expect((await get('teacher', `${search}&purpose=check`)).body.rows).toHaveLength(4);
  expect((await get('officer', `${search}&caseNo=A-1`)).body.rows).toHaveLength(4);
  // The session remembers; the raw line, too, is read for the case.
  expect((await get('officer', search)).status).toBe(200);
  expect((await get('officer', '/api/logs/reading')).body).toMatchObject({
    reading: { caseNo: 'A-1' },
    ownSchool: false,
  });
  expect((await get('teacher', '/api/logs/reading')).body).toMatchObject({
    reading: { purpose: 'check' },
    ownSchool: true,
  });
  expect((await audited('logs.search')).at(-1)).toMatchObject({ caseNo: 'A-1', reason: null, rows: 4 });
  expect((await get('second', `/api/logs/segments/${segment}/records/0`)).body.code).toBe(
    'logs.reason_needed',
  );
  await app.advance(13 * 3_600_000);
  expect((await get('west', search)).status).not.toBe(200);
  await app.setTime('2026-11-22T06:00:00Z');
});

/** The events of a stream, until it ends. */
async function eventsOf(who: string, url: string, signal?: AbortSignal) {
  const response = await fetch(`${address}${url}`, {
    headers: { cookie: people[who]!.cookie },
    ...(signal && { signal }),
  });
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((one) => one.startsWith('event:'))
    .map((one) => ({
      event: /^event: (\w+)/.exec(one)![1],
      data: JSON.parse(/data: (.*)$/m.exec(one)![1]!),
    }));
}

test('a streamed search tells rows as they are found, and its end', async () => {
  const events = await eventsOf('officer', `/api/logs/search/stream?${window}&caseNo=A-2`);
  expect(events.at(-1)).toMatchObject({ event: 'end', data: { cursor: null } });
  expect(events.filter(({ event }) => event === 'rows').flatMap(({ data }) => data.rows)).toHaveLength(4);
  const wrong = await fetch(`${address}/api/logs/search/stream?${window}&q=colour:red&caseNo=A-2`, {
    headers: { cookie: people.officer!.cookie },
  });
  expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([400, 'logs.query_field']);
  expect((await audited('logs.search_end')).at(-1)).toEqual({ rows: 4, end: 'done' });
});

const running = async (mark: string) =>
  (
    await app.logstore.query<{ query: string }>(
      `SELECT query FROM system.processes WHERE query LIKE {mark:String} AND query NOT LIKE '%system.processes%'`,
      { mark: `%${mark}%` },
    )
  ).length;
const until = (check: () => Promise<boolean>) =>
  vi.waitFor(async () => expect(await check()).toBe(true), { timeout: 20_000, interval: 50 });
const slow = (mark: string) => ({
  sql: `SELECT count() AS n, '${mark}' AS mark FROM numbers(1000) WHERE sleepEachRow(0.05) = 0 SETTINGS max_block_size = 5, function_sleep_max_microseconds_per_block = 60000000`,
  params: {},
});

test('whoever leaves ends the query in the store', async () => {
  const leave = new AbortController();
  const asked = countInStore(app, { ...slow('leaver'), signal: leave.signal });
  const left = expect(asked).rejects.toMatchObject({ code: 'logs.search_stopped' });
  await until(async () => (await running('leaver')) === 1);
  leave.abort();
  await left;
  await until(async () => (await running('leaver')) === 0);
});

test('a browser that leaves a streamed search ends it, and the audit log says so', async () => {
  const busy = new AbortController();
  // Both places where the store reads are taken, so that the search waits.
  const filling = ['one', 'two'].map((mark) => askStore(app, { ...slow(mark), signal: busy.signal }));
  const ends = filling.map((one) => expect(one).rejects.toMatchObject({ code: 'logs.search_stopped' }));
  await until(async () => (await audited('logs.search_end')).at(-1)?.end === 'done');
  const leave = new AbortController();
  const response = await fetch(`${address}/api/logs/search/stream?${window}&caseNo=A-2`, {
    headers: { cookie: people.officer!.cookie },
    signal: leave.signal,
  });
  expect(response.status).toBe(200);
  leave.abort();
  await until(async () => (await audited('logs.search_end')).at(-1)?.end === 'left');
  busy.abort();
  await Promise.all(ends);
});

test('a query beyond the limits is stopped and told how to narrow', async () => {
  const sql = 'SELECT groupArray(toString(number)) AS all FROM numbers(100000000)';
  await expect(askStore(app, { sql, params: {} })).rejects.toMatchObject({
    code: 'logs.search_too_large',
    details: { limit: '512 MiB' },
  });
});

test('two who count much hold up neither the indexer nor a first page', async () => {
  const leave = new AbortController();
  const heavy = [1, 2].map(() => countInStore(app, { ...slow('heavy'), signal: leave.signal }));
  const ends = heavy.map((one) => expect(one).rejects.toMatchObject({ code: 'logs.search_stopped' }));
  await until(async () => (await running('heavy')) === 1);
  const body = Buffer.from(squid(9, 'late'));
  await call(server, people.teacher!, 'POST', '/api/logs/ingest?source=proxy&format=squid', body);
  await drain(app);
  expect((await get('officer', `/api/logs/search?${window}&user=late`)).body.rows).toHaveLength(1);
  expect(await running('heavy')).toBe(1);
  leave.abort();
  await Promise.all(ends);
});

test('a raw line shows tokens; one asks, another agrees, and every look at the name is kept', async () => {
  const line = `/api/logs/segments/${segment}/records/0`;
  const { body } = await get('officer', line);
  expect(body.raw).not.toMatch(/zhangsan/i);
  expect(body.names).toEqual([{ kind: 'user', token: expect.stringMatching(/^2611-/) }]);
  expect(body.raw).toContain(`‹${body.names[0].token}›`);
  const [{ token }] = body.names;
  const ask = { token, caseNo: 'A-3', reason: '核查举报' };
  expect(
    (await post('officer', `${line}/reveals`, { ...ask, token: '2611-0000000000000000' })).body.code,
  ).toBe('logs.no_name');
  const request = await post('officer', `${line}/reveals`, ask);
  expect(request.body).toMatchObject({ state: 'requested', field: 'user', token, source: 'proxy' });
  expect((await post('officer', `${line}/reveals`, ask)).body.id).toBe(request.body.id);
  const one = `/api/logs/reveals/${request.body.id}`;
  expect((await post('officer', `${one}/open`)).body.code).toBe('logs.not_approved');
  expect((await post('officer', `${one}/decision`, { approve: true })).body.code).toBe('logs.own_request');
  expect((await post('west', `${one}/decision`, { approve: true })).status).toBe(404);
  expect((await post('teacher', `${one}/decision`, { approve: true })).status).toBe(403);
  expect((await post('second', `${one}/decision`, { approve: true })).body.state).toBe('approved');
  expect((await post('second', `${one}/decision`, { approve: false })).body.code).toBe(
    'logs.already_decided',
  );
  expect((await post('second', `${one}/open`)).body.code).toBe('logs.not_approved');
  expect((await post('officer', `${one}/open`)).body).toMatchObject({ name: 'ZhangSan', token });
  expect((await app.ownerPool.query('SELECT count(*)::int AS n FROM logs.opening')).rows[0].n).toBe(1);
  expect((await audited('logs.reveal_open')).at(-1)).toMatchObject({ token });
  await app.advance(25 * 3_600_000);
  const again = await call(server, people.officer!, 'POST', `${one}/open`, {});
  expect(again.status).not.toBe(200);
  await app.setTime('2026-11-22T06:00:00Z');
  await expect(
    app.ownerPool.query(
      `UPDATE logs.reveal SET decision = 'refused', decided_by = requested_by, decided_at = base.now()`,
    ),
  ).rejects.toThrow();
});

test('a device name in a lease is a token in rows and in the raw line', async () => {
  const { body } = await get('officer', `/api/logs/search?${window}&kind=lease&caseNo=A-3`);
  const [row] = body.rows;
  expect(row.fields.device).toMatch(/^2611-/);
  const raw = (await get('officer', `/api/logs/segments/${row.segment}/records/${row.seq}`)).body;
  expect(raw.raw).toContain(`‹${row.fields.device}›`);
  expect(raw.raw).not.toContain('WangWu');
});

test('lines that nobody reads are shown for a reason, masked as far as can be, and sound an alarm until better ones come', async () => {
  const unread = Array.from({ length: 40 }, (_, i) => `vpnd[1]: user=zhangsan${i} 用户：李四 connected`).join(
    '\n',
  );
  const take = async (lines: string, more = '') =>
    (
      await call(
        server,
        people.teacher!,
        'POST',
        `/api/logs/ingest?source=vpn&format=squid${more}`,
        Buffer.from(lines),
      )
    ).body;
  expect(await take(unread)).toMatchObject({ code: 'logs.lines_unknown', details: { lines: 40 } });
  const { source } = await take(unread, '&anyway=true');
  await drain(app);
  const list = `/api/logs/sources/${source}/unparsable`;
  expect((await get('west', `${list}?caseNo=A-9`)).status).toBe(404);
  expect((await get('second', list)).body.code).toBe('logs.reason_needed');
  const { body } = await get('second', `${list}?caseNo=A-9`);
  expect(body).toMatchObject({ total: 40 });
  expect(JSON.stringify(body)).not.toMatch(/zhangsan|李四/);
  expect(body.items[0].raw).toMatch(/^vpnd\[1\]: user=‹2611-.*› 用户：‹2611-.*› connected$/);
  expect((await audited('logs.read_unparsable')).at(-1)).toMatchObject({ caseNo: 'A-9', lines: 40 });

  const alarms = async () => {
    await fire(app, 'logs.watch-sources');
    const { items } = (await get('teacher', `/api/logs/alarms?sourceId=${source}&open=true`)).body;
    return items.map(({ kind, words }: { kind: string; words: { en: string } }) => [kind, words.en]);
  };
  expect(await alarms()).toEqual([
    ['unparsable', '40 lines of the files last taken for the log source vpn could not be read (100 %)'],
  ]);
  expect(await alarms()).toHaveLength(1);
  await take(Array.from({ length: 2000 }, (_, i) => squid(i % 200, '-')).join('\n'));
  await drain(app);
  expect(await alarms()).toEqual([]);
});

test('a result leaves as a sealed bag; with the names open two people are needed', async () => {
  const query = { from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z', source: 'proxy' };
  const ask = { query, caseNo: 'A-4', reason: '移交公安' };
  const sealed = await post('officer', '/api/logs/exports', ask);
  expect(sealed.body).toMatchObject({ state: 'queued', names: 'sealed' });
  await drain(app);
  const file = await get('officer', `/api/logs/exports/${sealed.body.id}/file`);
  expect(file.status).toBe(200);
  const path = join(storeDir, 'bag.zip');
  await writeFile(path, file.body);
  const { publicPem } = await loadOrCreateKeys(join(app.config.dataDir, 'keys'));
  expect(await verifyBag(path, publicPem)).toMatchObject({ result: 'pass' });
  const content = (file.body as Buffer).toString('utf8');
  expect(content).not.toMatch(/zhangsan|lisi/i);
  expect(content).toMatch(/"sha256":"[0-9a-f]{64}"/);
  expect((await get('west', `/api/logs/exports/${sealed.body.id}/file`)).status).toBe(404);

  const open = await post('officer', '/api/logs/exports', { ...ask, names: 'open' });
  expect(open.body.state).toBe('waiting');
  await drain(app);
  const one = `/api/logs/exports/${open.body.id}`;
  expect((await get('officer', `${one}/file`)).body.code).toBe('logs.export_not_ready');
  expect((await post('officer', `${one}/decision`, { approve: true })).body.code).toBe('logs.own_request');
  expect((await post('second', `${one}/decision`, { approve: true })).body.state).toBe('queued');
  await drain(app);
  expect(((await get('officer', `${one}/file`)).body as Buffer).toString('utf8')).toContain('ZhangSan');
  expect((await get('officer', '/api/logs/exports')).body.items).toMatchObject([
    { state: 'ready', names: 'open', rows: 4 },
    { state: 'ready', names: 'sealed', cut: null },
  ]);
});

test('lines are seen as they arrive, with tokens for names, by those who may see the source', async () => {
  await post('teacher', '/api/logs/sources', {
    name: 'live',
    format: 'squid',
    unitCode: 'east-1',
    senders: ['127.0.0.1'],
  });
  const collector = new Collector(app);
  await collector.start();
  const leave = new AbortController();
  const socket = createSocket('udp4');
  try {
    const [mine, theirs] = await Promise.all(
      ['officer', 'west'].map((who) =>
        fetch(`${address}/api/logs/tail?caseNo=A-5`, {
          headers: { cookie: people[who]!.cookie },
          signal: leave.signal,
        }),
      ),
    );
    const told = { mine: '', theirs: '' };
    const read = async (response: Response, key: 'mine' | 'theirs') => {
      const decoder = new TextDecoder();
      try {
        for await (const piece of response.body!)
          told[key] += decoder.decode(piece as Uint8Array, { stream: true });
      } catch (error) {
        expect((error as Error).name).toBe('AbortError');
      }
    };
    const reading = [read(mine!, 'mine'), read(theirs!, 'theirs')];
    await until(async () => {
      socket.send(squid(7, 'ZhaoLiu'), 20514, '127.0.0.1');
      return told.mine.includes('event: lines');
    });
    expect(told.mine).toContain('192.0.2.7');
    expect(told.mine).not.toContain('ZhaoLiu');
    expect(told.theirs).toContain('event: open');
    expect(told.theirs).not.toContain('192.0.2.7');
    leave.abort();
    await Promise.all(reading);
    await until(async () => (await audited('logs.tail_end')).length === 2);
    expect((await audited('logs.tail')).at(-1)).toMatchObject({ caseNo: 'A-5' });
  } finally {
    leave.abort();
    socket.close();
    await collector.stop();
  }
}, 30_000);
