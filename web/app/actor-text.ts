import type { TFunction } from 'i18next';
import { zh } from '../words/zh/index.ts';

/** Names of the program's own parts as actors: module, dot, job; or a module alone that has one main work. */
const partName = /^([a-z]+)(?:\.([a-z_-]+))?$/;

/** Who did it: a person by name, a part of the program (`incidents.trace`) as the system, in words. */
export function actorText(actor: string, t: TFunction): string {
  // Timelines of incidents name no part.
  if (actor === '系统 system') return t('findingWork.machine');
  const [, module, part = 'self'] = partName.exec(actor) ?? [];
  if (module === undefined || !(module in zh.parts)) return actor;
  const words = (t as (key: string, options: { defaultValue: string }) => string)(`parts.${module}.${part}`, {
    defaultValue: '',
  });
  if (words === '') return actor;
  return t('state.system', { part: words });
}
