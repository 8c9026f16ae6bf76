import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { evidence } from './module.ts';
import { sealBag } from './seal-bag.ts';
import { verifyBag } from './verify-bag.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const incidentId = newId();
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(50, 7)]);

beforeAll(async () => {
  app = await testApp([audit, units, auth, evidence]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const itemOf = (path: string, bytes: Uint8Array) => ({
  path,
  bytes,
  source: 'http://www.school.example/',
  tool: 'test 1',
  collector: 'test',
  acquiredAt: app.clock.now(),
});

function seal(
  incident = incidentId,
  items = [itemOf('items/shot/page.png', png), itemOf('items/empty.txt', Buffer.alloc(0))],
) {
  const unitPath = 'city.east.east_1';
  return app.run(systemActor('test'), async (ctx) =>
    sealBag(ctx, { unitPath, incidentId: incident, caseId: 'JD-2026/0001', items }),
  );
}

const get = (who: string, url: string) => call(server, people[who]!, 'GET', url);

describe('sealing for an incident', () => {
  it('keeps a bag that verifies with the public key the API hands out, and chains the next one to it', async () => {
    const first = await seal();
    const second = await seal();
    expect([first.number, first.fileName, second.number]).toEqual([1, 'bag-JD-2026-0001-1.zip', 2]);
    const { pem } = (await get('east-officer', '/api/evidence/public-key')).body;
    const file = await get('east-officer', `/api/evidence/bags/${second.id}/file`);
    const verified = await verifyBag(file.body, pem);
    expect(verified).toMatchObject({
      result: 'pass',
      bag: { previous: { number: 1, sha256: first.sha256 } },
    });
    expect(verified.bag!.createdAt).toBe(app.clock.now().toISOString());
    expect(await readdir(join(app.config.dataDir, 'evidence-work'))).toEqual([]);
  });

  it('numbers bags without gaps when two are sealed at once', async () => {
    const incident = newId();
    const sealed = await Promise.all(Array.from({ length: 4 }, () => seal(incident)));
    expect(sealed.map((bag) => bag.number).sort()).toEqual([1, 2, 3, 4]);
  });

  it('leaves no row when the bag cannot be made', async () => {
    const incident = newId();
    await expect(seal(incident, [itemOf('items/../x', png)])).rejects.toMatchObject({
      code: 'evidence.bad_path',
    });
    expect((await get('east-officer', `/api/evidence/bags?incidentId=${incident}`)).body.total).toBe(0);
  });

  it('emits that it was sealed and writes the audit entry in the same transaction', async () => {
    const { rows } = await app.ownerPool.query(
      `SELECT e.payload->>'bagId' AS bag, (SELECT count(*) FROM audit.entry a
        WHERE a.action = 'evidence.seal' AND a.subject = 'bag:' || (e.payload->>'bagId')) AS entries
       FROM base.event e WHERE e.name = 'evidence.bag_sealed'`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(2);
    expect(rows.every((row) => row.entries === 1)).toBe(true);
  });
});

describe('reading evidence', () => {
  it('lists the bags of an incident and shows one with its items', async () => {
    const list = (await get('east-officer', `/api/evidence/bags?incidentId=${incidentId}`)).body;
    expect([list.total, list.items[0].number, list.items[0].items]).toEqual([2, 2, 2]);
    const detail = (await get('east-officer', `/api/evidence/bags/${list.items[0].id}`)).body;
    expect(detail.contents.map((item: { path: string }) => item.path)).toEqual([
      'items/shot/page.png',
      'items/empty.txt',
    ]);
    expect(detail.custody[0]).toMatchObject({ act: 'sealed', detail: detail.sha256 });
  });

  it('hands out single items as they are, a picture to be shown and the rest to be kept from running', async () => {
    const { id } = await seal(newId());
    const picture = await server.inject({
      url: `/api/evidence/bags/${id}/items/1/file`,
      headers: { cookie: people['east-officer']!.cookie },
    });
    expect(picture.rawPayload.equals(png)).toBe(true);
    expect(picture.headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
    });
    const empty = await server.inject({
      url: `/api/evidence/bags/${id}/items/2/file`,
      headers: { cookie: people['east-officer']!.cookie },
    });
    expect([empty.statusCode, empty.rawPayload.length]).toEqual([200, 0]);
    expect(empty.headers['content-disposition']).toBe('attachment; filename="empty.txt"');
    expect((await get('east-officer', `/api/evidence/bags/${id}/items/3/file`)).status).toBe(404);
    const { custody } = (await get('east-officer', `/api/evidence/bags/${id}`)).body;
    expect(
      custody.map((event: { act: string; detail: string }) => [event.act, event.detail]).slice(1),
    ).toEqual([
      ['item_read', 'items/shot/page.png'],
      ['item_read', 'items/empty.txt'],
    ]);
  });

  it('shows nothing of it to another county', async () => {
    const { id } = await seal(newId());
    expect((await get('west-officer', '/api/evidence/bags')).body.total).toBe(0);
    for (const path of ['', '/file', '/items/1/file']) {
      expect((await get('west-officer', `/api/evidence/bags/${id}${path}`)).status).toBe(404);
    }
    expect(
      (await call(server, people['west-officer']!, 'POST', `/api/evidence/bags/${id}/verify`)).status,
    ).toBe(404);
    expect((await call(server, null, 'GET', `/api/evidence/bags/${id}/file`)).status).toBe(401);
  });

  it('verifies the stored file, notes the answer, and finds it altered or gone on the disk', async () => {
    const sealed = await seal(newId());
    const url = `/api/evidence/bags/${sealed.id}/verify`;
    expect((await call(server, people['east-officer']!, 'POST', url)).body).toEqual({
      result: 'pass',
      problems: [],
    });
    const path = (await app.files.find(sealed.sha256))!;
    const bytes = await readFile(path);
    bytes[bytes.indexOf(png)]! ^= 1;
    await writeFile(path, bytes);
    const altered = (await call(server, people['east-officer']!, 'POST', url)).body;
    expect(altered).toEqual({
      result: 'fail',
      problems: [{ item: 'items/shot/page.png', problem: 'content altered' }],
    });
    await rm(path);
    expect((await call(server, people['east-officer']!, 'POST', url)).body.code).toBe('evidence.lost');
    const { custody } = (await get('east-officer', `/api/evidence/bags/${sealed.id}`)).body;
    expect(custody.at(-1)).toMatchObject({
      act: 'verified',
      detail: 'fail; items/shot/page.png: content altered',
    });
  });

  it('cannot be changed or deleted by the application', async () => {
    for (const table of ['bag', 'item', 'custody']) {
      await expect(app.appPool.query(`UPDATE evidence.${table} SET unit_path = 'x'`)).rejects.toThrow(
        /permission denied/,
      );
      await expect(app.appPool.query(`DELETE FROM evidence.${table}`)).rejects.toThrow(/permission denied/);
    }
  });
});
