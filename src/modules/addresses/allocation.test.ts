import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const ids: Record<string, string> = {};

beforeAll(async () => {
  app = await testApp(modules, { now: '2026-06-01T02:00:00Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  const { rows } = await app.ownerPool.query<{ id: string; code: string }>('SELECT id, code FROM units.unit');
  for (const { id, code } of rows) ids[code] = id;
}, 120_000);
afterAll(async () => {
  await server.close();
  await app.close();
});

const as = (who: string, method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown) =>
  call(server, people[who]!, method, url, body);
async function made(who: string, cidr: string, code: string, more: object = {}) {
  const reply = await as(who, 'POST', '/api/prefixes', { cidr, unitId: ids[code], ...more });
  expect([cidr, reply.status, reply.body]).toEqual([cidr, 200, expect.anything()]);
  return reply.body;
}
const code = (reply: { status: number; body: { error?: { code: string }; code?: string } }) =>
  reply.body?.error?.code ?? reply.body?.code;
const childrenOf = async (who: string, id: string) =>
  (await as(who, 'GET', `/api/prefixes?parentId=${id}&pageSize=500`)).body.items as {
    id: string;
    cidr: string;
  }[];

describe('the tree of prefixes', () => {
  test('city, county and school nest; each sees its own part and its share', async () => {
    const city = await made('city', '10.0.0.0/8', 'city');
    const county = await made('city', '10.16.0.0/12', 'east');
    await made('city', '10.32.0.0/12', 'west');
    const school = await made('east', '10.16.0.0/20', 'east-1');
    expect((await childrenOf('city', city.id)).map((one) => one.cidr)).toEqual([
      '10.16.0.0/12',
      '10.32.0.0/12',
    ]);
    const seen = await as('city', 'GET', `/api/prefixes/${city.id}`);
    expect(seen.body).toMatchObject({ children: 2, taken: 0.125, hosts: 2 ** 24 - 2, around: [] });
    const roots = (await as('east', 'GET', '/api/prefixes')).body.items.map(
      (one: { cidr: string }) => one.cidr,
    );
    expect(roots).toEqual(['10.16.0.0/12']);
    const own = (await as('teacher', 'GET', '/api/prefixes')).body.items;
    expect(own).toMatchObject([{ id: school.id, cidr: '10.16.0.0/20' }]);
    expect((await as('teacher', 'GET', `/api/prefixes/${county.id}`)).status).toBe(404);
    expect((await as('west', 'PATCH', `/api/prefixes/${school.id}`, { note: 'x' })).status).toBe(404);
    expect((await as('east', 'GET', `/api/prefixes/${school.id}`)).body.around).toMatchObject([
      { id: county.id },
    ]);
  });

  test('a prefix put around others takes them over, and gives them back when it is reclaimed', async () => {
    const a = await made('east', '10.17.0.0/24', 'east-1');
    const b = await made('east', '10.17.1.0/24', 'east-2');
    const around = await made('east', '10.17.0.0/16', 'east');
    expect((await childrenOf('east', around.id)).map((one) => one.id)).toEqual([a.id, b.id]);
    const used = await as('east', 'POST', `/api/prefixes/${around.id}/reclaim`, { reason: '不用了' });
    expect(code(used)).toBe('addresses.still_used');
    for (const one of [a, b]) {
      expect((await as('east', 'POST', `/api/prefixes/${one.id}/reclaim`, { reason: '改号' })).status).toBe(
        200,
      );
    }
    expect((await as('east', 'POST', `/api/prefixes/${around.id}/reclaim`, { reason: '改号' })).status).toBe(
      200,
    );
    expect((await as('east', 'GET', `/api/prefixes/${around.id}`)).status).toBe(404);
    const { rows } = await app.ownerPool.query(
      `SELECT upper_inf(valid) AS open FROM addresses.allocation WHERE id = $1 AND upper_inf(recorded)`,
      [a.id],
    );
    expect(rows).toEqual([{ open: false }]);
    // The same prefix again, for another school: from now on only.
    await made('east', '10.17.0.0/24', 'east-2');
  });

  test('split, merge, reserve; what does not fit is refused with its reason', async () => {
    const one = await made('east', '10.18.0.0/22', 'east-1', { note: '教学楼' });
    const split = await as('east', 'POST', `/api/prefixes/${one.id}/split`, { length: 24 });
    expect(split.body.parts).toEqual(['10.18.0.0/24', '10.18.1.0/24', '10.18.2.0/24', '10.18.3.0/24']);
    const { items } = (await as('east', 'GET', '/api/prefixes?q=10.18.')).body;
    expect(items.map((part: { note: string }) => part.note)).toEqual(Array(4).fill('教学楼'));
    const idsOf = (...places: number[]) => places.map((place) => items[place].id);
    expect(code(await as('east', 'POST', '/api/prefixes/merge', { ids: idsOf(1, 2) }))).toBe(
      'addresses.not_neighbours',
    );
    const merged = await as('east', 'POST', '/api/prefixes/merge', { ids: idsOf(1, 0) });
    expect(merged.body).toMatchObject({ cidr: '10.18.0.0/23', note: '教学楼' });
    const reserved = await as('east', 'PATCH', `/api/prefixes/${items[2].id}`, { state: 'reserved' });
    expect(reserved.body.state).toBe('reserved');
    expect((await as('east', 'GET', `/api/prefixes/${items[2].id}/next-free`)).body.host).toBeNull();
    expect(code(await as('east', 'POST', `/api/prefixes/${items[3].id}/split`, { length: 24 }))).toBe(
      'addresses.split_length',
    );
    for (const [who, cidr, unit, expected] of [
      ['east', '10.18.0.0/23', 'east-1', 'addresses.same_prefix'],
      ['east', '10.18.0.0/24', 'east-2', 'addresses.overlap'],
      ['east', '10.32.5.0/24', 'east-1', 'addresses.overlap'],
      ['east', '10.18.0.1/24', 'east-1', 'addresses.bad_cidr'],
      ['teacher', '10.19.0.0/24', 'east-1', 'addresses.not_your_space'],
    ] as const) {
      const reply = await as(who, 'POST', '/api/prefixes', { cidr, unitId: ids[unit] });
      expect([cidr, code(reply)]).toEqual([cidr, expected]);
    }
    // Around two schools' prefixes only their bureau can hold.
    await made('east', '10.18.4.0/24', 'east-2');
    const wide = await as('east', 'POST', '/api/prefixes', { cidr: '10.18.0.0/16', unitId: ids['east-1'] });
    expect(code(wide)).toBe('addresses.overlap');
  });

  test('next free addresses skip what stands within and what devices have', async () => {
    const one = await made('east', '10.20.0.0/28', 'east-1');
    await made('east', '10.20.0.0/30', 'east-1');
    const csv =
      'asset_no,name,type,unit_code,ip\nN1,机,计算机,east-1,10.20.0.4\nN2,机,计算机,east-1,10.20.0.6\n';
    const imported = await call(
      server,
      people.east!,
      'POST',
      '/api/import/devices?fileName=a.csv',
      Buffer.from(csv),
    );
    expect(imported.body.errors).toEqual([]);
    const free = await as('east', 'GET', `/api/prefixes/${one.id}/next-free?length=30`);
    expect(free.body).toEqual({ prefix: '10.20.0.8/30', host: '10.20.0.5' });
    const wide = await as('east', 'GET', `/api/prefixes/${one.id}/next-free?length=29`);
    expect(wide.body.prefix).toBe('10.20.0.8/29');
    await made('east', '10.20.0.12/32', 'east-1');
    const never = await as('east', 'GET', `/api/prefixes/${one.id}/next-free?length=99`);
    expect(never.body).toMatchObject({ code: 'addresses.free_length', details: { to: 32, field: 'length' } });
    const none = await as('east', 'GET', `/api/prefixes/${one.id}/next-free?length=29`);
    expect(none.body.prefix).toBeNull();
    expect((await as('east', 'GET', `/api/prefixes/${one.id}`)).body).toMatchObject({
      devices: 2,
      hosts: 14,
    });
  });

  test('what other units’ devices use is not given away', async () => {
    await made('city', '10.21.0.0/24', 'east');
    const csv = 'asset_no,name,type,unit_code,ip\nN9,机,计算机,east,10.21.0.9\n';
    const url = '/api/import/devices?fileName=b.csv';
    expect((await call(server, people.east!, 'POST', url, Buffer.from(csv))).body.errors).toEqual([]);
    const wanted = { cidr: '10.21.0.0/26', unitId: ids['east-1'] };
    const refused = await as('east', 'POST', '/api/prefixes', wanted);
    expect(refused).toMatchObject({ status: 409 });
    expect(code(refused)).toBe('addresses.devices_within');
    expect(JSON.stringify(refused.body)).toContain('10.21.0.9');
    await made('east', '10.21.0.64/26', 'east-1');
    // The unit's own devices are no reason: it divides what it has.
    await made('east', '10.21.0.0/27', 'east');
  });

  test('IPv6 alike, without counting', async () => {
    const v6 = await made('city', '2001:db8::/32', 'city');
    await made('city', '2001:db8::/48', 'east');
    const free = await as('city', 'GET', `/api/prefixes/${v6.id}/next-free?length=48`);
    expect(free.body).toEqual({ prefix: '2001:db8:1::/48', host: '2001:db8:1::' });
  });
});

test('next free, children, shares and containment are those of a naive model, through splits and reclaims', async () => {
  await as('city', 'POST', '/api/realms', { key: 'model', name: '模型' });
  const root = await made('city', '192.168.0.0/24', 'city', { realm: 'model' });
  const model = new Map<string, [number, number]>([[root.id, [0, 256]]]);
  const within = ([a, b]: [number, number], [c, d]: [number, number]) => a >= c && a + b <= c + d && b < d;
  const parentOf = (range: [number, number]) =>
    [...model].filter(([, other]) => within(range, other)).toSorted((a, b) => a[1][1] - b[1][1])[0]?.[0];
  const check = async () => {
    for (const [id, range] of model) {
      const expected = [...model].filter(([, other]) => parentOf(other) === id).map(([key]) => key);
      const node = (await as('city', 'GET', `/api/prefixes/${id}`)).body;
      const taken = expected.reduce((sum, key) => sum + model.get(key)![1], 0) / range[1];
      expect([node.children, node.taken]).toEqual([expected.length, taken]);
      expect((await childrenOf('city', id)).map((one) => one.id).toSorted()).toEqual(expected.toSorted());
      const blocks = expected.map((key) => model.get(key)!);
      for (const length of [25, 27, 30]) {
        const size = 2 ** (32 - length);
        let free: number | undefined;
        for (let at = range[0]; at + size <= range[0] + range[1] && free === undefined; at += size) {
          if (size <= range[1] && blocks.every(([a, b]) => a + b <= at || at + size <= a)) free = at;
        }
        const reply = await as('city', 'GET', `/api/prefixes/${id}/next-free?length=${length}`);
        const hosts = Array.from({ length: range[1] }, (_, n) => range[0] + n).filter(
          (host) => range[1] <= 2 || (host !== range[0] && host !== range[0] + range[1] - 1),
        );
        const host = hosts.find((one) => blocks.every(([a, b]) => one < a || one >= a + b));
        expect([node.cidr, length, reply.body]).toEqual([
          node.cidr,
          length,
          {
            prefix: free === undefined ? null : `192.168.0.${free}/${length}`,
            host: host === undefined ? null : `192.168.0.${host}`,
          },
        ]);
      }
    }
  };
  const moves = fc.record({ act: fc.nat(9), at: fc.nat(255), length: fc.integer({ min: 25, max: 31 }) });
  const [steps] = fc.sample(fc.array(moves, { minLength: 40, maxLength: 40 }), {
    seed: 20261123,
    numRuns: 1,
  });
  for (const { act, at, length } of steps!) {
    const size = 2 ** (32 - length);
    const first = at - (at % size);
    const [id, range] = [...model][at % model.size]!;
    if (act < 6) {
      const cidr = `192.168.0.${first}/${length}`;
      const reply = await as('city', 'POST', '/api/prefixes', { cidr, realm: 'model', unitId: ids.city });
      const same = [...model.values()].some(([a, b]) => a === first && b === size);
      expect([cidr, reply.status]).toEqual([cidr, same ? 409 : 200]);
      if (!same) model.set(reply.body.id, [first, size]);
    } else if (act < 8 && id !== root.id && range[1] > 1) {
      const inner = Math.max(
        0,
        ...[...model].filter(([, other]) => parentOf(other) === id).map(([, [, b]]) => b),
      );
      const half = range[1] / 2;
      const into = 33 - Math.log2(range[1]);
      const reply = await as('city', 'POST', `/api/prefixes/${id}/split`, { length: into });
      expect([range, reply.status]).toEqual([range, inner >= half ? 422 : 200]);
      if (reply.status !== 200) continue;
      model.delete(id);
      const { items } = (await as('city', 'GET', '/api/prefixes?realm=model&q=192.168.0.&pageSize=500')).body;
      for (const start of [range[0], range[0] + half]) {
        const part = items.find((one: { cidr: string }) => one.cidr === `192.168.0.${start}/${into}`);
        model.set(part.id, [start, half]);
      }
    } else if (id !== root.id) {
      const hasChildren = [...model.values()].some((other) => parentOf(other) === id);
      const reply = await as('city', 'POST', `/api/prefixes/${id}/reclaim`, { reason: '试验' });
      expect(reply.status).toBe(hasChildren ? 409 : 200);
      if (!hasChildren) model.delete(id);
    }
  }
  await check();
  await expectKeptCells();
}, 120_000);

/** What is kept of the parts of every prefix is what they hold. */
async function expectKeptCells(): Promise<void> {
  const held = `SELECT p.id AS parent_id, addresses.cell_of(p.cidr, k.cidr) AS cell, count(*) AS members,
      sum(addresses.prefix_size(k.cidr)) AS taken
    FROM addresses.prefix_node k JOIN addresses.prefix_node p ON p.id = k.parent_id GROUP BY 1, 2`;
  const { rows } = await app.ownerPool.query(
    `SELECT (SELECT count(*)::int FROM (${held}) AS h) AS cells, (SELECT count(*)::int FROM (${held}) AS h
       FULL JOIN addresses.prefix_cell c USING (parent_id, cell)
       WHERE (h.members, h.taken) IS DISTINCT FROM (c.members, c.taken)) AS wrong`,
  );
  expect(rows[0]).toEqual({ cells: expect.any(Number), wrong: 0 });
  expect(rows[0].cells).toBeGreaterThan(5);
}

test('the map adds up what shares a cell, shows a part of it larger, and devices where nothing else stands', async () => {
  const city = await made('city', '172.16.0.0/12', 'city');
  const leaf = await made('city', '172.16.5.0/24', 'east-1');
  await made('city', '172.16.6.0/24', 'west-1');
  const wide = await made('city', '172.17.0.0/16', 'west', { state: 'reserved' });
  const mapOf = async (id: string, within = '') =>
    (await as('city', 'GET', `/api/prefixes/${id}/map${within && `?within=${within}`}`)).body;
  expect(await mapOf(city.id)).toMatchObject({
    cidr: '172.16.0.0/12',
    cellLength: 20,
    cells: [
      { cidr: '172.16.0.0/20', at: 0, span: 1, count: 2, taken: 2 / 16, id: null, devices: 0 },
      { cidr: '172.17.0.0/16', at: 16, span: 16, count: 1, id: wide.id, state: 'reserved' },
    ],
  });
  expect(await mapOf(city.id, '172.16.0.0/20')).toMatchObject({
    cidr: '172.16.0.0/20',
    cellLength: 28,
    cells: [
      { cidr: '172.16.5.0/24', at: 80, span: 16, id: leaf.id },
      { cidr: '172.16.6.0/24', at: 96, span: 16 },
    ],
  });
  const part = await as('city', 'GET', `/api/prefixes?parentId=${city.id}&within=172.16.0.0/20`);
  expect(part.body.items.map((one: { cidr: string }) => one.cidr)).toEqual([
    '172.16.5.0/24',
    '172.16.6.0/24',
  ]);
  const device = {
    assetNo: 'MAP-1',
    name: '电脑',
    type: 'computer',
    unitCode: 'east-1',
    ips: ['172.16.5.9'],
  };
  expect((await as('city', 'POST', '/api/devices', device)).status).toBe(200);
  expect((await mapOf(leaf.id)).cells).toMatchObject([
    { cidr: '172.16.5.9/32', at: 9, span: 1, devices: 1, count: 0, id: null },
  ]);
  expect(code(await as('city', 'GET', `/api/prefixes/${city.id}/map?within=nonsense`))).toBe(
    'addresses.bad_cidr',
  );
});

describe('a request for a prefix', () => {
  it('is decided by somebody else, who is offered the next free one; both are told', async () => {
    const asked = await as('teacher', 'POST', '/api/prefix-requests', { length: 24, purpose: '新建机房' });
    expect(asked.status).toBe(200);
    const url = `/api/prefix-requests/${asked.body.id}`;
    expect((await as('teacher', 'POST', `${url}/decision`, { approve: true })).status).toBe(403);
    expect((await as('west', 'POST', `${url}/decision`, { approve: false })).status).toBe(404);
    const todo = (await as('east', 'GET', '/api/tasks')).body.items;
    expect(todo.some((task: { title: string }) => task.title.includes('/24'))).toBe(true);
    const { proposals } = (await as('east', 'GET', `${url}/proposal`)).body;
    expect(proposals[0].cidr).toMatch(/\/24$/);
    expect(code(await as('east', 'POST', `${url}/decision`, { approve: true, cidr: '10.25.0.0/25' }))).toBe(
      'addresses.wrong_length',
    );
    const given = await as('east', 'POST', `${url}/decision`, { approve: true, cidr: proposals[0].cidr });
    expect(given.body).toMatchObject({
      state: 'approved',
      cidr: proposals[0].cidr,
      decidedByName: '人员east',
    });
    expect(code(await as('east', 'POST', `${url}/decision`, { approve: false }))).toBe(
      'addresses.request_decided',
    );
    const told = (await as('teacher', 'GET', '/api/tasks')).body.items;
    expect(told.some((task: { title: string }) => task.title.includes(proposals[0].cidr))).toBe(true);
    const own = (await as('teacher', 'GET', `/api/prefixes?q=${proposals[0].cidr}`)).body.items;
    expect(own).toHaveLength(1);
    await drain(app);
  });

  it('of one’s own is never one’s own to decide, by the route and by the database', async () => {
    const asked = await as('east', 'POST', '/api/prefix-requests', { length: 20, purpose: '县局扩容' });
    const url = `/api/prefix-requests/${asked.body.id}`;
    expect(code(await as('east', 'POST', `${url}/decision`, { approve: false }))).toBe(
      'addresses.own_request',
    );
    await expect(
      app.ownerPool.query(
        `UPDATE addresses.prefix_request SET state = 'refused', decided_by = asked_by WHERE id = $1`,
        [asked.body.id],
      ),
    ).rejects.toThrow('two_people');
    expect((await as('east', 'POST', `${url}/withdrawal`, {})).status).toBe(200);
  });
});

test('an unknown realm is refused with the way to add it; a county’s realm is its own and its schools’', async () => {
  const sheet = (realm: string) =>
    Buffer.from(`cidr,unit_code,realm,role\n192.168.9.0/24,east-1,${realm},内网\n`);
  const upload = (realm: string) =>
    call(server, people.east!, 'POST', '/api/import/allocations?fileName=a.csv', sheet(realm));
  const refused = (await upload('lab-east')).body;
  expect(refused).toMatchObject({
    accepted: 0,
    errors: [{ code: 'addresses.unknown_realm', column: 'realm' }],
  });
  expect(refused.errors[0].message).toContain('路由域');
  expect((await as('east', 'POST', '/api/realms', { key: 'lab-east', name: '东示机房' })).status).toBe(200);
  expect((await upload('lab-east')).body).toMatchObject({ accepted: 1 });
  expect(code(await as('west', 'POST', '/api/realms', { key: 'lab-east', name: '抢名' }))).toBe(
    'addresses.realm_taken',
  );
  const keys = async (who: string) =>
    (await as(who, 'GET', '/api/realms')).body.items.map((one: { key: string }) => one.key);
  expect(await keys('west')).not.toContain('lab-east');
  expect(await keys('teacher')).toContain('lab-east');
});

test('deterministic NAT: declared, looked up, imported once, ended; two rules never share a port', async () => {
  const rule = { unitId: ids.east, inside: '10.16.0.0/27', outside: '198.51.100.0/31', blockSize: 4032 };
  const declared = await as('east', 'POST', '/api/nat-rules', rule);
  expect(declared.body).toMatchObject({ withoutPorts: 0 });
  const port = await as('east', 'GET', '/api/nat-ports?ip=198.51.100.1&port=5056');
  expect(port.body.items).toMatchObject([{ inside: '10.16.0.17', realm: 'main' }]);
  expect(code(await as('east', 'POST', '/api/nat-rules', rule))).toBe('addresses.nat_overlap');
  expect(code(await as('east', 'POST', '/api/nat-rules', { ...rule, inside: '10.0.0.1/27' }))).toBe(
    'addresses.bad_cidr',
  );
  expect(code(await as('east', 'POST', '/api/nat-rules', { ...rule, portFrom: 9, portTo: 8 }))).toBe(
    'addresses.bad_ports',
  );
  const csv =
    'inside,outside,port_from,port_to,block_size,algorithm,unit_code\n10.16.0.0/27,198.51.100.0/31,1024,65535,4032,逐个外部地址,east\n10.16.1.0/27,198.51.100.0/31,1024,65535,4032,逐个外部地址,east\n10.16.1.0/27,198.51.100.2/31,1024,x,4032,逐个外部地址,east\n';
  const imported = await call(
    server,
    people.east!,
    'POST',
    '/api/import/nat-rules?fileName=a.csv',
    Buffer.from(csv),
  );
  expect(imported.body).toMatchObject({ accepted: 1, rejected: 2 });
  expect(imported.body.errors.map((one: { code: string }) => one.code)).toEqual([
    'addresses.nat_overlap',
    'addresses.bad_ports',
  ]);
  await app.advance(60_000);
  const ended = await as('east', 'POST', `/api/nat-rules/${declared.body.id}/end`, { reason: '换设备' });
  expect(ended.status).toBe(200);
  expect((await as('east', 'GET', '/api/nat-ports?ip=198.51.100.1&port=5056')).body.items).toEqual([]);
  const before = await as('east', 'GET', '/api/nat-ports?ip=198.51.100.1&port=5056&at=2026-06-01T01:00:00Z');
  expect(before.body.items).toHaveLength(1);
  expect((await as('west', 'GET', '/api/nat-rules')).body.items).toEqual([]);
});

test('a file is given no space that the form would refuse: what the bureau above holds, or nobody granted', async () => {
  const upload = async (who: string, rows: readonly string[]) => {
    const sheet = Buffer.from(['cidr,unit_code,realm,role', ...rows].join('\n'));
    const { body } = await call(
      server,
      people[who]!,
      'POST',
      '/api/import/allocations?fileName=a.csv',
      sheet,
    );
    return [body.accepted, body.errors.map((one: { row: number; code: string }) => [one.row, one.code])];
  };
  // The city holds 10.0.0.0/8, the county 10.16.0.0/12 of it, the school 10.16.0.0/20 of that.
  expect(
    await upload('teacher', [
      '10.16.1.0/24,east-1,main,inside',
      '10.16.64.0/24,east-1,main,inside',
      '10.16.64.0/25,east-1,main,inside',
      '10.99.0.0/16,east-1,main,inside',
      '203.0.113.64/26,east-1,main,exit',
      '10.16.80.0/24,east-2,main,inside',
    ]),
  ).toEqual([
    1,
    [
      [3, 'addresses.not_your_space'],
      [4, 'addresses.not_your_space'],
      [5, 'addresses.not_your_space'],
      [6, 'addresses.not_granted'],
      [7, 'units.unknown_unit'],
    ],
  ]);
  expect(
    await upload('east', [
      '10.99.0.0/16,east,main,inside',
      '10.33.0.0/24,west-1,main,inside',
      '10.16.81.0/24,east-2,main,inside',
      '203.0.113.64/26,east,main,exit',
    ]),
  ).toEqual([
    2,
    [
      [2, 'addresses.not_your_space'],
      [3, 'units.unknown_unit'],
    ],
  ]);
  const form = async (who: string, cidr: string, unit: string) =>
    code(await as(who, 'POST', '/api/prefixes', { cidr, unitId: ids[unit] }));
  expect(await form('east', '10.99.0.0/16', 'east')).toBe('addresses.not_your_space');
  expect(await form('teacher', '192.0.2.0/28', 'east-1')).toBe('addresses.not_granted');
  // A realm of its own is a school's to divide; what it was granted it may divide further.
  expect((await as('teacher', 'POST', '/api/realms', { key: 'school-1', name: '校内' })).status).toBe(200);
  expect(await upload('teacher', ['192.168.0.0/16,east-1,school-1,inside'])).toEqual([1, []]);
  await expectKeptCells();
});
