/** Hostile websites, checked as registered ones are: what is kept of them, and what a person is told. */
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { repeat } from '#base/timers';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { writeZip } from '../scan/documents/write-zip.ts';
import { sites } from '../sites/module.ts';
import { units } from '../units/module.ts';
import { watch } from './module.ts';
import { createReaderPool } from './read-page.ts';
import { runCheck } from './run-check.ts';
import { encodeGbk, hiddenLink, html, type Page, serveSite, type TestSite } from './testing.ts';

/** Another's work on the machine is no fault of ours. */
const patient = { timeout: 180_000 };

const MB = 1024 * 1024;
let app: TestApp;
let server: FastifyInstance;
let officer: SignedIn;
const open: TestSite[] = [];
const pool = createReaderPool({ workers: 2 });

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  const people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
  ]);
  officer = people['east-officer']!;
});
afterEach(async () => {
  await drain(app);
  for (const site of open.splice(0)) await site.close();
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  await pool.close();
  await server.close();
  await app.close();
});

let hosts = 0;
/** Registers a website; the check that follows the registration finds it empty. */
async function register(pages: Record<string, Page>): Promise<{ id: string; site: TestSite }> {
  const site = await serveSite({ '/': { body: html('') } });
  open.push(site);
  const entry = { name: `示例站${++hosts}`, unitCode: 'east-1', url: `http://www${hosts}.school.example/` };
  const reply = await call(server, officer, 'POST', '/api/sites', { ...entry, resolveTo: site.resolveTo });
  expect(reply.status).toBe(200);
  await drain(app);
  site.pages = pages;
  site.asked.length = 0;
  return { id: reply.body.id, site };
}

const check = (id: string, requestMs = 3000) =>
  runCheck(app, id, {
    pool,
    signal: new AbortController().signal,
    limits: { requestMs, retryMs: 1, totalMs: 60_000 },
  });

interface Told {
  readonly state: string;
  readonly reason: string | null;
  readonly pageList: readonly { url: string; outcome: string; error: string | null; bytes: number }[];
}

/** What the last check of a site says to whoever looks at it. */
async function told(siteId: string): Promise<Told> {
  const { items } = (await call(server, officer, 'GET', `/api/checks?siteId=${siteId}`)).body;
  return (await call(server, officer, 'GET', `/api/checks/${items[0].id}`)).body;
}

const byPath = ({ pageList }: Told) =>
  Object.fromEntries(pageList.map((page) => [new URL(page.url).pathname.slice(1), page]));

const linksTo = (paths: readonly string[]) =>
  html(paths.map((path) => `<a href="/${path}">${path}</a>`).join(''));

/** Sends the same piece again and again, as fast as it is taken, until `bytes` went or the other side left. */
function pour(response: ServerResponse, bytes: number, sent: { most: number }): void {
  const piece = Buffer.alloc(MB, ' ');
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length;
      if (!response.write(piece)) return;
    }
    if (left <= 0) response.end();
  };
  response.on('error', () => {});
  response.on('close', () => {
    sent.most = Math.max(sent.most, bytes - left - response.writableLength);
  });
  response.on('drain', more);
  more();
}

it('takes a little of ten gigabytes, says so, and keeps nobody waiting', patient, async () => {
  const sent = { most: 0 };
  const big =
    (type: string, headers: Record<string, string | number> = {}): Page =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': type, ...headers });
      pour(response, 10 * 1024 * MB, sent);
    };
  const length = { 'content-length': 10 * 1024 * MB };
  const released = Promise.withResolvers<void>();
  const hostile = await register({
    '/robots.txt': big('text/plain', length),
    '/': { body: linksTo(['page', 'chunked', 'file.pdf', 'picture', 'unnamed', 'held']) },
    '/page': big('text/html', length),
    '/chunked': big('text/html'),
    '/file.pdf': big('application/pdf', length),
    '/picture': big('image/png', length),
    '/unnamed': big('application/octet-stream'),
    '/held': (_request, response) => void released.promise.then(() => response.end(html('好'))),
  });
  const good = await register({
    '/': { body: linksTo(['a', 'b']) },
    '/a': { body: html('甲') },
    '/b': { body: html('乙') },
  });
  let most = 0;
  const memory = () => process.memoryUsage().arrayBuffers;
  const before = memory();
  const stop = repeat(20, () => {
    most = Math.max(most, memory() - before);
  });
  const bad = check(hostile.id, 20_000);
  // The hostile site is let go only when the other was checked to its end.
  await check(good.id).finally(() => released.resolve());
  await bad;
  stop();
  expect(await told(good.id)).toMatchObject({ state: 'clean', reason: null });
  const said = await told(hostile.id);
  expect(said).toMatchObject({
    state: 'clean',
    reason: expect.stringContaining('4 个网页或文件没有完整检查'),
  });
  const pages = byPath(said);
  const cut = (mb: number) => ({
    outcome: 'partial',
    bytes: mb * MB,
    error: `超过 ${mb} MB，只检查了前面的部分 / Larger than ${mb} MB; only its beginning was checked`,
  });
  expect(pages).toMatchObject({
    '': { outcome: 'read' },
    page: cut(5),
    chunked: cut(5),
    'file.pdf': { outcome: 'unread', error: expect.stringMatching(/\p{Script=Han}/u) },
    picture: { outcome: 'skipped' },
    held: { outcome: 'read' },
  });
  // What the two systems hold in between comes to what is taken.
  expect(sent.most).toBeLessThan(64 * MB);
  expect(most).toBeLessThan(300 * MB);
});

/** Sends bytes as they are, and hangs up. */
const raw =
  (head: string, body: Uint8Array | string = ''): Page =>
  (request, response) => {
    request.socket.on('error', () => {});
    request.socket.write(head.replaceAll('\n', '\r\n'));
    request.socket.end(body);
    response.destroy();
  };

it('tells what is no HTTP, and believes no header about what is in a page', patient, async () => {
  const text = html(`<p>招生简章</p>${hiddenLink}`);
  const ok = 'HTTP/1.1 200 OK\nContent-Type: text/html\n';
  const pages: Record<string, { answer: Page; said: readonly [string, RegExp | null] }> = {
    chunk: {
      answer: raw(`${ok}Transfer-Encoding: chunked\n\nZZ\n`, 'x'),
      said: ['unreachable', /HTTP|中断/],
    },
    'long-header': {
      answer: raw(`${ok}X-Long: ${'a'.repeat(MB)}\n\n`, text),
      said: ['unreachable', /不是合法的 HTTP/],
    },
    nul: { answer: raw(`${ok}\n`, text.replace('招生', '招\0生')), said: ['read', null] },
    status: { answer: raw('HTP/9 two hundred\n\n', text), said: ['unreachable', /不是合法的 HTTP/] },
    number: { answer: raw('HTTP/1.1 999 Odd\nContent-Length: 0\n\n'), said: ['unreachable', /999/] },
    empty: { answer: raw(''), said: ['unreachable', /中断/] },
    gzip: { answer: raw(`${ok}Content-Encoding: gzip\n\n`, text), said: ['read', null] },
    brotli: { answer: raw(`${ok}Content-Encoding: br, br, br, br\n\n`, text), said: ['read', null] },
    plain: { answer: raw(`${ok}\n`, gzipSync(text)), said: ['unread', /\p{Script=Han}/u] },
    half: {
      answer: raw(`${ok}Content-Encoding: gzip\n\n`, gzipSync(text).subarray(0, 90)),
      said: ['partial', /只检查了前面的部分/],
    },
    short: { answer: raw(`${ok}Content-Length: 100000\n\n`, text), said: ['partial', /中断/] },
    mixed: {
      answer: raw(
        'HTTP/1.1 200 OK\nContent-Type: text/html; charset=big5\n\n',
        Buffer.concat([Buffer.from('<meta charset="utf-8">'), encodeGbk(text)]),
      ),
      said: ['read', null],
    },
  };
  // In turns with good ones: five failures in a row would end the crawl.
  const paths = Object.keys(pages).flatMap((path, n) => [path, `good${n}`]);
  const { id } = await register({
    '/': { body: linksTo(paths) },
    ...Object.fromEntries(paths.map((path) => [`/${path}`, { body: html('<p>好</p>') }])),
    ...Object.fromEntries(Object.entries(pages).map(([path, { answer }]) => [`/${path}`, answer])),
  });
  await check(id);
  const said = byPath(await told(id));
  for (const [path, { said: expected }] of Object.entries(pages)) {
    const [outcome, error] = expected;
    expect([path, said[path]?.outcome]).toEqual([path, outcome]);
    if (error) expect(said[path]!.error, path).toMatch(error);
    else expect([path, said[path]!.error]).toEqual([path, null]);
  }
  const { items } = (await call(server, officer, 'GET', `/api/findings?siteId=${id}&pageSize=100`)).body;
  const hidden = items.filter((one: { kind: string }) => one.kind === 'hidden-link');
  const found = hidden.map((one: { url: string }) => new URL(one.url).pathname.slice(1));
  expect([...new Set(found)].sort()).toEqual(
    expect.arrayContaining(['brotli', 'gzip', 'mixed', 'nul', 'short']),
  );
});

it(
  'is led nowhere: not into this machine, not to files, not to the network of a cloud',
  patient,
  async () => {
    const inner = await register({ '/': { body: html(hiddenLink) } });
    // The product's own web server, as it listens.
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const before = inner.site.asked.length;
    const places = [
      `http://127.0.0.1:${port}/api/health`,
      `http://[::ffff:127.0.0.1]:${port}/api/health`,
      `http://2130706433:${port}/api/health`,
      `http://localhost:${port}/api/health`,
      `http://${inner.site.resolveTo}/`,
      `http://www${hosts}.school.example:${inner.site.port}/`,
      'http://169.254.169.254/latest/meta-data/',
      'file:///etc/passwd',
      'ftp://files.example/list',
      'javascript:alert(1)',
      'data:text/html,<p>x</p>',
      '//[',
    ];
    const asked: string[] = [];
    server.server.on('request', ({ url }: { url?: string }) => asked.push(url ?? ''));
    const paths = places.map((_, n) => `to${n}`);
    const frames = places.map((place) => `<iframe src="${place}"></iframe><a href="${place}">x</a>`).join('');
    const { id, site } = await register({
      '/': { body: `${linksTo(paths)}${frames}` },
      ...Object.fromEntries(
        places.map((location, n) => [`/to${n}`, { status: 302, location, body: '' }] as const),
      ),
    });
    await check(id);
    const said = byPath(await told(id));
    for (const [n, place] of places.entries()) {
      const { outcome, error } = said[`to${n}`]!;
      if (place === '//[') expect([place, outcome]).toEqual([place, 'unreachable']);
      else expect([place, outcome, error]).toEqual([place, 'skipped', expect.stringContaining('没有跟随')]);
    }
    expect(asked).toEqual([]);
    expect(inner.site.asked.length).toBe(before);
    expect(site.asked.length).toBeGreaterThanOrEqual(places.length);
  },
);

/** A PNG of 60,000 × 60,000 black points: 3.6 billion, in half a megabyte. */
function hugePicture(): Buffer {
  const side = 60_000;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const chunk = (name: string, body: Uint8Array) => {
    const named = Buffer.concat([Buffer.from(name), body]);
    const whole = Buffer.alloc(named.length + 8);
    whole.writeUInt32BE(body.length, 0);
    whole.set(named, 4);
    whole.writeUInt32BE(crc32(named), named.length + 4);
    return whole;
  };
  const rows = deflateSync(Buffer.alloc(side * (side / 8 + 1)), { level: 1 });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

it('opens no bomb, names each, and reads what comes after it', patient, async () => {
  const zip = (members: Record<string, Uint8Array | string>) =>
    writeZip(new Map(Object.entries(members).map(([name, body]) => [name, Buffer.from(body)])));
  const picture = hugePicture();
  const zeros = Buffer.alloc(256 * MB, 32);
  const types =
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>';
  const files: Record<string, Uint8Array> = {
    'bomb.zip': zip({ 'a.txt': zeros, 'b.txt': zeros }),
    'bomb.docx': zip({ '[Content_Types].xml': types, 'word/document.xml': zeros }),
    'bomb.xlsx': zip({ '[Content_Types].xml': types, 'xl/workbook.xml': zeros }),
    'many.zip': zip(Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`${n}.txt`, '']))),
    'picture.docx': zip({
      '[Content_Types].xml': types,
      'word/document.xml': '<w:document><w:body><w:p><w:r><w:t>名单</w:t></w:r></w:p></w:body></w:document>',
      'word/media/image1.png': picture,
    }),
  };
  const paths = [...Object.keys(files), 'picture.bin', 'last'];
  const { id } = await register({
    '/': { body: linksTo(paths) },
    ...Object.fromEntries(
      Object.entries(files).map(([path, body]) => [`/${path}`, { type: 'application/octet-stream', body }]),
    ),
    '/picture.bin': { type: 'image/png', body: picture },
    '/last': { body: html('<p>好</p>') },
  });
  await check(id, 20_000);
  const said = byPath(await told(id));
  for (const path of Object.keys(files)) {
    expect([path, said[path]?.outcome]).toEqual([path, 'unread']);
    expect(said[path]!.error).toMatch(/\p{Script=Han}/u);
  }
  expect(said).toMatchObject({ 'picture.bin': { outcome: 'skipped' }, last: { outcome: 'read' } });
});

it(
  'is not led round by ids of sessions, and counts what a page of 100,000 links leaves over',
  patient,
  async () => {
    let ids = 0;
    const id = () => (ids++).toString(16).padStart(32, 'f3a9');
    const ways = (page: string) =>
      `<a href="/${page};jsessionid=${id()}">1</a><a href="/${page}?PHPSESSID=${id()}&n=%D6%D0">2</a><a href="/(S(${'a'.repeat(24 - String(++ids).length)}${ids}))/${page}.aspx">3</a>`;
    const news = Array.from({ length: 20 }, (_, n) => ways(`news${n}`)).join('');
    const shop = await register({});
    const pages: Record<string, Page> = {};
    shop.site.pages = new Proxy(pages, {
      get: (_pages, path): Page | undefined => {
        const name = /^\/(?:\(\w\(\w+\)\)\/)?(news\d+)?(?:\.aspx)?(?:[;?].*)?$/.exec(String(path));
        // Whoever comes without a cookie gets its session into the address.
        if (path === '/') return { status: 302, location: `/;jsessionid=${id()}`, body: '' };
        return name ? { body: html(`<h1>${name[1] ?? '首页'}</h1>${news}`, name[1]) } : undefined;
      },
    });
    const { id: many, site } = await register({
      '/': { body: Array.from({ length: 100_000 }, (_, n) => `<a href="/p${n}.html">${n}</a>`).join('') },
    });
    await Promise.all([check(shop.id), check(many)]);
    const said = await told(shop.id);
    expect(said.state).toBe('clean');
    const expected = ['', ...Array.from({ length: 20 }, (_, n) => [`news${n}`, `news${n}.aspx`]).flat()];
    expect([...new Set(Object.keys(byPath(said)))].sort()).toEqual(expected.sort());
    expect(said.pageList).toHaveLength(1 + 3 * 20);
    expect(site.asked.length).toBeLessThan(230);
    expect((await told(many)).reason).toMatch(/还有 \d+ 个链接超出本次检查的上限/);
  },
);
