import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { listenLocally, readTls, reloadTls } from '#base/http-tls';
import { type TestApp, testApp } from '#test/db';

const run = promisify(execFile);
let directory: string;
let app: TestApp;
let server: FastifyInstance;
let paths: { tlsCert: string; tlsKey: string };
let endReload: () => void;

const makePair = (name: string) =>
  run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-keyout', paths.tlsKey, '-out', paths.tlsCert],
  ]);

/** The name in the certificate that the server shows, or the error. */
function shownName(options: object = {}): Promise<string> {
  const { port } = server.server.address() as { port: number };
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', (error) => resolve(error.message));
  });
}

async function shownSoon(name: string): Promise<string> {
  let shown = '';
  for (let i = 0; i < 200 && shown !== name; i += 1) shown = await shownName();
  return shown;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jiaodun-tls-'));
  paths = { tlsCert: join(directory, 'cert.pem'), tlsKey: join(directory, 'key.pem') };
  await makePair('first.example');
  app = await testApp([], { config: paths });
  const tls = (await readTls(paths))!;
  server = buildServer(app, async () => null, { tls });
  server.get('/healthz', async () => ({ status: 'ok' }));
  await server.listen({ port: 0, host: '127.0.0.1' });
  endReload = reloadTls(server, paths, tls, app.log, 20);
});
afterAll(async () => {
  endReload();
  await server.close();
  await app.close();
  await rm(directory, { recursive: true, force: true });
});

describe('HTTPS by the web role', () => {
  it('shows its certificate and refuses TLS 1.1', async () => {
    expect(await shownName()).toBe('first.example');
    const old = await shownName({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' });
    expect(old).toMatch(/protocol version|alert|wrong version|unsupported/i);
  });

  it('serves the command line of this machine on the loopback', async () => {
    const local = await listenLocally(server);
    const reply = await fetch(`${local.url}/healthz`);
    expect([reply.status, reply.headers.get('strict-transport-security')]).toEqual([200, null]);
    local.server.close();
    local.server.closeAllConnections();
  });

  it('takes a new pair without a restart, and keeps the old one when the new is broken', async () => {
    await makePair('second.example');
    expect(await shownSoon('second.example')).toBe('second.example');
    await writeFile(paths.tlsCert, 'no certificate');
    await expect(readTls(paths)).rejects.toMatchObject({ code: 'start.bad_tls' });
    expect(await shownName()).toBe('second.example');
  });

  it('wants both files', async () => {
    await expect(readTls({ tlsCert: paths.tlsCert, tlsKey: undefined })).rejects.toMatchObject({
      code: 'start.bad_tls',
    });
  });
});
