/** For tests of this module: a city, callers without sign-in, and short ways to ask. */
import type { FastifyInstance } from 'fastify';
import type { Actor, Module } from '#base/app';
import { buildServer } from '#base/http';
import { buildCity, type call } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { permissions } from './contract.ts';
import { units as unitsModule } from './module.ts';

type Answered = Awaited<ReturnType<typeof call>>;

export interface UnitsBench {
  readonly app: TestApp;
  readonly server: FastifyInstance;
  /** Unit ids by code. */
  readonly units: Record<string, string>;
  readonly actors: Record<string, Actor>;
  get(who: string, url: string): Promise<Answered>;
  send(who: string, method: 'POST' | 'PUT' | 'PATCH', url: string, body?: unknown): Promise<Answered>;
  /** Imports people from CSV lines below the usual header. */
  upload(who: string, lines: string): Promise<Answered['body']>;
  /** The person's id by number, as the city sees it. */
  idOf(no: string): Promise<string>;
  close(): Promise<void>;
}

const places: Record<string, string> = {
  city: 'city',
  city2: 'city',
  east: 'city.east',
  east2: 'city.east',
  west: 'city.west',
  teacher: 'city.east.east-1',
};

const header = '人员编号,姓名,单位代码,岗位,手机,邮箱,任职日期,离任日期,专职兼职\n';

/** The small city with a caller at each place, who holds every permission of the module there. */
export async function unitsBench(more: readonly Module[] = []): Promise<UnitsBench> {
  const app = await testApp([audit, unitsModule, ...more], { now: '2026-06-01T02:00:00Z' });
  const units = await buildCity(app);
  const actors = Object.fromEntries(
    Object.entries(places).map(([name, path]) => [
      name,
      { ...actorAt(path, Object.keys(permissions), units[path.split('.').at(-1)!]!), name },
    ]),
  );
  const server = buildServer(app, async (_app, request) => actors[String(request.headers['x-who'])] ?? null);
  const call = async (who: string, method: 'GET' | 'POST' | 'PUT' | 'PATCH', url: string, body?: unknown) => {
    const reply = await server.inject({
      method,
      url,
      headers: {
        'x-requested-with': 'test',
        'x-who': who,
        ...(Buffer.isBuffer(body) && { 'content-type': 'application/octet-stream' }),
      },
      ...(body !== undefined && { payload: body as object }),
    });
    const json = String(reply.headers['content-type']).includes('json');
    return { status: reply.statusCode, body: json ? reply.json() : reply.rawPayload };
  };
  return {
    app,
    server,
    units,
    actors,
    get: (who, url) => call(who, 'GET', url),
    send: call,
    upload: async (who, lines) =>
      (await call(who, 'POST', '/api/import/people?fileName=p.csv', Buffer.from(header + lines))).body,
    idOf: async (no) =>
      (await app.ownerPool.query('SELECT id FROM units.person WHERE person_no = $1', [no])).rows[0].id,
    close: async () => {
      await server.close();
      await app.close();
    },
  };
}
