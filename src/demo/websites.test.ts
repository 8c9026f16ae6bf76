import { createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCity, type LiveSchool } from './city.ts';
import { encodeGbk } from './gbk.ts';
import { closeServer, listenOn } from './listen.ts';
import { leakedNumbers, SPAM_HOST } from './site-fault.ts';
import { startWebsites, type Websites } from './websites.ts';

const city = buildCity({
  seed: 2009,
  resolveTo: { 'school-07': '127.0.0.1:1', 'school-23': '127.0.0.1:2', 'school-41': '127.0.0.1:3' },
});
const anyPorts = { 'school-07': 0, 'school-23': 0, 'school-41': 0 };
const token = 'a-token-of-the-test';
let sites: Websites;
const saved: boolean[] = [];

beforeAll(async () => {
  const onFault = async (faulty: boolean): Promise<void> => void saved.push(faulty);
  sites = await startWebsites({ city, ports: anyPorts, token, faulty: true, onFault });
});
afterAll(() => sites.close());

const at = (school: LiveSchool, path: string): string => `http://127.0.0.1:${sites.ports[school]}${path}`;
const bytesOf = async (url: string): Promise<Buffer> => Buffer.from(await (await fetch(url)).arrayBuffer());
const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
/** The home page that school 41's server gives to who asks for `host`. */
const askAs = (host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(at('school-41', '/'), { headers: { host } }, (response) => {
      text(response).then(resolve, reject);
    }).on('error', reject);
  });
const press = (action: string, headers: Record<string, string>): Promise<Response> =>
  fetch(at('school-07', `/__demo/${action}`), { method: 'POST', headers });

/** Every path that can be reached from the home page by links of the same site. */
async function crawl(school: LiveSchool): Promise<Map<string, Buffer>> {
  const pages = new Map<string, Buffer>();
  const waiting = ['/'];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (pages.has(path)) continue;
    const response = await fetch(at(school, path));
    expect(response.status, path).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    pages.set(path, bytes);
    if (!response.headers.get('content-type')?.startsWith('text/html')) continue;
    for (const match of bytes.toString('latin1').matchAll(/(?:href|src)="(\/[^"]*)"/g))
      waiting.push(match[1]!);
  }
  return pages;
}

/** GB 11643 as the sum that must be 1 modulo 11, with the weights as powers of two. */
function isIdentityNumber(text: string): boolean {
  const sum = [...text].reduce((n, c, i) => n + (c === 'X' ? 10 : Number(c)) * (2 ** (17 - i) % 11), 0);
  const date = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
  const real = new Date(`${date}T00:00:00Z`);
  return sum % 11 === 1 && !Number.isNaN(real.getTime()) && real.toISOString().startsWith(date);
}

describe('the faulty website', () => {
  it('hides gambling links in its home page and shows at least twelve valid identity numbers', async () => {
    await press('inject', { 'x-demo-token': token });
    expect(isIdentityNumber('11010519491231002X')).toBe(true);
    expect(isIdentityNumber('110105194912310021')).toBe(false);
    const pages = await crawl('school-07');
    expect(pages.size).toBeGreaterThan(12);
    const home = pages.get('/')!.toString();
    expect(home).toMatch(new RegExp(`<div style="display:none">\\s*<a href="http://${SPAM_HOST}/`));
    const leaked = [...pages.values()].flatMap((page) => page.toString().match(/\b33\d{15}[\dX]\b/g) ?? []);
    expect(new Set(leaked).size).toBeGreaterThanOrEqual(12);
    for (const number of leaked) expect(isIdentityNumber(number), number).toBe(true);
    for (const number of leaked) expect(number.slice(14, 17)).toBe('000');
  });

  it('is cleaned and made faulty again by the control page, and tells its keeper each time', async () => {
    saved.length = 0;
    expect(await (await press('clean', { 'x-demo-token': token })).json()).toEqual({ faulty: false });
    const clean = [...(await crawl('school-07')).values()].map(String).join('\n');
    expect(clean).not.toContain(SPAM_HOST);
    for (const number of leakedNumbers(city.seed)) expect(clean).not.toContain(number);
    await press('inject', { 'x-demo-token': token });
    expect(await textOf(at('school-07', '/'))).toContain(SPAM_HOST);
    expect(saved).toEqual([false, true]);
  });

  it('takes the token from a form too and answers a browser with the page of buttons', async () => {
    const url = at('school-07', '/__demo/clean');
    const body = new URLSearchParams({ token });
    const response = await fetch(url, { method: 'POST', body, headers: { accept: 'text/html' } });
    expect(await response.text()).toContain('已清理');
    await press('inject', { 'x-demo-token': token });
  });

  it('changes nothing without the right token, by GET, or with an overlong form', async () => {
    await press('inject', { 'x-demo-token': token });
    const url = at('school-07', '/__demo/clean');
    expect((await press('clean', {})).status).toBe(403);
    expect((await press('clean', { 'x-demo-token': `${token}x` })).status).toBe(403);
    expect((await fetch(`${url}?token=${token}`)).status).toBe(405);
    const long = await fetch(url, { method: 'POST', body: `token=${'x'.repeat(10_000)}` });
    expect(long.status).toBe(413);
    expect(await textOf(at('school-07', '/'))).toContain(SPAM_HOST);
  });

  it('does not write a token that is HTML into the page', async () => {
    const page = await textOf(
      at('school-07', `/__demo/?token=${encodeURIComponent('"><script>alert(1)</script>')}`),
    );
    expect(page).not.toContain('<script>');
  });

  it('is not linked to its control page', async () => {
    for (const path of (await crawl('school-07')).keys()) expect(path).not.toContain('__demo');
  });
});

describe('the other websites', () => {
  it('write GBK that a strict decoder reads, announced inside the page only', async () => {
    const response = await fetch(at('school-23', '/news/'));
    expect(response.headers.get('content-type')).toBe('text/html');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError);
    const text = new TextDecoder('gb18030', { fatal: true }).decode(bytes);
    expect(text).toContain('<meta charset="gb2312">');
    expect(text).toContain('校园新闻');
  });

  it('carry no fault, but lessons that warn of drugs and fraud', async () => {
    for (const school of ['school-23', 'school-41'] as const) {
      const decoder = new TextDecoder(school === 'school-23' ? 'gbk' : 'utf-8');
      const pages = [...(await crawl(school))].filter(([path]) => !path.startsWith('/files/'));
      const text = pages.map(([, page]) => decoder.decode(page)).join('\n');
      expect(text).toContain('禁毒');
      expect(text).toContain('防范电信网络诈骗');
      expect(text).not.toMatch(/display:none|\d{17}[\dX]/);
    }
  });

  it('show the filing numbers that the register has', async () => {
    const entry = city.sites.find((site) => site.unitCode === 'school-41')!;
    const home = await textOf(at('school-41', '/'));
    expect(home).toContain(`>${entry.icpNo}</a>`);
    expect(home).toContain(`>${entry.policeNo}</a>`);
  });

  it('answer by name for every site that has an address, each with its own numbers', async () => {
    const others = city.sites.slice(3).filter((site) => site.resolveTo !== '');
    expect(others.length).toBe(58);
    for (const site of others) {
      expect(site.resolveTo).toBe(city.sites.find((one) => one.unitCode === 'school-41')!.resolveTo);
      const home = await askAs(new URL(site.url).host);
      expect(home).toContain(`>${site.icpNo}</a>`);
      expect(home).toContain(city.units.find((unit) => unit.code === site.unitCode)!.name);
    }
    expect(await askAs('www.nobody.example')).toBe(await textOf(at('school-41', '/')));
  });

  it('offer a Word and an Excel file whose entries are whole', async () => {
    const page = await textOf(at('school-41', '/notice/downloads.html'));
    const paths = [...page.matchAll(/href="(\/files\/[^"]+)"/g)].map((match) => match[1]!);
    expect(paths.map((path) => path.split('.').at(-1))).toEqual(['docx', 'xlsx']);
    const { fromBufferPromise } = await import('yauzl');
    const texts: string[] = [];
    for (const path of paths) {
      const zip = await fromBufferPromise(await bytesOf(at('school-41', path)));
      for await (const entry of zip.eachEntry()) {
        const chunks: Buffer[] = [];
        for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
        texts.push(Buffer.concat(chunks).toString());
      }
    }
    expect(texts.join('')).toContain('冬季作息时间表');
    expect(texts.join('')).toContain('机器人社');
  });

  it('refuse other methods and unknown paths', async () => {
    expect((await fetch(at('school-41', '/'), { method: 'POST' })).status).toBe(405);
    expect((await fetch(at('school-41', '/%2e%2e/secret'))).status).toBe(404);
    expect((await fetch(at('school-41', '//evil'))).status).toBe(404);
    expect((await fetch(at('school-41', '/__demo/'))).status).toBe(404);
  });
});

describe('starting', () => {
  it('names the port that another program holds, and leaves none of the sites running', async () => {
    const other = createServer();
    const taken = await listenOn(other, 0);
    const free = createServer();
    const first = await listenOn(free, 0);
    await closeServer(free);
    const ports = { 'school-07': first, 'school-23': taken, 'school-41': 0 };
    const start = startWebsites({ city, ports, token, faulty: true, onFault: async () => {} });
    await expect(start).rejects.toThrow(`port ${taken}`);
    await expect(fetch(`http://127.0.0.1:${first}/`)).rejects.toThrow(TypeError);
    await closeServer(other);
  });
});

describe('the GBK encoder', () => {
  it('is undone by the decoder for every character it accepts', () => {
    const text = '网络安全 abc，“引号”——〔2009〕57号 镕囍';
    expect(new TextDecoder('gbk', { fatal: true }).decode(encodeGbk(text))).toBe(text);
  });

  it('names the character that GBK cannot write', () => {
    expect(() => encodeGbk('好😀')).toThrow(/U\+1f600/);
  });
});
