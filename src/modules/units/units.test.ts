/** The register of units: facts, search, credit codes of two people, import again, export. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { readRecords, readSheet } from '#base/sheet';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { unitSheet } from './contract.ts';
import { units } from './module.ts';
import { foldQuery, readingsOf } from './pinyin.ts';
import { isUscc } from './rules.ts';

let app: TestApp;
let server: FastifyInstance;
let ids: Record<string, string>;
let actor: Actor;
const all = ['units.read', 'units.write', 'units.reorganise', 'units.approve_uscc'];
const officer = actorAt('city', all);

async function send(method: 'GET' | 'POST' | 'PATCH', url: string, body?: object | Buffer, as = officer) {
  actor = as;
  const reply = await server.inject({
    method,
    url,
    headers: {
      'x-requested-with': 'test',
      ...(Buffer.isBuffer(body) && { 'content-type': 'application/octet-stream' }),
    },
    ...(body && { payload: body }),
  });
  const isJson = String(reply.headers['content-type']).includes('json');
  return { status: reply.statusCode, body: isJson ? reply.json() : reply.rawPayload };
}
const upload = (text: string | Buffer, name = 'units.csv') =>
  send('POST', `/api/import/units?fileName=${name}`, Buffer.from(text));
const found = async (q: string, as = officer) =>
  (await send('GET', `/api/units?q=${encodeURIComponent(q)}`, undefined, as)).body.items.map(
    (one: { code: string }) => one.code,
  );

beforeAll(async () => {
  app = await testApp([audit, units], { now: '2026-06-01T02:00:00Z' });
  ids = await buildCity(app);
  server = buildServer(app, async () => actor);
});
afterAll(async () => {
  await server?.close();
  await app?.close();
});

describe('a refused row of an import', () => {
  it('tells a row that is at fault from the rows that only follow from it', async () => {
    const file = [
      '单位代码,单位名称,单位类别,上级单位代码,联系电话',
      'f-county,南示县教育局,county,city,不是电话',
      'f-1,南示县第一小学,school,f-county,',
      'f-2,,school,f-county,',
      'f-3,没有上级小学,school,f-nobody,',
      'f-empty,,county,city,',
      'f-4,随空行小学,school,f-empty,',
      'f-5,好的小学,school,east,',
    ].join('\n');
    const { body } = await upload(file);
    const faults = body.errors.map((one: { row: number; code: string; follows?: number }) => [
      one.row,
      one.code,
      one.follows,
    ]);
    expect(faults).toEqual([
      [2, 'units.bad_phone', undefined],
      [3, 'units.follows_row', 2],
      [4, 'sheet.required', undefined],
      [5, 'units.unknown_parent', undefined],
      [6, 'sheet.required', undefined],
      [7, 'units.follows_row', 6],
    ]);
    expect(body).toMatchObject({ accepted: 1, rejected: 6 });
    expect(body.errors[1].message).toContain('随第 2 行');
    const mended = await upload(file.replace('不是电话', '0578-2202505'));
    expect(mended.body.errors.map((one: { row: number }) => one.row)).toEqual([4, 5, 6, 7]);
  });
});

describe('search', () => {
  it('finds by initials and full pinyin in every reading, by short and former names, by code, within scope', async () => {
    const body = {
      code: 'cq-1',
      name: '重庆路小学',
      kind: 'school',
      parentCode: 'east',
      shortName: '长乐校区',
    };
    const { body: made } = await send('POST', '/api/units', body);
    for (const q of [
      'cqlxx',
      'zqlxx',
      'chongqinglu',
      'zhongqing',
      'CQLXX',
      'clxq',
      'zlxq',
      'changle',
      'ｃｑ－１',
      '重庆',
    ]) {
      expect([q, await found(q)]).toEqual([q, ['cq-1']]);
    }
    const rename = {
      name: '六安路小学',
      effectiveOn: '2026-06-01',
      docNo: '示教〔2026〕3号',
      reason: '更名',
    };
    expect((await send('POST', `/api/units/${made.id}/rename`, rename)).status).toBe(200);
    // On its first day the unit had only this name: the old one was never held for a day.
    expect([await found('lalxx'), await found('luan')]).toEqual([['cq-1'], ['cq-1']]);
    await app.setTime('2026-06-05T02:00:00Z');
    const again = { ...rename, name: '乐清路小学', effectiveOn: '2026-06-04' };
    expect((await send('POST', `/api/units/${made.id}/rename`, again)).status).toBe(200);
    expect([await found('luanlu'), await found('yueqing'), await found('六安')]).toEqual(
      Array(3).fill(['cq-1']),
    );
    await app.setTime('2026-06-01T02:00:00Z');
    expect(await found('lalxx', actorAt('city.west', all))).toEqual([]);
    expect(await found('%')).toEqual([]);
    expect(await found('_')).toEqual([]);
  });

  it('reads what is not Han as it stands', () => {
    expect(readingsOf('第2小学ABC')).toEqual(
      ['d2xxabc', 'di2xiaoxueabc', 'd2xjabc', 'di2xiaojiaoabc'].filter((one) =>
        readingsOf('第2小学ABC').includes(one),
      ),
    );
    expect(readingsOf('吕城')).toContain('lvcheng');
    expect(readingsOf('')).toEqual(['']);
    expect(foldQuery(' ＷＺ ')).toBe('wz');
  });

  it('uses the trigram index at 1000 units', async () => {
    await app.ownerPool.query(
      `INSERT INTO units.unit (code, name, kind, parent_id, unit_path, search)
      SELECT 'bulk-' || n, '学校' || n, 'school', $1, text2ltree('city.west.bulk-' || n),
        md5(n::text) || ' ' || md5((n * 7)::text) || ' ' || md5((n * 11)::text) || ' xuexiao' || n
      FROM generate_series(1, 1000) AS n`,
      [ids.west],
    );
    await app.ownerPool.query('VACUUM ANALYZE units.unit');
    const { rows: source } = await app.ownerPool.query<{ body: string }>(
      `SELECT prosrc AS body FROM pg_proc WHERE oid = 'units.search_units'::regproc`,
    );
    const client = await app.ownerPool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('jiaodun.scope', 'city', true)`);
      const plan = await client.query(`EXPLAIN ${source[0]!.body.replace('pattern', `'%d41d8c%'`)}`);
      const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(text).toContain('unit_search');
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
    expect((await found('xuexiao777')).length).toBe(1);
    await app.ownerPool.query(
      `DELETE FROM units.unit_history WHERE unit_path ~ 'city.west.*' AND name LIKE '学校%'`,
    );
    await app.ownerPool.query(`DELETE FROM units.unit WHERE code LIKE 'bulk-%'`);
  });
});

describe('a credit code', () => {
  it('is checked by the database as the program checks it', async () => {
    const codes = [
      '12100000400000624D',
      '12100000470095016Q',
      '91110000802100433B',
      '91350100M0001TGQXM',
      '91350211M0000XUF46',
      '12100000400000624E',
      'x',
      '',
    ];
    for (const code of codes) {
      const { rows } = await app.ownerPool.query('SELECT units.uscc_fits($1) AS fits', [code]);
      expect([code, rows[0].fits ?? false]).toEqual([code, isUscc(code)]);
    }
    const raw = `UPDATE units.unit SET uscc = '91350100M0001TGQXM' WHERE code = 'east-2'`;
    await expect(app.ownerPool.query(raw)).rejects.toThrow('uscc_fits');
  });

  it('that fails and is genuine needs a second person, who is not the first', async () => {
    const url = `/api/units/${ids['east-1']}/uscc-approvals`;
    const legacy = { uscc: '91350100M0001TGQXM', reason: '2015 年以前核发', scanRef: '档案 2026-017' };
    expect((await send('PATCH', `/api/units/${ids['east-1']}`, { uscc: legacy.uscc })).body.code).toBe(
      'units.bad_uscc',
    );
    expect((await send('POST', url, { ...legacy, uscc: '12100000400000624D' })).body.code).toBe(
      'units.uscc_fits_already',
    );
    const proposed = await send('POST', url, legacy);
    expect(proposed.body).toMatchObject({ approved: null, mine: true });
    expect((await send('POST', url, legacy)).body.code).toBe('units.uscc_waiting');
    const decision = `/api/uscc-approvals/${proposed.body.id}/decision`;
    expect((await send('POST', decision, { approve: true })).body.code).toBe('units.uscc_same_person');
    await expect(
      app.ownerPool.query(
        `UPDATE units.uscc_approval SET approved = true, decided_by = proposed_by, decided_by_name = 'x', decided_at = now()`,
      ),
    ).rejects.toThrow('four_eyes');
    const second = actorAt('city', all);
    expect((await send('POST', decision, { approve: true }, actorAt('city.west', all))).status).toBe(404);
    expect((await send('POST', decision, { approve: true }, second)).body).toMatchObject({ approved: true });
    expect((await send('POST', decision, { approve: false }, second)).body.code).toBe('units.uscc_decided');
    const unit = await send('GET', `/api/units/${ids['east-1']}`);
    expect(unit.body).toMatchObject({ uscc: legacy.uscc, usccApproved: true });
    // An import that says the same keeps it; another failing one is still refused.
    const same = await upload(
      `code,name,kind,parent_code,uscc\neast-1,东示县第一小学,school,east,${legacy.uscc}\n`,
    );
    expect(same.body).toMatchObject({ accepted: 1, unchanged: 1 });
    const other = await upload(
      'code,name,kind,parent_code,uscc\neast-1,东示县第一小学,school,east,91350211M0000XUF46\n',
    );
    expect(other.body).toMatchObject({ accepted: 0, errors: [{ code: 'units.bad_uscc' }] });
    await send('PATCH', `/api/units/${ids['east-1']}`, { uscc: '12100000400000624D' });
    expect((await send('GET', `/api/units/${ids['east-1']}`)).body).toMatchObject({ usccApproved: false });
  });
});

describe('an import', () => {
  it('again changes what differs, and leaves alone what the file has no column for', async () => {
    const first = await upload(
      '代码说明,单位代码,单位名称,单位类别,上级单位代码,学校类型,学生数,行政区划代码\n' +
        '无,imp-1,导入第一小学,学校（单位）,east,小学,120,331100\n无,imp-2,导入第二小学,学校（单位）,east,初级中学,80,\n',
    );
    expect(first.body).toMatchObject({
      accepted: 2,
      created: 2,
      updated: 0,
      unchanged: 0,
      unknownColumns: ['代码说明'],
    });
    const old =
      'code,name,kind,parent_code,address\nimp-1,导入第一小学,school,east,新路1号\nimp-2,导入第二小学,school,east,\n';
    expect((await upload(old)).body).toMatchObject({ accepted: 2, created: 0, updated: 1, unchanged: 1 });
    expect((await upload(old)).body).toMatchObject({ accepted: 2, updated: 0, unchanged: 2 });
    const [one] = (await send('GET', '/api/units?q=imp-1')).body.items;
    expect(one).toMatchObject({
      schoolType: 'primary',
      studentCount: 120,
      address: '新路1号',
      adminCode: '331100',
    });
    const renamed = await upload('code,name,kind,parent_code\nimp-1,导入实验小学,school,east\n');
    expect(renamed.body).toMatchObject({ updated: 1 });
    expect(await found('导入实验')).toEqual(['imp-1']);
  });

  it('tells each bad cell and never moves a unit', async () => {
    const bad = await upload(
      '单位代码,单位名称,单位类别,上级单位代码,行政区划代码,学校标识码,邮政编码,学生数,设立日期,联系人电话\n' +
        'bad-1,坏小学,学校（单位）,east,33110,411,32300,一百,1998年13月1日,123\n' +
        'imp-2,导入第二小学,学校（单位）,west,,,,,,\n',
    );
    const columns = bad.body.errors.map((one: { column: string }) => one.column);
    expect(columns.sort()).toEqual(
      [
        'admin_code',
        'school_code',
        'postal_code',
        'student_count',
        'since_on',
        'contact_phone',
        'parent_code',
      ].sort(),
    );
    expect(bad.body.errors.at(-1).message).toContain('划转');
  });

  it('reads GB18030, other ways to write a date, and lower-case credit codes', async () => {
    const text =
      'code,name,kind,parent_code,since_on,uscc\ngb-1,\xd0\xa1\xd1\xa7\xd2\xbb,school,east,1998/9/1,12100000400000624d\n';
    const reply = await upload(Buffer.from(text, 'latin1'));
    // The parent is in the register only since its registration: the founding date waits for the parent's.
    expect(reply.body).toMatchObject({
      accepted: 0,
      errors: [{ column: 'since_on', code: 'units.not_then' }],
    });
    for (const code of ['city', 'east'])
      await send('PATCH', `/api/units/${ids[code]}`, { sinceOn: '1990-01-01' });
    expect((await upload(Buffer.from(text, 'latin1'))).body).toMatchObject({ accepted: 1, created: 1 });
    const [unit] = (await send('GET', '/api/units?q=gb-1')).body.items;
    expect(unit).toMatchObject({ name: '小学一', sinceOn: '1998-09-01', uscc: '12100000400000624D' });
  });
});

describe('the export', () => {
  it('holds the whole filtered list in scope, safe from formulas, audited, and can be imported again', async () => {
    await send('POST', '/api/units', {
      code: 'formula',
      name: '=HYPERLINK("http://evil.example")',
      kind: 'school',
      parentCode: 'east',
    });
    const csv = (await send('GET', '/api/units/export?format=csv')).body.toString();
    expect(csv).toContain(`"'=HYPERLINK(`);
    const mine = (
      await send('GET', '/api/units/export?format=csv&kind=school', undefined, actorAt('city.west', all))
    ).body;
    expect(mine.toString().trim().split('\r\n')).toHaveLength(3);
    expect(mine.toString()).not.toContain('东示');
    const xlsx = (await send('GET', '/api/units/export?format=xlsx')).body;
    const { records } = readRecords(unitSheet, await readSheet(xlsx, 'units.xlsx'));
    expect(records.length).toBe((await send('GET', '/api/units')).body.total);
    expect(records.every((one) => one.issues.length === 0)).toBe(true);
    const back = await upload(xlsx, 'units.xlsx');
    expect(back.body).toMatchObject({ rejected: 0, created: 0, updated: 0, unchanged: records.length });
    const { rows } = await app.ownerPool.query(`SELECT after FROM audit.entry WHERE action = 'units.export'`);
    expect(rows).toHaveLength(3);
  });
});

it('refuses a fact that somebody else has changed meanwhile, and facts of another county', async () => {
  const { body: seen } = await send('GET', `/api/units/${ids['west-1']}`);
  const change = (address: string) =>
    send('PATCH', `/api/units/${ids['west-1']}`, { address, version: seen.version });
  expect((await change('一路')).status).toBe(200);
  expect((await change('二路')).body.code).toBe('units.changed_meanwhile');
  const place = { name: '改名', kind: 'city', unit_path: 'x' };
  expect((await send('PATCH', `/api/units/${ids['west-1']}`, place)).status).toBe(400);
  expect(
    (await send('PATCH', `/api/units/${ids['west-1']}`, { phone: '1' }, actorAt('city.east', all))).status,
  ).toBe(404);
  // The bureau above is seen, not written.
  expect(
    (await send('PATCH', `/api/units/${ids.city}`, { phone: null }, actorAt('city.east', all))).status,
  ).toBe(404);
});
