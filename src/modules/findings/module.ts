import type { Module } from '#base/app';
import { errors, permissions } from './contract.ts';
import { findFindings } from './find-findings.ts';
import { routes } from './routes.ts';

export const findings: Module = { name: 'findings', errors, permissions, routes, finders: [findFindings] };
