import type { Module } from '#base/app';
import { errors, permissions } from './contract.ts';
import { routes } from './routes.ts';
import { evidenceKeys } from './seal-bag.ts';

export const evidence: Module = {
  name: 'evidence',
  things: {
    bag: '证据包',
    item: '证据',
  },
  errors,
  permissions,
  routes,
  // The public key must be there before the first bag: a verifier elsewhere should have it beforehand.
  start: async (app) => {
    await evidenceKeys(app);
  },
};
