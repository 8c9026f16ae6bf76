import type { Module } from '#base/app';
import { errors, permissions } from './contract.ts';
import { startLiveEvents, stopLiveEvents } from './live-events.ts';
import { sendMailJob } from './queue-mail.ts';
import { routes } from './routes.ts';

export const notify: Module = {
  name: 'notify',
  errors,
  permissions,
  routes,
  jobs: [sendMailJob],
  start: async (app, role) => {
    if (role === 'web') await startLiveEvents(app);
  },
  stop: async (_app, role) => {
    if (role === 'web') stopLiveEvents();
  },
};
