import type { Module } from '#base/app';
import { errors, permissions } from './contract.ts';
import { publishJob, writeZoneFileJob } from './publish-zone.ts';
import { routes } from './routes.ts';

export const shield: Module = {
  name: 'shield',
  errors,
  permissions,
  routes,
  jobs: [publishJob, writeZoneFileJob],
};
