/**
 * A /8 with 100,000 prefixes: nine counties with a /12 each, schools with a /20 in them and a /24 for each network, and
 * the same number directly within one prefix. Tree level, utilisation, next free prefix and address, as the city
 * officer over HTTP's handlers. `npm run bench -- prefixes [count=N]`.
 */
import { elapsed } from '#base/clock';
import { buildServer } from '#base/http';
import { call, staffCity } from '#test/city';
import { testApp } from '#test/db';
import { modules } from '../src/compose.ts';
import { authenticate, setupToken } from '../src/modules/auth/index.ts';
import { cpuSeconds } from './cpu.ts';
import { type Figure, rounded } from './figure.ts';

const command = 'npm run bench -- prefixes';
const barMs = 100;
const plain = { bar: null, holds: null, peer: null, command } as const;
const times = 20;
const batch = 20_000;

const dotted = (value: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** The tree of the city, parents first, and a flat one in a realm of its own. */
function prefixesOf(count: number): { realm: string; cidr: string }[] {
  const tree = [{ realm: 'main', cidr: '10.0.0.0/8' }];
  const flat = [{ realm: 'flat', cidr: '10.0.0.0/8' }];
  for (let county = 0; county < 16; county += 1) {
    tree.push({ realm: 'main', cidr: `${dotted(10 * 2 ** 24 + county * 2 ** 20)}/12` });
  }
  // Networks fill the space from its start, so that what is free lies behind them all: the worst place.
  for (let index = 0; tree.length < count; index += 1) {
    const first = 10 * 2 ** 24 + index * 128;
    if (index % 32 === 0) tree.push({ realm: 'main', cidr: `${dotted(first)}/20` });
    tree.push({ realm: 'main', cidr: `${dotted(first)}/25` });
  }
  for (let index = 0; flat.length < count; index += 1) {
    flat.push({ realm: 'flat', cidr: `${dotted(10 * 2 ** 24 + index * 128)}/25` });
  }
  return [...tree, ...flat];
}

/** The slowest and the middle of some answers, in milliseconds. */
export async function run(args: readonly string[]): Promise<Figure[]> {
  const count = Number(args.find((arg) => arg.startsWith('count='))?.slice(6) ?? 100_000);
  const app = await testApp(modules);
  const server = buildServer(app, authenticate);
  try {
    const { officer } = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'officer', unitCode: 'city', role: 'city_officer' },
    ]);
    await call(server, officer!, 'POST', '/api/realms', { key: 'flat', name: 'flat' });
    const began = elapsed();
    const before = await cpuSeconds(app);
    const all = prefixesOf(count);
    for (let from = 0; from < all.length; from += batch) {
      const lines = all.slice(from, from + batch).map(({ realm, cidr }) => `${cidr},city,${realm},内网`);
      const sheet = Buffer.from(['cidr,unit_code,realm,role', ...lines].join('\n'));
      const url = '/api/import/allocations?fileName=prefixes.csv';
      const { status, body } = await call(server, officer!, 'POST', url, sheet);
      if (status !== 200 || body.accepted !== lines.length)
        throw new Error(JSON.stringify(body).slice(0, 500));
    }
    const filled = elapsed() - began;
    const cost = (await cpuSeconds(app)) - before;
    await app.ownerPool.query('VACUUM (ANALYZE) addresses.prefix_node');
    await app.ownerPool.query('VACUUM (ANALYZE) addresses.allocation');
    const { rows } = await app.ownerPool.query<{ id: string; realm: string }>(
      `SELECT id, realm FROM addresses.prefix_node WHERE cidr = '10.0.0.0/8'`,
    );
    const rootOf = (realm: string) => rows.find((row) => row.realm === realm)!.id;
    const asked = ['main', 'flat'].flatMap((realm) =>
      [
        ['topmost', `/api/prefixes?realm=${realm}`],
        ['tree level', `/api/prefixes?parentId=${rootOf(realm)}&pageSize=50`],
        ['search of a few', `/api/prefixes?q=10.3.7.&realm=${realm}`],
        ['search of most', `/api/prefixes?q=10.&realm=${realm}`],
        ['utilisation', `/api/prefixes/${rootOf(realm)}`],
        ['next free /24 and host', `/api/prefixes/${rootOf(realm)}/next-free?length=24`],
        ['map', `/api/prefixes/${rootOf(realm)}/map`],
      ].map(([what, url]) => ({
        what: `${what}, ${realm === 'flat' ? 'all in one level' : 'nested'}`,
        url: url!,
      })),
    );
    const figures: Figure[] = [
      { ...plain, name: `importing ${count} prefixes twice`, value: rounded(filled / 1000), unit: 's' },
      { ...plain, name: 'of that processor time, database included', value: rounded(cost), unit: 's' },
    ];
    for (const { what, url } of asked)
      figures.push(
        await measure(what, async () => {
          const reply = await call(server, officer!, 'GET', url);
          if (reply.status !== 200) throw new Error(`${url}: ${reply.status}`);
        }),
      );
    return figures;
  } finally {
    await server.close();
    await app.close();
  }
}

async function measure(name: string, ask: () => Promise<void>): Promise<Figure> {
  await ask();
  const taken: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = elapsed();
    await ask();
    taken.push(elapsed() - began);
  }
  taken.sort((a, b) => a - b);
  const value = rounded(taken.at(-1)!);
  const note = `the middle one ${rounded(taken[times / 2]!)} ms`;
  return { ...plain, name, value, unit: 'ms, the slowest of 20', bar: barMs, holds: value <= barMs, note };
}
