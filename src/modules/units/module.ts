import type { Module } from '#base/app';
import { errors, peopleSheet, permissions, unitSheet } from './contract.ts';
import { routes } from './routes.ts';

export const units: Module = { name: 'units', errors, permissions, routes, sheets: [unitSheet, peopleSheet] };
