import type { DueTask } from './store/reminders.ts';
import type { HeldKey } from './store/who.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly home: string;
}

/** Who answers for what at this moment, ready for many questions. */
export interface Roster {
  readonly byKey: ReadonlyMap<string, readonly Person[]>;
}

export function rosterOf(held: readonly HeldKey[]): Roster {
  const byKey = new Map<string, Person[]>();
  for (const { key, id, name, home } of held) {
    const known = byKey.get(key);
    if (known) known.push({ id, name, home });
    else byKey.set(key, [{ id, name, home }]);
  }
  return { byKey };
}

const fallbackRoles = ['school_teacher', 'leader', 'county_officer', 'city_officer'];

/** Those who fulfil a key of a unit; when nobody does, the unit's people who see it instead. */
function holdersIn(roster: Roster, key: string, unitId: string): readonly Person[] {
  const holders = roster.byKey.get(key);
  if (holders) return holders;
  return fallbackRoles.flatMap((role) => roster.byKey.get(`role:${unitId}:${role}`) ?? []);
}

/** Who is to be reminded of a task: who has it, else who may take it; countersigners; the asker of one that came back. */
export function reminded(roster: Roster, task: DueTask): readonly Person[] {
  const accountOf = (id: string | null) => (id === null ? [] : (roster.byKey.get(`account:${id}`) ?? []));
  if (task.state === 'returned') return accountOf(task.asked_by);
  if (task.state === 'signing') {
    return task.signers
      .flatMap((key) => holdersIn(roster, key, task.unit_id))
      .filter((person) => person.id !== task.done_by);
  }
  const holders = holdersIn(roster, task.holder_key, task.unit_id);
  const claimer = holders.filter((person) => person.id === task.claimed_by);
  return claimer.length > 0 ? [...claimer, ...accountOf(task.delegate_id)] : holders;
}

/** The next level of a task that is late: its unit's leader, the bureau above, the city. */
export function levelHolders(
  roster: Roster,
  task: DueTask,
  level: 'leader' | 'office' | 'city',
  offices: { readonly office: string | null; readonly city: string | null },
): readonly Person[] {
  if (level === 'leader') {
    const posts = roster.byKey.get(`post:${task.unit_id}:leader`) ?? [];
    return posts.length > 0 ? posts : (roster.byKey.get(`role:${task.unit_id}:leader`) ?? []);
  }
  if (level === 'city') return roster.byKey.get(`role:${offices.city}:city_officer`) ?? [];
  return ['county_officer', 'city_officer'].flatMap(
    (role) => roster.byKey.get(`role:${offices.office}:${role}`) ?? [],
  );
}

/** Tasks by the person who is told of them, each once. */
export function byPerson(
  pairs: Iterable<readonly [DueTask, readonly Person[]]>,
): Map<string, { readonly person: Person; readonly tasks: DueTask[] }> {
  const people = new Map<string, { person: Person; tasks: DueTask[] }>();
  for (const [task, persons] of pairs) {
    for (const person of new Map(persons.map((one) => [one.id, one])).values()) {
      const known = people.get(person.id);
      if (known) known.tasks.push(task);
      else people.set(person.id, { person, tasks: [task] });
    }
  }
  return people;
}
