/** Import of 10,000 devices from an .xlsx, from the request to the stored history, on the embedded database. */
import { elapsed } from '#base/clock';
import { buildServer } from '#base/http';
import { writeSheet } from '#base/sheet';
import { call, staffCity } from '#test/city';
import { testApp } from '#test/db';
import { addresses } from '../src/modules/addresses/module.ts';
import { audit } from '../src/modules/audit/module.ts';
import { authenticate, setupToken } from '../src/modules/auth/index.ts';
import { auth } from '../src/modules/auth/module.ts';
import { units } from '../src/modules/units/module.ts';
import { type Figure, rounded } from './figure.ts';

const count = 10_000;

function deviceRows(): string[][] {
  return Array.from({ length: count }, (_, i) => [
    `D-${i}`,
    `计算机${i}`,
    'computer',
    `${i % 2 ? 'east' : 'west'}-${(i % 4 < 2 ? 0 : 1) + 1}`,
    `10.${i % 2 ? 1 : 2}.${1 + (i >> 8)}.${i & 255 || 1}`,
    `00:00:5e:${[16 + (i >> 16), (i >> 8) & 255, i & 255].map((n) => n.toString(16).padStart(2, '0')).join(':')}`,
    `P${i % 200}`,
    `${1 + (i % 4)}0${i % 10}`,
    '2026-03-01',
  ]);
}

async function importOnce(): Promise<{ first: number; again: number }> {
  const app = await testApp([audit, units, auth, addresses]);
  const server = buildServer(app, authenticate);
  const { officer } = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  const send = async (kind: string, columns: readonly string[], rows: readonly string[][]) => {
    const file = Buffer.from(await writeSheet({ columns, rows }, 'xlsx'));
    const started = elapsed();
    const reply = await call(server, officer!, 'POST', `/api/import/${kind}?fileName=${kind}.xlsx`, file);
    if (reply.body.rejected !== 0) {
      throw new Error(`import of ${kind}: ${JSON.stringify(reply.body).slice(0, 500)}`);
    }
    return (elapsed() - started) / 1000;
  };
  try {
    const people = Array.from({ length: 200 }, (_, i) => [`P${i}`, `人员${i}`, 'city', 'teacher']);
    await send('people', ['person_no', 'name', 'unit_code', 'post'], people);
    const allocations = [
      ['10.1.0.0/16', 'east', 'inside'],
      ['10.2.0.0/16', 'west', 'inside'],
    ];
    await send('allocations', ['cidr', 'unit_code', 'role'], allocations);
    const columns = 'asset_no,name,type,unit_code,ip,mac,owner_no,room,since'.split(',');
    const rows = deviceRows();
    return { first: await send('devices', columns, rows), again: await send('devices', columns, rows) };
  } finally {
    await server.close();
    await app.close();
  }
}

/** Seconds from the upload to the reply: reading the .xlsx, checking, history on two axes, audit entry. */
export async function run(): Promise<Figure[]> {
  const { first, again } = await importOnce();
  const figure = (name: string, value: number): Figure => ({
    name,
    value: rounded(value),
    unit: 's',
    bar: 20,
    holds: value <= 20,
    peer: null,
    command: 'npm run bench -- import',
  });
  return [
    figure('import of 10,000 devices (.xlsx), new', first),
    figure('import of 10,000 devices (.xlsx), unchanged', again),
  ];
}
