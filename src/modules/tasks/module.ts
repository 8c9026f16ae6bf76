import type { Module } from '#base/app';
import { errors, permissions } from './contract.ts';
import { routes } from './routes.ts';

export const tasks: Module = { name: 'tasks', errors, permissions, routes };
