import { type Module, on } from '#base/app';
import { every } from '#base/jobs';
import { fixReported } from '#findings/contract';
import { siteMoved, siteRegistered, siteRestored, siteRetired } from '#sites/contract';
import { closeDocumentPools } from './check-document.ts';
import { checkFinished, errors, permissions, wordSheet } from './contract.ts';
import { crewOf, stopCrew } from './crew.ts';
import { documentRoutes } from './document-routes.ts';
import { domainFix, lookAtDomains } from './domains/look-at-domains.ts';
import { drawPicturesJob, requestPictures } from './draw-pictures.ts';
import { closePicturePool, dropOldPictures } from './home-pictures/draw-homes.ts';
import { homePictureRoutes } from './home-pictures/routes.ts';
import { pictureRoutes } from './picture-routes.ts';
import { probeCrewOf, stopProbeCrew } from './probe/probe-crew.ts';
import { probeFix, probeRound, probeRoundJob } from './probe/request-probe.ts';
import { probeRoutes } from './probe/routes.ts';
import { renderedRoutes } from './rendered/routes.ts';
import {
  checkSiteJob,
  checkSiteSoon,
  requestDueChecks,
  requestFirstCheck,
  takeUpStranded,
} from './request-check.ts';
import { pumpRescans, stepAfterCheck } from './rescan.ts';
import { routes } from './routes.ts';
import { stopWatching, watchAgain, watchElsewhere } from './stop-watching.ts';
import {
  lookForNames,
  recheckStrangersJob,
  stopStrangers,
  strangerFix,
  strangerRegistered,
  sweepOn,
} from './strangers/look-for-strangers.ts';
import { closeTestBox } from './test-words.ts';

export const watch: Module = {
  name: 'watch',
  errors,
  permissions,
  routes: [
    ...routes,
    ...probeRoutes,
    ...documentRoutes,
    ...pictureRoutes,
    ...homePictureRoutes,
    ...renderedRoutes,
  ],
  sheets: [wordSheet],
  jobs: [recheckStrangersJob, probeRoundJob, checkSiteJob, drawPicturesJob],
  timers: [
    every('watch.probes', '* * * * *', probeRound),
    every('watch.strangers', '40 19 * * *', lookForNames),
    every('watch.domains', '25 * * * *', lookAtDomains),
    every('watch.sweep', '* * * * *', sweepOn),
    every('watch.schedule', '*/5 * * * *', requestDueChecks),
    every('watch.take-up', '* * * * *', takeUpStranded),
    every('watch.pictures', '* * * * *', requestPictures),
    every('watch.old-pictures', '20 18 * * *', dropOldPictures),
    every('watch.rescan', '* * * * *', pumpRescans),
  ],
  on: [
    on(fixReported, 'watch.probe_fix', probeFix),
    on(fixReported, 'watch.stranger_fix', strangerFix),
    on(fixReported, 'watch.domain_fix', domainFix),
    on(siteRegistered, 'watch.stranger_registered', strangerRegistered),
    on(siteRegistered, 'watch.first_check', (ctx, { siteId }) => requestFirstCheck(ctx, siteId)),
    on(siteRetired, 'watch.stop', stopWatching),
    on(siteMoved, 'watch.elsewhere', watchElsewhere),
    on(siteMoved, 'watch.stranger_corrected', strangerRegistered),
    on(siteRestored, 'watch.again', watchAgain),
    on(checkFinished, 'watch.rescan_step', (ctx, { siteId }) => stepAfterCheck(ctx, siteId)),
    on(fixReported, 'watch.check_fix', async (ctx, { siteId }) => {
      if (siteId) await checkSiteSoon(ctx, siteId);
    }),
  ],
  start: async (app, role) => {
    if (role !== 'worker') return;
    crewOf(app).start();
    probeCrewOf(app).start();
  },
  stop: async (app) => {
    await stopCrew(app);
    await stopProbeCrew(app);
    stopStrangers(app);
    await closeTestBox(app);
    await closeDocumentPools(app);
    await closePicturePool(app);
  },
};
