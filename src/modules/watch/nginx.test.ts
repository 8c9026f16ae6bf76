/** Websites behind Debian's nginx: over HTTPS with certificates that nobody should trust, and behind walls. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { starterTermList } from '#scan';
import { freePort } from '#test/product';
import { type Nginx, noNginx, startNginx } from '../../../test/peers/nginx.ts';
import { lookAtTls } from './probe/look-at-tls.ts';
import { createReaderPool, keyedList } from './read-page.ts';
import { allowedHost, judgeCrawl } from './rules.ts';
import { type CrawledSite, crawlAll, hiddenLink, html } from './testing.ts';

const pool = createReaderPool({ workers: 1 });
const words = keyedList(starterTermList);
afterAll(() => pool.close());

const signal = new AbortController().signal;

async function crawl(url: string, resolveTo: string): Promise<CrawledSite> {
  const allow = allowedHost({ url, resolveTo });
  return crawlAll(
    { url, hosts: new Set([new URL(url).host]), allow: allow ? [allow] : [], seeds: [] },
    { pool, words, userAgent: 'JiaodunWatch/1.0 (+http://bureau.example)', signal, limits: { retryMs: 1 } },
  );
}

const verdictOf = ({ pages, left }: CrawledSite) =>
  judgeCrawl({
    home: pages[0] ?? null,
    pages,
    left,
    open: 0,
    seen: pages.reduce((sum, page) => sum + page.findings.length, 0),
  });

const skipped = noNginx ? ` (${noNginx})` : '';

describe.skipIf(noNginx)(`a wall before a website, built with a real nginx${skipped}`, () => {
  let nginx: Nginx;
  const challenge =
    "<html><head><script>var a='x'+Date.now();document.cookie='pass='+a+';path=/';location.reload();</script></head><body></body></html>";
  const walls: Record<string, string> = {
    refusing: 'return 403;',
    teapot: 'return 412 "<html><body>Precondition Failed</body></html>";',
    empty: 'return 444;',
    blocking: 'return 200 "<html><body><h1>网站防火墙</h1>您的请求可能存在威胁，已被拦截</body></html>";',
    challenging: `return 200 "${challenge}";`,
    waiting: `return 202 "${challenge}";`,
    limiting: 'return 429;',
    // To browsers it shows the site.
    choosing: 'if ($http_user_agent ~ JiaodunWatch) { return 403; }',
    // It wakes up behind the home page.
    waking: 'if ($request_uri ~ news) { return 405; }',
  };

  beforeAll(async () => {
    const links = Array.from({ length: 8 }, (_, n) => `<a href="/news${n}.html">新闻${n}</a>`).join('');
    const files: Record<string, string> = { 'index.html': html(`<p>欢迎访问</p>${links}`) };
    for (let n = 0; n < 8; n++) files[`news${n}.html`] = html(`<p>新闻${n}</p>`);
    const rules = Object.entries(walls).map(([name, rule], n) => {
      const [, condition, inner] = /^if \((.*)\) \{ (.*) \}$/.exec(rule) ?? [];
      // nginx knows no "and" of two conditions.
      return condition
        ? `set $w${n} 0; if ($host = ${name}.school.example) { set $w${n} 1; } if (${condition}) { set $w${n} "\${w${n}}1"; } if ($w${n} = 11) { ${inner} }`
        : `if ($host = ${name}.school.example) { ${rule} }`;
    });
    nginx = await startNginx(files, `charset utf-8; default_type text/html; ${rules.join('\n')}`);
  });
  afterAll(() => nginx?.close());

  it('is seen through by nobody who meets none', async () => {
    expect(verdictOf(await crawl('http://open.school.example/', nginx.resolveTo))).toEqual({
      state: 'clean',
      reason: null,
    });
  });

  it.each([
    ['refusing', /403/],
    ['teapot', /412/],
    ['blocking', /防火墙/],
    ['challenging', /验证访问者/],
    ['waiting', /验证访问者/],
    ['limiting', /429/],
    ['choosing', /403/],
    ['waking', /405/],
  ])('%s, is told as one: the site is blocked, never clean', async (name, reason) => {
    const verdict = verdictOf(await crawl(`http://${name}.school.example/`, nginx.resolveTo));
    expect(verdict).toEqual({ state: 'blocked', reason: expect.stringMatching(reason) });
  });

  it('that hangs up without a word makes the site unreachable', async () => {
    expect(verdictOf(await crawl('http://empty.school.example/', nginx.resolveTo))).toMatchObject({
      state: 'unreachable',
    });
  });
});

describe.skipIf(noNginx)(`certificates of a real nginx${skipped}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'jiaodun-certificates-'));
  const name = 'tls.school.example';
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const open: Nginx[] = [];

  beforeAll(() => {
    openssl(
      'req',
      '-x509',
      ...ec,
      '-keyout',
      'root.key',
      '-out',
      'root.pem',
      '-subj',
      '/CN=Root',
      '-days',
      '900',
    );
    issue('middle', 'root', 'basicConstraints=critical,CA:TRUE', 'Middle');
    issue('good', 'middle', `subjectAltName=DNS:${name}`, name);
    issue('other', 'middle', 'subjectAltName=DNS:other.example', 'other.example');
    const own = ['-addext', `subjectAltName=DNS:${name}`, '-subj', `/CN=${name}`, '-days', '60'];
    openssl('req', '-x509', ...ec, '-keyout', 'self.key', '-out', 'self.pem', ...own);
  });
  afterAll(async () => {
    for (const one of open) await one.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function issue(file: string, by: string, extension: string, subject: string): void {
    writeFileSync(join(dir, `${file}.ext`), extension);
    openssl('req', ...ec, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${subject}`);
    const signer = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
    const args = ['-in', `${file}.csr`, ...signer, '-extfile', `${file}.ext`, '-days', '60'];
    openssl('x509', '-req', ...args, '-out', `${file}.pem`);
  }

  it.each([
    ['a whole chain', 'good', ['middle'], []],
    ['a chain without its middle', 'good', [], ['tls.incomplete_chain']],
    ['another name', 'other', ['middle'], ['tls.name_mismatch']],
    ['its own signature', 'self', [], ['tls.self_signed']],
  ])('with %s are judged by the look, and the pages behind are read', async (_, file, chain, rules) => {
    const pems = [file, ...chain].map((one) => readFileSync(join(dir, `${one}.pem`), 'utf8'));
    writeFileSync(join(dir, `${file}.chain.pem`), pems.join(''));
    const port = await freePort();
    const tls = `listen 127.0.0.1:${port} ssl; ssl_certificate ${dir}/${file}.chain.pem; ssl_certificate_key ${dir}/${file}.key;`;
    const files = { 'index.html': html('<a href="/a.html">甲</a>'), 'a.html': html(hiddenLink) };
    open.push(await startNginx(files, `${tls} charset utf-8;`));
    const url = `https://${name}/`;
    const result = await crawl(url, `127.0.0.1:${port}`);
    expect(result.pages.map(({ outcome }) => outcome)).toEqual(['read', 'read']);
    expect(verdictOf(result).state).toBe('faulty');
    const { remarks, unread } = await lookAtTls(new URL(url), {
      allow: [{ host: name, address: '127.0.0.1', port }],
      now: new Date(),
      expiryDays: [30, 14, 7, 0],
      signal,
      ca: readFileSync(join(dir, 'root.pem'), 'utf8'),
      timeoutMs: 20_000,
    });
    expect([remarks.map(({ rule }) => rule), unread]).toEqual([rules, null]);
  });
});
