/**
 * Websites that nobody registered, and domains that do not exist: names in real log rows, ranges in the register, real
 * servers on loopback, BIND with a zone written here.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { registerSource } from '#logs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { findings } from '../../findings/module.ts';
import { logs } from '../../logs/module.ts';
import { sites } from '../../sites/module.ts';
import { units } from '../../units/module.ts';
import { askDomain } from '../domains/ask-domain.ts';
import { afterAnswer, commonPath, outerDomain } from '../domains/rules.ts';
import { watch } from '../module.ts';
import { defaultRules } from '../probe/default-rules.ts';
import { html, serveSite, type TestSite } from '../testing.ts';
import type { StrangerTools } from './ask-stranger.ts';
import { lookForNames, sweepOn } from './look-for-strangers.ts';
import { addressesFrom, domainsOf, ownerOf } from './rules.ts';

let app: TestApp;
let server: FastifyInstance;
let logstore: SpawnedLogstore;
let dir: string;
let people: Record<string, SignedIn>;
let found: TestSite;
let named: { port: number; child: ChildProcess | undefined };
const never = new AbortController().signal;
const hasNamed = spawnSync('named', ['-V']).error === undefined;
const hour = 3_600_000;

/** Names below .example that exist, besides cdn.example. */
const zoneOf = (names: readonly string[], serial: number) =>
  `$TTL 1\n@ IN SOA ns.example. root.example. ${serial} 60 60 60 1\n@ IN NS ns.example.\nns IN A 127.0.0.1\n${[
    'cdn',
    ...names,
  ]
    .map((name) => `${name} IN A 192.0.2.1\n`)
    .join('')}`;

async function serveZone(
  names: readonly string[],
): Promise<{ port: number; child: ChildProcess | undefined }> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  if (!hasNamed) return { port, child: undefined };
  await writeFile(join(dir, 'example.zone'), zoneOf(names, 1));
  await writeFile(
    join(dir, 'named.conf'),
    `options { directory "${dir}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
      session-keyfile none; recursion no; }; controls { };
      zone "example" { type primary; file "${join(dir, 'example.zone')}"; };`,
  );
  const child = spawn('named', ['-g', '-c', join(dir, 'named.conf'), '-p', String(port)]);
  await told(child, /all zones loaded/);
  return { port, child };
}

/** Resolves when the process says so. */
function told(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (piece: Buffer) => {
      text += piece.toString();
      if (!pattern.test(text)) return;
      child.stderr!.off('data', read);
      resolve();
    };
    child.stderr!.on('data', read);
    child.once('exit', () => reject(new Error(`ended: ${text}`)));
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-strangers-'));
  logstore = await spawnLogstore(dir);
  const client = logstore.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  named = await serveZone([]);
  app = await testApp([audit, units, auth, findings, logs, addresses, sites, watch], {
    logstore: client,
    config: { watchDns: `127.0.0.1:${named.port}` },
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  found = await serveSite({ '/': { body: html('<p>选课系统</p>', '选课系统') } });
});
afterAll(async () => {
  named?.child?.kill('SIGKILL');
  if (app) await watch.stop!(app, 'worker');
  await found?.close();
  await server?.close();
  await app?.close();
  await logstore?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Every name and address leads to the one server of this test, whatever its port is said to be. */
const tools = (host?: string): StrangerTools => ({
  signal: never,
  allow: (asked) =>
    host === undefined || asked === host ? [{ host: asked, address: '127.0.0.1', port: found.port }] : [],
});
async function as(who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) {
  const first = await call(server, people[who]!, method, url, body);
  if (first.status !== 401) return first;
  people[who] = await signIn(server, who);
  return call(server, people[who], method, url, body);
}
const strangers = async (who = 'east-officer') =>
  (await as(who, 'GET', '/api/findings?kind=unregistered')).body.items as {
    id: string;
    url: string;
    rule: string;
    state: string;
    context: string;
    timesSeen: number;
  }[];
const register = (url: string) =>
  as('east-officer', 'POST', '/api/sites', { name: '示例一小', unitCode: 'east-1', url });

describe('whose a name is', () => {
  const site = (host: string, unitId: string) => ({ host, unitId, unitPath: unitId, unitName: unitId });

  it('is told by the registered names alone, the longest first', () => {
    const domains = domainsOf([
      site('www.school.example', 'a'),
      site('b.hosting.example', 'b'),
      site('east.school.example:8080', 'c'),
      site('192.0.2.1', 'd'),
    ]);
    const whose = (name: string) => ownerOf(name, domains)?.unitId;
    expect(whose('oa.school.example')).toBe('a');
    expect(whose('x.east.school.example')).toBe('c');
    expect(whose('x.b.hosting.example')).toBe('b');
    expect(whose('other.hosting.example')).toBeUndefined();
    expect(whose('notschool.example')).toBeUndefined();
  });

  it('goes through a range from one end to the other and leaves its two ends out', () => {
    expect(addressesFrom('192.0.2.0/29', '192.0.2.0', 4)).toEqual({
      addresses: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'],
      next: '192.0.2.5',
    });
    expect(addressesFrom('192.0.2.0/29', '192.0.2.5', 4)).toEqual({
      addresses: ['192.0.2.5', '192.0.2.6'],
      next: null,
    });
    expect(addressesFrom('192.0.2.9/32', '192.0.2.9', 20).addresses).toEqual(['192.0.2.9']);
    expect(addressesFrom('192.0.2.8/31', '192.0.2.8', 20).addresses).toHaveLength(2);
    expect(addressesFrom('10.0.255.0/24', '10.0.255.250', 20)).toMatchObject({ next: null });
  });
});

describe('a name that is asked for and not registered', () => {
  it('is found in the logs of name servers, told to its unit with its evidence, and closed by registering it', async () => {
    expect((await register('http://www.one.school.example/')).status).toBe(200);
    const names = await app.run(actorAt('city', ['logs.ingest', 'logs.sources']), (ctx) =>
      registerSource(ctx, {
        name: 'dns',
        unitCode: 'city',
        format: 'unbound',
        realm: 'main',
        zone: 'Asia/Shanghai',
        toleranceSeconds: 2,
        senders: [],
      } as never),
    );
    const now = app.clock.now().getTime();
    const timeOf = (ms: number) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
    const ask = (host: string, client: string, ago: number) =>
      app.logstore.insert('jiaodun_logs.event', [
        {
          ...{
            recv_ts: timeOf(now - ago),
            ts: timeOf(now - ago),
            seg: 1,
            seq: ago % 1000,
            kind: 'dns',
            src: names.id,
          },
          ...{ cli: `::ffff:${client}`, host },
        },
      ]);
    await ask('xk.one.school.example', '10.0.0.1', 1000);
    await ask('xk.one.school.example', '10.0.0.2', 2000);
    await ask('www.one.school.example', '10.0.0.2', 3000);
    await ask('old.one.school.example', '10.0.0.2', 4 * 86_400_000);
    await ask('elsewhere.example', '10.0.0.2', 5000);
    await lookForNames(app, tools());
    const [stranger, ...more] = await strangers();
    expect(more).toEqual([]);
    expect(stranger).toMatchObject({
      url: 'http://xk.one.school.example/',
      rule: 'unregistered.name',
      state: 'open',
      context: expect.stringMatching(/2 个终端查询 2 次.*标题“选课系统”/s),
    });
    expect(await strangers('west-officer')).toEqual([]);
    await lookForNames(app, tools());
    expect(await strangers()).toMatchObject([{ id: stranger!.id, context: stranger!.context }]);
    expect((await register('http://xk.one.school.example/')).status).toBe(200);
    await drain(app);
    expect((await strangers()).map(({ state }) => state)).toEqual(['closed']);
  });
});

describe('an allocated range', () => {
  it('is gone through slowly, tells what answers to the narrowest holder, and closes what is gone', async () => {
    const rules = { ...defaultRules, sweepPorts: [found.port] };
    const { version } = (await as('city-officer', 'GET', '/api/watch/rules')).body;
    expect((await as('city-officer', 'PUT', '/api/watch/rules', { basedOn: version, rules })).status).toBe(
      200,
    );
    for (const [cidr, unitCode] of [
      ['198.51.100.0/24', 'east'],
      ['198.51.100.16/28', 'east-1'],
      ['203.0.112.0/23', 'east-2'],
    ]) {
      const unit = await app.ownerPool.query('SELECT id FROM units.unit WHERE code = $1', [unitCode]);
      const reply = await as('city-officer', 'POST', '/api/prefixes', { cidr, unitId: unit.rows[0].id });
      expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    }
    const only = tools('198.51.100.18');
    await lookForNames(app, only);
    // The /24 in steps of 20 addresses, the /28 in one; a larger range is none of them.
    for (let step = 0; step < 20; step++) await sweepOn(app, only);
    const { rows } = await app.ownerPool.query(
      `SELECT cidr::text, next_address FROM watch.sweep ORDER BY cidr`,
    );
    expect(rows).toEqual([
      { cidr: '198.51.100.0/24', next_address: null },
      { cidr: '198.51.100.16/28', next_address: null },
    ]);
    const url = `http://198.51.100.18:${found.port}/`;
    const standing = (await strangers()).filter(({ state }) => state === 'open');
    expect(standing).toMatchObject([{ url, rule: 'unregistered.address' }]);
    expect(standing[0]!.context).toContain('198.51.100.16/28');
    // The server is switched off: one look without an answer is no end, unless the unit says so.
    await lookForNames(app, tools('nowhere.example'));
    const stateOf = async () => (await strangers()).find((one) => one.url === url)!.state;
    expect(await stateOf()).toBe('open');
    await app.advance(40 * 3_600_000);
    await found.close();
    await lookForNames(app, only);
    expect(await stateOf()).toBe('closed');
  });
});

describe('an external domain', () => {
  it('is the registrable one of its host, and dead when it is denied twice, hours apart', () => {
    expect(outerDomain('www.shop.example', [])).toBe('shop.example');
    expect(outerDomain('a.b.com.cn', [])).toBe('b.com.cn');
    expect(outerDomain('img.qq.com', ['qq.com'])).toBeUndefined();
    for (const host of ['192.0.2.1', '[2001:db8::1]', 'intranet', 'nas.local']) {
      expect(outerDomain(host, []), host).toBeUndefined();
    }
    const unknown = { state: 'unknown', goneMs: null } as const;
    expect(afterAnswer(unknown, 'gone').state).toBe('once');
    expect(afterAnswer({ state: 'once', goneMs: hour }, 'gone').state).toBe('once');
    expect(afterAnswer({ state: 'once', goneMs: 6 * hour }, 'gone').state).toBe('dead');
    expect(afterAnswer({ state: 'once', goneMs: 6 * hour }, 'there').state).toBe('there');
    expect(afterAnswer({ state: 'dead', goneMs: 9 * hour }, 'unseen').state).toBe('dead');
    expect(commonPath(['city.east.a', 'city.east.b'])).toBe('city.east');
    expect(commonPath(['city.east.a', 'city.west.b'])).toBe('city');
    expect(commonPath(['city.east.a'])).toBe('city.east.a');
  });

  it.skipIf(!hasNamed)('is asked of name servers that know what is above it', async () => {
    const ask = (domain: string, port = named.port) =>
      askDomain(domain, { servers: [`127.0.0.1:${port}`], timeoutMs: 300 });
    expect(await ask('cdn.example')).toBe('there');
    expect(await ask('nobody.example')).toBe('gone');
    // BIND refuses what it is no authority for: that says nothing.
    expect(await ask('nobody.com')).toBe('unseen');
    expect(await ask('cdn.example', 9)).toBe('unseen');
  });

  it.skipIf(!hasNamed)(
    'is one finding with its places, of the unit above them all, until it exists again',
    async () => {
      const page = (host: string) => html(`<p>友情链接</p><a href="http://www.${host}/x">链接</a>`);
      const pages = {
        '/': { body: page('dead.example').replace('</p>', '</p><a href="http://cdn.example/">c</a>') },
      };
      const sites = await Promise.all([serveSite(pages), serveSite(pages)]);
      const add = (n: number, who: string, unitCode: string) =>
        as(who, 'POST', '/api/sites', {
          ...{
            name: `外链站${n}`,
            unitCode,
            url: `http://out${n}.school.example/`,
            resolveTo: sites[n]!.resolveTo,
          },
        });
      const dead = async (who: string) => {
        const { items } = (await as(who, 'GET', '/api/findings?kind=dead-domain&pageSize=50')).body;
        return items.map((one: { state: string; unitName: string; text: string }) => [
          one.text,
          one.state,
          one.unitName,
        ]);
      };
      const round = async (hours: number) => {
        await app.advance(hours * hour);
        await fire(app, 'watch.domains');
      };
      const first = (await add(0, 'east-officer', 'east-1')).body;
      await drain(app);
      await round(0);
      await round(1);
      expect(await dead('east-officer')).toEqual([]);
      await round(7);
      expect(await dead('east-officer')).toEqual([['dead.example', 'open', '东示县第一小学']]);
      expect(await dead('west-officer')).toEqual([]);
      // A school of another county joins: the matter is the city's.
      expect((await add(1, 'west-officer', 'west-1')).status).toBe(200);
      await drain(app);
      await round(1);
      const standing = (await dead('city-officer')).filter(([, state]: string[]) => state === 'open');
      expect(standing).toMatchObject([['dead.example', 'open', expect.stringContaining('市')]]);
      // The link is gone from the first: its county's school is alone in it no more, the other is.
      sites[0]!.pages = { '/': { body: html('<p>没有链接</p>') } };
      expect((await as('east-officer', 'POST', `/api/sites/${first.id}/check`)).status).toBe(200);
      await drain(app);
      await round(1);
      expect((await dead('west-officer')).filter(([, state]: string[]) => state === 'open')).toHaveLength(1);
      await writeFile(join(dir, 'example.zone'), zoneOf(['dead'], 2));
      const loaded = told(named.child!, /loaded serial 2/);
      named.child!.kill('SIGHUP');
      await loaded;
      await round(7);
      expect((await dead('city-officer')).map(([, state]: string[]) => state)).toEqual([
        'closed',
        'closed',
        'closed',
      ]);
      for (const site of sites) await site.close();
    },
  );
});
