import type { Module } from '#base/app';
import { complaintRoutes } from './complaint-routes.ts';
import { errors, permissions } from './contract.ts';
import { routes } from './routes.ts';
import { sizingRoutes } from './sizing/routes.ts';

export const trace: Module = {
  name: 'trace',
  errors,
  permissions,
  routes: [...routes, ...complaintRoutes, ...sizingRoutes],
};
