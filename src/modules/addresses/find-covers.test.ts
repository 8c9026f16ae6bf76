import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#base/app';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { units } from '../units/module.ts';
import { addresses } from './module.ts';
import { findCovers } from './store/allocations.ts';

let app: TestApp;
beforeAll(async () => {
  app = await testApp([audit, units, addresses]);
  const { east, west } = await buildCity(app);
  const hold = (realm: string, cidr: string, unit: string, path: string, valid = '[,)') =>
    app.ownerPool.query(
      `INSERT INTO addresses.allocation (id, realm, cidr, role, unit_id, unit_path, valid, recorded)
        VALUES (uuidv7(), $1, $2, 'inside', $3, $4, $5, '[2026-01-01,)')`,
      [realm, cidr, unit, path, valid],
    );
  await hold('main', '10.0.0.0/8', east!, 'city.east');
  await hold('main', '10.1.0.0/16', east!, 'city.east');
  await hold('main', '10.1.2.0/23', east!, 'city.east');
  await hold('main', '10.1.2.7/32', east!, 'city.east');
  await hold('main', '2001:db8::/32', east!, 'city.east');
  await hold('main', '2001:db8:0:8::/61', east!, 'city.east');
  await hold('lab', '10.1.3.0/24', west!, 'city.west');
  // Given back: it covers nothing any more.
  await hold('main', '192.0.2.0/24', east!, 'city.east', '[2026-01-01,2026-02-01)');
});
afterAll(() => app.close());

const ips = ['10.1.2.7', '10.1.2.6', '10.1.3.255', '10.1.4.0', '10.255.0.1', '11.0.0.1', '192.0.2.1'].concat([
  '2001:db8::1',
  '2001:db8:0:f::1',
  '2001:db8:0:10::1',
  '2001:db9::1',
  '::ffff:10.1.2.7',
  '0.0.0.0',
]);
const places = ['main', 'lab', 'nowhere'].flatMap((realm) => ips.map((ip) => ({ realm, ip })));

test('the most specific network around an address is the one that comparing with all of them finds', async () => {
  const { rows: expected } = await app.ownerPool.query(
    `SELECT n.realm, n.ip, a.cidr, a.path AS "unitPath" FROM unnest($1::text[], $2::text[]) AS n(realm, ip)
      CROSS JOIN LATERAL (SELECT a.cidr::text AS cidr, a.unit_path::text AS path FROM addresses.allocation a
        WHERE a.cidr >>= n.ip::inet AND a.realm = n.realm AND upper_inf(a.valid)
        ORDER BY masklen(a.cidr) DESC LIMIT 1) AS a`,
    [places.map((one) => one.realm), places.map((one) => one.ip)],
  );
  const found = await app.run(systemActor('test'), (ctx) => findCovers(ctx, [...places, ...places]));
  const sorted = (rows: readonly { realm: string; ip: string }[]) =>
    rows.map((row) => JSON.stringify(row, ['realm', 'ip', 'cidr', 'unitPath'])).sort();
  expect(sorted(found)).toEqual(sorted(expected));
  expect(expected.length).toBeGreaterThan(8);
});

test('where more than a thousand prefixes stand in one, cells added up give the next free one that walking all gives', async () => {
  const fill = (realm: string, root: string, children: string) =>
    app.ownerPool.query(`INSERT INTO addresses.allocation (id, realm, cidr, role, unit_id, unit_path, valid, recorded)
      SELECT uuidv7(), '${realm}', c.cidr, 'inside', u.id, u.unit_path, '(,)', '[2026-01-01,)'
      FROM units.unit u, (SELECT '${root}'::cidr AS cidr UNION ALL ${children}) AS c WHERE u.code = 'east'`);
  // From the start without a hole; with holes of all sizes and some wide ones; IPv6 with holes; full to the last one.
  await fill(
    'dense',
    '10.0.0.0/12',
    `SELECT network(set_masklen('10.0.0.0'::inet + i * 256, 24)) FROM generate_series(0, 1299) AS i`,
  );
  await fill(
    'holes',
    '10.0.0.0/12',
    `SELECT network(set_masklen('10.0.0.0'::inet + i * 256, 24 + i % 5)) FROM generate_series(0, 2999) AS i
      WHERE (i * 7919) % 13 < 6 UNION ALL SELECT '10.12.0.0/15' UNION ALL SELECT '10.14.64.0/18'`,
  );
  await fill(
    'six',
    '2001:db8::/32',
    `SELECT ('2001:db8:' || to_hex(i * 4) || '::/' || 46 + i % 3)::cidr FROM generate_series(0, 1299) AS i
      WHERE i % 9 <> 4`,
  );
  await fill(
    'full',
    '10.0.0.0/14',
    `SELECT network(set_masklen('10.0.0.0'::inet + i * 256, 24)) FROM generate_series(0, 1023) AS i`,
  );
  const answers = sql<{
    realm: string;
    length: number;
    found: string;
    walked: string;
  }>`SELECT n.realm, l AS length,
      addresses.next_free_prefix(n.id, l)::text AS found, addresses.free_within(n.id, n.cidr, l)::text AS walked
    FROM addresses.prefix_node n,
      generate_series(masklen(n.cidr) + 1, CASE family(n.cidr) WHEN 4 THEN 32 ELSE 128 END) AS l
    WHERE n.children > 1000`;
  const { rows } = await app.run(systemActor('test'), (ctx) => answers.execute(ctx.db));
  expect(new Set(rows.map(({ realm }) => realm))).toEqual(new Set(['dense', 'holes', 'six', 'full']));
  for (const row of rows) expect(row).toEqual({ ...row, found: row.walked });
  expect(rows.filter(({ found }) => found !== null).length).toBeGreaterThan(100);
  const told = (realm: string, length: number) =>
    rows.find((row) => row.realm === realm && row.length === length)?.found;
  expect([told('dense', 24), told('dense', 16), told('holes', 14), told('full', 32)]).toEqual([
    '10.5.20.0/24',
    '10.6.0.0/16',
    null,
    null,
  ]);
  // Of a prefix that is not the caller's nothing is told.
  const [dense] = (
    await app.ownerPool.query(
      `SELECT id FROM addresses.prefix_node WHERE realm = 'dense' AND masklen(cidr) = 12`,
    )
  ).rows;
  const asked = sql<{ n: number; free: string | null }>`SELECT
      (SELECT count(*)::int FROM addresses.prefix_cells(${dense.id}::uuid, '10.0.0.0/12', 16)) AS n,
      addresses.next_free_prefix(${dense.id}::uuid, 24)::text AS free`;
  const as = async (path: string) => (await app.run(actorAt(path), (ctx) => asked.execute(ctx.db))).rows[0];
  expect(await as('city.east')).toEqual({ n: 6, free: '10.5.20.0/24' });
  expect(await as('city.west')).toEqual({ n: 0, free: null });
});
