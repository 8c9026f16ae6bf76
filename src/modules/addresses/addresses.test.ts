import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { findAllocationsAt, findAllocationsOf, findCustodiesAt, findDevicesAt } from './index.ts';
import { addresses } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

const csv = (rows: readonly (readonly string[])[]) =>
  Buffer.from(rows.map((row) => `${row.join(',')}\r\n`).join(''));
const deviceColumns = 'asset_no,name,type,unit_code,ip,mac,owner_no,room,realm,note,since'.split(',');

async function upload(who: string, kind: string, rows: readonly (readonly string[])[]) {
  return call(server, people[who]!, 'POST', `/api/import/${kind}?fileName=${kind}.csv`, csv(rows));
}
/** Cells in the order of `deviceColumns`; missing ones are blank. */
async function uploadDevices(who: string, ...rows: Record<string, string>[]) {
  const cells = rows.map((row) =>
    deviceColumns.map((column) => ({ type: 'computer', name: '电脑', realm: 'main', ...row })[column] ?? ''),
  );
  return upload(who, 'devices', [deviceColumns, ...cells]);
}
async function countHistory(): Promise<number> {
  const { rows } = await app.ownerPool.query<{
    n: number;
  }>(`SELECT (SELECT count(*) FROM addresses.device_state)
    + (SELECT count(*) FROM addresses.device_ip) + (SELECT count(*) FROM addresses.device_mac)
    + (SELECT count(*) FROM addresses.custody) + (SELECT count(*) FROM addresses.allocation) AS n`);
  return Number(rows[0]!.n);
}

beforeAll(async () => {
  app = await testApp([audit, units, auth, addresses]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  await upload('city-officer', 'people', [
    ['person_no', 'name', 'unit_code', 'post'],
    ['P1', '张示例', 'east-1', 'teacher'],
    ['P2', '李示例', 'east-1', 'teacher'],
    ['P3', '王示例', 'west-1', 'teacher'],
  ]);
  const done = await upload('city-officer', 'allocations', [
    ['cidr', 'unit_code', 'realm', 'role'],
    ['10.0.0.0/8', 'city', 'main', '内网'],
    ['10.1.0.0/16', 'east', 'main', '内网'],
    ['10.1.4.0/22', 'east-1', 'main', 'inside'],
    ['10.2.0.0/16', 'west', 'main', '内网'],
    ['10.2.4.0/22', 'west-1', 'main', '内网'],
    ['203.0.113.0/29', 'east', 'main', '出口'],
  ]);
  expect(done.body).toMatchObject({ accepted: 6, rejected: 0, errors: [] });
  const lab = { key: 'lab', name: '机房' };
  expect((await call(server, people['city-officer']!, 'POST', '/api/realms', lab)).status).toBe(200);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

describe('allocations', () => {
  it('tell each fault by row and column, and keep the good rows', async () => {
    const reply = await upload('city-officer', 'allocations', [
      ['cidr', 'unit_code', 'realm', 'role', 'note'],
      ['10.1.1.1/16', 'east', 'main', '内网', ''],
      ['10.1.8.0/22', 'west-1', 'main', '内网', ''],
      ['10.1.12.0/22', 'east-2', 'main', '内网', '好'],
      ['10.1.12.0/22', 'east-2', 'main', '内网', '好'],
      ['10.9.0.0/16', 'nowhere', 'main', '内网', ''],
      ['10.9.0.0/16', 'east', 'main', '别的', ''],
      ['10.1.8.0/22', 'west-1', 'lab', '内网', ''],
    ]);
    expect(reply.body).toMatchObject({ accepted: 2, rejected: 5 });
    expect(
      reply.body.errors.map((e: { row: number; column: string; code: string }) => [e.row, e.column, e.code]),
    ).toEqual([
      [2, 'cidr', 'addresses.bad_cidr'],
      [3, 'cidr', 'addresses.overlap'],
      [5, 'cidr', 'units.duplicate_row'],
      [6, 'unit_code', 'units.unknown_unit'],
      [7, 'role', 'sheet.not_a_choice'],
    ]);
    expect(reply.body.errors[1].message).toContain('东示县教育局');
  });

  it('outside the scope are neither changed nor named', async () => {
    const reply = await upload('east-officer', 'allocations', [
      ['cidr', 'unit_code', 'realm', 'role'],
      ['10.2.0.0/16', 'east', 'main', '内网'],
      ['10.2.8.0/22', 'east-1', 'main', '内网'],
      ['10.3.0.0/16', 'west', 'main', '内网'],
    ]);
    expect(reply.body.accepted).toBe(0);
    expect(JSON.stringify(reply.body)).not.toContain('西示县');
    const list = await call(server, people['east-officer']!, 'GET', '/api/allocations?pageSize=100');
    expect(list.body.items.map((one: { cidr: string }) => one.cidr)).toEqual([
      '10.1.0.0/16',
      '10.1.4.0/22',
      '10.1.12.0/22',
      '203.0.113.0/29',
    ]);
  });

  it('that overlap are refused by the database too', async () => {
    const insert = `INSERT INTO addresses.allocation (id, realm, cidr, role, unit_id, unit_path, valid, recorded)
      SELECT gen_random_uuid(), 'main', '10.1.5.0/24', 'inside', id, unit_path, '(,)', tstzrange(now(), NULL)
      FROM units.unit WHERE code = 'west-1'`;
    await expect(app.ownerPool.query(insert)).rejects.toThrow(/allocations of two units overlap/);
  });
});

describe('devices', () => {
  it('tell each fault by row and column, and keep the good rows', async () => {
    await uploadDevices('city-officer', {
      asset_no: 'W-1',
      unit_code: 'west-1',
      ip: '10.2.4.10',
      mac: '00:00:5e:00:53:99',
      owner_no: 'P3',
    });
    const good = {
      unit_code: 'east-1',
      ip: '10.1.4.10',
      mac: '00-00-5E-00-53-01',
      owner_no: 'P1',
      room: '301',
    };
    const reply = await uploadDevices(
      'east-officer',
      { asset_no: 'A-1', ...good },
      { asset_no: 'A-2', unit_code: 'east-1', ip: '10.1.4.010' },
      { asset_no: 'A-3', unit_code: 'east-1', ip: '10.1.7.255' },
      { asset_no: 'A-4', unit_code: 'east-1', ip: '10.2.4.11', mac: '01:00:5e:00:00:01' },
      { asset_no: 'A-5', unit_code: 'east-1', ip: '10.1.4.10' },
      { asset_no: 'A-6', unit_code: 'east-1', mac: '00:00:5e:00:53:99' },
      { asset_no: 'A-7', unit_code: 'west-1' },
      { asset_no: 'A-8', unit_code: 'east-1', owner_no: 'P3' },
      { asset_no: 'A-1', unit_code: 'east-1' },
      { asset_no: 'A-9', unit_code: 'east-1', since: '2999-01-01' },
      { asset_no: 'A-10', unit_code: 'east-1', mac: 'da:a1:19:00:00:01' },
    );
    expect(reply.body).toMatchObject({ accepted: 2, rejected: 9 });
    expect(
      reply.body.errors.map((e: { row: number; column: string; code: string }) => [e.row, e.column, e.code]),
    ).toEqual([
      [3, 'ip', 'addresses.bad_ip'],
      [4, 'ip', 'addresses.not_a_host'],
      [5, 'mac', 'addresses.group_mac'],
      [6, 'ip', 'addresses.duplicate_ip'],
      [7, 'mac', 'addresses.duplicate_mac'],
      [8, 'unit_code', 'units.unknown_unit'],
      [9, 'owner_no', 'units.unknown_person'],
      [10, 'asset_no', 'units.duplicate_row'],
      [11, 'since', 'addresses.bad_since'],
    ]);
    expect(JSON.stringify(reply.body)).not.toContain('W-1');
    const list = await call(server, people['east-teacher']!, 'GET', '/api/devices?q=A-1');
    expect(list.body.items[0]).toMatchObject({
      assetNo: 'A-1',
      ip: '10.1.4.10',
      mac: '00:00:5e:00:53:01',
      macRandom: false,
      hasOwner: true,
    });
    expect(list.body.items[1]).toMatchObject({ assetNo: 'A-10', macRandom: true, hasOwner: false });
    expect(JSON.stringify(list.body)).not.toContain('张示例');
    const workbook = await call(
      server,
      people['east-officer']!,
      'GET',
      `/api/import/errors/${reply.body.errorWorkbook}`,
    );
    expect(workbook.body.subarray(0, 2).toString()).toBe('PK');
  });

  it('outside the caller’s scope are nowhere to be seen', async () => {
    const west = people['west-officer']!;
    const list = await call(server, west, 'GET', '/api/devices?pageSize=100');
    expect(list.body.items.map((one: { assetNo: string }) => one.assetNo)).toEqual(['W-1']);
    const own = await call(server, people['east-officer']!, 'GET', '/api/devices?pageSize=100');
    const foreign = await call(server, west, 'GET', `/api/devices/${own.body.items[0].id}`);
    expect(foreign.status).toBe(404);
  });

  it('imported again unchanged leave no history', async () => {
    const row = {
      asset_no: 'A-1',
      unit_code: 'east-1',
      ip: '10.1.4.10',
      mac: '00005e005301',
      owner_no: 'P1',
      room: '301',
    };
    const before = await countHistory();
    await app.advance(1000);
    const reply = await uploadDevices('east-officer', row);
    expect(reply.body).toMatchObject({ accepted: 1, errors: [] });
    expect(await countHistory()).toBe(before);
  });

  it('may swap their addresses in one file', async () => {
    await uploadDevices(
      'east-officer',
      { asset_no: 'S-1', unit_code: 'east-1', ip: '10.1.5.1', mac: '00:00:5e:00:53:11' },
      { asset_no: 'S-2', unit_code: 'east-1', ip: '10.1.5.2', mac: '00:00:5e:00:53:12' },
    );
    await app.advance(60_000);
    const swapped = await uploadDevices(
      'east-officer',
      { asset_no: 'S-1', unit_code: 'east-1', ip: '10.1.5.2', mac: '00:00:5e:00:53:11' },
      { asset_no: 'S-2', unit_code: 'east-1', ip: '10.1.5.1', mac: '00:00:5e:00:53:12' },
    );
    expect(swapped.body).toMatchObject({ accepted: 2, errors: [] });
    const list = await call(server, people['east-officer']!, 'GET', '/api/devices?q=S-');
    expect(list.body.items.map((one: { ip: string }) => one.ip)).toEqual(['10.1.5.2', '10.1.5.1']);
  });

  it('of two schools may bear one number, and a moved one keeps its identity', async () => {
    const mac = '00:00:5e:00:53:21';
    await uploadDevices(
      'city-officer',
      { asset_no: 'N-1', unit_code: 'east-1', mac },
      { asset_no: 'N-1', unit_code: 'west-1' },
    );
    const before = await call(server, people['east-officer']!, 'GET', '/api/devices?q=N-1');
    const moved = await uploadDevices('city-officer', { asset_no: 'N-1', unit_code: 'east-2', mac });
    expect(moved.body).toMatchObject({ accepted: 1, errors: [] });
    const after = await call(server, people['east-officer']!, 'GET', '/api/devices?q=N-1');
    expect(after.body.items).toHaveLength(1);
    expect(after.body.items[0]).toMatchObject({ id: before.body.items[0].id, unitName: '东示县第二小学' });
  });

  it('come out right when one file arrives twice at once', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({
      asset_no: `R-${i}`,
      unit_code: 'east-1',
      ip: `10.1.6.${i + 1}`,
      mac: `00:00:5e:00:60:${i.toString(16).padStart(2, '0')}`,
    }));
    const both = await Promise.all([
      uploadDevices('east-officer', ...rows),
      uploadDevices('city-officer', ...rows),
    ]);
    for (const one of both) expect(one.body).toMatchObject({ accepted: 50, errors: [] });
    const list = await call(server, people['east-officer']!, 'GET', '/api/devices?q=R-');
    expect(list.body.total).toBe(50);
  });
});

describe('ten thousand devices', () => {
  it('import in one file with their faults told, and again without a trace', async () => {
    await upload('city-officer', 'allocations', [
      ['cidr', 'unit_code', 'realm', 'role'],
      ['10.1.64.0/18', 'east-2', 'main', '内网'],
    ]);
    const rows = Array.from({ length: 10_000 }, (_, i) => ({
      asset_no: `T-${i}`,
      unit_code: 'east-2',
      ip: i === 5000 ? '10.1.64.1' : `10.1.${65 + Math.floor(i / 250)}.${1 + (i % 250)}`,
      mac: `00:00:5e:70:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
      since: '2026-03-01',
    }));
    rows[7]!.ip = '10.1.65.7';
    const reply = await uploadDevices('city-officer', ...rows);
    expect(reply.body).toMatchObject({
      accepted: 9_999,
      rejected: 1,
      errors: [{ row: 9, column: 'ip', code: 'addresses.duplicate_ip' }],
    });
    const history = await countHistory();
    const again = await uploadDevices('city-officer', ...rows);
    expect(again.body).toMatchObject({ accepted: 9_999, rejected: 1 });
    expect(await countHistory()).toBe(history);
  });
});

describe('the history', () => {
  it('answers who had a device at T as known at K', async () => {
    const row = {
      asset_no: 'H-1',
      unit_code: 'east-1',
      ip: '10.1.4.50',
      mac: '00:00:5e:00:53:50',
      room: '101',
    };
    await app.setTime('2026-06-10T00:00:00Z');
    people['east-officer'] = await signIn(server, 'east-officer');
    await uploadDevices('east-officer', { ...row, owner_no: 'P1', since: '2026-01-01' });
    await app.setTime('2026-07-20T00:00:00Z');
    people['east-officer'] = await signIn(server, 'east-officer');
    // The handover of 1 June is entered six weeks late.
    await uploadDevices('east-officer', { ...row, owner_no: 'P2', since: '2026-06-01' });
    const owners = await app.run(systemActor('test'), async (ctx) => {
      const ask = {
        realm: 'main',
        ip: '10.1.4.50',
        mac: '00:00:5e:00:53:50',
        at: new Date('2026-06-05T00:00:00Z'),
      };
      const [device] = await findDevicesAt(ctx, [ask], new Date('2026-07-20T00:00:01Z'));
      const known = async (k: string, at = ask.at) =>
        (await findCustodiesAt(ctx, [{ deviceId: device!.deviceId, at }], new Date(k))).map(
          (one) => one.personId,
        );
      return {
        late: await known('2026-07-20T00:00:01Z'),
        early: await known('2026-07-01T00:00:00Z'),
        may: await known('2026-07-20T00:00:01Z', new Date('2026-05-05T00:00:00Z')),
        lastYear: await known('2026-07-20T00:00:01Z', new Date('2025-05-05T00:00:00Z')),
        unknown: await known('2026-06-01T00:00:00Z'),
      };
    });
    const { rows } = await app.ownerPool.query<{ id: string; person_no: string }>(
      'SELECT id, person_no FROM units.person',
    );
    const idOf = Object.fromEntries(rows.map((one) => [one.person_no, one.id]));
    expect(owners).toEqual({
      late: [idOf.P2],
      early: [idOf.P1],
      may: [idOf.P1],
      lastYear: [],
      unknown: [],
    });
  });

  it('answers whose an address was at T as known at K', async () => {
    const give = async (code: string) =>
      expect(
        (
          await upload('city-officer', 'allocations', [
            ['cidr', 'unit_code', 'realm', 'role'],
            ['10.1.20.0/24', code, 'main', 'inside'],
          ])
        ).body,
      ).toMatchObject({ accepted: 1 });
    const on = async (day: string) => {
      await app.setTime(`${day}T00:00:00Z`);
      people['city-officer'] = await signIn(server, 'city-officer');
    };
    await on('2026-08-01');
    await give('east-1');
    await on('2026-08-10');
    await give('east-2');
    const asked = ['2026-08-05', '2026-08-11', '2026-07-01'].map((day) => ({
      ip: '10.1.20.7',
      at: new Date(`${day}T00:00:00Z`),
    }));
    const holders = (knownAt: string) =>
      app.run(systemActor('test'), async (ctx) => {
        const hits = await findAllocationsAt(ctx, asked, new Date(`${knownAt}T12:00:00Z`));
        const nearest = asked.map((_, n) => hits.find((one) => one.question === n));
        return nearest.map((hit) => hit?.unitPath.split('.').at(-1));
      });
    expect(await holders('2026-08-20')).toEqual(['east-1', 'east-2', 'east-1']);
    expect(await holders('2026-08-06')).toEqual(['east-1', 'east-1', 'east-1']);
    expect(await holders('2026-07-25')).toEqual(['east', 'east', 'east']);
    expect(await holders('2000-01-01')).toEqual([undefined, undefined, undefined]);
    const now = await app.run(systemActor('test'), (ctx) =>
      findAllocationsOf(ctx, ['10.1.20.7', '192.0.2.1']),
    );
    expect(now.map((hit) => [hit.ip, hit.cidr])).toEqual([['10.1.20.7', '10.1.20.0/24']]);
  });

  it('does not let an address belong to two devices at one time, even backdated', async () => {
    people['east-officer'] = await signIn(server, 'east-officer');
    const reply = await uploadDevices('east-officer', {
      asset_no: 'H-2',
      unit_code: 'east-1',
      ip: '10.1.4.50',
      since: '2026-03-01',
    });
    expect(reply.body.errors[0]).toMatchObject({ column: 'ip', code: 'addresses.duplicate_ip' });
  });
});
