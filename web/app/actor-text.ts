import type { TFunction } from 'i18next';

/** Names of the program's own parts as actors: module, dot, job. */
const partName = /^(?:audit|auth|evidence|findings|incidents|logs|notify|shield|sites|trace|watch)\.[a-z-]+$/;

/** Who did it: a person by name, a part of the program (`incidents.trace`) as the system. */
export function actorText(actor: string, t: TFunction): string {
  return partName.test(actor) ? t('state.system', { part: actor }) : actor;
}
