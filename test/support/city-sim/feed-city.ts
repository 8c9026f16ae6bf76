/** Gives a simulated city to the product by its public ways: import sheets, registered sources, received lines. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { drain } from '#base/jobs';
import { sealSpool } from '../../../src/modules/logs/seal-spool.ts';
import { Spool } from '../../../src/modules/logs/spool/spool.ts';
import type { BlockPlace } from '../../../src/modules/logs/spool/spool-file.ts';
import { call, type SignedIn } from '../city.ts';
import type { TestApp } from '../db.ts';
import { clockOf, type Delivered } from './deliver.ts';
import { wallTime } from './format-lines.ts';
import type { City, Source } from './model.ts';
import { sheetsOf } from './registers.ts';
import type { Simulation } from './simulate.ts';

export interface Product {
  readonly app: TestApp;
  readonly server: FastifyInstance;
  readonly officer: SignedIn;
  readonly admin: SignedIn;
}

/** How much of true time one sealed segment holds: the product learns of clocks when a segment is sealed. */
const pieceMs = 20 * 60_000;

/** What stood in the registers before the simulated time. */
export async function feedRegisters(product: Product, { city }: Simulation): Promise<void> {
  const sheets = sheetsOf(city);
  await importSheet(product, product.admin, 'units', sheets.units);
  const realms = new Set(city.schools.map((school) => school.realm).filter((realm) => realm !== 'main'));
  for (const realm of realms) await register(product, '/api/realms', { key: realm, name: `${realm} 校园网` });
  for (const kind of ['people', 'allocations', 'devices'] as const) {
    await importSheet(product, product.officer, kind, sheets[kind]);
  }
  await importSheet(product, product.officer, 'nat-rules', sheets.rules);
  for (const source of city.sources) await registerSource(product, source);
}

/** The lines as they came, and then the corrections of the registers. Ends when all is indexed. */
export async function feedLogs(product: Product, { city, records }: Simulation): Promise<void> {
  await receive(
    product,
    records.filter(({ source }) => source.live),
  );
  const files = Map.groupBy(
    records.filter(({ source }) => !source.live),
    ({ source }) => source,
  );
  for (const [source, lines] of files) {
    await upload(product, source, lines);
    if (source.read) await readClock(product, city, source);
  }
  await drain(product.app);
  await importSheet(product, product.officer, 'devices', sheetsOf(city).lateDevices);
}

async function importSheet({ server }: Product, who: SignedIn, kind: string, rows: readonly string[]) {
  if (rows.length < 2) return;
  const { body } = await call(
    server,
    who,
    'POST',
    `/api/import/${kind}?fileName=${kind}.csv`,
    Buffer.from(rows.join('\n')),
  );
  if (body.rejected !== 0) throw new Error(`${kind}: ${JSON.stringify(body).slice(0, 800)}`);
}

async function register({ server, officer }: Product, url: string, body: object): Promise<void> {
  const reply = await call(server, officer, 'POST', url, body);
  if (reply.status >= 300) throw new Error(`${url}: ${JSON.stringify(reply.body)}`);
}

function registerSource(product: Product, source: Source): Promise<void> {
  const { name, format, unit, realm, leaseSeconds, toleranceSeconds, faults } = source;
  const senders = [...new Set([source.sender, faults.moved?.sender ?? source.sender])];
  const zone = faults.declaredZone ?? source.zone;
  return register(product, '/api/logs/sources', {
    ...{ name, format, realm, zone, toleranceSeconds, unitCode: unit, senders },
    ...(leaseSeconds !== null && { leaseSeconds }),
  });
}

/** Writes the records into a spool with the times of their receipt, as the collector does, and seals it in pieces. */
async function receive({ app }: Product, records: readonly Delivered[]): Promise<void> {
  const dir = join(app.config.dataDir, 'simulated-spool');
  const closed: { path: string; blocks: readonly BlockPlace[] }[] = [];
  const spool = new Spool({
    dir,
    now: () => app.clock.now(),
    onClosed: (path, blocks) => closed.push({ path, blocks }),
  });
  await spool.open();
  for (const piece of Map.groupBy(records, ({ recvAt }) => Math.floor(recvAt / pieceMs)).values()) {
    for (const { sender, recvAt, text } of piece) {
      const bytes = Buffer.from(text);
      spool.of(sender).append(recvAt, bytes, 0, bytes.length);
    }
    await spool.rotate();
    for (const { path, blocks } of closed.splice(0)) await sealSpool(app, path, blocks);
  }
  await rm(dir, { recursive: true, force: true });
}

async function upload({ server, officer }: Product, { name, format }: Source, lines: readonly Delivered[]) {
  // A record of RADIUS has several lines and ends with an empty one.
  const text = lines.map((line) => `${line.text}${format === 'radius' ? '\n\n' : '\n'}`).join('');
  const url = `/api/logs/ingest?source=${encodeURIComponent(name)}&format=${format}`;
  const { status, body } = await call(server, officer, 'POST', url, Buffer.from(text));
  if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
}

/** Somebody looks at the display of a gateway before and after the time of its file, and notes what it shows. */
async function readClock({ server, officer }: Product, city: City, source: Source): Promise<void> {
  const found = await call(server, officer, 'GET', `/api/logs/sources?q=${encodeURIComponent(source.name)}`);
  const { id } = found.body.items.find((one: { name: string }) => one.name === source.name);
  for (const at of [city.from - 1_800_000, city.to + 1_800_000]) {
    const body = {
      shown: wallTime(clockOf(source, city, at), source.zone),
      at: new Date(at).toISOString(),
      note: '与标准时间核对',
    };
    const reply = await call(server, officer, 'POST', `/api/logs/sources/${id}/clock`, body);
    if (reply.status >= 300) throw new Error(`${source.name}: ${JSON.stringify(reply.body)}`);
  }
}
