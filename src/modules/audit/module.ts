import { type Module, systemActor } from '#base/app';
import { every } from '#base/jobs';
import { errors, permissions } from './contract.ts';
import { makeCheckpoint } from './make-checkpoint.ts';
import { routes } from './routes.ts';

export const audit: Module = {
  name: 'audit',
  errors,
  permissions,
  routes,
  timers: [
    every('audit.checkpoint', '*/5 * * * *', async (app) => {
      await app.run(systemActor('audit.checkpoint'), makeCheckpoint);
    }),
  ],
};
