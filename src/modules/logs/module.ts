import type { Module } from '#base/app';
import { carrySourceJob } from './carry-source.ts';
import { errors, permissions } from './contract.ts';
import { makeExportJob } from './export-search.ts';
import { indexMissed, indexSegmentJob, sweepIncoming } from './jobs.ts';
import { anchorChains } from './prove/anchor-chains.ts';
import { Collector } from './receive/collector.ts';
import { routes } from './routes.ts';

/** The one resource of the collector process. */
let collector: Collector | null = null;

export const logs: Module = {
  name: 'logs',
  errors,
  permissions,
  routes,
  jobs: [carrySourceJob, indexSegmentJob, makeExportJob],
  timers: [anchorChains, indexMissed, sweepIncoming],
  start: async (app, role) => {
    if (role !== 'collector') return;
    const starting = new Collector(app);
    await starting.start();
    collector = starting;
  },
  health: async (_app, role) => (role === 'collector' && collector ? collector.health() : null),
  stop: async (_app, role) => {
    if (role !== 'collector') return;
    await collector?.stop();
    collector = null;
  },
};
