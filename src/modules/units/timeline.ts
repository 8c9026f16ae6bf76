/** The history of one unit as periods, and what an act of some date makes of it. Pure. */
import type { UnitKind } from './rules.ts';

export type UnitState = 'open' | 'closed' | 'merged';

/** What a unit was from one day to the next-but-one: `to` is the first day on which it was no longer so. */
export interface Period {
  readonly from: string;
  readonly to: string | null;
  readonly name: string;
  readonly kind: UnitKind;
  readonly parentId: string | null;
  readonly state: UnitState;
}

export type Fact = Partial<Pick<Period, 'name' | 'parentId' | 'state'>>;

/** The period that holds a day (ISO dates compare as text); undefined before the first one. */
export function periodOn<P extends Period>(periods: readonly P[], day: string): P | undefined {
  return periods.find((one) => one.from <= day && (one.to === null || day < one.to));
}

/**
 * States facts from a day on. Each holds until the day on which the same fact changed again: to correct last
 * year's name does not undo this year's. `periods` are in order and without gaps; so is what comes back. The
 * day must not lie before the first period.
 */
export function stateFact(periods: readonly Period[], day: string, fact: Fact): Period[] {
  const split = periods.flatMap((one) => cut(one, day));
  const start = split.findIndex((one) => one.from === day);
  if (start < 0) throw new RangeError(`${day} lies before the first day of the history`);
  const changed = [...split];
  for (const key of Object.keys(fact) as (keyof Fact)[]) {
    const was = split[start]![key];
    for (let at = start; at < split.length && split[at]![key] === was; at += 1) {
      changed[at] = { ...changed[at]!, [key]: fact[key] } as Period;
    }
  }
  return join(changed);
}

function cut(one: Period, day: string): Period[] {
  if (day <= one.from || (one.to !== null && day >= one.to)) return [one];
  return [
    { ...one, to: day },
    { ...one, from: day },
  ];
}

/** Neighbours that say the same become one. */
function join(periods: readonly Period[]): Period[] {
  const joined: Period[] = [];
  for (const one of periods) {
    const last = joined.at(-1);
    if (last && samePlace(last, one)) joined[joined.length - 1] = { ...last, to: one.to };
    else joined.push(one);
  }
  return joined;
}

/** Whether two periods say the same of the unit, whenever. */
export function samePlace(a: Period, b: Period): boolean {
  return a.name === b.name && a.kind === b.kind && a.parentId === b.parentId && a.state === b.state;
}
