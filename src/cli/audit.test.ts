/** `jiaodun audit` against a real server: what an auditor takes away, and what a witness sees. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, localToken, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { staffCity } from '#test/city';
import { runCommand } from '#test/command';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../modules/audit/module.ts';
import { auth } from '../modules/auth/module.ts';
import { units } from '../modules/units/module.ts';
import { auditCommand } from './audit.ts';
import { createClient } from './client.ts';

let app: TestApp;
let server: FastifyInstance;
let dir: string;
let url: string;
let token: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-audit-'));
  app = await testApp([audit, units, auth]);
  server = buildServer(app, authenticate);
  await staffCity(server, await setupToken(app.config.dataDir), []);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  token = await localToken(app.config.dataDir);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const run = (...argv: string[]) => runCommand(auditCommand, argv, { client: createClient({ url, token }) });

describe('jiaodun audit', () => {
  it('verifies the running log, and an exported one with the key that was fetched apart', async () => {
    expect(await run('verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('INTACT') });
    const file = join(dir, 'log.ndjson');
    expect((await run('export', file)).code).toBe(0);
    const key = join(app.config.dataDir, 'keys', 'audit.pub.pem');
    expect(await run('verify', file, '--key', key)).toMatchObject({ code: 0 });
    const own = await run('verify', file);
    expect(own.stdout).toContain('--key');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('auth.set_up', 'auth.set_uq'));
    const broken = await run('verify', file, '--key', key);
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('BROKEN') });
  });

  it('remembers the newest head and shows a file from before it', async () => {
    const old = join(dir, 'old.ndjson');
    const trust = join(dir, 'head.json');
    await run('export', old);
    // An export is itself an act: the log has grown by it.
    expect((await run('seal')).code).toBe(0);
    expect((await run('verify', '--trust', trust)).code).toBe(0);
    const rolled = await run('verify', old, '--trust', trust, '--json');
    expect(rolled.code).toBe(1);
    expect(JSON.parse(rolled.stdout)).toMatchObject({ problem: { code: 'rolled_back' } });
  });

  it('tells a file that is no log as the auditor’s mistake, not as a broken log', async () => {
    const file = join(dir, 'other.ndjson');
    await writeFile(file, 'hello\n');
    await expect(run('verify', file)).rejects.toMatchObject({
      code: 'cli.not_json',
      details: { name: file },
    });
    await writeFile(file, '{"a":1}\n');
    await expect(run('verify', file)).rejects.toMatchObject({ code: 'cli.no_audit_log' });
    await expect(run('verify', dir)).rejects.toMatchObject({ code: 'EISDIR', path: dir });
  });

  it('lists by action, and tells wrong usage', async () => {
    expect((await run('list', '--action', 'auth.*')).stdout).toContain('auth.set_up');
    expect((await run('list', '--action', 'nothing.*')).stdout).toBe('');
    expect((await run('whatever')).code).toBe(2);
  });
});

describe('a witness', () => {
  it('countersigns what grew, and cries at a log that was rolled back or forked', async () => {
    const state = join(dir, 'witness');
    const { stdout: publicKey } = await run('witness', '--state', state, '--show-key');
    const client = createClient({ url, token });
    const { registerWitness, listWitnesses } = await import('#audit/contract');
    await client.call(registerWitness, { body: { name: '县局副本', publicKey } });
    expect(await run('witness', '--state', state)).toMatchObject({ code: 0 });
    await run('seal');
    await run('seal');
    expect(await run('witness', '--state', state)).toMatchObject({ code: 0 });
    const seen = JSON.parse(await readFile(join(state, 'seen.json'), 'utf8'));
    const { items } = await client.call(listWitnesses);
    expect(items[0]).toMatchObject({ name: '县局副本', lastSize: seen.size });
    await writeFile(join(state, 'seen.json'), JSON.stringify({ ...seen, size: seen.size + 50 }));
    expect(await run('witness', '--state', state)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rolled back'),
    });
    await writeFile(
      join(state, 'seen.json'),
      JSON.stringify({
        ...seen,
        root: seen.root.replace(/^../, (first: string) => (first === '00' ? 'ff' : '00')),
      }),
    );
    expect(await run('witness', '--state', state)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('forked'),
    });
    await writeFile(join(state, 'seen.json'), JSON.stringify({ ...seen, publicKey: publicKey.trim() }));
    expect(await run('witness', '--state', state)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('key'),
    });
  });
});
