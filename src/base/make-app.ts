/** Builds the `App` of one process: by `src/main.ts` with the real clock, by tests with a fake one. */
import { join } from 'node:path';
import type pg from 'pg';
import type { Actor, App, Ctx, Module } from '#base/app';
import type { Clock } from '#base/clock';
import type { Config } from '#base/config';
import { appUrlOf, type Db, openPool } from '#base/db';
import { registerErrors, registerThings } from '#base/errors';
import { openExpiringFiles, openFileStore } from '#base/files';
import { emitEvent, enqueueJob } from '#base/jobs';
import type { Logger } from '#base/log';
import type { LogstoreClient } from '#base/logstore/client';
import { inScope, inSnapshot } from '#base/transaction';

export interface AppParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ownerUrl: string;
  readonly logstore: LogstoreClient;
  readonly modules: readonly Module[];
}

export interface RunningApp extends App {
  close(): Promise<void>;
}

export function makeApp(parts: AppParts): RunningApp {
  for (const module of parts.modules) {
    registerErrors(module.errors ?? {});
    registerThings(module.things ?? {});
  }
  // The queue's pool: nobody sits before it, and a job that was done must be able to say so on a machine that stalls.
  const ownerPool = openPool(parts.ownerUrl, parts.log, 8, 60_000);
  const appPool = openPool(appUrlOf(parts.ownerUrl), parts.log, 16);
  const app: RunningApp = {
    config: parts.config,
    clock: parts.clock,
    log: parts.log,
    modules: parts.modules,
    logstore: parts.logstore,
    ownerPool,
    appPool,
    files: openFileStore(join(parts.config.dataDir, 'files')),
    copies: openExpiringFiles(join(parts.config.dataDir, 'copies'), parts.clock),
    run: (actor, work) =>
      inScope(appPool, actor.scope, actor.id, (transaction) => work(contextOf(app, actor, transaction))),
    readSnapshot: (actor, work) =>
      inSnapshot(appPool, actor.scope, actor.id, (transaction) => work(contextOf(app, actor, transaction))),
    close: () => closePools([ownerPool, appPool]),
  };
  return app;
}

function contextOf(app: App, actor: Actor, db: Db): Ctx {
  return {
    app,
    db,
    actor,
    clock: app.clock,
    log: app.log,
    emit: (type, payload, unitPath) => emitEvent(app, db, type, payload, unitPath),
    enqueue: (job, payload, options) => enqueueJob(db, job, payload, options),
  };
}

async function closePools(pools: readonly pg.Pool[]): Promise<void> {
  await Promise.all(pools.map((pool) => pool.end()));
}
