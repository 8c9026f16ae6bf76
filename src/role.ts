/** A role process: what `src/main.ts` starts for collector, worker and web. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { authenticate, localToken, setupNeeded, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { systemClock } from '#base/clock';
import { type Config, publicUrlOf } from '#base/config';
import { healthOf } from '#base/health';
import { buildServer } from '#base/http';
import { listenLocally, readTls, reloadTls } from '#base/http-tls';
import { startWorker } from '#base/jobs';
import { createRoleLogger, type Logger } from '#base/log';
import { connectLogstore } from '#base/logstore/client';
import { makeApp, type RunningApp } from '#base/make-app';
import { healthOfModules } from '#base/role-health';
import { type RoleHandle, runRole, startHeartbeat } from '#base/role-process';
import { listenSoon } from '#base/start-errors';
import { serveWebFiles } from '#base/web-files';
import { modules } from './compose.ts';
import type { RoleStart } from './main.ts';

runRole<RoleStart>(async (start) => {
  process.title = `jiaodun ${start.role}`;
  // What a role writes is its user's alone: confined parsers run as nobody and must find nothing to read.
  process.umask(0o077);
  const log = createRoleLogger(start.role, start.config);
  return { handle: await runModules(start, log), log };
});

async function runModules(start: RoleStart, log: Logger): Promise<RoleHandle> {
  const { config, ownerUrl, role } = start;
  const logstore = connectLogstore(start.logstore);
  const app = makeApp({ config, clock: systemClock, log, ownerUrl, logstore, modules });
  for (const module of modules) await module.start?.(app, role);
  const work = await roleWork[role as 'collector' | 'worker' | 'web'](app, start);
  const endHeartbeat = startHeartbeat(app.appPool, role, log, () => healthOfModules(app, modules, role));
  return {
    stop: async () => {
      await endHeartbeat();
      await work.stop();
      for (const module of modules.toReversed()) await module.stop?.(app, role);
      await app.close();
    },
  };
}

const roleWork: Record<
  'collector' | 'worker' | 'web',
  (app: RunningApp, start: RoleStart) => Promise<RoleHandle>
> = {
  // The collector's receivers belong to the `logs` module, which starts them in this role.
  collector: async () => ({ stop: async () => undefined }),
  worker: async (app) => {
    const runner = await startWorker(app);
    return { stop: () => runner.stop() };
  },
  web: startWeb,
};

async function startWeb(app: RunningApp, { config }: RoleStart): Promise<RoleHandle> {
  const tls = await readTls(config);
  const server = buildServer(app, authenticate, tls && { tls });
  server.get('/healthz', async (_request, reply) => {
    const health = await healthOf(app);
    return reply.status(health.status === 'down' ? 503 : 200).send(health);
  });
  await serveWebFiles(server, fileURLToPath(new URL('../dist/web', import.meta.url)));
  // Before anybody is answered: who finds the server there finds the files that go with it.
  await prepareSecrets(app, config);
  const { host, port } = config;
  await listenSoon({ what: 'HTTP', host, port, option: '--port N' }, () => server.listen({ host, port }));
  const local = tls && (await listenLocally(server));
  const endReload = tls && reloadTls(server, config, tls, app.log);
  await sayWhere(config, local?.url);
  return {
    stop: async () => {
      endReload?.();
      local?.server.close();
      local?.server.closeAllConnections();
      // Open event streams would hold the server open: closing ends them.
      await server.close();
    },
  };
}

/** What the CLI of this machine and the first set-up need: files that only their owner may read. */
async function prepareSecrets(app: RunningApp, { dataDir }: Config): Promise<void> {
  await localToken(dataDir);
  if (await app.run(systemActor('web'), setupNeeded)) await setupToken(dataDir);
}

/** Where the CLI of this machine finds the server. */
async function sayWhere(config: Config, localUrl?: string): Promise<void> {
  const content = JSON.stringify({ url: localUrl ?? publicUrlOf({ ...config, publicUrl: undefined }) });
  await writeFile(join(config.dataDir, 'server.json'), content, { mode: 0o600 });
}
