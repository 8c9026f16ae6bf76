/** Acts on the tree against the real database: what moves, what history says, what is refused. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { units } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let ids: Record<string, string>;
let actor: Actor;
const officer = (scope: string) =>
  actorAt(scope, ['units.read', 'units.write', 'units.reorganise', 'units.approve_uscc'], null);
const docNo = '示教办〔2026〕12号';

/** What a plain test of another module would hold: rows of every kind below a unit. */
async function fillSchool(code: string): Promise<void> {
  const path = `(SELECT unit_path FROM units.unit WHERE code = '${code}')`;
  const id = `(SELECT id FROM units.unit WHERE code = '${code}')`;
  await app.ownerPool.query(`
    INSERT INTO units.person (person_no, name, unit_id, unit_path) VALUES ('P-${code}', '示例', ${id}, ${path});
    INSERT INTO auth.account (username, name, unit_id, unit_path, password_hash)
      VALUES ('u-${code}', '示例', ${id}, ${path}, 'x');
    INSERT INTO findings.finding (unit_id, unit_path, fingerprint, kind, rule, severity, url, start_offset, end_offset,
      text, context, view, state) VALUES (${id}, ${path}, sha256('${code}'), 'word', 'r', 'low', 'http://x.example/',
      0, 1, 't', 'c', 'v', 'open');
    INSERT INTO findings.change (finding_id, unit_path, after, actor_id, actor_name)
      SELECT id, unit_path, 'open', 'x', 'x' FROM findings.finding WHERE unit_id = ${id};
    INSERT INTO trace.trace (id, unit_path, ip, proto, at, known_at, asked_by, asked_by_name, case_no, reason, verdict,
      because, coverage, candidates, milliseconds)
      VALUES (${id}, ${path}, '192.0.2.1', 'tcp', now(), now(), 'a', 'a', 'C1', 'because', 'ambiguous', '[]', '{}', 1, 1);
    INSERT INTO trace.candidate VALUES (${id}, 0, ${path}, NULL, '{}');
    INSERT INTO trace.reveal (trace_id, candidate, unit_path, requested_by, requested_by_name, case_no, reason, decision,
      decided_by, decided_by_name, decided_at)
      VALUES (${id}, 0, ${path}, 'a', 'a', 'C1', 'because', 'approved', 'b', 'b', now());
    INSERT INTO audit.entry (actor_id, actor_name, unit_path, action, subject) VALUES ('a', 'a', ${path}, 'x', 'y-${code}');`);
}

async function register(code: string, parentCode: string, sinceOn?: string): Promise<string> {
  const body = { code, name: `${code}小学`, kind: 'school', parentCode, sinceOn };
  const reply = await send('POST', '/api/units', body);
  expect(reply.body).toMatchObject({ code });
  ids[code] = reply.body.id;
  return reply.body.id;
}

async function send(method: 'GET' | 'POST' | 'PATCH', url: string, body?: object, as = officer('city')) {
  actor = as;
  const reply = await server.inject({
    method,
    url,
    headers: { 'x-requested-with': 'test' },
    ...(body && { payload: body }),
  });
  const isJson = String(reply.headers['content-type']).includes('json');
  return { status: reply.statusCode, body: isJson ? reply.json() : reply.rawPayload };
}

const act = (code: string, verb: string, body: object, as?: Actor) =>
  send(
    'POST',
    `/api/units/${ids[code]}/${verb}`,
    { effectiveOn: '2026-06-01', docNo, reason: '调整', ...body },
    as,
  );

async function pathOf(code: string): Promise<string> {
  const { rows } = await app.ownerPool.query('SELECT unit_path::text AS p FROM units.unit WHERE code = $1', [
    code,
  ]);
  return rows[0].p;
}

beforeAll(async () => {
  app = await testApp([audit, units], { now: '2026-06-01T02:00:00Z' });
  ids = await buildCity(app);
  server = buildServer(app, async () => actor);
  for (const code of ['city', 'east', 'west']) {
    const reply = await send('PATCH', `/api/units/${ids[code]}`, { sinceOn: '2020-01-01' });
    expect(reply.body).toMatchObject({ sinceOn: '2020-01-01' });
  }
});
afterAll(async () => {
  await server?.close();
  await app?.close();
});

describe('a move', () => {
  it('brings every row of every table along, but those that keep the path of their time', async () => {
    await register('m-1', 'east');
    await fillSchool('m-1');
    const preview = await send('POST', `/api/units/${ids['m-1']}/move?preview=true`, {
      parentCode: 'west',
      effectiveOn: '2026-06-01',
      docNo,
      reason: '区划调整',
    });
    expect(preview.body).toMatchObject({ id: null, state: 'preview' });
    expect(await pathOf('m-1')).toBe('city.east.m-1');
    const reply = await act('m-1', 'move', { parentCode: 'west' });
    expect(reply.body).toMatchObject({
      state: 'applied',
      paths: [{ name: 'm-1小学', from: 'city.east.m-1', to: 'city.west.m-1' }],
    });
    expect(reply.body.moved).toEqual(preview.body.moved);
    for (const table of ['units.person', 'auth.account', 'findings.change', 'trace.reveal']) {
      expect(reply.body.moved).toContainEqual({ table, rows: 1 });
    }
    const { rows } = await app.ownerPool.query<{ name: string }>(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        AND a.attname = 'unit_path' WHERE c.relkind = 'r'`,
    );
    expect(rows.length).toBeGreaterThan(40);
    const left: string[] = [];
    for (const { name } of rows) {
      const old = await app.ownerPool.query(`SELECT FROM ${name} WHERE unit_path <@ 'city.east.m-1'`);
      if (old.rowCount) left.push(name);
    }
    expect(left).toEqual(['audit.entry']);
    const event = await app.ownerPool.query(`SELECT payload FROM base.event WHERE name = 'units.unit_moved'`);
    expect(event.rows[0].payload).toMatchObject({ fromPath: 'city.east.m-1', toPath: 'city.west.m-1' });
    // The trigger that refuses a second decision is awake again.
    await expect(app.ownerPool.query(`UPDATE trace.reveal SET note = 'x'`)).rejects.toThrow(
      'already decided',
    );
  });

  it('is answered on both sides of its date: the old county keeps its past, the new one has the unit', async () => {
    await register('m-2', 'east', '2026-01-10');
    await act('m-2', 'move', { parentCode: 'west', effectiveOn: '2026-05-20' });
    const treeOf = async (scope: string, on: string) => {
      const { body } = await send('GET', `/api/units/tree?on=${on}`, undefined, officer(scope));
      return body.items.filter((one: { code: string }) => one.code === 'm-2');
    };
    expect(await treeOf('city', '2026-01-09')).toEqual([]);
    expect(await treeOf('city', '2026-05-19')).toMatchObject([{ path: 'city.east.m-2', here: true }]);
    expect(await treeOf('city', '2026-05-20')).toMatchObject([{ path: 'city.west.m-2' }]);
    expect(await treeOf('city.east', '2026-05-19')).toMatchObject([{ path: 'city.east.m-2', here: false }]);
    expect(await treeOf('city.east', '2026-05-20')).toEqual([]);
    expect(await treeOf('city.west', '2026-05-20')).toMatchObject([{ path: 'city.west.m-2', here: true }]);
    const history = await send('GET', `/api/units/${ids['m-2']}/history`);
    expect(history.body.periods).toMatchObject([
      { from: '2026-05-20', to: null, parentName: '西示县教育局' },
      { from: '2026-01-10', to: '2026-05-20', parentName: '东示县教育局' },
    ]);
    expect(history.body.corrected).toHaveLength(1);
    expect(history.body.changes).toMatchObject([
      { kind: 'move', state: 'applied', docNo, detail: '西示县教育局' },
    ]);
  });

  it('of a later day waits, and is made on that day', async () => {
    await register('m-3', 'east');
    const planned = await act('m-3', 'move', { parentCode: 'west', effectiveOn: '2026-06-03' });
    expect(planned.body).toMatchObject({ state: 'planned' });
    await fire(app, 'units.apply-planned');
    expect(await pathOf('m-3')).toBe('city.east.m-3');
    await app.setTime('2026-06-02T16:00:30Z');
    await fire(app, 'units.apply-planned');
    expect(await pathOf('m-3')).toBe('city.west.m-3');
    await fire(app, 'units.apply-planned');
    await app.setTime('2026-06-01T02:00:00Z');
    const { body } = await send('GET', '/api/unit-changes?state=applied');
    expect(body.items.filter((one: { id: string }) => one.id === planned.body.id)).toHaveLength(1);
  });

  it('of a later day is not drawn before, and the tree of that day says how many such there are', async () => {
    const before = (await send('GET', '/api/units/tree?on=2026-06-20')).body;
    await register('m-p', 'east');
    const planned = await act('m-p', 'move', { parentCode: 'west', effectiveOn: '2026-06-15' });
    const on = async (day: string, as?: Actor) =>
      (await send('GET', `/api/units/tree?on=${day}`, undefined, as)).body;
    expect((await on('2026-06-20')).planned).toBe(before.planned + 1);
    expect((await on('2026-06-14')).planned).toBe(before.planned);
    expect((await on('2026-06-20', officer('city.west'))).planned).toBe(0);
    expect((await on('2026-06-20')).items.find((one: { code: string }) => one.code === 'm-p').path).toBe(
      'city.east.m-p',
    );
    await send('POST', `/api/unit-changes/${planned.body.id}/cancel`, { reason: '不调整了' });
    expect((await on('2026-06-20')).planned).toBe(before.planned);
  });

  it('that lies before a unit was registered counts it, as long as nobody knows since when it exists', async () => {
    const undated = async () => (await send('GET', '/api/units/tree?on=2024-06-01')).body.undated;
    const before = await undated();
    await register('m-u', 'east');
    await register('m-v', 'east', '2025-01-01');
    expect(await undated()).toBe(before + 1);
    const known = await send('PATCH', `/api/units/${ids['m-u']}`, { sinceOn: '2024-01-01' });
    expect(known.status).toBe(200);
    expect(await undated()).toBe(before);
    const { body } = await send('GET', '/api/units/tree?on=2024-06-01');
    expect(body.items.map((one: { code: string }) => one.code)).toContain('m-u');
  });

  it('that cannot be made on its day says so, and one that is withdrawn is not made', async () => {
    await register('m-4', 'east');
    await register('m-5', 'east');
    const failing = await act('m-4', 'move', { parentCode: 'west', effectiveOn: '2026-06-10' });
    const withdrawn = await act('m-5', 'move', { parentCode: 'west', effectiveOn: '2026-06-10' });
    await send('POST', `/api/unit-changes/${withdrawn.body.id}/cancel`, { reason: '不调整了' });
    expect((await act('m-4', 'close', {})).status).toBe(200);
    await app.setTime('2026-06-10T02:00:00Z');
    await fire(app, 'units.apply-planned');
    await app.setTime('2026-06-01T02:00:00Z');
    const { body } = await send('GET', '/api/unit-changes');
    const stateOf = (id: string) => body.items.find((one: { id: string }) => one.id === id);
    expect(stateOf(failing.body.id)).toMatchObject({ state: 'failed' });
    expect(stateOf(failing.body.id).error).toContain('已经撤销');
    expect(stateOf(withdrawn.body.id)).toMatchObject({ state: 'cancelled' });
    const again = await send('POST', `/api/unit-changes/${withdrawn.body.id}/cancel`, { reason: '再来' });
    expect(again).toMatchObject({ status: 409, body: { code: 'units.change_settled' } });
  });

  it('needs both places in scope, a lawful parent, a document number and a day in the register', async () => {
    await register('m-6', 'east');
    const refused = async (body: object, as?: Actor) => (await act('m-6', 'move', body, as)).body.code;
    expect(await refused({ parentCode: 'west' }, officer('city.east'))).toMatch(
      /unknown_parent|outside_scope/,
    );
    expect((await act('m-6', 'move', { parentCode: 'east' }, officer('city.west'))).status).toBe(404);
    expect(await refused({ parentCode: 'east-1' })).toBe('units.wrong_parent');
    expect(await refused({ parentCode: 'east' })).toBe('units.no_change');
    expect(await refused({ parentCode: 'west', docNo: '教办(2026)12号' })).toBe('base.invalid_input');
    expect(await refused({ parentCode: 'west', effectiveOn: '2026-02-30' })).toBe('base.invalid_input');
    expect(await refused({ parentCode: 'west', effectiveOn: '2020-01-01' })).toBe('units.not_then');
    expect(await refused({ parentCode: 'west', version: 99 })).toBe('units.changed_meanwhile');
    expect((await act('east-1', 'move', { parentCode: 'city' })).status).toBe(200);
    expect(await pathOf('east-1')).toBe('city.east-1');
    expect((await act('east-1', 'move', { parentCode: 'east' })).status).toBe(200);
  });

  it('of two people at once leaves one tree: the second is told', async () => {
    await register('m-7', 'east');
    const { body: seen } = await send('GET', `/api/units/${ids['m-7']}`);
    actor = officer('city');
    const both = await Promise.all(
      ['west', 'city'].map((parentCode) =>
        server.inject({
          method: 'POST',
          url: `/api/units/${ids['m-7']}/move`,
          headers: { 'x-requested-with': 'test' },
          payload: { parentCode, effectiveOn: '2026-06-01', docNo, reason: '调整', version: seen.version },
        }),
      ),
    );
    expect(both.map((one) => one.statusCode).sort()).toEqual([200, 409]);
    const loser = both.find((one) => one.statusCode === 409)!;
    expect(loser.json().code).toBe('units.changed_meanwhile');
  });

  it('that is killed in the middle leaves the old tree', async () => {
    await register('m-8', 'east');
    await fillSchool('m-8');
    const client = await app.appPool.connect();
    client.on('error', () => undefined);
    await client.query('BEGIN');
    await client.query(`SELECT set_config('jiaodun.scope', 'city', true)`);
    const { rows } = await client.query(
      `SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM units.hang($1, $2, 'open')) AS tables`,
      [ids['m-8'], ids.west],
    );
    expect(rows[0].tables).toBeGreaterThan(5);
    await app.ownerPool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    client.release(true);
    expect(await pathOf('m-8')).toBe('city.east.m-8');
    const moved = await app.ownerPool.query(`SELECT FROM auth.account WHERE unit_path = 'city.west.m-8'`);
    expect(moved.rowCount).toBe(0);
    expect((await act('m-8', 'move', { parentCode: 'west' })).status).toBe(200);
  });

  it('brings after what a transaction wrote with the path that it had read before', async () => {
    await register('m-9', 'east');
    await act('m-9', 'move', { parentCode: 'west' });
    await app.ownerPool.query(
      `INSERT INTO units.import_run (unit_path, kind, file_name, accepted, rejected, actor_id, actor_name)
       VALUES ('city.east.m-9', 'units', 'late', 0, 0, 'a', 'a')`,
    );
    await fire(app, 'units.apply-planned');
    const { rows } = await app.ownerPool.query(
      `SELECT unit_path::text AS p FROM units.import_run WHERE file_name = 'late'`,
    );
    expect(rows).toEqual([{ p: 'city.west.m-9' }]);
  });

  it('is refused to raw SQL outside the scope, and so is a place without a parent', async () => {
    await register('m-10', 'east');
    const asApp = async (scope: string, statement: string, given: unknown[]) => {
      const client = await app.appPool.connect();
      try {
        await client.query('BEGIN');
        await client.query(`SELECT set_config('jiaodun.scope', $1, true)`, [scope]);
        await client.query(statement, given);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    };
    const hang = 'SELECT * FROM units.hang($1, $2, $3)';
    await expect(asApp('city.west', hang, [ids['m-10'], ids.west, 'open'])).rejects.toThrow(
      'outside the scope',
    );
    await expect(asApp('', hang, [ids['m-10'], ids.west, 'open'])).rejects.toThrow('outside the scope');
    await expect(asApp('city', hang, [ids.east, ids['m-10'], 'open'])).rejects.toThrow('below itself');
    await expect(asApp('city', hang, [ids['m-10'], ids['east-1'], 'open'])).rejects.toThrow(
      'no lawful place',
    );
    const path = 'UPDATE units.unit SET unit_path = $2 WHERE id = $1';
    await expect(asApp('city', path, [ids['m-10'], 'city.nowhere.m-10'])).rejects.toThrow('no lawful place');
    const parent = 'UPDATE units.unit SET parent_id = $2 WHERE id = $1';
    await expect(asApp('city', parent, [ids['m-10'], ids.west])).rejects.toThrow('no lawful place');
    const loop = 'UPDATE units.unit SET parent_id = id WHERE id = $1';
    await expect(asApp('city', loop, [ids['m-10']])).rejects.toThrow('no lawful place');
    await expect(
      asApp('city', 'DELETE FROM units.unit_history WHERE unit_id = $1', [ids['m-10']]),
    ).rejects.toThrow('permission denied');
    await expect(
      asApp(
        'city',
        `UPDATE units.unit_history SET recorded = tstzrange(lower(recorded), '2100-01-01') WHERE unit_id = $1`,
        [ids['m-10']],
      ),
    ).rejects.toThrow('gap');
    await expect(asApp('city', 'SELECT units.bring_after()', [])).rejects.toThrow('system only');
  });
});

describe('merge, split, close, reopen', () => {
  it('merges one school into another: people and accounts go on there, the past stays its own', async () => {
    await register('g-1', 'east');
    await register('g-2', 'east');
    await fillSchool('g-1');
    const reply = await act('g-2', 'merge', { others: ['g-1'] });
    expect(reply.body).toMatchObject({ state: 'applied' });
    expect(await pathOf('g-1')).toBe('city.east.g-2.g-1');
    const { rows } = await app.ownerPool.query(
      `SELECT (SELECT unit_id FROM auth.account WHERE username = 'u-g-1') AS account,
        (SELECT unit_path::text FROM auth.account WHERE username = 'u-g-1') AS path,
        (SELECT unit_id FROM findings.finding WHERE fingerprint = sha256('g-1')) AS finding`,
    );
    expect(rows[0]).toEqual({ account: ids['g-2'], path: 'city.east.g-2', finding: ids['g-1'] });
    const listed = await send('GET', '/api/units?q=g-1');
    expect(listed.body.items).toEqual([]);
    expect((await send('GET', '/api/units?q=g-1&state=all')).body.items).toMatchObject([{ state: 'merged' }]);
    expect((await act('g-1', 'move', { parentCode: 'west' })).body.code).toBe('units.not_open');
    expect((await act('g-2', 'merge', { others: ['g-2'] })).body.code).toBe('units.merge_self');
    expect((await act('g-2', 'merge', { others: ['west'] })).body.code).toBe('units.merge_kinds');
    expect((await act('g-1', 'reopen', {})).status).toBe(200);
    expect(await pathOf('g-1')).toBe('city.east.g-1');
  });

  it('merges two schools into a new one, and a county with its schools into another', async () => {
    await register('g-3', 'east', '2026-05-01');
    await register('g-4', 'east', '2026-05-01');
    const into = { code: 'g-5', name: '新办小学' };
    expect((await act('g-3', 'merge', { others: ['g-4'], into })).status).toBe(200);
    expect(await pathOf('g-3')).toBe('city.east.g-5.g-3');
    const south = { code: 'south', name: '南示县教育局', kind: 'county', parentCode: 'city' };
    ids.south = (await send('POST', '/api/units', south)).body.id;
    await register('south-1', 'south');
    expect((await act('west', 'merge', { others: ['south'] })).status).toBe(200);
    expect(await pathOf('south-1')).toBe('city.west.south-1');
    expect(await pathOf('south')).toBe('city.west.south');
    const { body } = await send('GET', `/api/units/${ids['south-1']}/history`);
    expect(body.periods[0]).toMatchObject({ parentName: '西示县教育局', from: '2026-06-01' });
  });

  it('splits a school, and closes only what nothing hangs on', async () => {
    await register('s-1', 'east', '2026-01-01');
    const parts = [
      { code: 's-2', name: '东示县实验小学东校区' },
      { code: 's-3', name: '东示县实验小学西校区' },
    ];
    expect((await act('s-1', 'split', { parts })).body.paths).toHaveLength(2);
    expect((await act('s-1', 'split', { parts })).body.code).toBe('units.duplicate_code');
    const refused = await act('east', 'close', {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'units.still_in_use' } });
    expect(refused.body.message.zh).toMatch(/下级单位 \d+ 个（.*东示县/);
    await app.ownerPool.query(`INSERT INTO sites.site (unit_id, unit_path, name, url, host)
      SELECT id, unit_path, '站', 'http://s-1.example/', 's-1.example' FROM units.unit WHERE code = 's-1'`);
    const withSite = await act('s-1', 'close', {});
    expect(withSite.body.message).toMatchObject({ zh: expect.stringContaining('网站 1 个') });
    await app.ownerPool.query(`DELETE FROM sites.site`);
    expect((await act('s-1', 'close', {})).status).toBe(200);
    expect((await act('city', 'close', {})).body.code).toBe('units.city_fixed');
    const child = { code: 's-9', name: '不行小学', kind: 'school', parentCode: 's-1' };
    expect((await send('POST', '/api/units', child)).status).toBe(422);
    expect((await act('east-1', 'reopen', {})).body.code).toBe('units.already_open');
    expect((await act('s-1', 'reopen', {})).status).toBe(200);
    const closed = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM base.event WHERE name = 'units.unit_closed' AND payload->>'unitId' = $1`,
      [ids['s-1']],
    );
    expect(closed.rows[0].n).toBe(1);
  });

  it('keeps two transactions apart that close a county and register below it', async () => {
    const lone = { code: 'lone', name: '孤示县教育局', kind: 'county', parentCode: 'city' };
    ids.lone = (await send('POST', '/api/units', lone)).body.id;
    actor = officer('city');
    const headers = { 'x-requested-with': 'test' };
    const both = await Promise.all([
      server.inject({
        method: 'POST',
        url: `/api/units/${ids.lone}/close`,
        headers,
        payload: { effectiveOn: '2026-06-01', docNo, reason: '撤县' },
      }),
      server.inject({
        method: 'POST',
        url: '/api/units',
        headers,
        payload: { code: 'lone-1', name: '孤示小学', kind: 'school', parentCode: 'lone' },
      }),
    ]);
    const { rows } = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM units.unit c JOIN units.unit p ON p.id = c.parent_id
       WHERE c.state = 'open' AND p.state <> 'open'`,
    );
    expect([both.map((one) => one.statusCode), rows[0].n]).toEqual([expect.anything(), 0]);
    expect(both.filter((one) => one.statusCode === 200)).toHaveLength(1);
    // The other one is told in words, whichever it is.
    expect(both.find((one) => one.statusCode !== 200)!.json().code).toMatch(/^units\./);
  });

  it('corrects last year’s name without undoing this year’s', async () => {
    await register('n-1', 'east', '2024-01-01');
    await act('n-1', 'rename', { name: '今年的名字小学', effectiveOn: '2026-03-01' });
    await act('n-1', 'rename', { name: '去年的名字小学', effectiveOn: '2025-03-01' });
    const { body } = await send('GET', `/api/units/${ids['n-1']}`);
    expect(body).toMatchObject({ name: '今年的名字小学' });
    expect(body.formerNames.sort()).toEqual(['n-1小学', '去年的名字小学'].sort());
    const on = async (day: string) =>
      (await send('GET', `/api/units/tree?on=${day}`)).body.items.find(
        (one: { code: string }) => one.code === 'n-1',
      )?.name;
    expect([await on('2024-06-01'), await on('2025-06-01'), await on('2026-05-01')]).toEqual([
      'n-1小学',
      '去年的名字小学',
      '今年的名字小学',
    ]);
    expect((await send('GET', '/api/units?q=qndmz')).body.items).toMatchObject([{ code: 'n-1' }]);
  });
});

it('every act left an audit entry and the system’s actor is told apart', async () => {
  const { rows } = await app.ownerPool.query(
    `SELECT DISTINCT action FROM audit.entry WHERE action LIKE 'units.%' ORDER BY action`,
  );
  const found = rows.map((row) => row.action);
  for (const verb of [
    'move',
    'merge',
    'split',
    'close',
    'reopen',
    'rename',
    'cancel_change',
    'change_failed',
  ]) {
    expect(found).toContain(`units.${verb}`);
  }
  expect(systemActor('x').scope).toBe('*');
});
