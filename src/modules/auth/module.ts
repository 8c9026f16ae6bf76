import { type Module, systemActor } from '#base/app';
import { every } from '#base/jobs';
import { accountCustody } from './account-custody.ts';
import { errors, permissions } from './contract.ts';
import { makeExport, removeExpired } from './export-list.ts';
import { exportRoutes } from './export-routes.ts';
import { factorRoutes } from './factor-routes.ts';
import { findRoutes } from './find-routes.ts';
import { permissionRoutes } from './permission-routes.ts';
import { preferencesRoutes } from './preferences-routes.ts';
import { writeBuiltInRoles } from './rights/compose-role.ts';
import { explainRefusal } from './rights/explain-refusal.ts';
import { routes } from './routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { endExpired } from './sessions/session-store.ts';
import { sessionsRoutes } from './sessions-routes.ts';
import { ssoRoutes } from './sso-routes.ts';

export const auth: Module = {
  name: 'auth',
  errors,
  permissions,
  routes: [
    ...sessionRoutes,
    ...factorRoutes,
    ...sessionsRoutes,
    ...ssoRoutes,
    ...routes,
    ...permissionRoutes,
    ...preferencesRoutes,
    ...exportRoutes,
    ...findRoutes,
  ],
  explainRefusal,
  custody: [accountCustody],
  start: async (app, role) => (role === 'web' ? writeBuiltInRoles(app) : undefined),
  jobs: [makeExport],
  timers: [
    every('auth.end_expired_sessions', '* * * * *', (app) => app.run(systemActor('auth'), endExpired)),
    every('auth.remove_expired_exports', '17 * * * *', removeExpired),
  ],
};
