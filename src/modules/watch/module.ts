import { type Module, on } from '#base/app';
import { every } from '#base/jobs';
import { fixReported } from '#findings/contract';
import { siteRegistered } from '#sites/contract';
import { errors, permissions } from './contract.ts';
import { crewOf, stopCrew } from './crew.ts';
import {
  checkSiteJob,
  checkSiteSoon,
  requestDueChecks,
  requestFirstCheck,
  takeUpStranded,
} from './request-check.ts';
import { routes } from './routes.ts';
import { closeTestBox } from './test-words.ts';

export const watch: Module = {
  name: 'watch',
  errors,
  permissions,
  routes,
  jobs: [checkSiteJob],
  timers: [
    every('watch.schedule', '*/5 * * * *', requestDueChecks),
    every('watch.take-up', '* * * * *', takeUpStranded),
  ],
  on: [
    on(siteRegistered, 'watch.first_check', (ctx, { siteId }) => requestFirstCheck(ctx, siteId)),
    on(fixReported, 'watch.check_fix', async (ctx, { siteId }) => {
      if (siteId) await checkSiteSoon(ctx, siteId);
    }),
  ],
  start: async (app, role) => {
    if (role === 'worker') crewOf(app).start();
  },
  stop: async (app) => {
    await stopCrew(app);
    await closeTestBox(app);
  },
};
