import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WARCParser } from 'warcio';
import { launchBrowser, type PageBrowser } from '#base/browser';
import { browserCache } from '#test/memory-folder';
import { capturePage, preservePage } from './capture-page.ts';
import { createBag } from './create-bag.ts';
import { loadOrCreateKeys } from './keys.ts';
import { verifyBag } from './verify-bag.ts';

const host = 'www.school.example';
const html = `<!doctype html><html><head><title>第一中学</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>通知</h1><img src="/logo.svg"><img src="/gone.png"><img src="http://192.168.1.1/admin.png">
<div style="display:none"><a href="http://bet.example/">博彩</a></div></body></html>`;
const pixel =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';

/** A page that hides some of what it says, and whose script takes out what is added to it. */
const spotted = `<!doctype html><html><head><title>澳门赌场</title></head><body style="margin:0;background:#fff">
<script>addEventListener('load', () => new MutationObserver((list) => list.forEach((one) =>
one.addedNodes.forEach((node) => node.remove()))).observe(document, { childList: true, subtree: true }));
Array.prototype.map = () => [];</script>
<p>第一段：在线投注是违法的。</p><div style="height:3000px;background:#fff"></div>
<p>第二段：马上<b>在线</b>投\u200b注，先到先得。</p>
<a href="//bet.example/in">入口</a><div style="display:none"><a href="http://bet.example/">博彩</a></div>
<a style="position:absolute;left:-9999px" href="http://far.example/">远</a>
<p style="color:#fefefe">看不清的字</p><div style="height:0;overflow:hidden"><p>剪掉的字</p></div>
<p>证件号 110101200103071234 已登记</p><img src="/logo.svg" width="40" height="40" alt="校徽"></body></html>`;

let dir: string;
let server: Server;
let port: number;
let browser: PageBrowser;
const now = () => new Date('2026-03-01T08:00:00Z');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-capture-'));
  server = createServer((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/index.html' }).end();
    else if (request.url === '/index.html') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-encoding': 'gzip' });
      response.end(gzipSync(html));
    } else if (request.url === '/style.css') {
      response.writeHead(200, { 'content-type': 'text/css' }).end('h1 { color: red; height: 2000px }');
    } else if (request.url === '/logo.svg') {
      response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(pixel);
    } else if (request.url === '/spots') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(spotted);
    } else if (request.url === '/cut') {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '900' });
      response.write('<p>half', () => response.destroy());
    } else response.writeHead(404, { 'content-type': 'text/plain' }).end('gone');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  browser = await launchBrowser({ cacheDir: browserCache() });
});
afterAll(async () => {
  await browser.close();
  server.close();
  await rm(dir, { recursive: true });
});

const inputOf = (name: string, path: string) => ({
  url: `http://${host}${path}`,
  allow: [{ host, address: '127.0.0.1', port }],
  outDir: join(dir, name),
  now,
  timeoutMs: 30_000,
});

interface ReadRecord {
  type: string;
  url: string;
  block: Buffer;
}

async function readWarc(path: string): Promise<ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const record of new WARCParser(createReadStream(path), { parseHttp: false })) {
    const pieces: Uint8Array[] = [];
    for await (const piece of record) pieces.push(piece);
    records.push({
      type: record.warcType ?? '',
      url: record.warcTargetURI ?? '',
      block: Buffer.concat(pieces),
    });
  }
  return records;
}

/** Whether a picture has pixels of the frame and of the cover. */
function coloursOf(png: Uint8Array) {
  const { width, height, size, pixels } = decodePng(png);
  const has = (...rgb: number[]) => {
    const one = Buffer.from(size === 4 ? [...rgb, 255] : rgb);
    return pixels.includes(Buffer.concat([one, one, one]));
  };
  return { width, height, hasRed: has(0xd4, 0x14, 0x1c), hasCover: has(0x33, 0x33, 0x33) };
}

/** Eight bits a channel, not interlaced, as Chromium writes them (RFC 2083 §6). */
function decodePng(png: Uint8Array) {
  const file = Buffer.from(png);
  const [width, height, size] = [file.readUInt32BE(16), file.readUInt32BE(20), file[25] === 6 ? 4 : 3];
  const data: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(data));
  const row = width * size;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)]!;
    for (let x = 0; x < row; x++) {
      const left = x < size ? 0 : pixels[y * row + x - size]!;
      const up = y === 0 ? 0 : pixels[(y - 1) * row + x]!;
      const corner = x < size || y === 0 ? 0 : pixels[(y - 1) * row + x - size]!;
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      const added = [0, left, up, (left + up) >> 1, paeth][filter]!;
      pixels[y * row + x] = raw[y * (row + 1) + 1 + x]! + added;
    }
  }
  return { width, height, size, pixels };
}

const json = async (name: string, path: string) => JSON.parse(await readFile(join(dir, name, path), 'utf8'));

describe('a capture', () => {
  it('holds every exchange as it went over the wire, in a file that another WARC reader understands', async () => {
    const capture = await capturePage({ ...inputOf('whole', '/'), browser });
    expect(capture).toMatchObject({ status: 200, title: '第一中学', incomplete: [] });
    expect(capture.finalUrl).toBe(`http://${host}/index.html`);
    const records = await readWarc(join(dir, 'whole', 'items/web/page.warc.gz'));
    expect(records.map((record) => record.type).slice(0, 5)).toEqual([
      'warcinfo',
      'response',
      'request',
      'response',
      'request',
    ]);
    const responses = records.filter((record) => record.type === 'response');
    expect(responses.map((record) => record.url).sort()).toEqual(
      ['/', '/gone.png', '/index.html', '/logo.svg', '/style.css'].map((path) => `http://${host}${path}`),
    );
    const page = responses.find((record) => record.url.endsWith('/index.html'))!.block;
    expect(page.toString('latin1')).toMatch(
      /^HTTP\/1\.1 200 OK\r\ncontent-type: text\/html; charset=utf-8\r\n/,
    );
    // The chunk marks and the gzip coding are still there.
    expect(
      page.includes('transfer-encoding: chunked', 0, 'latin1') || page.includes('Transfer-Encoding: chunked'),
    ).toBe(true);
    const requests = records.filter((record) => record.type === 'request');
    expect(requests[0]!.block.toString()).toContain(`GET / HTTP/1.1\r\nHost: ${host}\r\n`);
  });

  it('keeps the payload so that warcio decodes it to the page', async () => {
    await capturePage({ ...inputOf('decode', '/index.html'), browser: new Error('not needed') });
    for await (const record of new WARCParser(
      createReadStream(join(dir, 'decode', 'items/web/page.warc.gz')),
    )) {
      if (record.warcType !== 'response') {
        await record.skipFully();
        continue;
      }
      const payload = await record.readFully(true);
      const plain = payload[0] === 0x1f ? gunzipSync(payload) : Buffer.from(payload);
      expect(plain.toString('utf8')).toBe(html);
      return;
    }
    expect.unreachable('no response record');
  });

  it('has one gzip member per record', async () => {
    await capturePage({ ...inputOf('members', '/style.css'), browser: new Error('not needed') });
    const bytes = await readFile(join(dir, 'members', 'items/web/page.warc.gz'));
    const starts = bytes.toString('latin1').split('\x1f\x8b\x08\0\0\0\0\0').length - 1;
    expect(starts).toBe(3);
  });

  it('has a picture of the whole page drawn from those bytes, and lists what was missing', async () => {
    const capture = await capturePage({ ...inputOf('drawn', '/'), browser });
    const png = await readFile(join(dir, 'drawn', 'items/shot/page.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(20)).toBeGreaterThan(2000);
    const missing = [...capture.missing].sort((a, b) => (a.url < b.url ? -1 : 1));
    expect(missing.map(({ url }) => url)).toEqual([
      'http://192.168.1.1/admin.png',
      `http://${host}/gone.png`,
    ]);
    expect(missing[0]!.problem).toContain('not public');
    expect(missing[1]!.problem).toBe('status 404');
    expect(await json('drawn', 'items/web/page.missing.json')).toHaveLength(2);
  });

  it('tells addresses, headers and circumstances', async () => {
    await capturePage({ ...inputOf('facts', '/index.html'), browser });
    const [dns] = await json('facts', 'items/net/page.dns.json');
    expect(dns).toMatchObject({ host, answers: ['127.0.0.1'], via: 'register', remotePort: port });
    const [headers] = await json('facts', 'items/net/page.headers.json');
    expect(headers).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } });
    expect(await json('facts', 'items/net/page.tls.json')).toEqual([]);
    const environment = await json('facts', 'items/env/page.json');
    expect(environment).toMatchObject({ egress: ['127.0.0.1'], clock: { offsetMs: null }, proxy: null });
    expect(environment.browser.version).toMatch(/^Chromium \d+/);
  });

  it('marks each spot in a picture of its place, and says why a visitor sees none', async () => {
    const spots = [
      { key: 'text', text: '在线投注', context: '第二段：马上在线投注，先到先得。' },
      { key: 'link', text: '入口', target: 'http://bet.example/in' },
      { key: 'picture', text: '', target: '/logo.svg' },
      { key: 'number', text: '110*************34', cover: true },
      { key: 'hidden', text: '博彩', target: 'http://bet.example/' },
      { key: 'far', text: '远', target: 'http://far.example/' },
      { key: 'pale', text: '看不清的字' },
      { key: 'cut', text: '剪掉的字' },
      { key: 'title', text: '澳门赌场' },
      { key: 'gone', text: '没有的字' },
    ];
    const capture = await capturePage({ ...inputOf('spots', '/spots'), browser, spots });
    expect(capture.spots.map(({ key, unseen }) => [key, unseen])).toEqual([
      ['text', null],
      ['link', null],
      ['picture', null],
      ['number', null],
      ['hidden', 'display-none'],
      ['far', 'off-screen'],
      ['pale', 'same-colour'],
      ['cut', 'clipped'],
      ['title', 'in-title'],
      ['gone', 'absent'],
    ]);
    // The second of two places, by what stands around it; in two pieces, since the page has it in two.
    const [text] = capture.spots;
    expect(text!.boxes.every((box) => box.y > 3000)).toBe(true);
    expect(capture.spots[2]!.boxes[0]).toMatchObject({ width: 40, height: 40 });
    for (const { png, unseen } of capture.spots) {
      expect(png === undefined).toBe(unseen !== null);
      if (png) expect(coloursOf(png)).toMatchObject({ width: 1280, height: 720, hasRed: true });
    }
    // The number is painted over in every picture, also in that of the text above it.
    expect([text!, capture.spots[3]!].map(({ png }) => coloursOf(png!).hasCover)).toEqual([true, true]);
    expect(coloursOf(await readFile(join(dir, 'spots', 'items/shot/page.png')))).toMatchObject({
      hasRed: false,
      hasCover: false,
    });
    const told = await json('spots', 'items/shot/page.spots.json');
    expect(told.spots[0]).toMatchObject({ key: 'text', picture: 'items/shot/page.spot-1.png' });
    expect(capture.items.map((item) => item.path)).toContain('items/shot/page.spot-4.png');
  });

  it('goes into a bag as it is, and the bag verifies', async () => {
    const capture = await capturePage({ ...inputOf('bag', '/'), browser });
    const keys = await loadOrCreateKeys(join(dir, 'keys'));
    const sealed = await createBag({
      caseId: 'C1',
      number: 1,
      items: capture.items,
      incomplete: capture.incomplete,
      privateKey: keys.privateKey,
      createdAt: now(),
      outFile: join(dir, 'bag-C1-1.zip'),
    });
    expect(sealed.manifest.items).toHaveLength(7);
    expect(await verifyBag(sealed.file, keys.publicPem)).toMatchObject({ result: 'pass' });
  });
});

describe('a capture of what does not want to be captured', () => {
  it('is made without a picture when there is no browser, and says so', async () => {
    const capture = await capturePage({ ...inputOf('blind', '/'), browser: new Error('no user namespaces') });
    expect(capture.incomplete).toEqual([
      { item: 'items/shot/page.png', problem: 'screenshot: no user namespaces' },
    ]);
    expect(await readdir(join(dir, 'blind', 'items/shot'))).toEqual([]);
    expect(capture.items.map((item) => item.path)).not.toContain('items/shot/page.png');
    expect(Buffer.from(capture.body).toString()).toBe(html);
  });

  it('is made without a picture when the browser cannot be started', async () => {
    const input = {
      ...inputOf('false', '/'),
      cacheDir: browserCache(),
      executable: '/bin/false',
    };
    const capture = await preservePage(input);
    expect(capture.incomplete[0]!.problem).toContain('The browser cannot be started');
    expect(capture.items).toHaveLength(6);
  });

  it('keeps what came of an answer that broke off, and the reason', async () => {
    const capture = await capturePage({ ...inputOf('cut', '/cut'), browser });
    expect(capture.incomplete[0]!.item).toBe('items/web/page.warc.gz');
    const records = await readWarc(join(dir, 'cut', 'items/web/page.warc.gz'));
    expect(records.find((record) => record.type === 'response')!.block.toString()).toContain('<p>half');
    expect(records.find((record) => record.type === 'metadata')!.block.toString()).toMatch(/^fetchError: /);
  });

  it('is still a capture when nothing answers at all', async () => {
    const input = { ...inputOf('dead', '/'), allow: [{ host, address: '127.0.0.1', port: 1 }] };
    const capture = await capturePage({ ...input, browser });
    expect(capture.status).toBe(0);
    expect(capture.incomplete.map((loss) => loss.item)).toEqual([
      'items/web/page.warc.gz',
      'items/shot/page.png',
    ]);
    const records = await readWarc(join(dir, 'dead', 'items/web/page.warc.gz'));
    expect(records.map((record) => record.type)).toEqual(['warcinfo', 'metadata']);
  });

  it('does not reach an inner address through a redirect or a page', async () => {
    const input = { ...inputOf('inner', '/'), url: 'http://127.0.0.1/', allow: [] };
    const capture = await capturePage({ ...input, browser });
    expect(capture.status).toBe(0);
    expect(capture.incomplete[0]!.problem).toContain('not public');
  });
});
