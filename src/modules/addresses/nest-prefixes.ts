/** Which allocations may stand beside each other. Pure. */
import type { IpPrefix } from './parse-ip.ts';

/** An allocation in the register or in a file; `row` is null for what is registered. */
export interface Holding {
  readonly row: number | null;
  readonly prefix: IpPrefix;
  /** Realm and role: only holdings of the same space can overlap. */
  readonly space: string;
  readonly unitPath: string;
}

/** Whether `below` is the unit `above` or under it. */
export function isAtOrBelow(below: string, above: string): boolean {
  return below === above || below.startsWith(`${above}.`);
}

/**
 * Rows of the file that overlap another unit's allocation, each with one that it overlaps. A prefix may lie in
 * another one when its unit is at or below the other's. What is registered wins over the file, and an earlier
 * row over a later one.
 */
export function findOverlaps(holdings: readonly Holding[]): Map<number, Holding> {
  const conflicts = [...Map.groupBy(holdings, (one) => one.space).values()].flatMap(conflictsOf);
  const refused = new Map<number, Holding>();
  for (const [one, other] of conflicts) {
    if (one.row !== null && other.row === null) refused.set(one.row, other);
    if (other.row !== null && one.row === null) refused.set(other.row, one);
  }
  const within = conflicts
    .filter(([one, other]) => one.row !== null && other.row !== null)
    .map(([one, other]) => (one.row! < other.row! ? [one, other] : [other, one]) as [Holding, Holding])
    .sort((a, b) => a[1].row! - b[1].row!);
  for (const [earlier, later] of within) {
    if (!refused.has(earlier.row!) && !refused.has(later.row!)) refused.set(later.row!, earlier);
  }
  return refused;
}

/** All pairs of one space of which one contains the other and the units do not nest the same way. */
function conflictsOf(space: Holding[]): [Holding, Holding][] {
  const sorted = inOrder(space);
  const pairs: [Holding, Holding][] = [];
  let around: Holding[] = [];
  for (const one of sorted) {
    around = around.filter((outer) => outer.prefix.last >= one.prefix.last);
    for (const outer of around) {
      if (!isAtOrBelow(one.unitPath, outer.unitPath)) pairs.push([outer, one]);
    }
    around.push(one);
  }
  return pairs;
}

/**
 * For each row of the file the narrowest holding of its realm and role that lies around it, apart from `refused` ones;
 * nothing for a row that stands in no other.
 */
export function findAround(holdings: readonly Holding[], refused: ReadonlySet<number>): Map<number, Holding> {
  const around = new Map<number, Holding>();
  for (const space of Map.groupBy(holdings, (one) => one.space).values()) {
    let outer: Holding[] = [];
    for (const one of inOrder(space)) {
      outer = outer.filter((other) => other.prefix.last >= one.prefix.last);
      const nearest = outer.at(-1);
      if (one.row !== null && nearest) around.set(one.row, nearest);
      if (one.row === null || !refused.has(one.row)) outer.push(one);
    }
  }
  return around;
}

/** By first address, and of those that begin alike the widest first: what is around stands before what is within. */
function inOrder(space: readonly Holding[]): Holding[] {
  return space.toSorted((a, b) =>
    a.prefix.first === b.prefix.first
      ? a.prefix.length - b.prefix.length
      : a.prefix.first < b.prefix.first
        ? -1
        : 1,
  );
}
