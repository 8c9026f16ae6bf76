/**
 * The permission matrix: every route × every role × {own, parent, sibling, child} unit, and nobody, a token, a mere
 * viewer; and direct SQL as the application role on every table. All of it is read off the contracts and the
 * catalogue, so that a new route or table is in it without a word here. Leaks that the test plants are found.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authenticate, permissionsOf, roles, setupToken } from '#auth';
import type { RoleName } from '#auth/contract';
import { type Module, systemActor } from '#base/app';
import { idParams, route } from '#base/contract';
import { buildServer, handle, handleRaw } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { keepMail, type MailBox } from '#test/mail';
import * as matrix from '#test/matrix';
import { newDataDir, removeDataDir } from '#test/product';
import { modules } from '../src/compose.ts';

const page =
  '<!doctype html><meta charset="utf-8"><title>t</title><a style="display:none" href="http://bet.example/">澳门赌场 百家乐 在线投注</a>';

/** Routes that answer for everybody what the system knows: what a careless handler would look like. */
const plantedList = route({
  method: 'GET',
  path: '/api/planted/people',
  summary: 'A list that forgets whose it is.',
  access: 'people.read',
  reply: z.array(z.string()),
});
const plantedItem = route({
  method: 'GET',
  path: '/api/planted/sites/:id',
  summary: 'A row by id, whoever asks.',
  access: 'sites.read',
  params: idParams,
});
const plantedDoor = route({
  method: 'POST',
  path: '/api/planted/door',
  summary: 'A door for everybody who is signed in, which the check below takes for another one.',
  access: 'signed-in',
});
const planted: Module = {
  name: 'planted',
  routes: [
    handleRaw(plantedList, async (app) =>
      (await app.ownerPool.query<{ no: string }>('SELECT person_no AS no FROM units.person')).rows.map(
        ({ no }) => no,
      ),
    ),
    handleRaw(plantedItem, async (app, _actor, { params }, { reply }) => {
      const { rowCount } = await app.ownerPool.query('SELECT FROM sites.site WHERE id = $1', [params.id]);
      return reply.status(rowCount ? 200 : 404).send({});
    }),
    handle(plantedDoor, async () => undefined),
  ],
};

const places = {
  city: 'city',
  east: 'city.east',
  'east-1': 'city.east.east-1',
  'east-2': 'city.east.east-2',
  west: 'city.west',
};
type Place = keyof typeof places;

let app: TestApp;
let server: FastifyInstance;
let school: Server;
let mailBox: MailBox;
let logstore: SpawnedLogstore;
let logDir: string;
let people: Record<string, SignedIn>;
let callers: matrix.Caller[];
let units: matrix.UnitData[];
let tables: matrix.TableInfo[];
const own = matrix.routesOf(modules);

const roleNames = Object.keys(roles) as RoleName[];
const administrators: Record<string, string> = {
  system_admin: 'sysadmin',
  security_admin: 'secadmin',
  audit_admin: 'auditadmin',
};
// Each role at the county, which has a parent, a sibling and children; those who work in schools there, too.
const staff = [
  { username: 'city-officer', unitCode: 'city', role: 'city_officer' as RoleName },
  { username: 'west-officer', unitCode: 'west', role: 'county_officer' as RoleName },
  ...roleNames
    .filter((role) => !administrators[role])
    .map((role) => ({ username: `east-${role}`.replaceAll('_', '.'), unitCode: 'east', role })),
  ...(['school_teacher', 'leader', 'reviewer'] as const).map((role) => ({
    username: `e1-${role}`.replaceAll('_', '.'),
    unitCode: 'east-1',
    role,
  })),
];

/** One of everything that the registers and the two-hour chain hold, for one unit, made by its own officer. */
async function fill(place: Place, officer: SignedIn, n: number): Promise<void> {
  const mark = markOf(place);
  const upload = async (kind: string, text: string) => {
    const reply = await call(
      server,
      officer,
      'POST',
      `/api/import/${kind}?fileName=a.csv`,
      Buffer.from(text),
    );
    expect([kind, reply.status, reply.body.rejected, reply.body.errors]).toEqual([kind, 200, 0, []]);
  };
  await upload(
    'people',
    `人员编号,姓名,单位代码,岗位,手机\n${mark}-P,${mark}甲,${place},网络管理员,1390000${1000 + n}\n`,
  );
  await upload('allocations', `地址段,单位代码,用途\n10.${n}.0.0/24,${place},内网\n`);
  await upload(
    'devices',
    `资产编号,设备名称,设备类别,单位代码,IP地址,MAC地址,使用人编号,房间\n${mark}-D,${mark}机,计算机,${place},10.${n}.0.9,00:00:5e:00:53:0${n},${mark}-P,${mark}楼\n`,
  );
  const { port } = school.address() as AddressInfo;
  const site = {
    name: `${mark}站`,
    unitCode: place,
    url: `http://${mark}.example/`,
    resolveTo: `127.0.0.1:${port}`,
  };
  expect((await call(server, officer, 'POST', '/api/sites', site)).status).toBe(200);
  const log = Buffer.from(
    `Jun  1 09:00:00 gw dnsmasq-dhcp[1]: DHCPACK(br0) 10.${n}.0.9 00:00:5e:00:53:0${n} ${mark}-host\n`,
  );
  const ingested = await call(
    server,
    officer,
    'POST',
    `/api/logs/ingest?source=${mark}-dhcp&format=dnsmasq`,
    log,
  );
  expect(ingested.status).toBe(200);
  const asked = {
    ip: `10.${n}.0.9`,
    at: '2026-06-01T01:00:30Z',
    caseNo: `${mark}-1`,
    reason: `${mark}核查来源`,
  };
  expect((await call(server, officer, 'POST', '/api/traces', asked)).status).toBe(200);
}

const markOf = (place: Place) => `zq${place.replace('-', '')}q`;

async function dataOf(place: Place): Promise<matrix.UnitData> {
  const ids = new Map<string, string[]>();
  for (const { name } of tables.filter((table) => table.hasPath && table.hasId)) {
    const { rows } = await app.ownerPool.query<{ id: string }>(
      `SELECT id::text AS id FROM ${name} WHERE unit_path = $1 ORDER BY id LIMIT 3`,
      [places[place]],
    );
    ids.set(
      name,
      rows.map((row) => row.id),
    );
  }
  return { path: places[place], ids, words: [markOf(place)] };
}

async function gatherCallers(): Promise<matrix.Caller[]> {
  const of = (label: string, who: SignedIn, at: string, role: string): matrix.Caller => ({
    label,
    at,
    headers: { cookie: who.cookie },
    permissions: permissionsOf([role]),
  });
  const token = await app
    .run(systemActor('test'), async () => null)
    .then(() =>
      call(server, people.sysadmin!, 'POST', '/api/tokens', {
        name: '矩阵',
        unitCode: 'east',
        permissions: ['logs.ingest', 'shield.read'],
      }),
    );
  expect(token.status).toBe(200);
  const support = await signIn(server, 'city-support');
  const viewing = await call(server, support, 'POST', '/api/session/view-as', {
    accountId: people['east-county.officer']!.id,
    reason: '核对他看到的页面',
  });
  expect(viewing.status).toBe(204);
  const seen = await call(server, support, 'GET', '/api/session');
  return [
    ...staff.map(({ username, unitCode, role }) =>
      of(`${role}@${unitCode}`, people[username]!, places[unitCode as Place], role),
    ),
    ...Object.entries(administrators).map(([role, name]) => of(`${role}@city`, people[name]!, 'city', role)),
    {
      label: 'token@east',
      isMachine: true,
      at: 'city.east',
      headers: { authorization: `Bearer ${token.body.token}` },
      permissions: new Set(['logs.ingest', 'shield.read']),
    },
    {
      label: 'viewer of county_officer@east',
      at: 'city.east',
      headers: { cookie: support.cookie },
      permissions: new Set(seen.body.user.permissions),
      isViewer: true,
    },
    { label: 'nobody', at: null, headers: {}, permissions: new Set() },
  ];
}

beforeAll(async () => {
  logDir = await newDataDir();
  logstore = await spawnLogstore(logDir);
  const client = logstore.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  mailBox = await keepMail();
  school = createServer((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  await new Promise<void>((resolve) => school.listen(0, '127.0.0.1', resolve));
  app = await testApp([...modules, planted], {
    logstore: client,
    config: { smtpUrl: mailBox.url },
    now: '2026-06-01T02:00:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    ...staff,
    { username: 'city-support', unitCode: 'city', role: 'support' },
  ]);
  const policy = {
    dueMinutes: 120,
    escalateAtMinutes: [30],
    autoOpen: true,
    autoShield: true,
    autoReport: false,
    bureauName: '市教育局',
    bureauEmail: 'bureau@example.org',
    policeName: '市公安局',
    policeEmail: 'police@example.org',
    source: '通知',
  };
  expect((await call(server, people['city-officer']!, 'PUT', '/api/incidents/policy', policy)).status).toBe(
    200,
  );
  for (const [n, place] of (Object.keys(places) as Place[]).entries()) {
    const officer =
      place === 'city' ? 'city-officer' : place === 'west' ? 'west-officer' : 'east-county.officer';
    await fill(place, people[officer]!, n + 1);
  }
  await drain(app);
  tables = await matrix.tablesOf(app.ownerPool);
  units = await Promise.all((Object.keys(places) as Place[]).map(dataOf));
  callers = await gatherCallers();
}, 300_000);
afterAll(async () => {
  await server.close();
  await app.close();
  await logstore.stop();
  await mailBox.close();
  await new Promise((resolve) => school.close(resolve));
  await removeDataDir(logDir);
});

const isPublished = (table: string) => tables.find(({ name }) => name === table)?.published === true;
/** Sign-out would end the caller's session, and leaving the look the viewer's. */
const stays = ({ route: { method, path } }: matrix.OwnedRoute) =>
  !(method === 'DELETE' && path.startsWith('/api/session')) && !path.endsWith('/sign-out');

describe('every route × every role', () => {
  it('lets in who holds the permission, and refuses all others as such', async () => {
    const everyRole = callers.filter(({ label }) => !/@(?:east-1|west)$|^city_officer@city/.test(label));
    const { cells, wrong } = await matrix.checkAccess(server, own.filter(stays), everyRole);
    expect(wrong).toEqual([]);
    expect(cells).toBeGreaterThan(own.length * 15);
  }, 300_000);

  it('would notice a door that is wider, or narrower, than its contract says', async () => {
    const said = (access: string) => [{ module: 'planted', route: { ...plantedDoor, access } }];
    const wider = await matrix.checkAccess(server, said('audit.read'), callers);
    expect(wider.wrong).toContainEqual(
      expect.stringContaining('school_teacher@east-1 POST /api/planted/door: not permitted expected, let in'),
    );
    const narrower = await matrix.checkAccess(server, said('public'), callers);
    expect(narrower.wrong).toContainEqual(
      expect.stringContaining('POST /api/planted/door: let in expected, sign in first (401'),
    );
    expect((await matrix.checkAccess(server, said(plantedDoor.access), callers)).wrong).toEqual([]);
  });
});

describe('every list × every role × every unit', () => {
  it('shows nothing of the parent’s or a sibling’s rows', async () => {
    const { wrong, seen } = await matrix.checkLists(server, own, callers, units, isPublished);
    expect(wrong).toEqual([]);
    // It would be noticed: what is theirs shows in many of these lists.
    expect([...seen].length).toBeGreaterThan(12);
  }, 300_000);

  it('would notice a list that forgets whose it is', async () => {
    const { wrong } = await matrix.checkLists(
      server,
      matrix.routesOf([planted]),
      callers,
      units,
      isPublished,
    );
    expect(wrong.join('\n')).toContain('county_officer@east GET /api/planted/people shows zqwestq');
    expect(wrong.join('\n')).toContain('school_teacher@east-1 GET /api/planted/people shows zqeast2q');
  });
});

describe('every route with an id × every role × every unit’s rows', () => {
  it('opens and changes nothing of the parent’s or a sibling’s', async () => {
    const { wrong, opened, cells } = await matrix.checkIds(server, own, callers, units, isPublished);
    expect(wrong).toEqual([]);
    expect([...opened].length).toBeGreaterThan(8);
    expect(cells).toBeGreaterThan(1000);
  }, 300_000);

  it('would notice a route that answers whoever asks', async () => {
    const { wrong } = await matrix.checkIds(server, matrix.routesOf([planted]), callers, units, isPublished);
    expect(wrong).toContain('county_officer@east GET /api/planted/sites/:id takes sites.site of city.west');
    expect(wrong).toContain('county_officer@east GET /api/planted/sites/:id takes sites.site of city');
  });
});

describe('direct SQL as the application role', () => {
  const scopes = ['city.east', 'city.east.east-1', 'city.west'];
  /** An act is recorded whatever the actor may read: reading it stays scoped. */
  const appended = ['audit.entry'];

  it('on every table reads, adds, changes, moves and deletes nothing of others', async () => {
    const wrong: string[] = [];
    for (const table of tables.filter(({ hasPath }) => hasPath)) {
      const checked = await matrix.checkTable(
        { app: app.appPool, owner: app.ownerPool },
        table,
        scopes,
        appended.includes(table.name),
      );
      wrong.push(...checked.wrong);
    }
    expect(wrong).toEqual([]);
    expect(tables.filter(({ hasPath }) => hasPath).length).toBeGreaterThan(40);
  }, 300_000);

  it('would notice a table without a policy, and one that may be written downward only in name', async () => {
    await app.ownerPool.query(`CREATE SCHEMA planted; GRANT USAGE ON SCHEMA planted TO jiaodun_app;
      CREATE TABLE planted.leak (id int, unit_path ltree); INSERT INTO planted.leak VALUES (1, 'city.west'), (2, 'city.east');
      GRANT SELECT, INSERT, UPDATE, DELETE ON planted.leak TO jiaodun_app`);
    const [leak] = await matrix.tablesOf(app.ownerPool, ['planted']);
    const { wrong } = await matrix.checkTable(
      { app: app.appPool, owner: app.ownerPool },
      leak!,
      ['city.east'],
      false,
    );
    expect(wrong.join('\n')).toMatch(
      /foreign rows are read[\s\S]*DELETE[\s\S]*foreign rows are changed[\s\S]*INSERT/,
    );
  });

  it('finds row-level security on every table with a unit', () => {
    expect(tables.filter(({ hasPath, secured }) => hasPath && !secured).map(({ name }) => name)).toEqual([]);
  });
});

describe('phone numbers', () => {
  it('show whole in no reply, whoever asks', async () => {
    const shown: string[] = [];
    for (const { route: one } of own.filter(
      ({ route: { method, produces } }) => method === 'GET' && produces !== 'events',
    )) {
      for (const caller of callers.filter(({ label }) =>
        /county_officer@east|city_officer|leader@east$/.test(label),
      )) {
        const ids = one.path.includes(':')
          ? units.flatMap(({ path, ids: all }) =>
              path === 'city.east.east-1' ? (all.get('units.person') ?? []) : [],
            )
          : [''];
        for (const id of ids) {
          const reply = await matrix.send(server, caller, one, matrix.urlOf(one, id));
          if (/1390000100\d/.test(reply.text)) shown.push(`${caller.label} ${one.path}`);
        }
      }
    }
    expect([...new Set(shown)]).toEqual([]);
  }, 300_000);
});
