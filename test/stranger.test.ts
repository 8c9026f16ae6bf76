/** What county West sees of county East: nothing, through every route, and in every table. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { moduleOrder } from '#modules';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { keepMail, type MailBox } from '#test/mail';
import { newDataDir, removeDataDir } from '#test/product';
import { modules } from '../src/compose.ts';

const page =
  '<!doctype html><meta charset="utf-8"><title>东示</title><div style="display:none"><a href="http://bet.example/">澳门赌场 百家乐 在线投注</a></div>';

let app: TestApp;
let server: FastifyInstance;
let school: Server;
let mailBox: MailBox;
let logstore: SpawnedLogstore;
let logDir: string;
let people: Record<string, SignedIn>;
/** Everything that belongs to East and has an id, and words that only East's rows hold. */
let eastIds: string[];
const eastWords = ['东示', 'EAST-', 'east-', 'www.east', '10.77.'];

const csv = (text: string) => Buffer.from(text);

async function fillEast(): Promise<void> {
  const east = people['east-officer']!;
  const upload = async (kind: string, text: string) => {
    const reply = await call(server, east, 'POST', `/api/import/${kind}?fileName=east.csv`, csv(text));
    expect([kind, reply.status, reply.body.rejected, reply.body.errors]).toEqual([kind, 200, 0, []]);
  };
  await upload('people', '人员编号,姓名,单位代码,岗位\nEAST-P1,东示甲,east-1,网络管理员\n');
  await upload('allocations', '地址段,单位代码,用途\n10.77.0.0/24,east-1,内网\n');
  await upload(
    'devices',
    '资产编号,设备名称,设备类别,单位代码,IP地址,MAC地址,使用人编号,房间\nEAST-D1,东示机,计算机,east-1,10.77.0.9,00:00:5e:00:53:09,EAST-P1,东示楼101\n',
  );
  const { port } = school.address() as AddressInfo;
  const list = await call(server, east, 'GET', '/api/people');
  const [person] = list.body.items as { id: string; unitId: string }[];
  const papers: [string, object][] = [
    [
      `/api/people/${person!.id}/certificates`,
      { type: '东示证', number: 'EAST-C1', issuer: '东示会', issuedOn: '2026-01-01' },
    ],
    [
      `/api/units/${person!.unitId}/leading-groups`,
      {
        documentNo: 'EAST-G1',
        establishedOn: '2026-01-01',
        members: [{ personId: person!.id, role: 'head' }],
      },
    ],
    [
      '/api/post-exceptions',
      { personId: person!.id, unitId: person!.unitId, reason: '东示兼任', expiresOn: '2026-12-01' },
    ],
  ];
  for (const [url, body] of papers) {
    expect([url, (await call(server, east, 'POST', url, body)).status]).toEqual([url, 200]);
  }
  const site = {
    name: '东示站',
    unitCode: 'east-1',
    url: 'http://www.east-1.example/',
    resolveTo: `127.0.0.1:${port}`,
  };
  expect((await call(server, east, 'POST', '/api/sites', site)).status).toBe(200);
  const policy = {
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
  };
  expect((await call(server, people['city-officer']!, 'PUT', '/api/incidents/policy', policy)).status).toBe(
    200,
  );
  const log = csv('Jun  1 09:00:00 gw dnsmasq-dhcp[1]: DHCPACK(br0) 10.77.0.9 00:00:5e:00:53:09 EAST-host\n');
  const ingested = await call(server, east, 'POST', '/api/logs/ingest?source=east-dhcp&format=dnsmasq', log);
  expect(ingested.status).toBe(200);
  const asked = { ip: '10.77.0.9', at: '2026-06-01T01:00:30Z', caseNo: 'EAST-1', reason: '东示核查来源' };
  expect((await call(server, east, 'POST', '/api/traces', asked)).status).toBe(200);
  await drain(app);
  const [found] = (await call(server, east, 'GET', `/api/logs/search${queries['/api/logs/search']}`)).body
    .rows;
  const line = `/api/logs/segments/${found.segment}/records/${found.seq}`;
  const why = { caseNo: 'EAST-2', reason: '东示核查名字' };
  const query = { from: '2026-05-31T00:00:00Z', to: '2026-06-02T00:00:00Z' };
  for (const [url, body] of [
    [`${line}/reveals`, { token: found.fields.device, ...why }],
    ['/api/logs/exports', { query, ...why }],
  ] as const) {
    expect([url, (await call(server, east, 'POST', url, body)).status]).toEqual([url, 200]);
  }
}

/** Ids of two rows of every table that lie below East: what is whose in detail is the work of the matrix. */
async function idsOfEast(): Promise<string[]> {
  const tables = await app.ownerPool.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.columns c
     WHERE column_name = 'id' AND table_schema = ANY($1) AND EXISTS (SELECT FROM information_schema.columns p
       JOIN information_schema.tables t USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE'
       AND p.column_name = 'unit_path' AND p.table_schema = c.table_schema AND p.table_name = c.table_name)`,
    [[...moduleOrder]],
  );
  const ids: string[] = [];
  for (const { name } of tables.rows) {
    const rows = await app.ownerPool.query<{ id: string }>(
      `SELECT id::text AS id FROM ${name} WHERE unit_path <@ 'city.east' ORDER BY id LIMIT 2`,
    );
    ids.push(...rows.rows.map((row) => row.id));
  }
  return ids;
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
  app = await testApp(modules, {
    logstore: client,
    config: { smtpUrl: mailBox.url },
    now: '2026-06-01T02:00:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  await fillEast();
  eastIds = await idsOfEast();
  people['west-officer'] = await signIn(server, 'west-officer');
}, 180_000);
afterAll(async () => {
  await server.close();
  await app.close();
  await logstore.stop();
  await mailBox.close();
  await new Promise((resolve) => school.close(resolve));
  await removeDataDir(logDir);
});

const handlers = modules.flatMap((module) => module.routes ?? []);
const west = () => people['west-officer']!;

/** A query that a route with required fields accepts. */
const queries: Record<string, string> = {
  '/api/logs/search': '?from=2026-05-31T00:00:00Z&to=2026-06-02T00:00:00Z&reason=stranger',
  '/api/logs/search/stream': '?from=2026-05-31T00:00:00Z&to=2026-06-02T00:00:00Z&reason=stranger',
  '/api/logs/histogram': '?from=2026-05-31T00:00:00Z&to=2026-06-02T00:00:00Z&reason=stranger',
  '/api/logs/top': '?from=2026-05-31T00:00:00Z&to=2026-06-02T00:00:00Z&reason=stranger&field=host',
};

describe('a stranger', () => {
  const lists = handlers.filter(
    ({ route }) => route.method === 'GET' && !route.path.includes(':') && route.produces !== 'events',
  );

  it.each(lists.map(({ route }) => route.path))(
    'sees nothing of the other county in GET %s',
    async (path) => {
      const reply = await call(server, west(), 'GET', path + (queries[path] ?? ''));
      const text = Buffer.isBuffer(reply.body) ? reply.body.toString() : JSON.stringify(reply.body);
      // The block list is one for the whole city by design: a resolver loads it whole. It names hosts, no unit.
      const published = path === '/api/shield/rpz';
      for (const word of published
        ? eastWords.filter((one) => one === '东示')
        : [...eastWords, ...eastIds.filter((id) => id.length > 8)]) {
        expect(text, `${path} shows ${word}`).not.toContain(word);
      }
    },
  );

  it('would be noticed: the county itself sees its words and ids in most of these lists', async () => {
    const east = await signIn(server, 'east-officer');
    const shown = await Promise.all(
      lists.map(async ({ route: { path } }) => {
        const reply = await call(server, east, 'GET', path + (queries[path] ?? ''));
        const text = Buffer.isBuffer(reply.body) ? reply.body.toString() : JSON.stringify(reply.body);
        return [...eastWords, ...eastIds].some((word) => word.length > 5 && text.includes(word));
      }),
    );
    expect(shown.filter(Boolean).length).toBeGreaterThan(12);
    expect(eastIds.length).toBeGreaterThan(30);
  });

  // An empty template holds nothing of anybody.
  const template = '/api/import/template/:kind';
  // Preferences and drafts are named by the caller and are always the caller's own.
  const single = handlers.filter(
    ({ route }) =>
      route.path.includes(':') &&
      route.access !== 'public' &&
      route.path !== template &&
      !route.path.startsWith('/api/me/'),
  );

  it.each(single.map(({ route }) => `${route.method} ${route.path}`))(
    'gets and changes nothing by id through %s',
    async (name) => {
      const [method, path] = name.split(' ') as ['GET', string];
      for (const id of eastIds) {
        const url = path
          .replace(/:format/g, 'pdf')
          .replace(/:seq/g, '1')
          .replace(/:kind/g, 'units')
          .replace(/:\w+/g, id);
        const reply = await call(
          server,
          west(),
          method,
          url,
          method === 'GET' || method === 'DELETE' ? undefined : bodyFor(path),
        );
        expect([url, reply.status >= 400]).toEqual([url, true]);
      }
    },
  );

  it('registers nothing in the other county', async () => {
    const site = { name: '冒名网站', unitCode: 'east-1', url: 'http://fake.example/' };
    expect((await call(server, west(), 'POST', '/api/sites', site)).status).toBeGreaterThanOrEqual(400);
    const unit = { code: 'east-9', name: '冒名小学', kind: 'school', parentCode: 'east' };
    expect((await call(server, west(), 'POST', '/api/units', unit)).status).toBeGreaterThanOrEqual(400);
    const devices = csv('资产编号,设备名称,设备类别,单位代码\nEAST-D1,改名,计算机,east-1\n');
    const imported = await call(server, west(), 'POST', '/api/import/devices?fileName=x.csv', devices);
    expect(imported.body).toMatchObject({ accepted: 0, rejected: 1 });
  });
});

const unitAct = { effectiveOn: '2026-06-01', docNo: '示教〔2026〕9号', reason: '不相干' };

/** An id that is nobody's. */
const nobody = '00000000-0000-7000-8000-000000000000';

/** A body that passes validation, so that the refusal is about whose it is. */
function bodyFor(path: string): object {
  return (
    {
      '/api/accounts/:id': { disabled: true },
      '/api/accounts/:id/person': { personNo: 'P-0' },
      '/api/accounts/:id/password-reset': { reason: '想要进去' },
      '/api/accounts/:id/resets': { what: 'factors', reason: '想要进去' },
      '/api/account-resets/:id/decision': { approve: true },
      '/api/sign-in-policies/:id/decision': { approve: true },
      '/api/role-grants/:id/decision': { approve: true },
      '/api/role-grants/:id/revocation': { reason: '想要收回' },
      '/api/composed-roles/:id/decision': { approve: true },
      '/api/composed-roles/:id/retirement': { reason: '想要停用' },
      '/api/delegations/:id/answer': { accept: true },
      '/api/tokens/:id/decision': { approve: true },
      '/api/tokens/:id/rotation': { graceMinutes: 0 },
      '/api/people/:id/phone': { reason: '想看号码' },
      '/api/tasks/:id/acts': { act: 'comment', text: '不相干' },
      '/api/tasks/campaigns/:id/withdraw': { reason: '想要撤回' },
      '/api/findings/:id/fixed': {},
      '/api/findings/:id/picture': {},
      '/api/sites/:id/baseline': { reason: '想要认可' },
      '/api/campaigns/:id/judgement': { state: 'over', note: '想要了结' },
      '/api/deliveries/:id/give-up': { reason: '不是我的' },
      '/api/deliveries/:id/reroute': { channel: 'mail' },
      '/api/channels/:id': { enabled: false },
      '/api/pollers/:id': { enabled: false },
      '/api/findings/:id/false-alarm': { reason: '不是我的事' },
      '/api/suppressions/:id/decision': { approve: true },
      '/api/suppressions/:id/withdrawal': { reason: '不是我的' },
      '/api/words/proposals/:id/decision': { approve: true },
      '/api/words/proposals/:id/withdrawal': {},
      '/api/rescans/:id/acts': { act: 'pause' },
      '/api/sites/:id/columns': { name: '冒名栏目', pathPrefix: '/' },
      '/api/site-columns/:id': { name: '冒名栏目', pathPrefix: '/' },
      '/api/site-columns/:id/removal': { reason: '想要去掉' },
      '/api/sites/:id': { name: '改名网站', revision: 1 },
      '/api/sites/:id/retirement': { reason: '想要注销' },
      '/api/sites/:id/restoration': { reason: '想要恢复' },
      '/api/people/:id/merge': { otherId: nobody, reason: '想要合并' },
      '/api/people/:id/distinct': { otherId: nobody, reason: '想要分开' },
      '/api/appointments/:id/correction': { reason: '想要更正' },
      '/api/appointments/:id/withdrawal': { reason: '想要作废' },
      '/api/post-exceptions/:id/decision': { approve: true },
      '/api/people/:id/held/successor': { kind: 'site', thingId: nobody, toPersonId: nobody },
      '/api/people/:id/hand-over': { toPersonId: nobody, unitId: nobody },
      '/api/units/:id/leading-groups': {
        documentNo: '西字〔2026〕1号',
        establishedOn: '2026-05-01',
        members: [{ personId: nobody, role: 'head' }],
      },
      '/api/people/:id/certificates': { type: '证书', number: 'W', issuer: '示例', issuedOn: '2026-01-01' },
      '/api/certificates/:id/verification': { genuine: true },
      '/api/certificates/:id/withdrawal': { reason: '想要作废' },
      '/api/people/:id/call-backs': { result: 'reached' },
      '/api/sso/connectors/:id/changes': {
        kind: 'cas',
        nameZh: '冒名认证',
        nameEn: 'Posing',
        settings: { serverUrl: 'https://fake.example/cas' },
      },
      '/api/sso/connectors/:id/decision': {
        versionId: '00000000-0000-7000-8000-000000000000',
        approve: true,
      },
      '/api/sso/bindings/:id/account': { username: 'west-officer' },
      '/api/sso/bindings/:id/decision': { approve: true },
      '/api/units/:id': { address: '冒名路1号' },
      '/api/units/:id/rename': { name: '冒名小学', ...unitAct },
      '/api/units/:id/move': { parentCode: 'west', ...unitAct },
      '/api/units/:id/merge': { others: ['west-1'], ...unitAct },
      '/api/units/:id/split': { parts: [{ code: 'west-9', name: '冒名小学' }], ...unitAct },
      '/api/units/:id/close': unitAct,
      '/api/units/:id/reopen': unitAct,
      '/api/units/:id/uscc-approvals': { uscc: '91350100M0001TGQXM', reason: '不是我的', scanRef: '档案1' },
      '/api/uscc-approvals/:id/decision': { approve: true },
      '/api/unit-changes/:id/cancel': { reason: '不相干' },
      '/api/trace-runs/:id/acts': { act: 'pause' },
      '/api/traces/:id/reveals': { candidate: 0, caseNo: 'W-1', reason: '想看名字' },
      '/api/reveals/:id/decision': { approve: true },
      '/api/traces/destination-rules/:id/decision': { approve: true },
      '/api/devices/:id': { assetNo: 'W-9', name: '冒名机', type: 'other', unitCode: 'west-1', revision: 1 },
      '/api/devices/:id/retirement': { reason: '不是我的' },
      '/api/devices/:id/holders': { reason: '想看名字' },
      '/api/discovered-devices/:id/adoption': {},
      '/api/discovered-devices/:id/ignoring': { reason: '不相干', until: '2026-07-01' },
      '/api/logs/forwarders/:id/keys': { fingerprint: '0'.repeat(64) },
      '/api/logs/reveals/:id/decision': { approve: true },
      '/api/logs/exports/:id/decision': { approve: true },
      '/api/logs/segments/:id/records/:seq/reveals': {
        token: '2606-0000000000000000',
        caseNo: 'W-1',
        reason: '想看名字',
      },
      '/api/logs/gaps/:id/answers': { reason: 'power', words: '不相干' },
      '/api/logs/gaps/:id/decision': { accept: true },
      '/api/logs/holds/:id/lift': { reason: '不相干' },
      '/api/logs/holds/:id/lift-decision': { accept: true },
      '/api/logs/retention/plans/:id/confirm': { segments: 1, note: '不相干' },
      '/api/logs/retention/plans/:id/decision': { approve: true, note: '不相干' },
      '/api/logs/sources/:id': { zone: 'UTC' },
      '/api/logs/sources/:id/retire': { reason: '想要停用' },
      '/api/logs/sources/:id/adopt': { name: '想要收编', format: 'auto' },
      '/api/logs/sources/:id/template': { patterns: [{ row: 'other', pattern: '{cli}' }] },
      '/api/logs/sources/:id/template/preview': {
        patterns: [{ row: 'other', pattern: '{cli}' }],
        sample: 'x',
      },
      '/api/logs/sources/:id/rhythm': {
        maxSilenceSeconds: null,
        beatText: null,
        beatSeconds: null,
        quiet: false,
      },
      '/api/prefixes/:id': { note: '不相干' },
      '/api/prefixes/:id/split': { length: 28 },
      '/api/prefixes/:id/reclaim': { reason: '想要收回' },
      '/api/realms/:id': { name: '冒名' },
      '/api/prefix-requests/:id/decision': { approve: false },
      '/api/nat-rules/:id/end': { reason: '想要停用' },
      '/api/exit-exceptions/:id/decision': { approve: true },
      '/api/shield/entries/:id/withdraw': { reason: '想要解除' },
      '/api/incidents/:id/reports': { to: 'police' },
      '/api/incidents/:id/notes': { text: '不相干' },
      '/api/incidents/:id/proposals': { kind: 'dismissed', reason: '想要撤销' },
      '/api/incidents/:id/proposals/:proposalId/decision': { approve: true },
    }[path] ?? {}
  );
}

describe('every table', () => {
  /** Tables that hold no unit's data. */
  const unscoped = [
    'addresses.register_clock',
    'addresses.binding_clock',
    'audit.checkpoint',
    'audit.node',
    'logs.chain_anchor',
    'logs.chain_head',
    'logs.forward_receipt',
    'logs.forward_state',
    'logs.installation',
    'logs.signer',
    'logs.collector_beat',
    'logs.receive_loss',
    'logs.sealed_spool',
    'logs.retention_class',
    'shield.version',
  ];

  it('with a unit’s rows has row-level security and hides them from the other county', async () => {
    const { rows } = await app.ownerPool.query<{ name: string; secured: boolean; path: boolean }>(
      `SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AS secured,
         EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'unit_path') AS path
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1)`,
      [[...moduleOrder]],
    );
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.filter((row) => !row.secured && !unscoped.includes(row.name)).map((row) => row.name)).toEqual(
      [],
    );
    for (const { name } of rows.filter((row) => row.path)) {
      const client = await app.appPool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`SELECT set_config('jiaodun.scope', 'city.west', true)`);
        const seen = await client.query(
          `SELECT count(*)::int AS n FROM ${name} WHERE unit_path <@ 'city.east'`,
        );
        expect([name, seen.rows[0].n]).toEqual([name, 0]);
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    }
  });
});

describe('a school that moves to the other county', () => {
  it('takes every row of every table along, and is seen there as it was seen here', async () => {
    const { rows: tables } = await app.ownerPool.query<{ name: string; keeps: boolean }>(
      `SELECT c.oid::regclass::text AS name, EXISTS (SELECT FROM units.path_rule r
         WHERE to_regclass(r.table_name) = c.oid AND r.on_move = 'keep') AS keeps
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'unit_path'
       WHERE c.relkind = 'r' ORDER BY 1`,
    );
    const countIn = async (path: string) => {
      const counts: Record<string, number> = {};
      for (const { name } of tables.filter((one) => !one.keeps)) {
        const { rows } = await app.ownerPool.query(
          `SELECT count(*)::int AS n FROM ${name} WHERE unit_path <@ '${path}'`,
        );
        if (rows[0].n > 0 && !name.startsWith('units.')) counts[name] = rows[0].n;
      }
      return counts;
    };
    const before = await countIn('city.east.east-1');
    expect(Object.keys(before).length).toBeGreaterThan(10);
    const city = people['city-officer']!;
    const [unit] = (await call(server, city, 'GET', '/api/units?q=east-1')).body.items;
    const moved = await call(server, city, 'POST', `/api/units/${unit.id}/move`, {
      ...unitAct,
      parentCode: 'west',
    });
    expect([moved.status, moved.body.state]).toEqual([200, 'applied']);
    expect(await countIn('city.east.east-1')).toEqual({});
    expect(await countIn('city.west.east-1')).toEqual(before);
    const sitesOf = async (who: SignedIn) => (await call(server, who, 'GET', '/api/sites')).body.items.length;
    const east = await signIn(server, 'east-officer');
    expect([await sitesOf(west()), await sitesOf(east)]).toEqual([1, 0]);
  });
});
