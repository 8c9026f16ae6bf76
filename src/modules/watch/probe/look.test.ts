/** Looks at real servers: `openssl s_server` with certificates made here, BIND with zones written here, sites on loopback. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html, type Page, serveSite } from '../testing.ts';
import { defaultRules } from './default-rules.ts';
import { isBelow, judgeHeaders, judgeVersions, readVersions } from './header-rules.ts';
import { lookAtTls } from './look-at-tls.ts';
import { changesOf } from './look-changes.ts';
import { lookForFiles } from './look-for-files.ts';
import { lookUpNames, type NameTerms } from './look-up-names.ts';

const dir = mkdtempSync(join(tmpdir(), 'jiaodun-looks-'));
const children: ChildProcess[] = [];
const ends: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const end of ends) await end();
  rmSync(dir, { recursive: true, force: true });
});
const has = (program: string) => spawnSync(program, ['-V']).error === undefined;
const never = new AbortController().signal;

function waitFor(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  children.push(child);
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (piece: Buffer) => {
      text += piece.toString();
      const match = pattern.exec(text);
      if (match) resolve(match);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`ended: ${text}`)));
  });
}

describe.skipIf(!has('openssl'))('a look at a certificate', () => {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000 });
  const name = 'www.school.example';
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  let ca: string;

  function sign(file: string, key: readonly string[], host: string, by: string, ...more: string[]): void {
    openssl('req', ...key, '-nodes', '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/CN=${host}`);
    const text = more.includes('ca')
      ? 'basicConstraints=critical,CA:TRUE\n'
      : `subjectAltName=DNS:${host}\nbasicConstraints=CA:FALSE\n`;
    writeFileSync(join(dir, `${file}.ext`), text);
    const hash = more.find((one) => one.startsWith('-sha')) ?? '-sha256';
    const from = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-extfile', `${file}.ext`];
    openssl('x509', '-req', '-in', `${file}.csr`, ...from, '-days', '60', hash, '-out', `${file}.pem`);
  }

  beforeAll(() => {
    const root = ['-keyout', 'root.key', '-out', 'root.pem', '-subj', '/CN=Example Root', '-days', '900'];
    openssl('req', '-x509', ...ec, '-nodes', ...root);
    sign('middle', ec, 'Example Middle', 'root', 'ca');
    sign('good', ec, name, 'middle');
    sign('other', ec, 'other.example', 'middle');
    sign('weak', ['-newkey', 'rsa:1024'], name, 'middle', '-sha1');
    const self = ['-keyout', 'self.key', '-out', 'self.pem', '-subj', `/CN=${name}`, '-days', '60'];
    openssl('req', '-x509', ...ec, '-nodes', ...self, '-addext', `subjectAltName=DNS:${name}`);
    ca = readFileSync(join(dir, 'root.pem'), 'utf8');
  });

  async function serve(...args: string[]): Promise<number> {
    const child = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-www', ...args], { cwd: dir });
    return Number((await waitFor(child, /ACCEPT \S+:(\d+)/))[1]);
  }
  const chain = ['-cert_chain', 'middle.pem'];
  const files = (one: string) => ['-cert', `${one}.pem`, '-key', `${one}.key`];

  function look(port: number, more: { days?: number; timeoutMs?: number } = {}) {
    return lookAtTls(new URL(`https://${name}/`), {
      allow: [{ host: name, address: '127.0.0.1', port }],
      now: new Date(Date.now() + (more.days ?? 0) * 86_400_000),
      expiryDays: [30, 14, 7, 0],
      signal: never,
      ca,
      timeoutMs: more.timeoutMs ?? 5000,
    });
  }
  const rulesOf = async (port: number, days?: number) =>
    (await look(port, days === undefined ? {} : { days })).remarks.map((one) => one.rule);

  it('finds nothing at a good one, and tells its end in time', async () => {
    const port = await serve(...files('good'), ...chain);
    const { facts, remarks, unread } = await look(port);
    expect([remarks, unread]).toEqual([[], null]);
    expect(facts).toMatchObject({ trusted: true, protocol: 'TLSv1.3', key: 'EC 256', oldProtocols: [] });
    expect(await rulesOf(port, 40)).toEqual(['tls.expires_soon']);
    expect(await rulesOf(port, 55)).toEqual(['tls.expires_week']);
    expect(await rulesOf(port, 61)).toEqual(['tls.expired']);
    expect(await rulesOf(port, -1)).toEqual(['tls.not_yet_valid']);
  });

  it('tells a missing intermediate, another name and a self-signed one apart', async () => {
    expect(await rulesOf(await serve(...files('good')))).toEqual(['tls.incomplete_chain']);
    expect(await rulesOf(await serve(...files('other'), ...chain))).toEqual(['tls.name_mismatch']);
    expect(await rulesOf(await serve(...files('self')))).toEqual(['tls.self_signed']);
  });

  it('tells a short key, a broken signature, old protocols and suites without secrecy', async () => {
    const lax = ['-cipher', 'ALL:eNULL:@SECLEVEL=0'];
    const old = await serve(...files('weak'), ...chain, '-tls1', ...lax);
    expect(await rulesOf(old)).toEqual([
      'tls.weak_key',
      'tls.weak_signature',
      'tls.old_protocol',
      'tls.weak_cipher',
    ]);
    expect((await look(old)).facts?.oldProtocols).toEqual(['TLSv1']);
  });

  it('takes a server that speaks no TLS for a fault, and one that never answers for unread', async () => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const silent = createServer();
    for (const one of [plain, silent]) {
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
      const sockets = new Set<Socket>();
      one.on('connection', (socket) => sockets.add(socket));
      ends.push(async () => {
        for (const socket of sockets) socket.destroy();
        one.close();
      });
    }
    expect(await rulesOf((plain.address() as AddressInfo).port)).toEqual(['tls.no_handshake']);
    const hung = await look((silent.address() as AddressInfo).port, { timeoutMs: 200 });
    expect([hung.remarks, hung.unread]).toEqual([[], expect.stringContaining('超时')]);
  });
});

describe.skipIf(!has('named'))('a look at a name', () => {
  let port = 0;
  beforeAll(async () => {
    const probe = createSocket('udp4');
    await new Promise<void>((resolve) => probe.bind(0, '127.0.0.1', resolve));
    port = probe.address().port;
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    const head =
      '$TTL 60\n@ IN SOA ns.school.example. root.school.example. 1 60 60 60 60\n@ IN NS ns.school.example.\n';
    writeFileSync(
      join(dir, 'school.zone'),
      `${head}ns IN A 127.0.0.1\n@ IN A 9.9.9.9\nwww IN A 8.8.8.8\nalias IN CNAME host.cloud.example.
gone IN CNAME taken.cloud.example.\ninner IN A 10.1.2.3\nring IN CNAME ring2\nring2 IN CNAME ring\n`,
    );
    writeFileSync(join(dir, 'cloud.zone'), `${head}host IN A 8.8.4.4\n`);
    const zone = (one: string) => `zone "${one}.example" { type primary; file "${join(dir, one)}.zone"; };`;
    writeFileSync(
      join(dir, 'named.conf'),
      `options { directory "${dir}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
        pid-file none; session-keyfile none; recursion no; }; controls { }; ${zone('school')} ${zone('cloud')}`,
    );
    await waitFor(
      spawn('named', ['-g', '-c', join(dir, 'named.conf'), '-p', String(port)]),
      /all zones loaded/,
    );
  }, 20_000);

  const terms = (more: Partial<NameTerms> = {}): NameTerms => ({
    servers: [`127.0.0.1:${port}`],
    before: undefined,
    registered: async () => new Set(),
    hasPlace: false,
    twinRegistered: true,
    timeoutMs: 1000,
    ...more,
  });
  const rulesOf = async (host: string, more?: Partial<NameTerms>) =>
    (await lookUpNames(host, terms(more))).remarks.map((one) => one.rule);

  it('reads addresses, aliases and the zone, and accuses nobody at the first look', async () => {
    const { facts, remarks } = await lookUpNames('alias.school.example', terms());
    expect(facts).toEqual({
      addresses: ['8.8.4.4'],
      cname: ['host.cloud.example'],
      ns: ['ns.school.example'],
      soa: 'school.example ns.school.example',
    });
    expect(remarks).toEqual([]);
    expect((await lookUpNames('ring.school.example', terms())).unread).not.toBe('');
  });

  it('tells an alias that leads to nothing, and an inner address', async () => {
    expect(await rulesOf('gone.school.example')).toEqual(['dns.dangling_cname']);
    expect(await rulesOf('inner.school.example')).toEqual(['dns.private_address']);
  });

  it('tells an address that no register knows, and a change from the first one', async () => {
    const before = { addresses: ['1.1.1.1'], cname: [], ns: [], soa: null };
    expect(await rulesOf('www.school.example', { hasPlace: true })).toEqual(['dns.unregistered_address']);
    expect(await rulesOf('www.school.example', { before })).toEqual(['dns.changed_address']);
    const known = async () => new Set(['8.8.8.8']);
    expect(await rulesOf('www.school.example', { before, hasPlace: true, registered: known })).toEqual([]);
    const hosted = { ...before, cname: ['host.cloud.example'] };
    expect(await rulesOf('alias.school.example', { before: hosted })).toEqual([]);
    expect(await rulesOf('www.school.example', { twinRegistered: false, registered: known })).toEqual([]);
  });

  it('is unread when the name server says nothing, and changes nothing', async () => {
    const mute = createSocket('udp4');
    await new Promise<void>((resolve) => mute.bind(0, '127.0.0.1', resolve));
    ends.push(() => new Promise<void>((resolve) => mute.close(() => resolve())));
    const answer = await lookUpNames(
      'www.school.example',
      terms({ servers: [`127.0.0.1:${mute.address().port}`], timeoutMs: 50 }),
    );
    expect(answer).toMatchObject({
      facts: undefined,
      remarks: [],
      unread: expect.stringContaining('没有应答'),
    });
  });
});

describe('a look for files', () => {
  async function look(pages: Record<string, Page>) {
    const site = await serveSite(pages);
    ends.push(() => site.close());
    const url = 'http://files.school.example/';
    return lookForFiles(
      { url, host: 'files.school.example', resolveTo: site.resolveTo },
      { userAgent: 'test', signal: never, timeoutMs: 2000 },
    );
  }
  const text = (body: string): Page => ({ type: 'text/plain', body });

  it('knows them by their content, and keeps no secret of theirs', async () => {
    const { remarks, unread } = await look({
      '/.git/HEAD': text('ref: refs/heads/master\n'),
      '/.env': text('APP_NAME=x\nDB_PASSWORD=geheim123\n'),
      '/backup.zip': { type: 'application/zip', body: Buffer.from('PK\x03\x04rest', 'latin1') },
      '/db.sql': text('-- MySQL dump 10.13\n'),
      '/phpinfo.php': { body: '<title>PHP 7.4 - phpinfo()</title>' },
      '/admin/login': { body: html('<form><input type="password" name="p"></form>', '后台') },
      '/data.sql': { body: html('<p>not here</p>') },
      '/web.zip': text('no archive'),
    });
    expect(unread).toBeNull();
    expect(remarks.map((one) => one.rule).sort()).toEqual([
      'exposure.admin',
      'exposure.backup',
      'exposure.database',
      'exposure.repository',
      'exposure.secrets',
      'exposure.server_state',
    ]);
    expect(JSON.stringify(remarks)).not.toContain('geheim');
  });

  it('finds nothing at a server that says 200, or shows its log-in page, for everything', async () => {
    const all = (body: string): Record<string, Page> =>
      new Proxy({}, { get: () => ({ body }) satisfies Page });
    expect((await look(all(html('<p>欢迎</p>')))).remarks).toEqual([]);
    expect((await look(all(html('<input type="password">', '登录')))).remarks).toEqual([]);
    expect((await look({})).remarks).toEqual([]);
  });

  it('goes on where only dot names are refused, and is unread where a firewall stops it', async () => {
    const dots: Record<string, Page> = new Proxy({} as Record<string, Page>, {
      get: (_t, path) =>
        String(path).startsWith('/.') ? { status: 403, body: 'no' } : { status: 404, body: 'nothing' },
    });
    expect(await look(dots)).toMatchObject({ unread: null, remarks: [] });
    let asked = 0;
    const wall: Record<string, Page> = new Proxy({} as Record<string, Page>, {
      get: () => (++asked > 5 ? { status: 403, body: '请求被拦截' } : { status: 404, body: 'x' }),
    });
    expect((await look(wall)).unread).toContain('拒绝');
    expect(asked).toBeLessThan(12);
  });
});

describe('headers and versions', () => {
  const answer = (headers: Record<string, string>, body = '') => ({ headers, body: Buffer.from(body) });

  it('are judged by what browsers need, and by the table of versions', () => {
    const bare = judgeHeaders({ 'set-cookie': 'JSESSIONID=1; Path=/\ncount=2' }, 'https://a.example/');
    expect(bare.map((one) => one.rule)).toEqual([
      'headers.no_hsts',
      'headers.no_framing_rule',
      'headers.no_nosniff',
      'headers.no_referrer_policy',
      'headers.cookie_insecure',
      'headers.cookie_script',
      'headers.cookie_samesite',
    ]);
    const good = {
      'strict-transport-security': 'max-age=1',
      'content-security-policy': "frame-ancestors 'self'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'set-cookie': 'sid=1; Secure; HttpOnly; SameSite=Lax',
    };
    expect(judgeHeaders(good, 'https://a.example/')).toEqual([]);
    const page =
      '<meta name="generator" content="WordPress 4.5.1"><script src="/js/jquery-1.8.3.min.js"></script><link href="/bootstrap/5.3.0/css/a.css">';
    const found = readVersions(answer({ server: 'nginx/1.27.1', 'x-powered-by': 'PHP/5.6.40' }, page));
    expect(found.map((one) => `${one.product} ${one.version}`).sort()).toEqual([
      'Bootstrap 5.3.0',
      'PHP 5.6.40',
      'WordPress 4.5.1',
      'jQuery 1.8.3',
      'nginx 1.27.1',
    ]);
    const old = judgeVersions(found, defaultRules.versions).filter(
      (one) => one.rule === 'version.out_of_support',
    );
    expect(old).toHaveLength(3);
    expect([
      isBelow('3.4.9', '3.5'),
      isBelow('3.10', '3.5'),
      isBelow('10.0', '10'),
      isBelow('8.5', '10'),
    ]).toEqual([true, false, false, true]);
  });

  it('read a hostile page in a time that its length bounds', () => {
    const began = process.cpuUsage();
    readVersions(answer({}, '<script src='.repeat(20_000)));
    readVersions(answer({}, `<meta ${'name=generator '.repeat(10_000)}`));
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
  });

  it('that differ from the look before are changes; a look that was not made is none', () => {
    const dns = (address: string) => ({ addresses: [address], cname: [], ns: [], soa: null });
    const rest = { unread: [], remarks: [], filesAt: null };
    expect(changesOf({ dns: dns('8.8.8.8') }, { ...rest, dns: dns('9.9.9.9') })).toEqual([
      { what: 'addresses', before: '8.8.8.8', after: '9.9.9.9' },
    ]);
    expect(changesOf({ dns: dns('8.8.8.8') }, rest)).toEqual([]);
    expect(changesOf({}, { ...rest, dns: dns('9.9.9.9') })).toEqual([]);
  });
});
