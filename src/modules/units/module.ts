import type { Module } from '#base/app';
import { every } from '#base/jobs';
import { applyPlanned } from './change-unit.ts';
import { errors, peopleSheet, permissions, unitSheet } from './contract.ts';
import { finders } from './find-units.ts';
import { fiveJob } from './five-job.ts';
import { peopleTimers } from './people-timers.ts';
import { routes } from './routes.ts';

export const units: Module = {
  name: 'units',
  things: {
    unit: '单位',
    city: '市级单位',
  },
  errors,
  permissions,
  routes,
  sheets: [unitSheet, peopleSheet],
  finders,
  jobs: [fiveJob],
  timers: [every('units.apply-planned', '* * * * *', applyPlanned), ...peopleTimers],
};
