import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Actor, type Module, systemActor } from '#base/app';
import { listQuery, route, sortBy } from '#base/contract';
import { buildServer, handle, handleRaw } from '#base/http';
import { type TestApp, testApp } from '#test/db';

const bodyRoute = route({
  method: 'POST',
  path: '/api/echo',
  summary: 'Says what it got.',
  access: 'signed-in',
  body: z.object({ name: z.string().max(2_000_000), note: z.object({ text: z.string() }).optional() }),
  reply: z.object({ name: z.string() }),
});
const wideRoute = route({
  method: 'POST',
  path: '/api/wide',
  summary: 'Takes more.',
  access: 'public',
  maxBytes: 4 * 1024 * 1024,
  body: z.object({ name: z.string() }),
  reply: z.object({ length: z.number() }),
});
const choice = route({
  method: 'POST',
  path: '/api/choice',
  summary: 'Takes one of two forms.',
  access: 'public',
  body: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), text: z.string() }),
    z.object({ kind: z.literal('b') }),
  ]),
  reply: z.object({ kind: z.string() }),
});
const broken = route({ method: 'GET', path: '/api/broken', summary: 'Has a bug.', access: 'public' });
const denied = route({ method: 'GET', path: '/api/denied', summary: 'Needs more.', access: 'things.do' });
const file = route({
  method: 'GET',
  path: '/api/file',
  summary: 'A file.',
  access: 'signed-in',
  produces: 'file',
});
const leave = route({
  method: 'DELETE',
  path: '/api/looking',
  summary: 'Stops looking.',
  access: 'signed-in',
  whileViewing: true,
  reply: z.object({ done: z.boolean() }),
});
const address = route({
  method: 'GET',
  path: '/api/address',
  summary: 'Who calls, as the server sees it.',
  access: 'public',
  reply: z.object({ ip: z.string(), protocol: z.string() }),
});
const narrow = route({
  method: 'GET',
  path: '/api/narrow',
  summary: 'May be called twice a minute.',
  access: 'public',
  limit: { calls: 2, minutes: 1, of: 'address' },
  reply: z.object({ done: z.boolean() }),
});

const thing = route({
  method: 'GET',
  path: '/api/things/:id',
  summary: 'One of many.',
  access: 'public',
  params: z.object({ id: z.string() }),
  reply: z.object({ id: z.string() }),
});

const listed = route({
  method: 'GET',
  path: '/api/things',
  summary: 'All of them.',
  access: 'public',
  query: listQuery.extend({ sort: sortBy('name', 'size'), kind: z.enum(['big', 'small']).optional() }),
  reply: z.object({ sort: z.string().nullable() }),
});

const things: Module = {
  name: 'things',
  permissions: { 'things.do': { zh: '办事', en: 'Do things' } },
  explainRefusal: async () => ({ roles: ['某角色'] }),
  routes: [
    handle(bodyRoute, async (_ctx, { body }) => ({ name: `${Object.keys(body)}:${body.name.slice(0, 9)}` })),
    handle(wideRoute, async (_ctx, { body }) => ({ length: body.name.length })),
    handle(choice, async (_ctx, { body }) => ({ kind: body.kind })),
    handleRaw(broken, async (app) => {
      await app.appPool.query('SELECT secret_column FROM no_such_table');
      return undefined as never;
    }),
    handle(denied, async () => undefined),
    handle(file, async () => 'bytes'),
    handle(thing, async (_ctx, { params }) => params),
    handle(listed, async (_ctx, { query }) => ({ sort: query.sort ?? null })),
    handle(leave, async () => ({ done: true })),
    handle(narrow, async () => ({ done: true })),
    handle(address, async (_ctx, _input, { request }) => ({ ip: request.ip, protocol: request.protocol })),
  ],
};

const someone: Actor = { ...systemActor('tester'), kind: 'user', id: 'someone', scope: '' };
let app: TestApp;
const servers: FastifyInstance[] = [];

async function serverOf(config: Record<string, unknown> = {}, actor: Actor | null = someone) {
  const configured = { ...app, config: { ...app.config, ...config } };
  const server = buildServer(configured, async () => actor);
  servers.push(server);
  await server.ready();
  return server;
}

beforeAll(async () => {
  app = await testApp([things]);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await app.close();
});

const json = { 'content-type': 'application/json', 'x-requested-with': 'test' };

describe('a query', () => {
  const ask = async (query: string) => (await serverOf()).inject(`/api/things${query}`);

  it('sorts a list by its own columns, either way', async () => {
    expect((await ask('')).json()).toEqual({ sort: null });
    expect((await ask('?sort=size')).json()).toEqual({ sort: 'size' });
    expect((await ask('?sort=-name&page=2&q=a')).json()).toEqual({ sort: '-name' });
  });

  it.each([
    ['?knd=big', 'knd'],
    ['?kind=big&sort=colour', 'sort'],
    ['?kind=huge', 'kind'],
  ])(
    'with a filter, an order or a value that is not known is refused, not answered with everything: %s',
    async (query, name) => {
      const reply = await ask(query);
      expect(reply.statusCode).toBe(400);
      expect(reply.json().message.zh).toContain(name);
    },
  );
});

describe('a body', () => {
  it('with a key that the contract does not name is refused by name', async () => {
    const server = await serverOf();
    const reply = await server.inject({
      method: 'POST',
      url: '/api/echo',
      headers: json,
      payload: { name: 'a', unitPath: 'city', isAdmin: true },
    });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().message.en).toContain('unitPath, isAdmin');
  });

  it('of several forms is as strict in each of them', async () => {
    const server = await serverOf();
    const post = (payload: object) =>
      server.inject({ method: 'POST', url: '/api/choice', headers: json, payload });
    expect((await post({ kind: 'a', text: 'x' })).json()).toEqual({ kind: 'a' });
    for (const payload of [
      { kind: 'a', text: 'x', isAdmin: true },
      { kind: 'b', text: 'x' },
    ]) {
      expect((await post(payload)).statusCode).toBe(400);
    }
  });

  it.each([
    ['{"name":"a\\u0000b"}', 'name'],
    ['{"name":"a","note":{"text":"\\ud800"}}', 'note.text'],
    ['{"name":"a","note":{"te\\u0000xt":"b"}}', 'note'],
  ])('with a character that no database keeps is refused at its field: %s', async (payload, path) => {
    const server = await serverOf();
    const reply = await server.inject({ method: 'POST', url: '/api/echo', headers: json, payload });
    expect([reply.statusCode, reply.json().details.issues[0].path]).toEqual([400, path]);
  });

  it.each([
    '{"name":"a","__proto__":{"isAdmin":true}}',
    '{"name":"a","note":{"text":"b","__proto__":{"x":1}}}',
    '{"name":"a","constructor":{"prototype":{"x":1}}}',
  ])('that would poison a prototype is refused: %s', async (payload) => {
    const server = await serverOf();
    const reply = await server.inject({ method: 'POST', url: '/api/echo', headers: json, payload });
    expect(reply.statusCode).toBe(400);
    expect(({} as { x?: unknown; isAdmin?: unknown }).x).toBeUndefined();
  });

  it('nested a hundred thousand deep, or larger than the route takes, is refused', async () => {
    const server = await serverOf();
    const deep = `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const post = (url: string, payload: string) =>
      server.inject({ method: 'POST', url, headers: json, payload });
    expect((await post('/api/echo', deep)).json().message.zh).toContain('嵌套');
    const text = JSON.stringify({ name: 'x'.repeat(1_500_000) });
    const large = await post('/api/echo', text);
    expect([large.statusCode, large.json().message.en]).toEqual([413, 'Too large; the limit is 1 MiB']);
    expect((await post('/api/wide', text)).json()).toEqual({ length: 1_500_000 });
    expect((await post('/api/echo', '{"name":')).statusCode).toBe(400);
    expect((await post('/api/echo', '{"name":"[[[[{{{{\\"]]"}')).statusCode).toBe(200);
  });
});

describe('a request from elsewhere', () => {
  it.each([
    [{ 'content-type': 'application/json' }, 'base.csrf'],
    [{ ...json, origin: 'https://evil.example' }, 'base.foreign_origin'],
    [{ ...json, origin: 'null' }, 'base.foreign_origin'],
    [{ ...json, 'sec-fetch-site': 'cross-site' }, 'base.foreign_origin'],
  ])('is refused when it would change something: %o', async (headers, code) => {
    const server = await serverOf();
    const reply = await server.inject({
      method: 'POST',
      url: '/api/echo',
      headers: headers as Record<string, string>,
      payload: '{"name":"a"}',
    });
    expect([reply.statusCode, reply.json().code]).toEqual([403, code]);
  });

  it('gets no permission to read from another origin, preflight or not', async () => {
    const server = await serverOf();
    for (const method of ['OPTIONS', 'GET'] as const) {
      const reply = await server.inject({
        method,
        url: '/api/address',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      });
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('under a name that is not ours is refused (DNS rebinding)', async () => {
    const server = await serverOf({ publicUrl: 'https://jiaodun.example', hostNames: ['second.example'] });
    const ask = async (host: string) =>
      (await server.inject({ url: '/api/address', headers: { host } })).statusCode;
    expect(await ask('rebound.example:8080')).toBe(421);
    expect(await ask('jiaodun.example.evil.example')).toBe(421);
    for (const host of [
      'JIAODUN.example',
      'second.example:8443',
      'localhost:1',
      '192.0.2.1:80',
      '[2001:db8::1]:80',
    ])
      expect([host, await ask(host)]).toEqual([host, 200]);
  });

  it('is believed about its own address only from a trusted proxy', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
    const ask = async (config: object, remoteAddress: string) =>
      (await (await serverOf({ ...config })).inject({ url: '/api/address', headers, remoteAddress })).json();
    expect(await ask({}, '127.0.0.1')).toEqual({ ip: '127.0.0.1', protocol: 'http' });
    expect(await ask({ tlsProxy: true }, '127.0.0.1')).toEqual({ ip: '203.0.113.9', protocol: 'https' });
    expect((await ask({ tlsProxy: true }, '198.51.100.7')).ip).toBe('198.51.100.7');
    const trusted = { trustedProxies: ['198.51.100.0/24'] };
    expect((await ask(trusted, '198.51.100.7')).ip).toBe('203.0.113.9');
    expect((await ask(trusted, '127.0.0.1')).ip).toBe('127.0.0.1');
  });
});

describe('every reply', () => {
  it('carries the security headers, errors and unknown addresses included', async () => {
    const server = await serverOf({ tlsProxy: true });
    for (const url of ['/api/address', '/api/denied', '/api/broken', '/api/none', '/none']) {
      const { headers } = await server.inject({ url, headers: { 'x-forwarded-proto': 'https' } });
      expect({ url, ...headers }).toMatchObject({
        url,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'strict-transport-security': expect.stringContaining('max-age'),
      });
    }
    const plain = await (await serverOf()).inject({ url: '/api/address' });
    expect(plain.headers).not.toHaveProperty('strict-transport-security');
  });

  it.each([
    [
      '/api/things/%ff',
      '网址里有无法识别的编码（% 后面不对）',
      'the address has an encoding that is none (after a %)',
    ],
    [`/api/things/${'a'.repeat(101)}`, '网址里有一段太长', 'a part of the address is too long'],
  ])('about an address that the router refuses is as every other: %s', async (url, zh, en) => {
    const server = await serverOf();
    const reply = await server.inject({ url });
    expect([reply.statusCode, reply.json()]).toEqual([
      400,
      {
        code: 'base.invalid_input',
        message: { zh: `输入有误：${zh}`, en: `Invalid input: ${en}` },
        details: { summary: { zh, en } },
      },
    ]);
    expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });

  it.each(['{"name":', '{"name":"a","__proto__":{}}'])(
    'about what is no JSON says so: %s',
    async (payload) => {
      const server = await serverOf();
      const reply = await server.inject({ method: 'POST', url: '/api/echo', headers: json, payload });
      expect(reply.json().message).toEqual({
        zh: '输入有误：请求的内容不是有效的 JSON',
        en: 'Invalid input: the body is not valid JSON',
      });
    },
  );

  it('about a bug tells its number and nothing of the inside', async () => {
    const server = await serverOf();
    const reply = await server.inject({ url: '/api/broken' });
    expect(reply.statusCode).toBe(500);
    expect(reply.body).not.toMatch(/no_such_table|secret_column|SELECT|\.ts|node_modules|at /);
    expect(reply.json().code).toBe('base.bug');
  });

  it('about a refusal names the permission in words and who could help', async () => {
    const server = await serverOf();
    const reply = await server.inject({ url: '/api/denied' });
    expect(reply.json()).toMatchObject({
      code: 'base.forbidden',
      message: { zh: '你没有“办事”的权限（things.do）' },
      details: { permission: 'things.do', name: { en: 'Do things' }, roles: ['某角色'] },
    });
  });
});

describe('too many requests', () => {
  it('are refused with the time to wait, per route, per account and per address', async () => {
    const server = await serverOf({ requestsPerMinute: 6 });
    const codes: number[] = [];
    for (let i = 0; i < 3; i += 1) codes.push((await server.inject({ url: '/api/narrow' })).statusCode);
    expect(codes).toEqual([200, 200, 429]);
    const other = await server.inject({ url: '/api/narrow', remoteAddress: '192.0.2.4' });
    expect(other.statusCode).toBe(200);
    for (let i = 0; i < 4; i += 1) await server.inject({ url: '/api/address', remoteAddress: '192.0.2.5' });
    const refused = await server.inject({ url: '/api/address', remoteAddress: '192.0.2.6' });
    expect([refused.statusCode, Number(refused.headers['retry-after']) > 0]).toEqual([429, true]);
    expect(refused.json().message.zh).toMatch(/操作太频繁，请 \d+ 秒后再试/);
  });
});

describe('somebody who only looks', () => {
  it('may read, and leave; nothing else', async () => {
    const server = await serverOf({}, { ...someone, name: '被看的人', readOnly: true });
    const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: string) =>
      (
        await server.inject({
          method,
          url,
          headers: payload ? json : { 'x-requested-with': 'test' },
          ...(payload && { payload }),
        })
      ).statusCode;
    expect(await ask('GET', '/api/address')).toBe(200);
    expect(await ask('POST', '/api/echo', '{"name":"a"}')).toBe(403);
    expect(await ask('POST', '/api/wide', '{"name":"a"}')).toBe(403);
    expect(await ask('GET', '/api/file')).toBe(403);
    expect(await ask('DELETE', '/api/looking')).toBe(200);
  });
});
