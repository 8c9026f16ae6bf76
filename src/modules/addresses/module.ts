import type { Module } from '#base/app';
import { errors, permissions } from './contract.ts';
import { routes } from './routes.ts';

export const addresses: Module = { name: 'addresses', errors, permissions, routes };
