/**
 * Attacks over HTTP that are generated from the contracts: hostile queries and addresses of every route, keys that no
 * body has, other methods, forged headers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Module } from '#base/app';
import { route } from '#base/contract';
import { handle, handleRaw } from '#base/http';
import { bodiesOf, withAt } from '#test/attack-bodies';
import { type AttackCity, callerOf, openAttackCity, send, sendRaw } from '#test/attack-city';
import {
  addressOf,
  type Fixed,
  fixedOf,
  idsFor,
  inTurns,
  knownOf,
  type Targets,
  tablesWith,
  targetsOf,
} from '#test/attack-routes';

/** Careless routes: what the checks below must notice. */
const weakList = route({
  method: 'GET',
  path: '/api/weak/list',
  summary: 'Puts a parameter into SQL.',
  access: 'signed-in',
  query: z.object({ q: z.string().optional() }),
});
const weakBody = route({
  method: 'POST',
  path: '/api/weak/units',
  summary: 'Stores whatever it is given.',
  access: 'signed-in',
  body: z.record(z.string(), z.unknown()),
});
const weak: Module = {
  name: 'weak',
  routes: [
    handleRaw(weakList, async (app, _actor, { query }, { reply }) => {
      await app.ownerPool.query(`SELECT FROM units.unit WHERE name = '${query.q ?? ''}' LIMIT 1`);
      return reply.send({});
    }),
    handle(weakBody, async () => undefined),
  ],
};

let city: AttackCity;
let targets: Targets;
let fixed: Fixed;

beforeAll(async () => {
  city = await openAttackCity([weak]);
  targets = await targetsOf(city);
  fixed = await fixedOf(city);
  // A statement that sleeps or runs away fails, and so counts as broken; no clock of the test is asked.
  await city.app.ownerPool.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = 5000', current_database()); END $$`,
  );
  // Only new connections know it.
  await city.app.ownerPool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await city.app.ownerPool.query('SET statement_timeout = 5000');
  // A pool may still hand out a connection whose end it has not read yet.
  const refused = async () => {
    const asked = Array.from({ length: 30 }, () => send(city, 'city-officer', 'GET', '/api/units'));
    return (await Promise.all(asked)).some(({ status }) => status !== 200);
  };
  while (await refused());
}, 180_000);
afterAll(async () => {
  await city?.close();
}, 60_000);

const routes = () => city.modules.flatMap((module) => (module.routes ?? []).map((one) => one.route));

const sqlTexts = [
  `'`,
  `' OR '1'='1' --`,
  `'; SELECT pg_sleep(20); --`,
  `1); DROP TABLE units.unit; --`,
  `\\'; %00`,
  '%_%_%\\',
  '*.*|!@{1}',
  '\u0000',
  '\ud800',
  '-1',
  '9999999999999999999999',
  '1e309',
  '0x10',
  '[]',
  'city.*{,99}',
  '2026-13-45',
  '+275760-09-13T00:00:00Z',
];

async function attackQueries(who: (one: ReturnType<typeof routes>[number]) => string | undefined) {
  const broken: string[] = [];
  let sent = 0;
  let turn = 0;
  const lists = routes().filter((one) => one.method === 'GET' && one.produces !== 'events' && who(one));
  await inTurns(lists, async (one) => {
    const schema = one.query
      ? (z.toJSONSchema(one.query, { io: 'input', unrepresentable: 'any' }) as { properties?: object })
      : {};
    const names = Object.keys(schema.properties ?? {});
    const id = idsFor(one.path, targets, fixed)[0]!;
    const shoot = async (url: string) => {
      const answer = await send(city, who(one)!, 'GET', url);
      sent += 1;
      if (answer.status >= 500) broken.push(`${url} ${answer.text.slice(0, 120)}`);
    };
    const hostile = (at: number) => encodeURIComponent(sqlTexts[at % sqlTexts.length]!.toWellFormed());
    // Alone in each field, so that no other field's refusal hides it: the sharpest ones and some of the rest.
    for (const name of names) {
      turn += 1;
      const some = [0, 1, 2, 3, 4 + (turn % 13), 4 + ((turn + 5) % 13)];
      for (const at of some) await shoot(`${addressOf(one, id)}?${name}=${hostile(at)}`);
    }
    // Twice, as a list, as an object.
    for (const name of names)
      await shoot(`${addressOf(one, id)}?${name}=1&${name}=2&${name}[]=3&${name}[a]=4`);
    if (one.path.includes(':'))
      for (const at of [1, 2, 5, 7, 10]) await shoot(one.path.replace(/:\w+/g, hostile(at)));
  });
  return { broken, sent };
}

describe('hostile text in every parameter of every query and address', () => {
  it('breaks nothing and starts nothing', async () => {
    const { broken, sent } = await attackQueries((one) =>
      one.path.startsWith('/api/weak') ? undefined : callerOf(one),
    );
    expect([...new Set(broken)]).toEqual([]);
    expect(sent).toBeGreaterThan(1500);
    expect((await city.app.ownerPool.query('SELECT FROM units.unit')).rowCount).toBeGreaterThan(6);
  }, 120_000);

  it('would have been noticed: a route that puts a parameter into SQL', async () => {
    const { broken } = await attackQueries((one) => (one === weakList ? 'city-officer' : undefined));
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.join()).toContain('pg_sleep');
  });
});

describe('a key that no contract names, in every object of every body', () => {
  const smuggled = 'zqsmuggled';

  /** Answers what was taken; a key deeper inside may be ignored, but never kept. */
  async function smuggle(only: (path: string) => boolean) {
    const taken: string[] = [];
    let sent = 0;
    await inTurns(
      routes().filter((one) => one.body && callerOf(one) && only(one.path)),
      async (one) => {
        for (const [form] of bodiesOf(one, knownOf(fixed, targets)).entries()) {
          const { value, objects } = bodiesOf(one, knownOf(fixed, targets))[form]!;
          for (const path of [[], ...objects.filter((at) => at.length > 0)]) {
            const keys = {
              unitPath: smuggled,
              isAdmin: true,
              id: smuggled,
              actorId: smuggled,
              permissions2: [smuggled],
            };
            const inner = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], value);
            const body = withAt(value, path, { ...(inner as object), ...keys });
            const url = addressOf(one, idsFor(one.path, targets, fixed)[0]!);
            const answer = await send(city, callerOf(one)!, one.method, url, body);
            sent += 1;
            if (path.length === 0 && answer.code !== 'base.invalid_input' && answer.status !== 401)
              taken.push(`${one.method} ${one.path} ${answer.status} ${answer.code}`);
          }
        }
      },
    );
    return { taken, sent };
  }

  it('is refused at the top and kept nowhere', async () => {
    const { taken, sent } = await smuggle((path) => !path.startsWith('/api/weak'));
    expect(taken).toEqual([]);
    expect(await tablesWith(city, smuggled)).toEqual([]);
    expect(sent).toBeGreaterThan(110);
  }, 60_000);

  it('would have been noticed: a route that takes any key', async () => {
    expect((await smuggle((path) => path === weakBody.path)).taken).toEqual(['POST /api/weak/units 200 ']);
  });
});

describe('another method than the contract’s', () => {
  it('reaches no handler, under its own name or as an override', async () => {
    const reached: string[] = [];
    const paths = [...new Set(routes().map(({ path }) => path))];
    await inTurns(paths, async (path) => {
      const own = new Set(
        routes()
          .filter((one) => one.path === path)
          .map(({ method }) => method as string),
      );
      const id = idsFor(path, targets, fixed)[0]!;
      const url = addressOf({ path } as never, id);
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']) {
        if (own.has(method)) continue;
        const answer = await send(city, 'city-officer', method, url, method === 'TRACE' ? undefined : {});
        if (answer.status < 400 || answer.status >= 500) reached.push(`${method} ${url} ${answer.status}`);
        if (answer.text.includes('jiaodun_session')) reached.push(`${method} ${url} echoes the cookie`);
      }
    });
    expect(reached).toEqual([]);
    const { cookie } = city.people.teacher!;
    const named = await sendRaw(city.url, 'GET', '/api/my/sessions?_method=DELETE', { cookie });
    expect([named.status, JSON.parse(named.text).code]).toEqual([400, 'base.invalid_input']);
    const overridden = await sendRaw(city.url, 'GET', '/api/my/sessions', {
      cookie,
      'x-http-method-override': 'DELETE',
      'x-method-override': 'DELETE',
    });
    expect([overridden.status, JSON.parse(overridden.text).total > 0]).toEqual([200, true]);
  }, 60_000);
});

describe('forged headers', () => {
  it('change neither who calls nor where a reply points to', async () => {
    const forged = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-for': '203.0.113.66',
      'x-original-url': '/api/audit',
      'x-rewrite-url': '/api/audit',
      forwarded: 'host=evil.example;for=203.0.113.66',
    };
    for (const path of ['/', '/sign-in', '/api/session', '/api/sso/methods', '/nowhere']) {
      const answer = await sendRaw(city.url, 'GET', path, forged);
      expect([path, JSON.stringify(answer.headers) + answer.text]).not.toContain('evil.example');
      expect([path, answer.text.includes('203.0.113.66')]).toEqual([path, false]);
    }
    const absolute = await sendRaw(city.url, 'GET', 'http://evil.example/api/session', {
      host: 'evil.example',
    });
    expect(absolute.status).toBe(421);
  });

  it('with line ends in an address split no reply', async () => {
    for (const path of [
      '/api/nowhere%0d%0aset-cookie:%20a=b',
      '/%0d%0aset-cookie:%20a=b',
      '/api/sso/x%0d%0a/start?to=%0d%0aset-cookie:a=b',
    ]) {
      const answer = await sendRaw(city.url, 'GET', path);
      expect([path, answer.headers['set-cookie']]).toEqual([path, undefined]);
      expect(answer.headers.location ?? '').not.toMatch(/[\r\n]/);
    }
  });
});
