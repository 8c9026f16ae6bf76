import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { writeSheet } from '#base/sheet';
import { starterTermList } from '#scan';
import { writeZip } from '../scan/documents/write-zip.ts';
import type { CrawlTools } from './crawl-site.ts';
import { createReaderPool, keyedList } from './read-page.ts';
import { allowedHost, judgeCrawl } from './rules.ts';
import {
  type CrawledSite,
  crawlAll,
  encodeGbk,
  hiddenLink,
  html,
  identityNumbers,
  type Page,
  serveSite,
  type TestSite,
} from './testing.ts';

const pool = createReaderPool({ workers: 1 });
const words = keyedList(starterTermList);
const open: TestSite[] = [];

afterEach(async () => {
  for (const site of open.splice(0)) await site.close();
});
afterAll(() => pool.close());

async function serve(pages: Record<string, Page>): Promise<TestSite> {
  const site = await serveSite(pages);
  open.push(site);
  return site;
}

const home = 'http://www.school.example/';

function crawl(
  site: { resolveTo: string | null },
  options: { seeds?: string[]; limits?: CrawlTools['limits']; signal?: AbortSignal } = {},
): Promise<CrawledSite> {
  const allow = allowedHost({ url: home, resolveTo: site.resolveTo });
  return crawlAll(
    {
      url: home,
      hosts: new Set(['www.school.example']),
      allow: allow ? [allow] : [],
      seeds: options.seeds ?? [],
    },
    {
      pool,
      words,
      userAgent: 'JiaodunWatch/1.0 (+http://bureau.example)',
      signal: options.signal ?? new AbortController().signal,
      limits: { retryMs: 1, ...options.limits },
    },
  );
}

const judge = ({ pages, left }: CrawledSite, open = 0) =>
  judgeCrawl({
    home: pages[0] ?? null,
    pages,
    left,
    open,
    seen: pages.reduce((sum, page) => sum + page.findings.length, 0),
  });
const pageOf = (result: CrawledSite, path: string) =>
  result.pages.find(({ url }) => url === new URL(path, home).href);

describe('a crawl', () => {
  it('reads pages in UTF-8 and GBK, links, frames, meta refresh and attachments', async () => {
    const ids = identityNumbers(12);
    const sheet = await writeSheet(
      { columns: ['姓名', '身份证号'], rows: ids.map((id) => ['张某', id]) },
      'xlsx',
    );
    const gbk = html(`<p>欢迎访问本校网站</p>${hiddenLink}`).replace('utf-8', 'gb2312');
    const site = await serve({
      '/': {
        body: html(
          '<a href="gbk.html">新闻</a><iframe src="/frame.html"></iframe><a href="名单.xlsx">名单</a>',
        ),
      },
      '/gbk.html': { type: 'text/html', body: encodeGbk(gbk) },
      '/frame.html': { body: '<meta http-equiv="refresh" content="0; url=moved.html">' },
      '/moved.html': { body: html('<p>到了</p>') },
      '/%E5%90%8D%E5%8D%95.xlsx': { type: 'application/octet-stream', body: sheet },
    });
    const result = await crawl(site);
    expect(result.pages.map((page) => [new URL(page.url).pathname, page.outcome, page.charset])).toEqual([
      ['/', 'read', 'utf-8'],
      ['/gbk.html', 'read', 'gb18030'],
      ['/frame.html', 'read', 'utf-8'],
      ['/%E5%90%8D%E5%8D%95.xlsx', 'read', null],
      ['/moved.html', 'read', 'utf-8'],
    ]);
    const link = pageOf(result, '/gbk.html')!.findings.find((one) => one.kind === 'hidden-link')!;
    expect(link).toMatchObject({ severity: 'critical', href: 'http://www.lucky-bet.example/' });
    expect(gbk.slice(link.start, link.end)).toMatch(/^<a href=.*<\/a>$/);
    const leaks = pageOf(result, '/名单.xlsx')!.findings;
    expect(leaks.map((one) => [one.rule, one.severity, one.part])).toContainEqual([
      'personal.id-card',
      'critical',
      expect.stringMatching(/^sheet:.*!B2$/),
    ]);
    expect(JSON.stringify(result)).not.toContain(ids[0]);
    expect(judge(result).state).toBe('faulty');
  });

  it('stays on its host and asks for every address once', async () => {
    const site = await serve({
      '/': {
        body: html(
          '<a href="/a#top">a</a><a href="/a#end">a</a><a href="http://other.example/">x</a><a href="javascript:1">y</a><a href="/logo.png">z</a>',
        ),
      },
      '/a': { body: html('<a href="/">home</a>') },
    });
    const result = await crawl(site);
    expect(site.asked).toEqual(['/robots.txt', '/', '/a']);
    expect(judge(result)).toEqual({ state: 'clean', reason: null });
  });

  it('obeys robots.txt, in groups that name it and in those for all', async () => {
    const site = await serve({
      '/robots.txt': {
        type: 'text/plain',
        body: 'User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /admin/\nDisallow: /*.php$\n',
      },
      '/': { body: html('<a href="/admin/x">a</a><a href="/b.php">b</a><a href="/b.php?x=1">c</a>') },
      '/b.php?x=1': { body: html('text') },
    });
    const result = await crawl(site);
    expect(site.asked).toEqual(['/robots.txt', '/', '/b.php?x=1']);
    expect(pageOf(result, '/admin/x')).toMatchObject({ outcome: 'skipped', status: 0 });
  });

  it('is blocked, not clean, where robots.txt forbids the home page or fails', async () => {
    const shut = await serve({
      '/robots.txt': { body: 'User-agent: JiaodunWatch\nDisallow: /' },
      '/': { body: html('') },
    });
    expect(judge(await crawl(shut))).toMatchObject({
      state: 'blocked',
      reason: expect.stringContaining('robots.txt'),
    });
    const broken = await serve({ '/robots.txt': { status: 503, body: '' }, '/': { body: html('') } });
    expect(judge(await crawl(broken))).toMatchObject({
      state: 'blocked',
      reason: expect.stringContaining('503'),
    });
    expect(broken.asked).not.toContain('/');
  });

  it('does not follow a redirect to this machine, to another port or to another host', async () => {
    const inner = await serve({ '/': { body: html(hiddenLink) } });
    for (const [location, state] of [
      [`http://127.0.0.1:${inner.port}/`, 'blocked'],
      [`http://www.school.example:${inner.port}/`, 'blocked'],
      ['http://other.example/', 'blocked'],
    ] as const) {
      const site = await serve({ '/': { status: 302, location, body: '' } });
      expect(judge(await crawl(site))).toMatchObject({ state, reason: expect.stringContaining('跳转到') });
    }
    expect(inner.asked).toEqual([]);
  });

  it('refuses a site whose name leads to a loopback address that is not registered', async () => {
    const result = await crawlAll(
      { url: 'http://127.0.0.1:9/', hosts: new Set(['127.0.0.1:9']), allow: [], seeds: [] },
      { pool, words, userAgent: 'x', signal: new AbortController().signal, limits: { retryMs: 1 } },
    );
    expect(judge(result)).toMatchObject({ state: 'blocked', reason: expect.stringContaining('内部地址') });
  });

  it('calls a site that is down, that answers 500 or that has no home page unreachable', async () => {
    const site = await serve({});
    await site.close();
    expect(judge(await crawl(site))).toMatchObject({
      state: 'unreachable',
      reason: expect.stringContaining('连接不上'),
    });
    const broken = await serve({ '/': { status: 500, body: 'oops' } });
    expect(judge(await crawl(broken))).toMatchObject({
      state: 'unreachable',
      reason: expect.stringContaining('500'),
    });
    expect(judge(await crawl(await serve({})))).toMatchObject({ state: 'unreachable' });
  });

  it('calls a site that turns it away blocked, also when its firewall says 200', async () => {
    for (const page of [
      { status: 403, body: html('Forbidden') },
      { status: 429, body: '' },
      { body: html('<h1>网站防火墙</h1>您的请求被拦截') },
    ]) {
      expect(judge(await crawl(await serve({ '/': page }))).state).toBe('blocked');
    }
  });

  it('keeps what it sees on a page that calls itself a firewall’s', async () => {
    const site = await serve({
      '/': { body: html('<a href="/x">x</a>') },
      '/x': { body: html(`<!-- 创宇盾 -->${hiddenLink}`) },
    });
    const result = await crawl(site);
    expect(pageOf(result, '/x')).toMatchObject({ outcome: 'refused' });
    expect(judge(result).state).toBe('faulty');
  });

  it('does not take a firewall that wakes up after the home page for a clean site', async () => {
    const links = Array.from({ length: 20 }, (_, n) => `<a href="/p${n}">p</a>`).join('');
    const pages = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`/p${n}`, { status: 403, body: '' }]),
    );
    const site = await serve({ '/': { body: html(links) }, ...pages });
    expect(judge(await crawl(site)).state).toBe('blocked');
    expect(site.asked.length).toBeLessThan(10);
  });

  it('cuts a page that never ends, keeps what it says and does not call it whole', async () => {
    const endless: Page = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.write(html(hiddenLink));
      const more = () => {
        while (!response.destroyed && response.write('<p>更多内容</p>'.repeat(1000))) {}
      };
      response.on('drain', more);
      more();
    };
    const result = await crawl(
      await serve({ '/': { body: html('<a href="/endless">x</a>') }, '/endless': endless }),
    );
    expect(pageOf(result, '/endless')).toMatchObject({ outcome: 'partial', bytes: 5 * 1024 * 1024 });
    expect(judge(result).state).toBe('faulty');
    const asHome = await crawl(await serve({ '/': (_request, response) => void drip(response) }), {
      limits: { requestMs: 400 },
    });
    expect(judge(asHome)).toMatchObject({ state: 'failed', reason: expect.stringContaining('超时') });
  });

  it('visits 200 pages of a site with ten thousand links and says that there are more', async () => {
    const links = Array.from({ length: 10_000 }, (_, n) => `<a href="/p?n=${n}">p</a>`).join('');
    const site = await serve({});
    site.pages = new Proxy({ '/': { body: html(links) } } as Record<string, Page>, {
      get: (pages, path) =>
        pages[String(path)] ?? (path === '/robots.txt' ? undefined : { body: html('页') }),
    });
    const result = await crawl(site);
    expect(result.pages).toHaveLength(200);
    expect(judge(result)).toMatchObject({ state: 'clean', reason: expect.stringContaining('超出') });
  });

  it('visits seeds without a link, and knows a page that is gone from one that fails', async () => {
    const site = await serve({
      '/': { body: html('') },
      '/old': { status: 301, location: '/', body: '' },
      '/sick': { status: 500, body: '' },
    });
    const seeds = ['/old', '/sick', '/gone'].map((path) => new URL(path, home).href);
    const result = await crawl(site, { seeds: [...seeds, 'http://foreign.example/'] });
    expect(result.pages.map(({ outcome, via }) => [outcome, via])).toEqual([
      ['read', [seeds[0]]],
      ['unreachable', []],
      ['gone', []],
    ]);
  });

  it('tells which attachment could not be read, and does not call the crawl complete', async () => {
    const site = await serve({
      '/': { body: html('<a href="/a.docx">a</a><a href="/old.doc">b</a>') },
      '/a.docx': { type: 'application/msword', body: 'PK\x03\x04 cut off' },
      '/old.doc': { type: 'application/msword', body: Buffer.from('d0cf11e0a1b11ae1', 'hex') },
    });
    const result = await crawl(site);
    expect(result.pages.slice(1).map((page) => page.outcome)).toEqual(['unread', 'unread']);
    expect(judge(result)).toMatchObject({
      state: 'clean',
      reason: expect.stringContaining('2 个网页或文件'),
    });
  });

  it('gives up a redirect loop and keeps looking elsewhere', async () => {
    const site = await serve({
      '/': { body: html('<a href="/a">a</a><a href="/ok">b</a>') },
      '/a': { status: 302, location: '/b', body: '' },
      '/b': { status: 302, location: '/a', body: '' },
      '/ok': { body: html('好') },
    });
    const result = await crawl(site);
    expect(pageOf(result, '/a')).toMatchObject({
      outcome: 'unreachable',
      error: expect.stringMatching(/^重定向成环 \/ /),
    });
    expect(pageOf(result, '/ok')).toMatchObject({ outcome: 'read' });
  });

  it('ends when it is told to, and only then throws', async () => {
    const stop = new AbortController();
    const site = await serve({
      '/': (_request, response) => {
        response.writeHead(200);
        response.write('<html>');
        stop.abort();
      },
    });
    await expect(crawl(site, { signal: stop.signal })).rejects.toThrow();
    const down = await serve({});
    await down.close();
    const waiting = crawl(down, { signal: AbortSignal.timeout(300), limits: { retryMs: 3_600_000 } });
    await expect(waiting).rejects.toThrow();
  });
});

describe('a hostile site', () => {
  const raw =
    (text: string): Page =>
    (request, response) => {
      request.socket.end(text);
      response.destroy();
    };

  it('is cut, counted and told in words, address by address, and the rest of it is read', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, '<p>'));
    const big = Buffer.alloc(100 * 1024 * 1024, 32);
    const cookies = { wall: 0 };
    const bad = ['self', 'bomb', 'big', 'links', 'status', 'header', 'charset', 'wall', 'cut'];
    const site = await serve({
      '/robots.txt': { type: 'text/plain', body: `User-agent: *\nAllow: /\n${'# '.repeat(5_000_000)}` },
      '/': { body: html([...bad, 'good'].map((path) => `<a href="/${path}">x</a>`).join('')) },
      '/self': { status: 302, location: '/self', body: '' },
      '/bomb': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(bomb);
      },
      '/big': (_request, response) => {
        response.on('error', () => {});
        response.writeHead(200, { 'content-type': 'text/html' }).end(big);
      },
      '/links': { body: '<a href="/m">'.repeat(380_000) },
      '/status': raw('HTTP/1.1 banana\r\n\r\n'),
      '/header': raw('HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: -5\r\n\r\n<p>x'),
      '/charset': { type: 'text/html; charset=klingon-8', body: html(hiddenLink) },
      // It wants a cookie and sends everybody round who brings none.
      '/wall': (_request, response) => {
        cookies.wall += 1;
        response.writeHead(302, { location: `/wall?try=${cookies.wall}`, 'set-cookie': 'seen=1' }).end();
      },
      '/cut': raw('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n<p>only'),
      '/good': { body: html('<p>好</p>') },
    });
    for (let n = 1; n < 9; n++) site.pages[`/wall?try=${n}`] = site.pages['/wall']!;
    const result = await crawl(site);
    const said = Object.fromEntries(
      result.pages.map((page) => [new URL(page.url).pathname.slice(1), [page.outcome, page.error]]),
    );
    expect(said).toMatchObject({
      '': ['read', null],
      self: ['unreachable', expect.stringMatching(/^重定向成环 \/ /)],
      bomb: ['partial', expect.stringContaining('超过 5 MB')],
      big: ['partial', expect.stringContaining('超过 5 MB')],
      links: ['read', null],
      status: ['unreachable', expect.stringContaining('不是合法的 HTTP')],
      charset: ['read', null],
      wall: ['unreachable', expect.stringMatching(/^重定向过多 \/ /)],
      cut: ['partial', expect.stringContaining('连接中断')],
      good: ['read', null],
    });
    expect(said.header?.[0]).not.toBe('skipped');
    expect(pageOf(result, '/charset')!.findings.map((one) => one.kind)).toContain('hidden-link');
    expect(cookies.wall).toBeLessThan(8);
  });

  it('holds up no other site, with files that explode and answers that never come to an end', async () => {
    const zip = (name: string, body: Uint8Array | string) => writeZip(new Map([[name, Buffer.from(body)]]));
    const onion = Array.from({ length: 12 }).reduce<Uint8Array>(
      (inner) => zip('a.zip', inner),
      Buffer.alloc(9),
    );
    const files: Record<string, Uint8Array | string> = {
      'bomb.docx': zip('word/document.xml', Buffer.alloc(100 << 20, 32)),
      'deep.docx': zip('word/document.xml', '<a>'.repeat(500_000)),
      'laughs.xlsx': zip(
        'xl/workbook.xml',
        `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(5000)}"><!ENTITY c "${'&b;'.repeat(5000)}">]><x>&c;</x>`,
      ),
      'onion.zip': onion,
      'bad.pdf': '%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R/Prev 0>>\n%%EOF',
      'noise.docx': randomBytes(100_000),
    };
    const never: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
      drip: (_request, response) => drip(response),
      silent: () => {},
      headers: ({ socket }) => {
        const more = () => {
          while (!socket.destroyed && socket.write(`X-${'a'.repeat(1000)}: b\r\n`)) {}
        };
        socket.on('error', () => {});
        socket.write('HTTP/1.1 200 OK\r\n');
        socket.on('drain', more);
        more();
      },
    };
    // In turns: five failures in a row would end the crawl.
    const paths = [
      'drip',
      'bomb.docx',
      'silent',
      'deep.docx',
      'headers',
      ...Object.keys(files),
      'held',
      'last',
    ];
    const released = Promise.withResolvers<void>();
    const hostile = await serve({
      '/': { body: html(paths.map((path) => `<a href="/${path}">x</a>`).join('')) },
      ...Object.fromEntries(Object.entries(never).map(([path, page]) => [`/${path}`, page])),
      ...Object.fromEntries(
        Object.entries(files).map(([path, body]) => [`/${path}`, { type: 'application/octet-stream', body }]),
      ),
      '/held': (_request, response) => void released.promise.then(() => response.end(html('好'))),
      '/last': { body: html('<p>好</p>') },
    });
    const links = Array.from({ length: 40 }, (_, n) => `<a href="/${n}">x</a>`).join('');
    const good = await serve({
      '/': { body: html(links) },
      ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`/${n}`, { body: html(`${n}`) }])),
    });
    const [bad, other] = await Promise.all([
      crawl(hostile, { limits: { requestMs: 1500 } }),
      // The hostile site is let go only after this one is through: it waits for nothing of that.
      crawl(good).finally(() => released.resolve()),
    ]);
    expect(judge(other)).toEqual({ state: 'clean', reason: null });
    expect(other.pages).toHaveLength(41);
    const said = Object.fromEntries(bad.pages.map((page) => [new URL(page.url).pathname.slice(1), page]));
    expect(Object.keys(said).sort()).toEqual(['', ...new Set(paths)].sort());
    // Entities that a file declares are not expanded.
    expect(said['laughs.xlsx']).toMatchObject({ outcome: 'read', findings: [] });
    for (const path of Object.keys(files).filter((one) => one !== 'laughs.xlsx')) {
      expect([path, said[path]!.outcome]).toEqual([path, 'unread']);
      expect(said[path]!.error).toMatch(/\p{Script=Han}/u);
    }
    expect(said.drip).toMatchObject({ outcome: 'partial', error: expect.stringContaining('超时') });
    expect(said.silent).toMatchObject({ outcome: 'unreachable', error: expect.stringContaining('超时') });
    expect(said.headers!.outcome).toBe('unreachable');
    expect(said.last!.outcome).toBe('read');
    expect(judge(bad).reason).toMatch(/没有完整检查/);
  });

  it('leads round a calendar for ever, and its other pages are read before', async () => {
    const day = (n: number) => `<a href="/cal?day=${n + 1}">next</a><a href="/cal?day=${n + 1000}">year</a>`;
    const site = await serve({});
    site.pages = new Proxy(
      { '/': { body: html(`${day(0)}<a href="/list1">x</a>`) } } as Record<string, Page>,
      {
        get: (pages, path) => {
          const name = String(path);
          if (name === '/robots.txt') return undefined;
          const list = /^\/list(\d+)$/.exec(name);
          // A chain of pages whose end a crawl reaches only when it does not drown in days.
          if (list && Number(list[1]) < 40)
            return { body: html(`<a href="/list${Number(list[1]) + 1}">x</a>`) };
          if (name === '/list40') return { body: html(hiddenLink) };
          return pages[name] ?? { body: html(day(Number(/\d+$/.exec(name)?.[0] ?? 0))) };
        },
      },
    );
    const result = await crawl(site);
    expect(result.pages).toHaveLength(200);
    expect(pageOf(result, '/list40')?.findings.length).toBeGreaterThan(0);
    expect(judge(result)).toMatchObject({ state: 'faulty', reason: expect.stringContaining('超出') });
  });
});

/** One byte now and then, for ever. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' });
  const timer = setInterval(() => response.write('<p>.'), 50);
  response.on('close', () => clearInterval(timer));
}
