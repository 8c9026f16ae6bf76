/** A real Linux NAT and real DHCP servers: whoever visited a web server is found, and the next one at the same address is told apart. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { call, staffCity } from '#test/city';
import { testApp } from '#test/db';
import { modules } from '../src/compose.ts';
import { hasRealNat, hostMacs, type RealNat, runRealNat } from './support/real-nat.ts';

/** The network's lines, given to a product that registers both hosts; the assets that it names, with the verdicts. */
async function traced(dir: string, lines: RealNat, format: 'dnsmasq' | 'kea'): Promise<unknown[]> {
  const store = await spawnLogstore(dir);
  const logstore = store.connect();
  await migrateLogstore(logstore, 'migrations/clickhouse');
  const app = await testApp(modules, {
    logstore,
    now: new Date(lines.seen.at(-1)!.at + 60_000).toISOString(),
  });
  const server = buildServer(app, authenticate);
  try {
    const staff = [{ username: 'officer', unitCode: 'city', role: 'city_officer' as const }];
    const { officer } = await staffCity(server, await setupToken(app.config.dataDir), staff);
    const send = async (url: string, text: string) => {
      const { status, body } = await call(server, officer!, 'POST', url, Buffer.from(text));
      expect([url, status, body.rejected ?? 0]).toEqual([url, 200, 0]);
    };
    const zone = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
    await send(
      '/api/import/people?fileName=p.csv',
      'person_no,name,unit_code,post\nP1,甲示例,east-1,teacher',
    );
    await send(
      '/api/import/allocations?fileName=a.csv',
      'cidr,unit_code,role\n192.0.2.0/24,east-1,inside\n203.0.113.1/32,east-1,exit',
    );
    const devices = hostMacs.map(
      (mac, i) => `D-${i + 1},电脑,computer,east-1,${mac},P1,${i + 1}01,2026-01-01`,
    );
    const head = 'asset_no,name,type,unit_code,mac,owner_no,room,since';
    await send('/api/import/devices?fileName=d.csv', [head, ...devices].join('\n'));
    await send('/api/logs/ingest?source=nat&format=conntrack', lines.nat);
    await send(`/api/logs/ingest?source=dhcp&format=${format}&zone=${zone}&leaseSeconds=600`, lines.leases);
    await drain(app);
    const answers: unknown[] = [];
    for (const { ip, port, at } of lines.seen) {
      const question = { ip, port, at: new Date(at).toISOString(), caseNo: 'REAL-1', reason: '真实网络核对' };
      const { body } = await call(server, officer!, 'POST', '/api/traces', question);
      answers.push([body.verdict, ...body.candidates.map((one: { assetNo: string }) => one.assetNo)]);
    }
    return answers;
  } finally {
    await server.close();
    await app.close();
    await store.stop();
  }
}

const servers = { dnsmasq: 'dnsmasq', 'kea-dhcp4': 'kea' } as const;

for (const program of ['dnsmasq', 'kea-dhcp4'] as const)
  test.skipIf(!hasRealNat(program))(
    `${program}: two hosts one after another at one address and port`,
    async () => {
      const dir = await mkdtemp(join(tmpdir(), 'jiaodun-real-nat-'));
      // Servers give up root and write as somebody else.
      await chmod(dir, 0o777);
      try {
        const lines = await runRealNat(dir, program);
        expect(lines.seen).toMatchObject([{ port: 61_001 }, { port: 61_001 }]);
        const answers = await traced(join(dir, 'store'), lines, servers[program]);
        expect(answers).toEqual([
          // Nobody measured the clocks of these files, and the hands change within half a minute.
          ['probable', 'D-1'],
          ['probable', 'D-2'],
        ]);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
    300_000,
  );
