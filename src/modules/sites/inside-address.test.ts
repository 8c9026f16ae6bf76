/** Crawl addresses that are not public: the server reaches services there that are nobody's website. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { units } from '../units/module.ts';
import { sites } from './module.ts';
import { reachOf } from './rules.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'east', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const as = (who: string, method: 'POST' | 'PATCH', url: string, body: unknown) =>
  call(server, people[who]!, method, url, body);
const entry = (host: string, resolveTo?: string) => ({
  name: '示例站',
  unitCode: 'east-1',
  url: `http://${host}/`,
  ...(resolveTo && { resolveTo }),
});

test.each([
  ['198.41.0.4', 'public'],
  ['[2400:3200::1]:8080', 'public'],
  ['10.1.2.3', 'inside'],
  ['192.168.1.1:8080', 'inside'],
  ['127.0.0.1:18471', 'inside'],
  ['127.0.0.1:8600', 'nowhere'],
  ['127.1.2.3:8600', 'nowhere'],
  ['[::1]:8600', 'nowhere'],
  ['169.254.169.254', 'nowhere'],
  ['224.0.0.1', 'nowhere'],
  ['0.0.0.0:80', 'nowhere'],
  ['255.255.255.255', 'nowhere'],
  ['[fe80::1]', 'nowhere'],
  ['[::]:80', 'nowhere'],
  ['[::127.0.0.1]:80', 'nowhere'],
] as const)('%s reaches: %s', (resolveTo, reach) => {
  expect(reachOf({ url: 'http://www.school.example/', resolveTo }, [8600])).toBe(reach);
});

test.each([
  ['http://www.school.example/', 'public'],
  ['http://198.41.0.4/', 'public'],
  ['http://[2400:3200::1]:8080/', 'public'],
  ['http://localhost.example/', 'public'],
  ['http://127.0.0.2:8951/', 'inside'],
  ['http://0x7f.1/', 'inside'],
  ['http://10.1.2.3/', 'inside'],
  ['http://[::ffff:10.1.2.3]/', 'inside'],
  ['http://[::1]:8899/', 'inside'],
  ['http://localhost:8899/', 'inside'],
  ['http://foo.localhost/', 'inside'],
  ['http://localhost:8600/', 'nowhere'],
  ['http://127.0.0.2:8600/', 'nowhere'],
  ['http://169.254.169.254/', 'nowhere'],
] as const)('without a crawl address, %s reaches: %s', (url, reach) => {
  expect(reachOf({ url, resolveTo: null }, [8600])).toBe(reach);
});

test('the port of the address itself counts where none is given', () => {
  expect(reachOf({ url: 'http://a.example:8600/', resolveTo: '127.0.0.1' }, [8600])).toBe('nowhere');
  expect(reachOf({ url: 'https://a.example/', resolveTo: '127.0.0.1' }, [443])).toBe('nowhere');
});

test('an officer registers an inner address, a school does not, and keeps what was registered', async () => {
  const refused = await as('teacher', 'POST', '/api/sites', entry('one.example', '127.0.0.1:18471'));
  expect([refused.status, refused.body.code]).toEqual([403, 'sites.inside_address']);
  const made = await as('officer', 'POST', '/api/sites', entry('one.example', '10.1.2.3:8080'));
  expect(made.status).toBe(200);
  const { id } = made.body;
  const moved = await as('teacher', 'PATCH', `/api/sites/${id}`, { resolveTo: '127.0.0.1:5432' });
  expect([moved.status, moved.body.code]).toEqual([403, 'sites.inside_address']);
  const renamed = await as('teacher', 'PATCH', `/api/sites/${id}`, {
    name: '新名称',
    resolveTo: '10.1.2.3:8080',
  });
  expect(renamed.body).toMatchObject({ name: '新名称', resolveTo: '10.1.2.3:8080' });
  const own = await as('officer', 'PATCH', `/api/sites/${id}`, { resolveTo: '169.254.169.254' });
  expect([own.status, own.body.code]).toEqual([422, 'sites.no_website_there']);
  expect((await as('teacher', 'POST', '/api/sites', entry('two.example', '198.41.0.4'))).status).toBe(200);
});

test('a URL that is an inner address itself is held to the same, when it is corrected too', async () => {
  const refused = await as('teacher', 'POST', '/api/sites', entry('10.1.2.3'));
  expect([refused.status, refused.body.code]).toEqual([403, 'sites.inside_address']);
  expect(refused.body).toMatchObject({ details: { value: '10.1.2.3', field: 'url' } });
  const secrets = await as('officer', 'POST', '/api/sites', entry('169.254.169.254'));
  expect([secrets.status, secrets.body.code]).toEqual([422, 'sites.no_website_there']);
  const inner = await as('officer', 'POST', '/api/sites', entry('10.1.2.3'));
  expect(inner.status).toBe(200);
  const kept = await as('teacher', 'PATCH', `/api/sites/${inner.body.id}`, { name: '校内站' });
  expect(kept.body).toMatchObject({ name: '校内站', host: '10.1.2.3' });
  const made = await as('teacher', 'POST', '/api/sites', entry('four.example'));
  const url = 'http://foo.localhost/';
  const moved = await as('teacher', 'PATCH', `/api/sites/${made.body.id}`, { url, reason: '换了' });
  expect([moved.status, moved.body.code]).toEqual([403, 'sites.inside_address']);
});

test('a sheet is held to the same', async () => {
  const sheet = (rows: string[]) => Buffer.from(['name,unit_code,url,resolve_to', ...rows].join('\n'));
  const rows = [
    '示例站,east-1,http://one.example/,10.1.2.3:8080',
    '新站,east-1,http://three.example/,192.168.0.9',
    '新站,east-1,http://localhost:8899/,',
    '校内站,east-1,http://10.1.2.3/,',
    '新站,east-1,http://x..example/,',
  ];
  const { body } = await as('teacher', 'POST', '/api/import/sites?fileName=a.csv', sheet(rows));
  expect(body).toMatchObject({ accepted: 2, rejected: 3 });
  expect(new Set(body.errors)).toEqual(
    new Set([
      expect.objectContaining({ row: 3, column: 'resolve_to', code: 'sites.inside_address' }),
      expect.objectContaining({ row: 4, column: 'url', code: 'sites.inside_address' }),
      expect.objectContaining({ row: 6, column: 'url', code: 'sites.bad_url' }),
    ]),
  );
});
