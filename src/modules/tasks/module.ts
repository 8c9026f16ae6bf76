import type { Module } from '#base/app';
import { every } from '#base/jobs';
import { campaignRoutes } from './campaign-routes.ts';
import { errors, permissions } from './contract.ts';
import { escalateOverdue } from './escalate.ts';
import { tellUnitsJob } from './jobs.ts';
import { sendNudgesJob } from './nudge-units.ts';
import { oversightRoutes } from './oversight-routes.ts';
import { remindEverybody } from './remind.ts';
import { routes } from './routes.ts';

export const tasks: Module = {
  name: 'tasks',
  errors,
  permissions,
  routes: [...routes, ...campaignRoutes, ...oversightRoutes],
  jobs: [tellUnitsJob, sendNudgesJob],
  timers: [
    every('tasks.remind', '3,33 * * * *', async (app) => {
      await remindEverybody(app);
    }),
    every('tasks.escalate', '13 * * * *', async (app) => {
      await escalateOverdue(app);
    }),
  ],
};
