/**
 * A running city to attack: the real server with every module and the web UI on a port of the loopback, filled with
 * one of everything that the registers hold. What is sent here goes over the network.
 */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { authenticate, permissionsOf, setupToken } from '#auth';
import type { RoleName } from '#auth/contract';
import type { Module } from '#base/app';
import type { Route } from '#base/contract';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { keepMail } from '#test/mail';
import { newDataDir, removeDataDir } from '#test/product';
import { modules } from '../../src/compose.ts';

export interface AttackCity {
  readonly app: TestApp;
  readonly server: FastifyInstance;
  readonly url: string;
  readonly people: Record<string, SignedIn>;
  readonly modules: readonly Module[];
  close(): Promise<void>;
}

/** Who calls what: the first of these who holds the permission. */
const staff: readonly { username: string; unitCode: string; role: RoleName }[] = [
  { username: 'support', unitCode: 'city', role: 'support' },
  { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
  { username: 'city-second', unitCode: 'city', role: 'city_officer' },
  { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  { username: 'victim', unitCode: 'east-2', role: 'school_teacher' },
];

const administrators = [
  ['sysadmin', 'system_admin'],
  ['secadmin', 'security_admin'],
  ['auditadmin', 'audit_admin'],
] as const;

/** The signed-in name that may call a route; undefined when only a machine or nobody may. */
export function callerOf(route: Route): string | undefined {
  // Their own session may end by it.
  if (/^\/api\/(session|my)\b/.test(route.path) && !route.path.endsWith('view-as')) return 'victim';
  if (['public', 'session', 'signed-in'].includes(route.access)) return 'city-officer';
  const all = [...staff.map(({ username, role }) => [username, role] as const), ...administrators];
  return all.find(([, role]) => permissionsOf([role]).has(route.access))?.[0];
}

/** Everything that a started city holds open; `planted` modules are weak on purpose: controls of the checks. */
export async function openAttackCity(planted: readonly Module[] = []): Promise<AttackCity> {
  const logDir = await newDataDir();
  const logstore = await spawnLogstore(logDir);
  const client = logstore.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  const mailBox = await keepMail();
  const school = await listenLocally();
  const all = [...modules, ...planted];
  const app = await testApp(all, {
    logstore: client,
    config: { smtpUrl: mailBox.url },
    now: '2026-06-01T02:00:00Z',
  });
  const server = buildServer(app, authenticate);
  await serveWebFiles(server, resolve('dist/web'));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const people = await staffCity(server, await setupToken(app.config.dataDir), staff);
  await fill(server, people, (school.address() as AddressInfo).port);
  await drain(app);
  return {
    app,
    server,
    url,
    people,
    modules: all,
    close: async () => {
      server.server.closeAllConnections();
      await server.close();
      await app.close();
      await logstore.stop();
      await mailBox.close();
      await new Promise((done) => school.close(done));
      await removeDataDir(logDir);
    },
  };
}

const page =
  '<!doctype html><meta charset="utf-8"><title>t</title><a style="display:none" href="http://bet.example/">澳门赌场 百家乐 在线投注</a>';

async function listenLocally(): Promise<Server> {
  const school = createServer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  await new Promise<void>((done) => school.listen(0, '127.0.0.1', done));
  return school;
}

async function fill(server: FastifyInstance, people: Record<string, SignedIn>, port: number): Promise<void> {
  const officer = people['city-officer']!;
  const send = async (method: 'POST' | 'PUT', url: string, body: unknown) => {
    const reply = await call(server, officer, method, url, body);
    if (reply.status >= 300 || reply.body.rejected > 0)
      throw new Error(`${url}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  await send('PUT', '/api/incidents/policy', {
    dueMinutes: 120,
    escalateAtMinutes: [30],
    autoOpen: true,
    autoShield: true,
    autoReport: true,
    bureauName: '市教育局',
    bureauEmail: 'bureau@example.org',
    policeName: '市公安局',
    policeEmail: 'police@example.org',
    source: '通知',
  });
  const upload = (kind: string, text: string) =>
    send('POST', `/api/import/${kind}?fileName=a.csv`, Buffer.from(text));
  await upload(
    'people',
    '人员编号,姓名,单位代码,岗位,手机\nP-1,甲示例,east-1,网络管理员,13900001001\nP-2,乙示例,east-1,主要负责人,13900001002\nP-3,丙示例,east-2,教师,13900001003\n',
  );
  await upload('allocations', '地址段,单位代码,用途\n10.1.0.0/24,east-1,内网\n');
  await upload(
    'devices',
    '资产编号,设备名称,设备类别,单位代码,IP地址,MAC地址,使用人编号,房间\nD-1,机一,计算机,east-1,10.1.0.9,00:00:5e:00:53:01,P-1,101\n',
  );
  await send('POST', '/api/sites', {
    name: '示例站',
    unitCode: 'east-1',
    url: 'http://www.one.example/',
    resolveTo: `127.0.0.1:${port}`,
  });
  const log = 'Jun  1 09:00:00 gw dnsmasq-dhcp[1]: DHCPACK(br0) 10.1.0.9 00:00:5e:00:53:01 host\n';
  await send('POST', '/api/logs/ingest?source=dhcp&format=dnsmasq', Buffer.from(log));
  await send('POST', '/api/traces', {
    ip: '10.1.0.9',
    at: '2026-06-01T01:00:30Z',
    caseNo: 'C-1',
    reason: '核查来源',
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The error code, when there is one. */
  readonly code: string;
}

/** One request as it stands: no header is added, no path is tidied up. */
export function sendRaw(
  base: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  // Node frames no body of OPTIONS and the like by itself.
  const framed = {
    ...headers,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  };
  return new Promise((answered, reject) => {
    const sent = request({ hostname, port, method, path, headers: framed }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => answered(answerOf(reply.statusCode ?? 0, reply.headers, Buffer.concat(chunks))));
    });
    sent.on('error', (cause) => reject(new Error(`${method} ${path}: ${cause.message}`, { cause })));
    sent.end(body);
  });
}

function answerOf(status: number, headers: Answer['headers'], bytes: Buffer): Answer {
  const text = bytes.toString();
  const isJson = String(headers['content-type']).includes('json');
  const code = isJson && status >= 400 ? String(JSON.parse(text).code ?? '') : '';
  return { status, headers, bytes, text, code };
}

/** A request as the web UI sends it: signed in, with the header that a foreign form cannot send. */
export function send(
  city: Pick<AttackCity, 'url' | 'people'>,
  who: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const isBytes = Buffer.isBuffer(body);
  const payload = body === undefined || isBytes ? body : JSON.stringify(body);
  return sendRaw(
    city.url,
    method,
    path,
    {
      'x-requested-with': 'attack',
      ...(who && { cookie: city.people[who]!.cookie }),
      ...(body !== undefined && {
        'content-type': isBytes ? 'application/octet-stream' : 'application/json',
      }),
    },
    payload as string | Buffer | undefined,
  );
}
