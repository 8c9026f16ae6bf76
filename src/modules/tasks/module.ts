import { roleDecided, roleProposed, ssoAsked, ssoDecided } from '#auth/contract';
import { type Module, on } from '#base/app';
import { every } from '#base/jobs';
import { certificateDue, postExceptionExpired, postLeft, postTaken, unitClosed } from '#units/contract';
import { campaignRoutes } from './campaign-routes.ts';
import { errors, permissions } from './contract.ts';
import { escalateOverdue } from './escalate.ts';
import { askForSsoDecision, noteSsoDecision } from './follow-sso.ts';
import * as follow from './follow-units.ts';
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
  on: [
    on(postLeft, 'tasks.ask_for_successor', follow.askForSuccessor),
    on(postTaken, 'tasks.note_successor', follow.noteSuccessor),
    on(certificateDue, 'tasks.ask_for_certificate', follow.askForCertificate),
    on(postExceptionExpired, 'tasks.ask_for_separation', follow.askForSeparation),
    on(unitClosed, 'tasks.leave_unit', follow.leaveUnit),
    on(roleProposed, 'tasks.ask_for_decision', follow.askForDecision),
    on(roleDecided, 'tasks.note_decision', follow.noteDecision),
    on(ssoAsked, 'tasks.ask_for_sso_decision', askForSsoDecision),
    on(ssoDecided, 'tasks.note_sso_decision', noteSsoDecision),
  ],
  timers: [
    every('tasks.remind', '3,33 * * * *', async (app) => {
      await remindEverybody(app);
    }),
    every('tasks.escalate', '13 * * * *', async (app) => {
      await escalateOverdue(app);
    }),
  ],
};
