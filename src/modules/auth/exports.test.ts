/** Lists as files: the rows of the screen, safe to open, said why, gone when their time is over. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { readSheet } from '#base/sheet';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';
import { cellsOf, chinaTime } from './export-table.ts';
import { authenticate, localToken, setupToken } from './index.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp(modules);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  await addDevices('east-1', 'E', 1200);
}, 120_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

/** Puts devices into the register past its import, which would take a minute for thousands. */
async function addDevices(unitCode: string, prefix: string, count: number): Promise<void> {
  await app.ownerPool.query(
    `INSERT INTO addresses.device (id, asset_no, name, type, unit_id, unit_path, realm)
     SELECT uuidv7(), $2 || lpad(n::text, 6, '0'), CASE WHEN n = 1 THEN '=HYPERLINK("http://x.example")' ELSE '机房主机' || n END,
       'server', u.id, u.unit_path, 'default' FROM units.unit u, generate_series(1, $3::int) AS n WHERE u.code = $1`,
    [unitCode, prefix, count],
  );
}

const columns = [
  { field: 'assetNo', title: '资产编号' },
  { field: 'name', title: '名称' },
  { field: 'type', title: '类别', words: { server: '服务器' } },
];
const devices = { list: '/api/devices', title: '设备台账', columns };
const east = () => people['east-officer']!;
const ask = (body: object, who = east()) => call(server, who, 'POST', '/api/exports', body);

async function fetchRows(id: string, fileName: string, who = east()): Promise<string[][]> {
  const file = await call(server, who, 'GET', `/api/exports/${id}/file`);
  expect(file.status).toBe(200);
  const sheet = await readSheet(new Uint8Array(file.body), fileName);
  return [sheet.columns, ...sheet.rows.map((row) => row.cells)];
}

describe('an export', () => {
  it.each(['csv', 'xlsx'] as const)(
    'has every filtered row and, last, who took it out: %s',
    async (format) => {
      const made = await ask({ ...devices, format, query: { q: 'E00000' } });
      expect([made.status, made.body.state, made.body.rows]).toEqual([200, 'ready', 9]);
      const rows = await fetchRows(made.body.id, `x.${format}`);
      expect(rows[0]).toEqual(['资产编号', '名称', '类别']);
      expect(rows).toHaveLength(11);
      expect(rows[2]).toEqual(['E000002', '机房主机2', '服务器']);
      expect(rows[10]![0]).toMatch(
        /^导出人：人员east-officer east-officer（.+） 导出时间：2026-06-01 10:00:00 共 9 行/,
      );
    },
  );

  it('runs no formula: a csv cell that begins like one is text', async () => {
    const made = await ask({ ...devices, format: 'csv', query: { q: 'E000001' } });
    const file = await call(server, east(), 'GET', `/api/exports/${made.body.id}/file`);
    expect(file.body.toString('utf8')).toContain(`"'=HYPERLINK(""http://x.example"")"`);
  });

  it('needs a reason over 1,000 rows, and leaves both in the audit log', async () => {
    const refused = await ask({ ...devices, format: 'csv' });
    expect([refused.status, refused.body.code, refused.body.details.rows]).toEqual([
      422,
      'auth.export_reason_needed',
      1200,
    ]);
    const made = await ask({ ...devices, format: 'csv', reason: '年度资产盘点' });
    expect(made.body).toMatchObject({ state: 'ready', rows: 1200, reason: '年度资产盘点' });
    const entry = await app.ownerPool.query(
      `SELECT action, actor_id, after FROM audit.entry WHERE subject = $1`,
      [`export:${made.body.id}`],
    );
    expect(entry.rows).toEqual([
      {
        action: 'auth.export_list',
        actor_id: east().id,
        after: expect.objectContaining({ rows: 1200, reason: '年度资产盘点', sha256: made.body.sha256 }),
      },
    ]);
  });

  it('shows another county nothing, and its file to nobody else', async () => {
    const west = people['west-officer']!;
    const made = await ask({ ...devices, format: 'csv' }, west);
    expect(made.body.rows).toBe(0);
    const mine = await ask({ ...devices, format: 'csv', query: { q: 'E000001' } });
    for (const who of [west, people['city-officer']!]) {
      const file = await call(server, who, 'GET', `/api/exports/${mine.body.id}/file`);
      expect(file.status).toBe(404);
      const own = await call(server, who, 'GET', '/api/exports');
      expect(JSON.stringify(own.body)).not.toContain(mine.body.id);
    }
  });

  it('masks what the list masks', async () => {
    const upload = Buffer.from(
      '人员编号,姓名,单位代码,岗位,手机\nEP1,东示甲,east-1,网络管理员,13900001234\n',
    );
    await call(server, east(), 'POST', '/api/import/people?fileName=p.csv', upload);
    const list = await call(server, east(), 'GET', '/api/people');
    const made = await ask({ list: '/api/people', title: '人员', format: 'csv' });
    expect(made.body.rows).toBe(list.body.total);
    const file = await call(server, east(), 'GET', `/api/exports/${made.body.id}/file`);
    expect(file.body.toString()).toContain('139****1234');
    expect(file.body.toString()).not.toContain('13900001234');
  });

  it.each([
    [{ ...devices, list: '/api/session' }, 422, 'auth.not_a_list'],
    [{ ...devices, list: '/api/nowhere' }, 422, 'auth.not_a_list'],
    [{ ...devices, list: '/api/audit' }, 403, 'base.forbidden'],
    [{ ...devices, columns: [{ field: 'passwordHash', title: 'x' }] }, 422, 'auth.unknown_export_field'],
    [{ ...devices, columns: [{ field: '__proto__', title: 'x' }] }, 422, 'auth.unknown_export_field'],
    [{ ...devices, query: { type: 'spaceship' } }, 400, 'base.invalid_input'],
  ])('refuses %o', async (body, status, code) => {
    const reply = await ask({ format: 'csv', ...body });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  it('refuses a machine: a file is taken out by a person', async () => {
    const reply = await server.inject({
      method: 'POST',
      url: '/api/exports',
      headers: { authorization: `Bearer ${await localToken(app.config.dataDir)}` },
      payload: devices,
    });
    expect([reply.statusCode, reply.json().code]).toEqual([403, 'auth.only_people']);
  });

  it('expires: the file goes, the record stays', async () => {
    const made = await ask({ ...devices, format: 'csv', query: { q: 'E00001' } });
    expect(await app.copies.find(made.body.sha256)).toBeDefined();
    await app.advance(25 * 3_600_000);
    people['east-officer'] = await (await import('#test/city')).signIn(server, 'east-officer');
    const late = await call(server, east(), 'GET', `/api/exports/${made.body.id}/file`);
    expect([late.status, late.body.code]).toEqual([410, 'auth.export_expired']);
    await fire(app, 'auth.remove_expired_exports');
    expect(await app.copies.find(made.body.sha256)).toBeUndefined();
    const own = await call(server, east(), 'GET', '/api/exports');
    const row = own.body.items.find((item: { id: string }) => item.id === made.body.id);
    expect(row).toMatchObject({ state: 'expired', rows: 10, sha256: made.body.sha256 });
  });

  it('over 5,000 rows is a job with the rights of then, and acts once', async () => {
    await addDevices('east-1', 'F', 6000);
    const body = { ...devices, format: 'xlsx', reason: '移交全部设备' };
    const queued = await ask(body);
    expect([queued.body.state, queued.body.rows >= 7200]).toEqual(['queued', true]);
    const early = await call(server, east(), 'GET', `/api/exports/${queued.body.id}/file`);
    expect([early.status, early.body.code]).toEqual([409, 'auth.export_not_ready']);
    await drain(app);
    const rows = await fetchRows(queued.body.id, 'x.xlsx');
    expect(rows).toHaveLength(7202);
    expect(new Set(rows.map((row) => row[0])).size).toBe(7202);
    const ended = await app.ownerPool.query(
      `SELECT payload FROM base.event WHERE name = 'auth.export_ended'`,
    );
    expect(ended.rows).toHaveLength(1);
    expect(ended.rows[0].payload).toMatchObject({ exportId: queued.body.id, rows: 7200, problem: null });
    const inbox = await call(server, east(), 'GET', '/api/messages');
    const told = inbox.body.items.filter((item: { link: string }) => item.link === '/exports');
    expect(told.map((item: { subject: string }) => item.subject)).toEqual(['“设备台账”已导出，共 7200 行']);

    const second = await ask(body);
    await app.ownerPool.query('UPDATE auth.account SET disabled = true WHERE id = $1', [east().id]);
    await drain(app);
    const state = await app.ownerPool.query('SELECT state, problem FROM auth.list_export WHERE id = $1', [
      second.body.id,
    ]);
    expect(state.rows[0]).toMatchObject({ state: 'failed', problem: { zh: '请先登录' } });
    await app.ownerPool.query('UPDATE auth.account SET disabled = false WHERE id = $1', [east().id]);
  });

  it('is one moment: rows that come while it is written are not in it', async () => {
    const count = () => app.readSnapshot(systemActor('test'), async (ctx) => ctx);
    await count();
    const seen = await app.readSnapshot(systemActor('test'), async (ctx) => {
      const ask = async () =>
        (
          await (
            await import('kysely')
          ).sql<{ n: number }>`SELECT count(*) AS n FROM addresses.device`.execute(ctx.db)
        ).rows[0]!.n;
      const before = await ask();
      await addDevices('west-1', 'W', 3);
      return [before, await ask()];
    });
    expect(seen[0]).toBe(seen[1]);
    await expect(
      app.readSnapshot(systemActor('test'), async (ctx) =>
        (await import('kysely')).sql`UPDATE auth.list_export SET reason = 'x'`.execute(ctx.db),
      ),
    ).rejects.toMatchObject({ code: '25006' });
  });
});

describe('a cell', () => {
  it('shows instants in China time, lists joined, coded values in words, inner fields by path', () => {
    const row = {
      at: '2026-11-22T13:05:09.000Z',
      roles: ['leader', 'duty'],
      on: true,
      site: { name: '站' },
      none: null,
    };
    const cells = cellsOf(
      row,
      [
        { field: 'at', title: '时间' },
        { field: 'roles', title: '角色', words: { leader: '负责人' } },
        { field: 'on', title: '启用' },
        { field: 'site.name', title: '网站' },
        { field: 'none', title: '空' },
        { field: 'site.constructor', title: '无' },
      ],
      'zh',
    );
    expect(cells).toEqual(['2026-11-22 21:05:09', '负责人；duty', '是', '站', '', '']);
    expect(chinaTime('2026-02-30')).toBeUndefined();
  });
});
