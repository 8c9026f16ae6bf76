/** The modules of the product, in the order of `modules.ts`. */
import type { Module } from '#base/app';
import { addresses } from './modules/addresses/module.ts';
import { audit } from './modules/audit/module.ts';
import { auth } from './modules/auth/module.ts';
import { evidence } from './modules/evidence/module.ts';
import { findings } from './modules/findings/module.ts';
import { incidents } from './modules/incidents/module.ts';
import { logs } from './modules/logs/module.ts';
import { notify } from './modules/notify/module.ts';
import { shield } from './modules/shield/module.ts';
import { sites } from './modules/sites/module.ts';
import { tasks } from './modules/tasks/module.ts';
import { trace } from './modules/trace/module.ts';
import { units } from './modules/units/module.ts';
import { watch } from './modules/watch/module.ts';

export const modules: readonly Module[] = [
  audit,
  units,
  auth,
  notify,
  tasks,
  findings,
  evidence,
  logs,
  addresses,
  trace,
  sites,
  watch,
  shield,
  incidents,
];
