import type { Module } from '#base/app';
import { bagRoutes } from './bag/routes.ts';
import { bulkRoutes } from './bulk/routes.ts';
import { bulkJob, resumeBulk } from './bulk/run-bulk.ts';
import { complaintRoutes } from './complaint-routes.ts';
import { errors, permissions } from './contract.ts';
import { nightlyCoverage, refreshCoverageJob } from './coverage/compute-coverage.ts';
import { coverageRoutes } from './coverage/routes.ts';
import { retestFixed } from './drills/retest-fixed.ts';
import { drillRoutes } from './drills/routes.ts';
import { monthlyDrill, runDrillJob } from './drills/run-drill.ts';
import { privacyRoutes } from './privacy/routes.ts';
import { reportRoutes } from './report/routes.ts';
import { routes } from './routes.ts';
import { sizingRoutes } from './sizing/routes.ts';

export const trace: Module = {
  name: 'trace',
  errors,
  permissions,
  routes: [
    ...routes,
    ...complaintRoutes,
    ...bagRoutes,
    ...bulkRoutes,
    ...coverageRoutes,
    ...drillRoutes,
    ...privacyRoutes,
    ...reportRoutes,
    ...sizingRoutes,
  ],
  jobs: [bulkJob, refreshCoverageJob, runDrillJob],
  timers: [resumeBulk, monthlyDrill, nightlyCoverage, retestFixed],
};
