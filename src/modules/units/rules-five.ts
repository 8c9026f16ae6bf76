/** 五到位 (D36) from facts: pure, no clock. Days are `YYYY-MM-DD`; ends are exclusive. */
import type { FiveFact, FiveFlag, FiveState, Post } from './contract.ts';
import { addWorkingDays, daysBetween } from './rules-posts.ts';

/** What is known of a unit on a day. */
export interface UnitFacts {
  readonly unitId: string;
  readonly day: string;
  readonly held: readonly {
    readonly post: Post;
    readonly personId: string;
    readonly personName: string;
    readonly startsOn: string;
    readonly exceptionId: string | null;
    readonly exceptionExpiresOn: string | null;
  }[];
  readonly group: { readonly documentNo: string; readonly establishedOn: string } | null;
  readonly members: readonly {
    readonly personId: string;
    readonly personName: string;
    readonly role: 'head' | 'deputy_head' | 'member';
    readonly post: Post | null;
    readonly leftOn: string | null;
  }[];
  /** People with a verified certificate that holds on the day. */
  readonly certified: ReadonlySet<string>;
  /** When a person was last reached by the phone on file, before or on the day. */
  readonly reachedOn: ReadonlyMap<string, string>;
  /** What other modules know, by flag; undefined: nobody was there to ask. */
  readonly told: Readonly<Partial<Record<FiveFlag, readonly FiveFact[]>>>;
}

export const fiveFlags: readonly FiveFlag[] = [
  'leader',
  'organisation',
  'people',
  'responsibility',
  'measures',
];

/** How long a call-back counts (D39): a year. */
const reachedFor = 365;
/** How soon a leading group follows a change of its members (D37): five working days. */
const changeWithin = 5;

/** Until when a group must be changed, since members left the unit; null: all are still there. */
export function changeDueOn(members: readonly { readonly leftOn: string | null }[]): string | null {
  const [first] = members.flatMap(({ leftOn }) => (leftOn === null ? [] : [leftOn])).sort();
  return first === undefined ? null : addWorkingDays(first, changeWithin);
}

/** Each flag with the facts that it rests on, and what the whole comes to. */
export function judgeFive(unit: UnitFacts) {
  const flags = fiveFlags.map((flag) => {
    const facts = judges[flag](unit);
    return { flag, state: stateOf(facts), facts };
  });
  return {
    on: unit.day,
    flags,
    inPlace: flags.filter(({ state }) => state === 'in_place').length,
    missing: flags.flatMap(({ facts }) => facts).filter(({ state }) => state === 'missing').length,
  };
}

/** The worst fact decides; what could not be known keeps a flag from being in place. */
export function stateOf(facts: readonly FiveFact[]): FiveState {
  const has = (state: FiveFact['state']) => facts.some((fact) => fact.state === state);
  if (has('missing')) return 'missing';
  if (has('partly')) return 'partly';
  return has('unknown') || facts.length === 0 ? 'unknown' : 'in_place';
}

type Judge = (unit: UnitFacts) => FiveFact[];

const judges: Readonly<Record<FiveFlag, Judge>> = {
  leader: (unit) => [
    named(unit, 'leader', 'missing'),
    named(unit, 'deputy', 'missing'),
    ...unit.held.filter(({ post }) => post === 'leader').map((held) => reached(unit, held)),
  ],
  organisation: judgeGroup,
  people: judgePeople,
  responsibility: (unit) => [named(unit, 'reviewer', 'partly'), ...toldOf(unit, 'responsibility')],
  measures: (unit) => [
    named(unit, 'duty', 'partly'),
    ...unit.held.filter(({ post }) => post === 'duty').map((held) => reached(unit, held)),
    ...toldOf(unit, 'measures'),
  ],
};

function named(unit: UnitFacts, post: Post, otherwise: 'missing' | 'partly'): FiveFact {
  const holders = unit.held.filter((held) => held.post === post);
  return {
    code: `${post}_named`,
    state: holders.length > 0 ? 'met' : otherwise,
    about: holders.map(({ personName }) => personName).join('、') || null,
    on: holders.map(({ startsOn }) => startsOn).sort()[0] ?? null,
    link: holders[0] ? `/people/${holders[0].personId}` : `/people?unitId=${unit.unitId}`,
  };
}

function reached(unit: UnitFacts, held: { personId: string; personName: string }): FiveFact {
  const on = unit.reachedOn.get(held.personId) ?? null;
  const fresh = on !== null && daysBetween(on, unit.day) <= reachedFor;
  return {
    code: 'reached',
    state: fresh ? 'met' : 'partly',
    about: held.personName,
    on,
    link: `/people/${held.personId}`,
  };
}

function judgeGroup(unit: UnitFacts): FiveFact[] {
  const link = `/units/${unit.unitId}/people`;
  if (!unit.group) return [{ code: 'group_set', state: 'missing', about: null, on: null, link }];
  const { documentNo, establishedOn } = unit.group;
  const due = changeDueOn(unit.members);
  const left = unit.members.filter(({ leftOn }) => leftOn !== null).map(({ personName }) => personName);
  return [
    { code: 'group_set', state: 'met', about: documentNo, on: establishedOn, link },
    due === null
      ? { code: 'group_current', state: 'met', about: String(unit.members.length), on: null, link }
      : {
          code: 'group_changed',
          state: due < unit.day ? 'missing' : 'partly',
          about: left.join('、'),
          on: due,
          link,
        },
  ];
}

function judgePeople(unit: UnitFacts): FiveFact[] {
  const officers = unit.held.filter(({ post }) => post === 'network_admin' || post === 'security_officer');
  const both = officers.filter(
    (one) =>
      one.post === 'security_officer' &&
      officers.some((other) => other.post === 'network_admin' && other.personId === one.personId),
  );
  const people = [...new Map(officers.map((officer) => [officer.personId, officer])).values()];
  return [
    named(unit, 'network_admin', 'missing'),
    named(unit, 'security_officer', 'missing'),
    ...both.map(({ personId, personName }): FiveFact => {
      const exception = officers.find((one) => one.personId === personId && one.exceptionId !== null);
      return {
        code: 'two_people',
        state: 'partly',
        about: personName,
        on: exception?.exceptionExpiresOn ?? null,
        link: `/people/${personId}`,
      };
    }),
    ...people.map(
      ({ personId, personName }): FiveFact => ({
        code: 'certified',
        state: unit.certified.has(personId) ? 'met' : 'partly',
        about: personName,
        on: null,
        link: `/people/${personId}`,
      }),
    ),
  ];
}

function toldOf(unit: UnitFacts, flag: FiveFlag): readonly FiveFact[] {
  const told = unit.told[flag];
  if (told && told.length > 0) return told;
  return [{ code: 'nobody_to_ask', state: 'unknown', about: null, on: null, link: null }];
}
