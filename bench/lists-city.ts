/** The prefecture whose lists are measured, loaded through the imports of the API: synthetic names, documentation MACs. */
import type { FastifyInstance } from 'fastify';
import { elapsed } from '#base/clock';
import { writeSheet } from '#base/sheet';
import { call, type SignedIn } from '#test/city';

const counties = 9;
const schools = 990;
const people = 8_000;
const devices = 100_000;

type Send = (kind: string, columns: string, rows: readonly string[][]) => Promise<void>;

/** Loads 1,000 units, 8,000 people, 990 networks, 990 websites and 100,000 devices. */
export async function fillCity(server: FastifyInstance, officer: SignedIn): Promise<void> {
  const send = sender(server, officer);
  await send('units', 'code,name,kind,parent_code', [
    ...range(counties).map((n) => [`c${n}`, `示例${n}县教育局`, 'county', 'city']),
    ...range(schools).map((n) => [`s${n}`, `示例县第${n}小学`, 'school', `c${n % counties}`]),
  ]);
  await send(
    'people',
    'person_no,name,unit_code,post',
    range(people).map((n) => [`P${n}`, `示例人员${n}`, schoolOf(n), 'teacher']),
  );
  await send(
    'allocations',
    'cidr,unit_code,role',
    range(schools).map((n) => [`10.${n >> 8}.${n & 255}.0/24`, `s${n}`, 'inside']),
  );
  await send(
    'sites',
    'unit_code,name,url',
    range(schools).map((n) => [`s${n}`, `示例县第${n}小学网站`, `http://www.s${n}.example/`]),
  );
  await send(
    'devices',
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    range(devices).map(deviceRow),
  );
}

function sender(server: FastifyInstance, officer: SignedIn): Send {
  return async (kind, columns, rows) => {
    const started = elapsed();
    for (let from = 0; from < rows.length; from += 20_000) {
      const sheet = { columns: columns.split(','), rows: rows.slice(from, from + 20_000) };
      const file = Buffer.from(await writeSheet(sheet, 'csv'));
      const reply = await call(server, officer, 'POST', `/api/import/${kind}?fileName=${kind}.csv`, file);
      if (reply.body.rejected !== 0) throw new Error(`${kind}: ${JSON.stringify(reply.body).slice(0, 400)}`);
    }
    process.stderr.write(`${rows.length} ${kind} in ${Math.round((elapsed() - started) / 1000)} s\n`);
  };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const schoolOf = (n: number) => `s${n % schools}`;

function deviceRow(n: number): string[] {
  const school = n % schools;
  const place = Math.floor(n / schools);
  const hex = [16 + (n >> 16), (n >> 8) & 255, n & 255]
    .map((one) => one.toString(16).padStart(2, '0'))
    .join(':');
  return [
    `D-${n}`,
    `计算机${n}`,
    'computer',
    `s${school}`,
    `10.${school >> 8}.${school & 255}.${1 + place}`,
    `00:00:5e:${hex}`,
    `P${school + schools * (place % 8)}`,
    `${1 + (n % 4)}0${n % 10}`,
    '2026-03-01',
  ];
}
