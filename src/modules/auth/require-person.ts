import type { Actor } from '#base/app';
import { fail } from '#base/errors';

/** Refuses machines (`auth.only_people`): what is kept here is a person's. */
export function requirePerson(actor: Actor): void {
  if (actor.kind !== 'user') fail('auth.only_people');
}
