import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#base/app';
import { buildCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
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
