/** Bodies that are not JSON, at the door; and what the printed interface says of calls. */
import { type AddressInfo, connect } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Module } from '#base/app';
import { route } from '#base/contract';
import { buildServer, handle, handleRaw } from '#base/http';
import { unstorableAt } from '#base/http-body';
import { openApiOf } from '#base/openapi';
import { type TestApp, testApp } from '#test/db';

const echo = route({
  method: 'POST',
  path: '/api/echo',
  summary: 'Says what it got.',
  access: 'public',
  body: z.object({ name: z.string() }),
  reply: z.object({ name: z.string() }),
});
const file = route({
  method: 'GET',
  path: '/api/file',
  summary: 'A file.',
  access: 'signed-in',
  produces: 'file',
});
const leave = route({ method: 'DELETE', path: '/api/looking', summary: 'Stops.', access: 'signed-in' });
const bytes = route({
  method: 'POST',
  path: '/api/bytes',
  summary: 'Takes bytes.',
  access: 'public',
  accepts: 'stream',
  reply: z.object({ length: z.number() }),
});

const sip = route({
  method: 'POST',
  path: '/api/sip',
  summary: 'Reads the first bytes and no more.',
  access: 'public',
  accepts: 'stream',
});

const things: Module = {
  name: 'things',
  routes: [
    handle(echo, async (_ctx, { body }) => body),
    handleRaw(bytes, async (_app, _actor, _input, { request }) => ({
      length: (await buffer(request.body as Readable)).length,
    })),
    handleRaw(sip, async (_app, _actor, _input, { request }) => {
      for await (const _chunk of request.body as Readable) throw new Error('enough');
      return undefined;
    }),
  ],
};

let app: TestApp;
let server: FastifyInstance;
beforeAll(async () => {
  app = await testApp([things]);
  server = buildServer(app, async () => null);
  await server.ready();
});
afterAll(async () => {
  await server.close();
  await app.close();
});

describe('a body that is not JSON', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'name=a'],
    ['text/plain', '{"name":"a"}'],
    ['multipart/form-data; boundary=b', '--b\r\n\r\na\r\n--b--\r\n'],
    ['application/octet-stream', 'a'],
  ])('is refused for its type: %s', async (type, payload) => {
    const headers = { 'content-type': type, 'x-requested-with': 'test' };
    const url = '/api/echo';
    const reply = await server.inject({ method: 'POST', url, headers, payload });
    expect([reply.statusCode, reply.json().code]).toEqual([415, 'base.not_json']);
    expect(reply.json().message.zh).toContain(`收到的：${type}`);
  });

  it('of no type is refused for that; none at all misses its fields', async () => {
    const post = (more: object) =>
      server.inject({ method: 'POST', url: '/api/echo', headers: { 'x-requested-with': 'test' }, ...more });
    const untyped = await post({ payload: Buffer.from('{"name":"a"}') });
    expect([untyped.statusCode, untyped.json().message.en]).toEqual([
      415,
      'JSON only: send the body with Content-Type application/json (received: not given)',
    ]);
    expect((await post({})).json().message.en).toBe('Invalid input: name: is required');
  });

  it('goes to the handler of a route that takes bytes', async () => {
    const headers = { 'content-type': 'text/plain', 'x-requested-with': 'test' };
    const reply = await server.inject({ method: 'POST', url: '/api/bytes', headers, payload: 'abc' });
    expect([reply.statusCode, reply.json()]).toEqual([200, { length: 3 }]);
  });
});

it('a value that nests without end is refused where it is too deep, not walked', () => {
  const endless: Record<string, unknown> = {};
  endless.a = endless;
  expect(unstorableAt(endless)).toMatch(/^a(\.a)+$/);
  expect(unstorableAt({ a: ['b', { c: 'd' }] })).toBeUndefined();
});

it('the printed interface names who may call, what a change needs, and the shape of errors', async () => {
  const { paths, components } = openApiOf([echo, leave, file], '1') as never as {
    paths: Record<string, Record<string, unknown>>;
    components: { responses: { error: { content: { 'application/json': { schema: object } } } } };
  };
  expect(paths['/api/looking']!.delete).toMatchObject({
    security: [{ session: [] }, { token: [] }],
    parameters: [{ $ref: '#/components/parameters/requestedWith' }],
    responses: { default: { $ref: '#/components/responses/error' } },
  });
  expect(paths['/api/echo']!.post).toMatchObject({ security: [] });
  expect(paths['/api/file']!.get).toMatchObject({ parameters: [] });
  const schema = z.fromJSONSchema(components.responses.error.content['application/json'].schema as never);
  const refused = await server.inject({ url: '/api/none' });
  expect(schema.safeParse(refused.json()).success).toBe(true);
  expect(schema.safeParse({ error: 'x' }).success).toBe(false);
});

describe('a route that takes bytes', () => {
  it('reads no body as an empty one, and refuses JSON in words', async () => {
    const headers = { 'x-requested-with': 'test' };
    const nothing = await server.inject({ method: 'POST', url: '/api/bytes', headers });
    expect([nothing.statusCode, nothing.json()]).toEqual([200, { length: 0 }]);
    const json = await server.inject({ method: 'POST', url: '/api/bytes', headers, payload: { a: 1 } });
    expect([json.statusCode, json.json().code]).toEqual([400, 'base.invalid_input']);
    expect(json.json().message.zh).toContain('application/octet-stream');
  });
});

describe('a body of which a handler reads only the begin', () => {
  it('does not keep the next request of its connection waiting', async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
    const head = 'Host: 127.0.0.1\r\nx-requested-with: test\r\ncontent-type: application/octet-stream\r\n';
    const size = 4 << 20;
    socket.write(`POST /api/sip HTTP/1.1\r\n${head}content-length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size));
    socket.write(`POST /api/bytes HTTP/1.1\r\n${head}content-length: 3\r\nconnection: close\r\n\r\nabc`);
    let said = '';
    for await (const text of socket) said += text;
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 500', 'HTTP/1.1 200']);
    expect(said).toMatch(/\{"length":3\}$/);
  });
});
