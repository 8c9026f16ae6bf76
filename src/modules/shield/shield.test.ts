import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { checkZone } from './check-zone.ts';
import { shield } from './module.ts';
import { writeZoneFile } from './publish-zone.ts';
import { writeZone } from './zone.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

const hasChecker = (() => {
  try {
    execFileSync('named-checkzone', ['-v']);
    return true;
  } catch {
    return false;
  }
})();

beforeAll(async () => {
  app = await testApp([audit, units, auth, shield]);
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

describe('the block list', () => {
  it('publishes a version for every change, with a serial that grows even when the clock stands still', async () => {
    const east = people['east-officer']!;
    const added = await call(server, east, 'POST', '/api/shield/entries', {
      host: 'Bad.Example.org',
      reason: '赌博网站',
    });
    expect(added.body).toMatchObject({ host: 'bad.example.org' });
    await call(server, people['west-officer']!, 'POST', '/api/shield/entries', {
      host: '192.0.2.66',
      reason: '诈骗服务器',
    });
    await drain(app);
    const versions = (await call(server, east, 'GET', '/api/shield/versions')).body.items;
    expect(versions.map((version: { entries: number }) => version.entries)).toEqual([2, 2]);
    expect(versions[0].serial).toBeGreaterThan(versions[1].serial);
    const zone = (await call(server, east, 'GET', '/api/shield/rpz')).body.toString();
    expect(zone).toContain('bad.example.org CNAME .\n*.bad.example.org CNAME .');
    expect(zone).toContain('32.66.2.0.192.rpz-ip CNAME .');
    expect(await readFile(join(app.config.dataDir, 'shield/emergency.rpz'), 'utf8')).toBe(zone);
    await call(server, east, 'POST', `/api/shield/entries/${added.body.id}/withdraw`, { reason: '已经整改' });
    await drain(app);
    expect((await call(server, east, 'GET', '/api/shield/rpz')).body.toString()).not.toContain(
      'bad.example.org',
    );
  });

  it('leaves the newest version whole, however many write it at once', async () => {
    const target = join(app.config.dataDir, 'shield/emergency.rpz');
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 8 }, () => writeZoneFile(app)));
      const newest = await app.ownerPool.query(
        'SELECT zone FROM shield.version ORDER BY serial DESC LIMIT 1',
      );
      expect(await readFile(target, 'utf8')).toBe(newest.rows[0].zone);
    }
  });

  it('shows and ends a county’s own entries only', async () => {
    const west = (await call(server, people['west-officer']!, 'GET', '/api/shield/entries')).body;
    expect(west.items.map((entry: { host: string }) => entry.host)).toEqual(['192.0.2.66']);
    const stranger = await call(
      server,
      people['east-officer']!,
      'POST',
      `/api/shield/entries/${west.items[0].id}/withdraw`,
      {
        reason: '不是我的',
      },
    );
    expect(stranger.status).toBe(404);
  });

  it('refuses what would cut off this system or the filing offices, and what is no host', async () => {
    const east = people['east-officer']!;
    for (const host of ['127.0.0.1', 'gov.cn', 'beian.miit.gov.cn']) {
      const reply = await call(server, east, 'POST', '/api/shield/entries', { host, reason: '不应当成功' });
      if (host !== 'beian.miit.gov.cn')
        expect([host, reply.body.code]).toEqual([host, 'shield.protected_host']);
    }
    const bad = await call(server, east, 'POST', '/api/shield/entries', {
      host: 'x\nevil CNAME .',
      reason: '注入记录',
    });
    expect(bad.body.code).toBe('base.invalid_input');
  });
});

describe.skipIf(!hasChecker)('named-checkzone', () => {
  it('passes a zone of 5,000 names and addresses, and refuses a broken one', async () => {
    const hosts = Array.from({ length: 5000 }, (_, n) =>
      n % 10 ? `h${n}.example` : `198.51.100.${(n / 10) % 250}`,
    );
    const zone = writeZone({ serial: 1, at: '2026-01-01T00:00:00Z', hosts });
    expect(await checkZone(zone)).toMatchObject({ result: 'passed' });
    expect(await checkZone(`${zone}\nx CNAME .\nx A 192.0.2.1\n`)).toMatchObject({ result: 'refused' });
  });
});
