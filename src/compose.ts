/** The modules of the product, in the order of `modules.ts`. */
import type { Module } from '#base/app';
import { audit } from './modules/audit/module.ts';
import { auth } from './modules/auth/module.ts';
import { units } from './modules/units/module.ts';

export const modules: readonly Module[] = [audit, units, auth];
