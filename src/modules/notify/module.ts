import { accountNotice, exportEnded } from '#auth/contract';
import { type Module, on } from '#base/app';
import { every } from '#base/jobs';
import { channelHealth, tellBroken } from './alarm.ts';
import { channelRoutes } from './channel-routes.ts';
import { channelBroken, errors, permissions } from './contract.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { startLiveEvents, stopLiveEvents } from './live-events.ts';
import { composeJob } from './notify-accounts.ts';
import { pumpJob } from './pump.ts';
import { routes } from './routes.ts';
import { chainJob, fireDueChainSteps } from './start-chain.ts';
import { sweepLanes } from './sweep.ts';
import { tellAccountNotice } from './tell-account-notice.ts';
import { tellExport } from './tell-export.ts';

export const notify: Module = {
  name: 'notify',
  things: {
    link: '这个链接',
  },
  errors,
  permissions,
  routes: [...routes, ...deliveryRoutes, ...channelRoutes],
  jobs: [pumpJob, composeJob, chainJob],
  timers: [
    every('notify.sweep', '* * * * *', async (app) => {
      await fireDueChainSteps(app);
      await sweepLanes(app);
    }),
  ],
  on: [
    on(channelBroken, 'notify.tell-broken', tellBroken),
    on(accountNotice, 'notify.tell-account', tellAccountNotice),
    on(exportEnded, 'notify.tell-export', tellExport),
  ],
  start: async (app, role) => {
    if (role === 'web') await startLiveEvents(app);
    // What fell due while nothing ran goes first.
    if (role !== 'worker') return;
    await fireDueChainSteps(app);
    await sweepLanes(app);
  },
  health: async (app, role) => (role === 'worker' ? channelHealth(app) : null),
  stop: async (_app, role) => {
    if (role === 'web') stopLiveEvents();
  },
};
