import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { repeat } from '#base/timers';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { newSource } from './contract.ts';
import { logs } from './module.ts';
import { segmentsDir, uploadsDir } from './places.ts';
import { registerSource } from './register-source.ts';
import { forEachRecord } from './segments/record-stream.ts';
import { readFrames } from './segments/segment-file.ts';
import * as catalogue from './store/catalogue.ts';
import { takeUploadJob } from './take-upload.ts';

let app: TestApp;
let server: FastifyInstance;
let url = '';
const people: Record<string, Actor> = {
  east: actorAt('city.east', ['logs.read', 'logs.ingest', 'logs.sources']),
  colleague: { ...actorAt('city.east', ['logs.read', 'logs.ingest']), id: 'colleague' },
  west: actorAt('city.west', ['logs.read', 'logs.ingest', 'logs.sources']),
  reader: actorAt('city.east', ['logs.read']),
};

beforeAll(async () => {
  app = await testApp([logs], { now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  for (const [name, format] of [
    ['gate', 'dnsmasq'],
    ['flows', 'netflow'],
  ] as const)
    await app.run(people.east!, (ctx) => registerSource(ctx, newSource.parse({ name, format })));
  server = buildServer(
    app,
    async (_app, request) => people[String(request.headers.authorization).slice(7)] ?? null,
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  // Uploads that were refused half-way leave connections that would be kept for 72 s.
  server?.server.closeAllConnections();
  await server?.close();
  await app?.close();
});

const send = (
  who: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
) =>
  fetch(path.startsWith('http') ? path : url + path, {
    method,
    headers: { authorization: `Bearer ${who}`, 'tus-resumable': '1.0.0', ...headers },
    ...(body && { body: new Uint8Array(body) }),
  });

const meta = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** Begins one; answers its path. */
async function begin(length: number, values: Record<string, string> = {}, who = 'east'): Promise<string> {
  const reply = await send(who, 'POST', '/api/logs/uploads', {
    'upload-length': String(length),
    // What is in these files is nobody's business here.
    'upload-metadata': meta({ source: 'gate', filename: 'gate.log', anyway: 'true', ...values }),
  });
  expect(reply.status).toBe(201);
  return reply.headers.get('location')!;
}

const piece = (path: string, offset: number, body: Buffer, who = 'east') =>
  send(
    who,
    'PATCH',
    path,
    {
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(offset),
    },
    body,
  );

const state = async (path: string, who = 'east') => (await send(who, 'GET', path)).json();

/** What the segments of an upload hold, as one text. */
async function contentOf(ids: readonly number[]): Promise<string> {
  const lines: string[] = [];
  for (const id of ids) {
    const segment = await app.run(systemActor('test'), (ctx) => catalogue.findSegment(ctx, id));
    for await (const { stream } of readFrames(join(segmentsDir(app), segment!.file)))
      forEachRecord(stream, ({ bytes }) => lines.push(bytes.toString()));
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Only the job of uploads: nothing here has a log store to index into. */
const take = async (path: string) => takeUploadJob.run(app, { id: path.split('/').at(-1)! });

const text = (lines: number, mark: string) =>
  Array.from({ length: lines }, (_, i) => `${mark} line ${i}\n`).join('');

test('a file in pieces: creation, offsets, HEAD, and what came of it', async () => {
  const content = Buffer.from(text(1000, 'pieces'));
  const path = await begin(content.length, { sha256: createHash('sha256').update(content).digest('hex') });
  const head = async () => (await send('east', 'HEAD', path)).headers;
  expect((await head()).get('upload-offset')).toBe('0');
  expect((await head()).get('tus-resumable')).toBe('1.0.0');
  expect((await head()).get('cache-control')).toContain('no-store');
  const first = await piece(path, 0, content.subarray(0, 5000));
  expect(first.status).toBe(204);
  expect(first.headers.get('upload-offset')).toBe('5000');
  expect((await head()).get('upload-offset')).toBe('5000');
  expect((await piece(path, 5000, content.subarray(5000))).headers.get('upload-offset')).toBe(
    String(content.length),
  );
  expect(await state(path)).toMatchObject({ state: 'received', by: expect.any(String) });
  await take(path);
  const done = await state(path);
  expect(done).toMatchObject({ state: 'done', result: { records: 1000, cut: 0, already: false } });
  expect(await contentOf(done.result.segments)).toBe(content.toString());
  expect(await readdir(uploadsDir(app))).toEqual([]);
  // Repeating the last piece, whose answer was lost, is no error.
  expect((await piece(path, content.length, Buffer.alloc(0))).status).toBe(204);
});

test('gzip and zstd; the same content is taken once, whatever way it came', async () => {
  const content = text(500, 'packed');
  const results = [];
  for (const body of [gzipSync(content), zstdCompressSync(content), Buffer.from(content)]) {
    const path = await begin(body.length);
    await piece(path, 0, body);
    await take(path);
    results.push((await state(path)).result);
  }
  expect(results).toEqual([
    expect.objectContaining({ records: 500, already: false }),
    expect.objectContaining({ records: 500, already: true }),
    expect.objectContaining({ records: 500, already: true }),
  ]);
});

test('the query says the same as the metadata: for curl', async () => {
  const reply = await send('east', 'POST', '/api/logs/uploads?source=gate&filename=x.log', {
    'upload-length': '4',
  });
  expect(await reply.json()).toMatchObject({
    source: 'gate',
    name: 'x.log',
    state: 'open',
    offset: 0,
    length: 4,
  });
});

test('a mark finds the open upload again; another sender has one of its own', async () => {
  const first = await begin(100, { mark: 'm1' });
  await piece(first, 0, Buffer.alloc(40, 'a'));
  expect(await begin(100, { mark: 'm1' })).toBe(first);
  expect(await begin(100, { mark: 'm1' }, 'colleague')).not.toBe(first);
  // The file changed its length meanwhile: that is another file.
  expect(await begin(101, { mark: 'm1' })).not.toBe(first);
  expect((await send('east', 'HEAD', first)).headers.get('upload-offset')).toBe('40');
});

test('a connection that breaks in the middle: what arrived is kept, and it goes on from there', async () => {
  const content = Buffer.from(text(3000, 'broken'));
  const path = await begin(content.length);
  const { port } = server.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `PATCH ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer east\r\nUpload-Offset: 0\r\n` +
      `Content-Type: application/offset+octet-stream\r\nContent-Length: ${content.length}\r\n\r\n`,
  );
  socket.write(content.subarray(0, 20_000));
  const dir = join(uploadsDir(app), path.split('/').at(-1)!);
  const written = async () => {
    const [name] = await readdir(dir).catch(() => []);
    return name === undefined ? 0 : (await stat(join(dir, name))).size;
  };
  await vi.waitFor(async () => expect(await written()).toBe(20_000), { timeout: 20_000 });
  socket.destroy();
  let offset = 0;
  while (offset === 0) offset = Number((await send('east', 'HEAD', path)).headers.get('upload-offset'));
  expect(offset).toBe(20_000);
  await piece(path, offset, content.subarray(offset));
  await take(path);
  const done = await state(path);
  expect(await contentOf(done.result.segments)).toBe(content.toString());
});

test('two connections at once: one wins, the other is told, and no byte is mixed', async () => {
  const content = Buffer.from(text(4000, 'two at once'));
  const path = await begin(content.length);
  const wrong = Buffer.alloc(content.length, 'x');
  const replies = await Promise.all([piece(path, 0, content), piece(path, 0, wrong)]);
  const codes = replies.map(({ status }) => status).sort();
  expect(codes).toEqual([204, 409]);
  await take(path);
  const { result } = await state(path);
  const kept = await contentOf(result.segments);
  expect([content.toString(), `${'x'.repeat(65_536)}\n`]).toContain(kept);
});

test.each([
  ['an offset beyond what is here', 7, Buffer.from('x'), 409, 'logs.upload_offset'],
  ['more than was announced', 0, Buffer.from('0123456789abc'), 413, 'logs.upload_too_long'],
])('refuses %s and keeps what was there', async (_what, offset, body, status, code) => {
  const path = await begin(10);
  const reply = await piece(path, offset, body);
  expect(reply.status).toBe(status);
  expect(await reply.json()).toMatchObject({ code });
  expect(await state(path)).toMatchObject({ state: 'open', offset: 0 });
});

test('refuses wrong headers in words', async () => {
  const post = async (headers: Record<string, string>) =>
    (
      (await (await send('east', 'POST', '/api/logs/uploads?source=gate', headers)).json()) as {
        code: string;
      }
    ).code;
  expect(await post({})).toBe('logs.upload_length');
  expect(await post({ 'upload-length': '0' })).toBe('logs.upload_length');
  expect(await post({ 'upload-length': '99999999999999' })).toBe('logs.upload_length');
  expect(await post({ 'upload-length': '5', 'upload-metadata': 'source not*base64' })).toBe(
    'logs.upload_metadata',
  );
  expect(await post({ 'upload-length': '5', 'upload-metadata': meta({ filename: 'a\0b' }) })).toBe(
    'logs.upload_metadata',
  );
  expect(await post({ 'upload-length': '5', 'tus-resumable': '0.2' })).toBe('logs.upload_version');
  const other = async (path: string) =>
    (await (await send('east', 'POST', path, { 'upload-length': '5' })).json()).code;
  expect(await other('/api/logs/uploads')).toBe('base.invalid_input');
  expect(await other('/api/logs/uploads?source=nobody')).toBe('logs.unknown_source');
  expect(await other('/api/logs/uploads?source=flows')).toBe('logs.not_lines');
  const path = await begin(5);
  expect((await send('east', 'PATCH', path, { 'upload-offset': '0' }, Buffer.from('12345'))).status).toBe(
    415,
  );
});

test('a content that is not what was announced, damaged or empty is taken in no part, and says why', async () => {
  const cases = [
    [Buffer.from('not this\n'), { sha256: '0'.repeat(64) }, 'logs.upload_differs'],
    [gzipSync('x\n'.repeat(9000)).subarray(0, 30), {}, 'logs.bad_gzip'],
    [gzipSync(''), {}, 'logs.empty_upload'],
  ] as const;
  for (const [body, values, code] of cases) {
    const path = await begin(body.length, values);
    await piece(path, 0, body);
    await take(path);
    expect(await state(path)).toMatchObject({
      state: 'failed',
      result: null,
      problem: { code, zh: expect.stringMatching(/[一-龥]/) },
    });
    expect((await piece(path, body.length, Buffer.alloc(0))).status).toBe(410);
  }
  expect(await readdir(join(segmentsDir(app), 'incoming'))).toEqual([]);
});

test('a file of which nobody can read a line is refused before it is sealed, and says which format fits', async () => {
  const squid = Array.from(
    { length: 300 },
    (_, i) =>
      `${1795327000 + i}.000 10 192.0.2.9 4000 198.51.100.7 443 TCP_TUNNEL/200 10 20 CONNECT www.example:443 - -\n`,
  ).join('');
  const cases = [
    [Buffer.from(squid), 'logs.lines_unread', /300 行.*gate.*dnsmasq.*squid/],
    [gzipSync('A\n'.repeat(400_000)), 'logs.lines_unknown', /1000 行/],
    [randomBytes(300_000), 'logs.lines_unknown', /dnsmasq/],
    [Buffer.alloc(100_000), 'logs.lines_unknown', /1 行/],
    [Buffer.from('\n\n\n'), 'logs.lines_unknown', /3 行/],
  ] as const;
  const sealed = async () =>
    (await app.ownerPool.query('SELECT count(*)::int AS n FROM logs.segment')).rows[0].n;
  const before = await sealed();
  for (const [body, code, words] of cases) {
    const path = await begin(body.length, { anyway: 'false' });
    await piece(path, 0, body);
    await take(path);
    expect(await state(path)).toMatchObject({
      state: 'failed',
      problem: { code, zh: expect.stringMatching(words), en: expect.stringContaining('--anyway') },
    });
  }
  expect([await sealed(), await readdir(join(segmentsDir(app), 'incoming'))]).toEqual([before, []]);
  const whole = await begin(squid.length, { anyway: 'true' });
  await piece(whole, 0, Buffer.from(squid));
  await take(whole);
  expect((await state(whole)).result).toMatchObject({ records: 300, lines: null });
  // One readable line is enough, wherever among the first it stands.
  const mixed = `${'?\n'.repeat(900)}Nov 22 12:00:01 gw dnsmasq[9]: query[A] www.example from 192.0.2.7\n`;
  const some = await begin(mixed.length, { anyway: 'false' });
  await piece(some, 0, Buffer.from(mixed));
  await take(some);
  expect(await state(some)).toMatchObject({ state: 'done', result: { records: 901 } });
});

test('in one request, too; a source that was new then takes the format that fits', async () => {
  const long = Buffer.from(
    '192.0.2.7 - - [22/Nov/2026:12:00:00 +0800] "GET / HTTP/1.1" 200 5\n'.repeat(200_000),
  );
  const ingest = async (format: string, more = '') => {
    const reply = await send(
      'east',
      'POST',
      `/api/logs/ingest?source=fresh&format=${format}${more}`,
      {
        'content-type': 'application/octet-stream',
      },
      long,
    );
    return reply.json();
  };
  expect(await ingest('squid')).toMatchObject({ code: 'logs.lines_unread', details: { best: 'access' } });
  expect(await ingest('access')).toMatchObject({ records: 200_000 });
  // It has logs now: nobody changes their format by the way.
  expect(await ingest('squid', '&anyway=true')).toMatchObject({ code: 'logs.format_differs' });
});

test('an upload is its sender’s own; a county knows nothing of another’s; readers may not', async () => {
  const path = await begin(10);
  for (const who of ['colleague', 'west']) {
    expect((await send(who, 'GET', path)).status).toBe(404);
    expect((await piece(path, 0, Buffer.from('0123456789'), who)).status).toBe(404);
  }
  expect((await send('reader', 'GET', path)).status).toBe(403);
  const list = async (who: string) => (await (await send(who, 'GET', '/api/logs/uploads')).json()).total;
  expect(await list('east')).toBeGreaterThan(0);
  expect(await list('west')).toBe(0);
});

test('an abandoned upload expires after seven days and its bytes go; a received one is taken all the same', async () => {
  const open = await begin(10);
  await piece(open, 0, Buffer.from('01234'));
  const late = await begin(6);
  await piece(late, 0, Buffer.from('late!\n'));
  await app.ownerPool.query('DELETE FROM graphile_worker._private_jobs');
  await app.advance(6 * 86_400_000);
  await fire(app, 'logs.sweep-uploads');
  expect(await state(open)).toMatchObject({ state: 'open' });
  const jobs = await app.ownerPool.query('SELECT task_identifier FROM graphile_worker.jobs');
  expect(jobs.rows).toEqual([{ task_identifier: 'logs.take-upload' }]);
  await take(late);
  expect(await state(late)).toMatchObject({ state: 'done' });
  await app.ownerPool.query('DELETE FROM graphile_worker._private_jobs');
  await app.advance(2 * 86_400_000);
  await fire(app, 'logs.sweep-uploads');
  expect(await state(open)).toMatchObject({ state: 'expired' });
  expect((await piece(open, 5, Buffer.from('56789'))).status).toBe(410);
  expect(await stat(join(uploadsDir(app), open.split('/').at(-1)!)).catch(() => 'gone')).toBe('gone');
  await drain(app);
});

test('a large file goes through in flat memory', async () => {
  const megabytes = Number(process.env.JIAODUN_TEST_UPLOAD_MB ?? 48);
  const line = `${'n'.repeat(127)}\n`;
  const chunk = Buffer.from(line.repeat(8192));
  const path = await begin(megabytes * chunk.length);
  const before = process.memoryUsage().rss;
  let most = 0;
  const note = () => {
    most = Math.max(most, process.memoryUsage().rss);
  };
  // Not by fetch: it takes a body into memory faster than it sends it.
  const outgoing = request(url + path, {
    method: 'PATCH',
    headers: {
      authorization: 'Bearer east',
      'content-type': 'application/offset+octet-stream',
      'content-length': String(megabytes * chunk.length),
      'upload-offset': '0',
    },
  });
  const answered = once(outgoing, 'response');
  for (let sent = 0; sent < megabytes; sent += 1) {
    note();
    if (!outgoing.write(chunk)) await once(outgoing, 'drain');
  }
  outgoing.end();
  const [reply] = (await answered) as [IncomingMessage];
  reply.resume();
  expect(reply.headers['upload-offset']).toBe(String(megabytes * chunk.length));
  const endNotes = repeat(20, note);
  await take(path).finally(endNotes);
  expect(await state(path)).toMatchObject({ state: 'done', result: { records: megabytes * 8192 } });
  // Far below the content, whatever its size; sender and receiver are one process here.
  expect((most - before) / 1024 / 1024).toBeLessThan(300);
}, 600_000);
