/** The logstore's process: the engine and nothing of the modules, whose code it would only load. */
import { join } from 'node:path';
import { createRoleLogger } from '#base/log';
import { startLogstore } from '#base/logstore/server';
import { runRole } from '#base/role-process';
import type { RoleStart } from './main.ts';

runRole<RoleStart>(async ({ role, config, logstore }) => {
  process.title = `jiaodun ${role}`;
  process.umask(0o077);
  const log = createRoleLogger(role, config);
  const { hostname: host, port } = new URL(logstore.url);
  const { user, password } = logstore;
  const dataDir = join(config.dataDir, 'logs');
  return { handle: await startLogstore({ dataDir, host, port: Number(port), user, password, log }), log };
});
