/** Two installations: a county sends, a city takes over. Bad lines, tampering, forks and strangers in between. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, connect as tcp } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { buildCity, call } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { ingestFile } from '../ingest-file.ts';
import { logs } from '../module.ts';
import { segmentsDir } from '../places.ts';
import { checkFile } from '../prove/check-file.ts';
import { readCatalogue } from '../prove/read-catalogue.ts';
import { verifyCatalogue } from '../prove/verify-catalogue.ts';
import { Forwarder } from './send-segments.ts';

let county: TestApp;
let city: TestApp;
let server: FastifyInstance;
let pipe: Pipe;
const people: Record<string, Actor> = {
  east: actorAt('city.east', ['logs.forward']),
  west: actorAt('city.west', ['logs.forward', 'logs.read']),
  officer: actorAt('city', ['logs.read', 'logs.sources']),
};
const teacher = actorAt('city.east', ['logs.ingest', 'logs.read', 'logs.sources']);
/** What the line does to the bytes of the county: as they are, cut after so many, or one flipped. */
let disturb: (chunk: Buffer, socket: { destroy(): void }) => Buffer = (chunk) => chunk;

interface Pipe {
  readonly server: Server;
  readonly url: string;
}

async function openPipe(port: number): Promise<Pipe> {
  const pipeServer = createServer((near) => {
    const far = tcp(port, '127.0.0.1');
    near.on('data', (chunk) => far.write(disturb(chunk, near)));
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((listening) => {
    pipeServer.listen(0, '127.0.0.1', listening);
  });
  return { server: pipeServer, url: `http://127.0.0.1:${(pipeServer.address() as AddressInfo).port}` };
}

beforeAll(async () => {
  city = await testApp([logs], { now: '2026-11-22T06:00:00Z' });
  await buildCity(city);
  server = buildServer(city, async (_app, request) => {
    const who = String(request.headers.authorization ?? request.headers.cookie ?? '');
    return people[who.replace(/^Bearer /, '')] ?? null;
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  pipe = await openPipe((server.server.address() as AddressInfo).port);
  county = await testApp([logs], {
    now: '2026-11-22T06:00:00Z',
    config: { forwardTo: pipe.url, forwardToken: 'east' },
  });
  await buildCity(county);
}, 60_000);
afterAll(async () => {
  pipe?.server.close();
  await server?.close();
  await city?.close();
  await county?.close();
});

let made = 0;
async function upload(lines = 20): Promise<void> {
  made += 1;
  const text = Array.from(
    { length: lines },
    (_, i) => `upload ${made} line ${i} ${hashOf(i + made * 1e6)}\n`,
  );
  await ingestFile(
    county,
    teacher,
    { source: 'proxy', format: 'squid', anyway: true },
    Readable.from([Buffer.from(text.join(''))]),
  );
}
const hashOf = (n: number) => createHash('sha256').update(String(n)).digest('hex');

/** Tries until all is over there; a refusal of the wire is tried again, as the running forwarder does. */
async function sendAll(forwarder = new Forwarder(county)): Promise<number> {
  let sent = 0;
  for (let failures = 0; ; ) {
    try {
      if (!(await forwarder.sendNext())) return sent;
      sent += 1;
    } catch (error) {
      failures += 1;
      if (failures > 200) throw error;
    }
  }
}

const rowsOf = async (app: TestApp, text: string) => (await app.ownerPool.query(text)).rows;
const chains = (app: TestApp) =>
  rowsOf(
    app,
    `SELECT chain_seq, link, sha256, records::int FROM logs.segment WHERE chain <> 'nothing' ORDER BY chain_seq`,
  );
const problemHere = async () =>
  (await rowsOf(city, 'SELECT problem FROM logs.forwarder'))[0]?.problem as string;
const list = (who: string) => call(server, { cookie: who, id: '' }, 'GET', '/api/logs/forwarders');

test('segments arrive under the county’s chain, with a source of its unit, and a receipt each', async () => {
  await upload();
  await upload();
  expect(await sendAll()).toBe(2);
  const [{ id: installation }] = await rowsOf(county, 'SELECT id FROM logs.installation');
  expect(await chains(city)).toEqual(await chains(county));
  expect(await rowsOf(city, 'SELECT name, unit_path::text, format FROM logs.source')).toEqual([
    { name: expect.stringMatching(/\/proxy$/), unit_path: 'city.east', format: 'squid' },
  ]);
  expect(
    (await rowsOf(county, 'SELECT chain_seq::int, link FROM logs.forward_receipt ORDER BY 1')).length,
  ).toBe(2);
  expect(
    (await rowsOf(city, `SELECT count(*)::int AS n FROM graphile_worker._private_jobs`))[0].n,
  ).toBeGreaterThan(0);
  const check = await verifyCatalogue(readCatalogue(city), {
    checkFile: (line) => checkFile(segmentsDir(city), line),
  });
  expect(check).toMatchObject({ intact: true, signed: 2, files: 2 });
  expect(check.chains).toEqual([expect.objectContaining({ chain: installation, segments: 2 })]);
});

test('a receipt that was lost on the way is given again, and no second segment taken', async () => {
  await rowsOf(county, 'DELETE FROM logs.forward_receipt WHERE chain_seq = 2');
  const before = await chains(city);
  const forwarder = new Forwarder(county);
  expect(await forwarder.sendNext()).toBe(true);
  expect(await forwarder.sendNext()).toBe(false);
  expect(await chains(city)).toEqual(before);
  expect(await rowsOf(county, 'SELECT chain_seq::int FROM logs.forward_receipt ORDER BY 1')).toEqual([
    { chain_seq: 1 },
    { chain_seq: 2 },
  ]);
});

test('goes on where a broken line stopped, and takes nothing over that was changed on the way', {
  timeout: 60_000,
}, async () => {
  for (let i = 0; i < 6; i += 1) await upload(300);
  let seen = 0;
  let random = 7;
  disturb = (chunk, socket) => {
    seen += 1;
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff;
    if (seen % 5 === 0) socket.destroy();
    if (seen % 3 === 0) {
      const at = random % chunk.length;
      chunk[at] = chunk[at]! ^ (1 + (random % 200));
    }
    return chunk;
  };
  try {
    await sendAll();
  } finally {
    disturb = (chunk) => chunk;
  }
  await sendAll();
  expect(await chains(city)).toEqual(await chains(county));
  const check = await verifyCatalogue(readCatalogue(city), {
    checkFile: (line) => checkFile(segmentsDir(city), line),
  });
  expect(check).toMatchObject({ intact: true, files: 8 });
  expect(await readdir(join(segmentsDir(city), 'incoming'))).toEqual([]);
  expect(await problemHere()).toBeNull();
});

test('both sides show how it goes; another county sees nothing of it', async () => {
  const { body } = await list('officer');
  expect(body.items).toEqual([
    expect.objectContaining({ unitPath: 'city.east', chainSeq: 8, theirSeq: 8, lag: 0, problem: null }),
  ]);
  expect((await list('west')).body).toMatchObject({ items: [], total: 0 });
  const countyServer = buildServer(county, async () => teacher);
  const status = await call(countyServer, null, 'GET', '/api/logs/forward');
  expect(status.body.sending).toMatchObject({ chainSeq: 8, sentSeq: 8, lag: 0, problem: null, failures: 0 });
  await countyServer.close();
});

test('another unit’s token cannot speak for the chain', async () => {
  const thief = await testForwarder('west');
  await expect(thief.sendNext()).rejects.toMatchObject({
    code: 'logs.forward_refused',
    details: { code: 'logs.forward_foreign' },
  });
});

/** A forwarder of the county's data with another token. */
async function testForwarder(token: string): Promise<Forwarder> {
  return new Forwarder({ ...county, config: { ...county.config, forwardToken: token } });
}

test('a file that is sound but another one is refused and named, and comes again', async () => {
  await upload();
  const [{ file }] = await rowsOf(county, 'SELECT file FROM logs.segment ORDER BY chain_seq DESC LIMIT 1');
  const [{ file: other }] = await rowsOf(county, 'SELECT file FROM logs.segment ORDER BY chain_seq LIMIT 1');
  const path = join(segmentsDir(county), file);
  const right = await readFile(path);
  await writeFile(path, await readFile(join(segmentsDir(county), other)));
  await expect(new Forwarder(county).sendNext()).rejects.toMatchObject({
    details: { code: 'logs.forward_damaged' },
  });
  expect(await problemHere()).toMatch(/logs\.forward_damaged: .*segment 9/);
  await writeFile(path, right);
  expect(await sendAll()).toBe(1);
  expect(await problemHere()).toBeNull();
});

test('a new signing key waits for somebody of the city', async () => {
  const keys = join(county.config.dataDir, 'keys');
  const old = await readFile(join(keys, 'logs.pem'));
  await rm(join(keys, 'logs.pem'));
  // As after a restart of the county: the keys are read anew.
  const reborn = { ...county, run: county.run };
  const renewed = {
    ...reborn,
    run: (actor, work) => county.run(actor, (ctx) => work({ ...ctx, app: renewed })),
  } as TestApp;
  await ingestFile(
    renewed,
    teacher,
    { source: 'proxy', format: 'squid', anyway: true },
    Readable.from([Buffer.from('new key\n')]),
  );
  await expect(new Forwarder(county).sendNext()).rejects.toMatchObject({
    details: { code: 'logs.forward_unknown_key' },
  });
  const { body } = await list('officer');
  const [forwarder] = body.items;
  // The broken line may have made up keys, too: the refusal names the one that is meant.
  const [, fingerprint] = /key ([0-9a-f]{64})/.exec(forwarder.problem)!;
  const accept = (who: string) =>
    server.inject({
      method: 'POST',
      url: `/api/logs/forwarders/${forwarder.id}/keys`,
      headers: { 'x-requested-with': 'test', cookie: who },
      payload: { fingerprint },
    });
  expect((await accept('west')).statusCode).toBe(403);
  expect((await accept('officer')).statusCode).toBe(200);
  expect((await accept('officer')).statusCode).toBe(404);
  expect(await sendAll()).toBe(1);
  await writeFile(join(keys, 'logs.pem'), old);
  expect(await chains(city)).toEqual(await chains(county));
});

test('a county that was rolled back, or that forks its chain, is refused and named by both sides', async () => {
  const [head] = await rowsOf(county, `SELECT chain_seq, link FROM logs.chain_head WHERE chain = 'main'`);
  const all = await rowsOf(county, 'SELECT id, link FROM logs.segment ORDER BY chain_seq');
  const setHead = (seq: number, link: string) =>
    county.ownerPool.query(`UPDATE logs.chain_head SET chain_seq = $1, link = $2 WHERE chain = 'main'`, [
      seq,
      link,
    ]);
  // Restored from an old backup: its newest segments are gone, receipts and all.
  await county.ownerPool.query('DELETE FROM logs.forward_receipt WHERE chain_seq > 8');
  await county.ownerPool.query('DELETE FROM logs.segment WHERE chain_seq > 8');
  await setHead(8, all[7].link);
  await expect(new Forwarder(county).sendNext()).rejects.toMatchObject({
    details: { code: 'logs.forward_rolled_back' },
  });
  expect(await problemHere()).toMatch(/rolled_back: .* ends at 8 .* up to 10/);
  // It goes on from there: another chain with the same places.
  for (let i = 0; i < 3; i += 1) await upload();
  await expect(new Forwarder(county).sendNext()).rejects.toMatchObject({ code: 'logs.forward_forked' });
  const { rows } = await county.ownerPool.query('SELECT * FROM logs.segment ORDER BY chain_seq DESC LIMIT 1');
  const forged = await server.inject({
    method: 'POST',
    url: '/api/logs/forward/segments',
    headers: { authorization: 'Bearer east' },
    payload: await offered(rows[0]),
  });
  expect(forged.json().code).toBe('logs.forward_forked');
  expect(await problemHere()).toMatch(/logs\.forward_forked/);
  const refusals = await rowsOf(
    city,
    `SELECT after->>'code' AS code FROM audit.entry WHERE action = 'logs.forward_refused'`,
  );
  expect(refusals.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['logs.forward_rolled_back', 'logs.forward_forked']),
  );
  expect((await chains(city)).length).toBe(Number(head.chain_seq));
});

/** A row of the county as it is offered. */
// biome-ignore lint/suspicious/noExplicitAny: a row of the owner's view
async function offered(row: any) {
  return {
    installation: (await rowsOf(county, 'SELECT id FROM logs.installation'))[0].id,
    chainSeq: Number(row.chain_seq),
    prevLink: row.prev_link,
    link: row.link,
    linkVersion: row.link_version,
    linkSource: row.link_source,
    sha256: row.sha256,
    merkleRoot: row.merkle_root,
    leaves: Number(row.leaves),
    sm3: row.sm3,
    signer: row.signer,
    signature: row.signature.toString('base64'),
    origin: row.origin,
    records: Number(row.records),
    rawBytes: Number(row.raw_bytes),
    firstRecv: row.first_recv.getTime(),
    lastRecv: row.last_recv.getTime(),
    source: {
      id: '1',
      name: 'proxy',
      format: 'squid',
      realm: 'main',
      zone: 'Asia/Shanghai',
      leaseSeconds: null,
      host: null,
      fixedYear: null,
      toleranceSeconds: 2,
    },
  };
}
