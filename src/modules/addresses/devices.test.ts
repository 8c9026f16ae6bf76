/** Devices by hand: several addresses, history on two axes, two editors at once, strangers. */
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { tasks } from '../tasks/module.ts';
import { units } from '../units/module.ts';
import { findDevicesAt, registerTime } from './index.ts';
import { addresses } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

const as = (who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) =>
  call(server, people[who]!, method, url, body);

async function upload(who: string, kind: string, text: string | Buffer) {
  const reply = await as(who, 'POST', `/api/import/${kind}?fileName=${kind}.csv`, Buffer.from(text));
  expect(reply.status).toBe(200);
  return reply.body;
}

const stated = (assetNo: string, more: object = {}) => ({
  assetNo,
  name: '办公电脑',
  type: 'computer',
  unitCode: 'east-1',
  ...more,
});

beforeAll(async () => {
  app = await testApp([audit, units, auth, tasks, findings, addresses]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'school', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  await upload(
    'city',
    'people',
    'person_no,name,unit_code,post\nP1,张示例,east-1,teacher\nP2,李示例,east-1,teacher\n',
  );
  await upload(
    'city',
    'allocations',
    'cidr,unit_code,realm,role\n10.1.4.0/22,east-1,main,inside\n10.1.8.0/22,east-2,main,inside\n10.2.4.0/22,west-1,main,inside\n',
  );
});
afterAll(async () => {
  await server.close();
  await app.close();
});

describe('a device by hand', () => {
  it('has several addresses, a switch and a port, and is found by any of them', async () => {
    const made = await as(
      'school',
      'POST',
      '/api/devices',
      stated('M-1', {
        ips: ['10.1.4.20', '10.1.4.21'],
        macs: ['00-00-5E-00-70-01', '00:00:5e:00:70:02'],
        switch: 'SW-1',
        port: 'Gi0/3',
        personNo: 'P1',
      }),
    );
    expect([made.status, made.body]).toMatchObject([
      200,
      {
        ips: ['10.1.4.20', '10.1.4.21'],
        macs: ['00:00:5e:00:70:01', '00:00:5e:00:70:02'],
        switch: 'SW-1',
        port: 'Gi0/3',
        hasOwner: true,
        revision: 1,
      },
    ]);
    for (const q of ['10.1.4.21', '00:00:5e:00:70:02', '00-00-5E-00-70-02']) {
      const list = await as('school', 'GET', `/api/devices?q=${q}`);
      expect(list.body.items.map((one: { assetNo: string }) => one.assetNo)).toEqual(['M-1']);
    }
    const answers = await app.run(systemActor('test'), async (ctx) =>
      findDevicesAt(
        ctx,
        [
          { realm: 'main', ip: '10.1.4.21', mac: null, at: app.clock.now() },
          { realm: 'main', ip: null, mac: '00:00:5e:00:70:02', at: app.clock.now() },
        ],
        await registerTime(ctx),
      ),
    );
    expect(answers).toMatchObject([
      { question: 0, by: 'ip', ip: '10.1.4.21', mac: '00:00:5e:00:70:01' },
      { question: 1, by: 'mac', ip: '10.1.4.20', mac: '00:00:5e:00:70:02' },
    ]);
    expect(answers).toHaveLength(2);
  });

  it('keeps its custodian when a change names none, and the rest of its history', async () => {
    const { id } = (
      await as('school', 'POST', '/api/devices', stated('M-2', { ips: ['10.1.4.30'], personNo: 'P2' }))
    ).body;
    await app.advance(60_000);
    const changed = await as('school', 'PUT', `/api/devices/${id}`, {
      ...stated('M-2', { ips: ['10.1.4.30', '10.1.4.31'], room: '302' }),
      revision: 1,
    });
    expect(changed.body).toMatchObject({ hasOwner: true, room: '302', revision: 2 });
    const history = await as('school', 'GET', `/api/devices/${id}/history?pageSize=50`);
    const told = history.body.items.map((one: { kind: string; text: string; recordedTo: unknown }) => [
      one.kind,
      one.text,
      one.recordedTo === null,
    ]);
    // The first address was not touched: one row, as registered.
    expect(told.filter(([kind, text]: string[]) => kind === 'ip' && text === '10.1.4.30')).toEqual([
      ['ip', '10.1.4.30', true],
    ]);
    expect(told.filter(([kind]: string[]) => kind === 'custody')).toHaveLength(3);
    expect(JSON.stringify(history.body)).not.toContain('李示例');
    const cleared = await as('school', 'PUT', `/api/devices/${id}`, {
      ...stated('M-2'),
      noHolder: true,
      revision: 2,
    });
    expect(cleared.body).toMatchObject({ hasOwner: false, ips: [] });
  });

  it('changed by two at once tells the second, and loses nothing', async () => {
    const { id } = (await as('school', 'POST', '/api/devices', stated('M-3'))).body;
    const both = await Promise.all(
      ['school', 'east'].map((who) =>
        as(who, 'PUT', `/api/devices/${id}`, { ...stated('M-3', { name: `由${who}改` }), revision: 1 }),
      ),
    );
    expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
    const lost = both.find((one) => one.status === 409)!;
    expect(lost.body.code).toBe('addresses.changed_meanwhile');
    const won = both.find((one) => one.status === 200)!;
    expect((await as('school', 'GET', `/api/devices/${id}`)).body).toEqual(won.body);
  });

  it('that goes out of use frees its addresses and keeps its past', async () => {
    const { id } = (
      await as(
        'school',
        'POST',
        '/api/devices',
        stated('M-4', { ips: ['10.1.4.40'], macs: ['00:00:5e:00:70:40'] }),
      )
    ).body;
    await app.advance(60_000);
    const retired = await as('school', 'POST', `/api/devices/${id}/retirement`, { reason: '报废' });
    expect(retired.body).toMatchObject({ ips: [], macs: [], hasOwner: false, retiredReason: '报废' });
    const again = await as('school', 'POST', `/api/devices/${id}/retirement`, { reason: '报废' });
    expect([again.status, again.body.code]).toEqual([409, 'addresses.already_retired']);
    const next = await as(
      'school',
      'POST',
      '/api/devices',
      stated('M-5', {
        ips: ['10.1.4.40'],
        macs: ['00:00:5e:00:70:40'],
        since: app.clock.now().toISOString(),
      }),
    );
    expect(next.status).toBe(200);
    const before = new Date(app.clock.now().getTime() - 30_000);
    const had = await app.run(systemActor('test'), async (ctx) =>
      findDevicesAt(
        ctx,
        [{ realm: 'main', ip: '10.1.4.40', mac: null, at: before }],
        await registerTime(ctx),
      ),
    );
    expect(had.map((one) => one.assetNo)).toEqual(['M-4']);
    const list = await as('school', 'GET', '/api/devices?retired=true');
    expect(list.body.items.map((one: { assetNo: string }) => one.assetNo)).toEqual(['M-4']);
  });

  it('is refused at the field that is wrong', async () => {
    const tries: [object, string, string][] = [
      [{ ips: ['10.2.4.9'] }, 'ips', 'addresses.outside_allocation'],
      [{ macs: ['01:00:5e:00:00:01'] }, 'macs', 'addresses.group_mac'],
      [{ macs: ['00:00:5e:00:70:01'] }, 'macs', 'addresses.duplicate_mac'],
      [{ assetNo: 'M-1' }, 'assetNo', 'addresses.duplicate_asset'],
      [{ unitCode: 'west-1' }, 'unitCode', 'units.unknown_unit'],
      [{ personNo: 'P9' }, 'personNo', 'units.unknown_person'],
      [{ since: '2999-01-01T00:00:00Z' }, 'since', 'addresses.bad_since'],
    ];
    for (const [wrong, field, code] of tries) {
      const reply = await as('east', 'POST', '/api/devices', { ...stated('M-6'), ...wrong });
      expect([reply.body.code, reply.body.details?.field]).toEqual([code, field]);
    }
  });

  it('of another county is not there', async () => {
    const { id } = (await as('school', 'POST', '/api/devices', stated('M-7', { personNo: 'P1' }))).body;
    const replies = await Promise.all([
      as('west', 'GET', `/api/devices/${id}/history`),
      as('west', 'GET', `/api/devices/${id}/sightings`),
      as('west', 'PUT', `/api/devices/${id}`, { ...stated('M-7', { unitCode: 'west-1' }), revision: 1 }),
      as('west', 'POST', `/api/devices/${id}/retirement`, { reason: '不是我的' }),
      as('west', 'POST', `/api/devices/${id}/holders`, { reason: '想看名字' }),
    ]);
    expect(replies.map((one) => one.status)).toEqual([404, 404, 404, 404, 404]);
  });

  it('shows its custodians to its own school only, and says so in the audit log', async () => {
    const { id } = (await as('school', 'POST', '/api/devices', stated('M-8', { personNo: 'P1' }))).body;
    const own = await as('school', 'POST', `/api/devices/${id}/holders`, { reason: '盘点核对' });
    expect(own.body.items).toEqual([{ holder: 1, name: '张示例', minor: false }]);
    const responsible = async (who: string) =>
      (await as(who, 'GET', `/api/responsible/device/${id}`)).body.named.length;
    expect([await responsible('school'), await responsible('east')]).toEqual([1, 0]);
    // Whoever turns out to be a minor is named here no more: that takes a second person and a legal ground.
    await app.ownerPool.query(`UPDATE units.person SET minor = true WHERE person_no = 'P1'`);
    const minor = await as('school', 'POST', `/api/devices/${id}/holders`, { reason: '盘点核对' });
    expect(minor.body.items).toEqual([{ holder: 1, name: null, minor: true }]);
    expect(await responsible('school')).toBe(0);
    await app.ownerPool.query(`UPDATE units.person SET minor = false WHERE person_no = 'P1'`);
    const above = await as('east', 'POST', `/api/devices/${id}/holders`, { reason: '盘点核对' });
    expect([above.status, above.body.code]).toEqual([403, 'addresses.not_own_unit']);
    const { rows } = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM audit.entry WHERE action = 'addresses.holders_shown'`,
    );
    expect(rows[0].n).toBe(2);
  });
});

describe('a sheet', () => {
  it('in GBK with several addresses in a cell is read, and read again changes nothing', async () => {
    // 资产编号,…,端口 / G-1,机房一,服务器,east-1,10.1.5.1；10.1.5.2,00:00:5e:00:71:01 0000-5e00-7102,核心交换机,3
    const sheet = Buffer.from(
      '18qy+rHgusUsyeixuMP7s8YsyeixuMDgsfAstaXOu7T6wussSVC12Na3LE1BQ7XY1rcsvbu7u7v6LLbLv9oKRy0xLLv6t7/Suyy3/s7xxvcsZWFz' +
        'dC0xLDEwLjEuNS4xo7sxMC4xLjUuMiwwMDowMDo1ZTowMDo3MTowMSAwMDAwLTVlMDAtNzEwMiy6y9DEvbu7u7v6LDMK',
      'base64',
    );
    expect(await upload('school', 'devices', sheet)).toMatchObject({ accepted: 1, errors: [] });
    const [device] = (await as('school', 'GET', '/api/devices?q=G-1')).body.items;
    expect(device).toMatchObject({
      ips: ['10.1.5.1', '10.1.5.2'],
      macs: ['00:00:5e:00:71:01', '00:00:5e:00:71:02'],
      switch: '核心交换机',
    });
    const history = async () => (await as('school', 'GET', `/api/devices/${device.id}/history`)).body.total;
    const before = await history();
    expect(await upload('school', 'devices', sheet)).toMatchObject({ accepted: 1, errors: [] });
    expect(await history()).toBe(before);
  });

  it('that was exported names no custodian, and imported again changes nothing', async () => {
    await as(
      'school',
      'POST',
      '/api/devices',
      stated('E-1', { personNo: 'P1', note: '=1+1', ips: ['10.1.5.9'] }),
    );
    for (const format of ['csv', 'xlsx']) {
      const sheet = await as('school', 'GET', `/api/export/devices?format=${format}`);
      expect(sheet.status).toBe(200);
      expect(sheet.body.toString()).not.toContain('P1');
      const count = async () =>
        (await app.ownerPool.query('SELECT count(*)::int AS n FROM addresses.custody')).rows[0].n;
      const before = await count();
      const reply = await as('school', 'POST', `/api/import/devices?fileName=d.${format}`, sheet.body);
      expect(reply.body).toMatchObject({ rejected: 0, errors: [] });
      expect(reply.body.accepted).toBeGreaterThan(5);
      expect(await count()).toBe(before);
    }
    const [device] = (await as('school', 'GET', '/api/devices?q=E-1')).body.items;
    expect(device).toMatchObject({ hasOwner: true, note: '=1+1', revision: 1 });
    const foreign = await as('west', 'GET', '/api/export/devices?format=csv');
    expect(foreign.body.toString().trim().split('\n')).toHaveLength(1);
  });

  it('that states since when is new knowledge about what held “since ever”', async () => {
    const head = 'asset_no,name,type,unit_code,mac,since\n';
    await upload('school', 'devices', `${head}K-1,电脑,computer,east-1,00:00:5e:00:72:01,\n`);
    const sinceOf = () =>
      app.run(systemActor('test'), async (ctx) => {
        const asked = { realm: 'main', ip: null, mac: '00:00:5e:00:72:01', at: app.clock.now() };
        return (await findDevicesAt(ctx, [asked], await registerTime(ctx)))[0]!.validFrom;
      });
    expect(await sinceOf()).toBeNull();
    await app.advance(1000);
    await upload('school', 'devices', `${head}K-1,电脑,computer,east-1,00:00:5e:00:72:01,2026-03-01\n`);
    expect(await sinceOf()).toEqual(new Date('2026-02-28T16:00:00Z'));
    await app.advance(1000);
    await upload('school', 'devices', `${head}K-1,电脑,computer,east-1,00:00:5e:00:72:01,2026-02-01\n`);
    expect(await sinceOf()).toEqual(new Date('2026-01-31T16:00:00Z'));
  });
});

describe('corrections on two axes', () => {
  /** The naive model: every statement, applied to whole days one by one, and what was believed after each. */
  type Statement = { device: number; day: number; macs: number[] };
  const base = Date.parse('2026-01-01T00:00:00Z');
  const dayMs = 86_400_000;
  const macOf = (n: number) =>
    `00:00:5e:7f:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;

  it('answer at every T as known at every K what a naive model answers', { timeout: 120_000 }, async () => {
    const statement = fc.record({
      device: fc.integer({ min: 0, max: 1 }),
      day: fc.integer({ min: 0, max: 9 }),
      macs: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 3 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 6 }), async (statements) => {
        run++;
        // Each device has hardware addresses of its own: who may have whose is told by other tests.
        const macIn = (one: Statement, n: number) => macOf(run * 6 + one.device * 3 + n);
        const ipIn = (one: Statement, n: number) => {
          const at = run * 6 + one.device * 3 + n;
          return `10.1.${6 + (at >> 8)}.${at & 255}`;
        };
        const believed: Map<string, Set<number>>[] = [new Map()];
        const known: Date[] = [];
        const used = new Set<number>();
        for (const one of statements) {
          await app.advance(10_000);
          const row = {
            ...stated(`Q-${run}-${one.device}`, {
              macs: one.macs.map((n) => macIn(one, n)),
              ips: one.macs.map((n) => ipIn(one, n)),
            }),
            since: new Date(base + one.day * dayMs).toISOString(),
          };
          const list = await as('school', 'GET', `/api/devices?q=Q-${run}-${one.device}`);
          const [found] = list.body.items;
          const reply = found
            ? await as('school', 'PUT', `/api/devices/${found.id}`, { ...row, revision: found.revision })
            : await as('school', 'POST', '/api/devices', row);
          expect([reply.status, reply.body.code]).toEqual([200, undefined]);
          used.add(one.device);
          const next = new Map(believed.at(-1)!);
          for (let day = one.day; day <= 10; day++) next.set(`${one.device} ${day}`, new Set(one.macs));
          believed.push(next);
          known.push(await app.run(systemActor('test'), (ctx) => registerTime(ctx)));
        }
        const questions = Array.from({ length: 11 }, (_, day) => day).flatMap((day) =>
          [0, 1].flatMap((device) =>
            [0, 1, 2].flatMap((n) => {
              const whose = { device, day, macs: [] };
              const at = new Date(base + day * dayMs + 1000);
              return [
                { device, day, n, asked: { realm: 'main', ip: null, mac: macIn(whose, n), at } },
                { device, day, n, asked: { realm: 'main', ip: ipIn(whose, n), mac: null, at } },
              ];
            }),
          ),
        );
        for (const [place, at] of known.entries()) {
          const answers = await app.run(systemActor('test'), (ctx) =>
            findDevicesAt(
              ctx,
              questions.map((one) => one.asked),
              at,
            ),
          );
          const got = new Set(
            answers.filter((one) => one.assetNo.startsWith(`Q-${run}-`)).map((one) => one.question),
          );
          const want = questions.flatMap((one, index) =>
            believed[place + 1]!.get(`${one.device} ${one.day}`)?.has(one.n) ? [index] : [],
          );
          expect([...got].sort((a, b) => a - b)).toEqual(want);
        }
        // The addresses go back, for the next run.
        for (const device of used) {
          const [one] = (await as('school', 'GET', `/api/devices?q=Q-${run}-${device}`)).body.items;
          const since = new Date(base).toISOString();
          await as('school', 'POST', `/api/devices/${one.id}/retirement`, { reason: '测试完', since });
        }
      }),
      { numRuns: 12 },
    );
  });
});
