import { type Module, on } from '#base/app';
import { every } from '#base/jobs';
import { mailProgress } from '#notify/contract';
import { published } from '#shield/contract';
import { checkFinished } from '#watch/contract';
import { followMail } from './acknowledge.ts';
import { followEnd, followShield } from './after-end.ts';
import { closed, dismissed, errors, opened, permissions } from './contract.ts';
import { escalateJob, fireDueSteps } from './escalate.ts';
import { findIncidents } from './find-incidents.ts';
import { judgeCheck, tellOpened } from './open-incident.ts';
import { respondJob, sealReceiptsJob } from './respond.ts';
import { routes } from './routes.ts';

export const incidents: Module = {
  name: 'incidents',
  errors,
  permissions,
  routes,
  finders: [findIncidents],
  jobs: [escalateJob, respondJob, sealReceiptsJob],
  timers: [
    every('incidents.sweep', '* * * * *', async (app) => {
      await fireDueSteps(app);
    }),
  ],
  on: [
    on(checkFinished, 'incidents.judge-check', judgeCheck),
    on(opened, 'incidents.tell-opened', tellOpened),
    on(closed, 'incidents.follow-closed', followEnd),
    on(dismissed, 'incidents.follow-dismissed', followEnd),
    on(published, 'incidents.follow-shield', followShield),
    on(mailProgress, 'incidents.follow-mail', followMail),
  ],
  // What fell due while nothing ran is fired before anything else.
  start: async (app, role) => {
    if (role === 'worker') await fireDueSteps(app);
  },
};
