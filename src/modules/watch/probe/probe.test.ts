import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect as connectTcp, createServer as createTcp, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { findings } from '../../findings/module.ts';
import { sites } from '../../sites/module.ts';
import { units } from '../../units/module.ts';
import { watch } from '../module.ts';
import { html, type Page, serveSite, type TestSite } from '../testing.ts';
import { askSite } from './ask-site.ts';
import { defaultRules } from './default-rules.ts';
import { firstTimes } from './probe-crew.ts';
import { takeDue } from './probe-store.ts';
import { breaksWeek, nextSlot, periodMs, uptime } from './rules.ts';
import { runProbe } from './run-probe.ts';
import { lookThrough } from './second-vantage.ts';
import { judgeLife } from './zombie-rules.ts';
import type { Life } from './zombie-store.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const open: { close(): Promise<void> }[] = [];
const hour = 3_600_000;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  for (const one of open) await one.close();
  await server.close();
  await app.close();
});

/** Sessions end while the clock is moved by days: who is no longer known signs in again. */
async function as(who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) {
  const first = await call(server, people[who]!, method, url, body);
  if (first.status !== 401) return first;
  people[who] = await signIn(server, who);
  return call(server, people[who], method, url, body);
}
const get = async (url: string) => (await as('east-officer', 'GET', url)).body;
const findingsOf = async (siteId: string) => (await get(`/api/findings?siteId=${siteId}`)).items;
const watchOf = (siteId: string) => get(`/api/sites/${siteId}/watch`);
const round = () => fire(app, 'watch.probes');

let hosts = 0;
async function register(pages: Record<string, Page>): Promise<{ id: string; site: TestSite }> {
  const site = await serveSite(pages);
  open.push(site);
  const reply = await as('east-officer', 'POST', '/api/sites', {
    name: `探测站${++hosts}`,
    unitCode: 'east-1',
    url: `http://probe${hosts}.school.example/`,
    resolveTo: site.resolveTo,
  });
  expect(reply.status).toBe(200);
  return { id: reply.body.id, site };
}

const fine = { '/': { body: html('<p>欢迎</p>') } };
const broken: Page = { status: 500, body: 'x' };

describe('the plan of probes', () => {
  it('gives every host at least twenty probes a day at a minute of its own', () => {
    const period = periodMs(defaultRules.probesPerDay);
    const start = new Date('2026-06-01T00:00:00Z');
    const times = Array.from({ length: 1000 }, (_, n) => nextSlot(`s${n}.example`, start, period).getTime());
    const perMinute = new Map<number, number>();
    for (const time of times) {
      const minute = Math.floor((time - start.getTime()) / 60_000);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    }
    expect(Math.max(...perMinute.values())).toBeLessThan(60);
    expect(Math.max(...times)).toBeLessThanOrEqual(start.getTime() + period);
    let day = 0;
    for (let at = start; ; day++) {
      at = nextSlot('a.example', at, period);
      if (at.getTime() > start.getTime() + 24 * hour) break;
    }
    expect(day).toBeGreaterThanOrEqual(20);
  });

  it('probes a few new sites at once and spreads an import of many', () => {
    const now = new Date('2026-06-01T00:00:00Z');
    expect(firstTimes({ id: 'a', host: 'a' }, now, 1, defaultRules)).toMatchObject({ probe: now, look: now });
    const looks = Array.from({ length: 1000 }, (_, n) =>
      firstTimes({ id: 'a', host: `s${n}` }, now, 1000, defaultRules),
    );
    expect(new Set(looks.map((one) => one.look.getTime())).size).toBeGreaterThan(990);
  });

  it('breaks the weekly rule at five percent, and says nothing of too few probes', () => {
    expect(breaksWeek({ opened: 95, failed: 5 }, 5, 20)).toBe(true);
    expect(breaksWeek({ opened: 96, failed: 4 }, 5, 20)).toBe(false);
    expect(breaksWeek({ opened: 0, failed: 19 }, 5, 20)).toBeUndefined();
    expect([uptime(0, 0), uptime(9999, 1), uptime(3, 0), uptime(1, 1)]).toEqual([null, 99.9, 100, 50]);
  });
});

describe('a probe', () => {
  it('is kept, counted on its day and planned anew; asking now counts for nothing', async () => {
    const { id } = await register(fine);
    await round();
    const first = await watchOf(id);
    expect(first).toMatchObject({ availability: 'open', result: 'ok', status: 200, uptimeWeek: 100 });
    expect(first.days).toHaveLength(30);
    expect(first.days.at(-1)).toMatchObject({ opened: 1, failed: 0 });
    expect(Date.parse(first.nextProbeAt)).toBeGreaterThan(app.clock.now().getTime());
    await round();
    expect((await get(`/api/sites/${id}/probes`)).total).toBe(1);
    expect((await as('east-teacher', 'POST', `/api/sites/${id}/probe`)).status).toBe(200);
    await drain(app);
    const after = await watchOf(id);
    expect(
      (await get(`/api/sites/${id}/probes`)).items.map((one: { counts: boolean }) => one.counts),
    ).toEqual([false, true]);
    expect(after.days.at(-1).opened).toBe(1);
    expect(after.nextProbeAt).toBe(first.nextProbeAt);
  });

  it('keeps an outage from the first failed probe to the first good one, with a finding that closes', async () => {
    const { id, site } = await register(fine);
    await round();
    site.pages = { '/': broken };
    await app.advance(hour);
    await round();
    const began = app.clock.now();
    const probes = (await get(`/api/sites/${id}/probes`)).items;
    expect(
      probes.map((one: { vantage: string; result: string }) => [one.vantage, one.result]).slice(0, 2),
    ).toEqual(
      expect.arrayContaining([
        ['repeat', 'http-5xx'],
        ['own', 'http-5xx'],
      ]),
    );
    expect(await findingsOf(id)).toEqual([]);
    await app.advance(6 * 60_000);
    await round();
    const [found] = (await findingsOf(id)).filter((one: { kind: string }) => one.kind === 'outage');
    expect(found).toMatchObject({ rule: 'availability.down_unconfirmed', severity: 'medium', state: 'open' });
    expect(found.context).toContain('没有经第二个地点证实');
    expect((await get('/api/watch/wall')).items.find((one: { id: string }) => one.id === id).state).toBe(
      'down',
    );
    site.pages = fine;
    await app.advance(6 * 60_000);
    await round();
    const { availability, outages } = await watchOf(id);
    expect(availability).toBe('open');
    expect(outages).toEqual([
      expect.objectContaining({
        beganAt: began.toISOString(),
        endedAt: app.clock.now().toISOString(),
        probes: 2,
      }),
    ]);
    expect((await findingsOf(id)).find((one: { id: string }) => one.id === found.id).state).toBe('closed');
    const kinds = (await get(`/api/sites/${id}/timeline`)).items.map((one: { kind: string }) => one.kind);
    expect(kinds).toEqual(expect.arrayContaining(['outage', 'recovered', 'finding', 'closed']));
  });

  it('takes one lost answer for no outage, and a firewall for neither open nor down', async () => {
    let asked = 0;
    const { id, site } = await register({
      '/': (_request: IncomingMessage, response: ServerResponse) => {
        asked += 1;
        if (asked === 1) return void response.destroy();
        response.end('<p>ok</p>');
      },
    });
    await round();
    expect(await watchOf(id)).toMatchObject({ availability: 'open', outages: [] });
    site.pages = { '/': { status: 403, body: '网站防火墙' } };
    await app.advance(hour);
    await round();
    const blocked = await watchOf(id);
    expect(blocked).toMatchObject({ availability: 'unseen', result: 'blocked', outages: [] });
    expect(blocked.days.at(-1)).toMatchObject({ failed: 0, unseen: 1 });
  });

  it('makes the weekly veto of five percent, and judges anew after a mending is reported', async () => {
    const { id, site } = await register(fine);
    site.pages = { '/': broken };
    for (let n = 0; n < 3; n++) {
      await round();
      await app.advance(hour);
    }
    site.pages = fine;
    for (let n = 0; n < 24; n++) {
      await round();
      await app.advance(hour);
    }
    const weekly = async () =>
      (await findingsOf(id)).find((one: { rule: string }) => one.rule === 'availability.weekly');
    expect(await weekly()).toMatchObject({ kind: 'availability', state: 'open', severity: 'high' });
    expect((await as('east-teacher', 'POST', `/api/findings/${(await weekly()).id}/fixed`, {})).status).toBe(
      200,
    );
    await round();
    expect((await weekly()).state).toBe('fixed');
    for (let n = 0; n < 25; n++) {
      await app.advance(hour);
      await round();
    }
    expect((await weekly()).state).toBe('closed');
  });

  it('that a dead worker held is made by another after its lease, and kept once', async () => {
    const { id } = await register(fine);
    await round();
    await app.advance(hour);
    const take = { limit: 100, farSeconds: 7200 };
    const system = {
      kind: 'system',
      id: 'system:t',
      name: 't',
      unitId: null,
      unitPath: '',
      scope: '*',
      permissions: new Set<string>(),
    } as const;
    const dead = await app.run(system, (ctx) => takeDue(ctx, { ...take, holder: 'dead' }));
    const mine = dead.find((one) => one.id === id)!;
    await round();
    expect((await get(`/api/sites/${id}/probes`)).total).toBe(1);
    await app.advance(200_000);
    await round();
    expect((await get(`/api/sites/${id}/probes`)).total).toBe(2);
    // The dead one comes back late: what it saw is not kept.
    await runProbe(app, mine, 'dead', { rules: defaultRules, signal: new AbortController().signal });
    expect((await get(`/api/sites/${id}/probes`)).total).toBe(2);
  });

  it('goes on when the clock was far ahead and came back', async () => {
    const { id } = await register(fine);
    const before = app.clock.now();
    await app.advance(400 * 24 * hour);
    await round();
    await app.setTime(before);
    await round();
    expect((await get(`/api/sites/${id}/probes`)).total).toBe(2);
  });

  it('is hidden from another county', async () => {
    const { id } = await register(fine);
    for (const path of ['watch', 'probes', 'timeline']) {
      expect((await as('west-officer', 'GET', `/api/sites/${id}/${path}`)).status).toBe(404);
    }
    expect((await as('west-officer', 'GET', '/api/watch/wall')).body.items).toEqual([]);
  });
});

/** A proxy as stands in another network: it reaches `port` whatever the name. */
async function proxyTo(port: number, state = { broken: false }): Promise<{ url: string }> {
  const proxy = createServer((_request, response) => {
    if (state.broken) return void response.writeHead(502).end();
    response.end('<p>from elsewhere</p>');
  });
  proxy.on('connect', (_request, socket) => {
    const peer = connectTcp(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      peer.pipe(socket).pipe(peer);
    });
    peer.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    socket.on('error', () => peer.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () =>
      new Promise((resolve) => {
        proxy.closeAllConnections();
        proxy.close(() => resolve());
      }),
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

const tools = (limitMs: number, secondVantage?: string) => ({
  userAgent: 'test',
  limitMs,
  secondVantage,
  signal: new AbortController().signal,
});

describe('a hostile or broken server', () => {
  const near = (port: number, path = '/') => ({
    url: `http://h.school.example${path}`,
    host: 'h.school.example',
    resolveTo: `127.0.0.1:${port}`,
  });
  const listen = async (on: (socket: import('node:net').Socket) => void): Promise<number> => {
    const sockets = new Set<import('node:net').Socket>();
    const tcp: Server = createTcp((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      on(socket);
    });
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          tcp.close(() => resolve());
        }),
    });
    return (tcp.address() as AddressInfo).port;
  };

  it.each([
    ['that drips', 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<p>', 'timeout'],
    ['that says nothing', '', 'timeout'],
    ['that speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n', 'broken'],
    [
      'that leads to itself',
      'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n',
      'redirect-loop',
    ],
    [
      'that leads into the network',
      'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:22/\r\nContent-Length: 0\r\n\r\n',
      'refused-address',
    ],
  ])('%s is told from the others', async (_name, answer, result) => {
    const port = await listen((socket) => {
      socket.once('data', () => socket.write(answer));
    });
    const { final } = await askSite(near(port), tools(400));
    expect(final.result).toBe(result);
  });

  it('that sends without end is open after its first part', async () => {
    const port = await listen((socket) => {
      const piece = Buffer.alloc(65_536, 97);
      const pump = () => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', pump);
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n');
        pump();
      });
    });
    expect((await askSite(near(port), tools(5000))).final.result).toBe('ok');
  });

  it('that never ends the handshake of TLS costs the limit and no more', async () => {
    const port = await listen(() => {});
    const site = {
      url: `https://h.school.example/`,
      host: 'h.school.example',
      resolveTo: `127.0.0.1:${port}`,
    };
    expect((await askSite(site, tools(300))).final).toMatchObject({ result: 'timeout', verdict: 'down' });
  });

  it('that a name server sends into the network is not asked', async () => {
    const site = { url: 'http://rebind.school.example/', host: 'rebind.school.example', resolveTo: null };
    const { final } = await askSite(site, { ...tools(500), resolve: async () => ['127.0.0.1', '10.0.0.1'] });
    expect(final).toMatchObject({ result: 'refused-address', verdict: 'unseen' });
  });
});

describe('a second vantage point', () => {
  const gone = { url: 'http://gone.school.example/', host: 'gone.school.example', resolveTo: '127.0.0.1:1' };

  it('that opens the page says that the site is closed to us only', async () => {
    const proxy = await proxyTo(1);
    const { final, samples, second } = await askSite(gone, tools(3000, proxy.url));
    expect(second?.saw).toBe('open');
    expect(final).toMatchObject({ result: 'elsewhere-open', verdict: 'unseen' });
    expect(samples.map((one) => one.vantage)).toEqual(['own', 'repeat', 'second']);
  });

  it('that fails too confirms; one that does not work says nothing', async () => {
    const proxy = await proxyTo(1, { broken: true });
    expect((await askSite(gone, tools(3000, proxy.url))).second?.saw).toBe('down');
    const dead = await askSite(gone, tools(3000, 'http://127.0.0.1:1'));
    expect(dead.second?.saw).toBe('unknown');
    expect(dead.final).toMatchObject({ result: 'connect', verdict: 'down' });
  });

  it('reaches HTTPS through a tunnel', async () => {
    const proxy = await proxyTo(1);
    expect((await lookThrough(proxy.url, 'https://gone.school.example/', 2000)).saw).toBe('down');
  });
});

describe('a website that nobody tends', () => {
  const now = new Date('2026-06-01T00:00:00Z');
  const ago = (days: number) => new Date(now.getTime() - days * 24 * hour);
  const life: Life = {
    ...{ downSince: null, opened: 2000, daysProbed: 90, hasChanged: false },
    ...{ readBefore: ago(100), readLast: ago(1), newestDay: null },
  };
  const rulesOf = (more: Partial<Life>) => judgeLife({ ...life, ...more }, now).map(({ rule }) => rule);

  it('is one that was looked at for ninety days and never opened or never changed', () => {
    expect(rulesOf({})).toEqual(['zombie.unchanged']);
    expect(rulesOf({ newestDay: '2026-05-01' })).toEqual([]);
    expect(rulesOf({ newestDay: '2025-05-01' })).toEqual(['zombie.unchanged']);
    expect(rulesOf({ hasChanged: true })).toEqual([]);
    expect(rulesOf({ readBefore: null })).toEqual([]);
    expect(rulesOf({ readLast: ago(30) })).toEqual([]);
    const down = { downSince: ago(91), opened: 0, readLast: ago(95) };
    expect(rulesOf(down)).toEqual(['zombie.unreachable']);
    expect(rulesOf({ ...down, downSince: ago(80) })).toEqual([]);
    // A system that stood still itself saw nothing.
    expect(rulesOf({ ...down, daysProbed: 20 })).toEqual([]);
  });

  it('is told to its unit with advice, and is none any more when it opens', async () => {
    const { id, site } = await register({ '/': broken });
    await round();
    await app.ownerPool.query(
      `UPDATE watch.outage SET began_at = base.now() - interval '95 days' WHERE site_id = $1`,
      [id],
    );
    await app.ownerPool.query(
      `INSERT INTO watch.probe_day (site_id, unit_path, day, failed) SELECT s.id, s.unit_path, d::date, 24
       FROM sites.site s, generate_series(base.now() - interval '80 days', base.now() - interval '2 days',
         interval '1 day') d WHERE s.id = $1`,
      [id],
    );
    const lookAgain = async () => {
      expect((await as('east-officer', 'POST', `/api/sites/${id}/probe`)).status).toBe(200);
      await drain(app);
      return (await findingsOf(id)).filter((one: { kind: string }) => one.kind === 'zombie');
    };
    expect(await lookAgain()).toMatchObject([
      { rule: 'zombie.unreachable', state: 'open', context: expect.stringContaining('注销登记') },
    ]);
    site.pages = fine;
    expect(await lookAgain()).toMatchObject([{ rule: 'zombie.unreachable', state: 'closed' }]);
  });
});

describe('a thousand sites', () => {
  it('are one answer of the wall, and are enrolled spread over their period', async () => {
    await app.ownerPool.query(
      `INSERT INTO sites.site (unit_id, unit_path, name, url, host)
       SELECT u.id, u.unit_path, '大量' || n, 'http://bulk' || n || '.example/', 'bulk' || n || '.example'
       FROM generate_series(1, 1000) n, units.unit u WHERE u.code = 'west-1'`,
    );
    await round();
    const { rows } = await app.ownerPool.query<{ n: number; most: number }>(
      `SELECT count(*)::int AS n, max(count(*)) OVER ()::int AS most FROM watch.site_watch w
       JOIN sites.site s ON s.id = w.site_id WHERE s.host LIKE 'bulk%' AND w.probed_at IS NULL
       GROUP BY date_trunc('minute', w.next_probe_at)`,
    );
    expect(rows.length).toBeGreaterThan(50);
    expect(rows[0]!.most).toBeLessThan(60);
    const { body } = await as('west-officer', 'GET', '/api/watch/wall?pageSize=2000');
    expect([body.items.length, body.counts.unknown]).toEqual([1000, 1000]);
    expect(body.items[0]).toMatchObject({ countyName: '西示县教育局', state: 'unknown' });
    expect((await as('west-officer', 'GET', '/api/watch/wall?state=ok')).body.items).toEqual([]);
    // A check comes before the first probe of an import: what it saw is told, and not that nobody has looked.
    await app.ownerPool.query(
      `UPDATE sites.site SET last_checked_at = base.now(), health = CASE host WHEN 'bulk1.example' THEN 'clean' ELSE 'unreachable' END
       WHERE host IN ('bulk1.example', 'bulk2.example')`,
    );
    const wall = (await as('west-officer', 'GET', '/api/watch/wall?pageSize=2000')).body;
    expect(wall.counts).toMatchObject({ unknown: 998, ok: 1, unseen: 1 });
    expect(wall.items.at(-1)).toMatchObject({ host: 'bulk1.example', state: 'ok', result: null });
    // Nor is a site green of which a part was not read.
    await app.ownerPool.query(`UPDATE sites.site SET unread_pages = 3 WHERE host = 'bulk1.example'`);
    const partly = (await as('west-officer', 'GET', '/api/watch/wall?state=warn')).body;
    expect(partly.items).toMatchObject([{ host: 'bulk1.example', unreadPages: 3, openFindings: 0 }]);
  });
});

describe('the rules of the probes', () => {
  it('are versioned, changed by the city only, and lost to nobody', async () => {
    const before = (await as('east-teacher', 'GET', '/api/watch/rules')).body;
    expect(before).toMatchObject({
      version: 0,
      changedBy: null,
      rules: { limitSeconds: 15, weeklyPercent: 5 },
    });
    const body = { basedOn: 0, rules: { ...before.rules, limitSeconds: 10 } };
    expect((await as('east-officer', 'PUT', '/api/watch/rules', body)).status).toBe(403);
    expect((await as('city-officer', 'PUT', '/api/watch/rules', body)).body).toMatchObject({ version: 1 });
    const late = await as('city-officer', 'PUT', '/api/watch/rules', body);
    expect([late.status, late.body.code]).toEqual([409, 'watch.stale_probe_rules']);
    const few = { basedOn: 1, rules: { ...before.rules, probesPerDay: 10 } };
    expect((await as('city-officer', 'PUT', '/api/watch/rules', few)).status).toBe(400);
    const seen = (await as('east-teacher', 'GET', '/api/watch/rules')).body;
    expect(seen).toMatchObject({ version: 1, rules: { limitSeconds: 10 } });
  });
});
