import type { Ctx } from '#base/app';
import { addressRows } from '#logs';
import {
  type Changes,
  changesOf,
  isSettled,
  type Key,
  knownIntervals,
  type StoredInterval,
} from '../store/bindings.ts';
import { goOn, inOrder, type Observation, toldTo, unsettledFrom } from './intervals.ts';
import { observationsOf } from './observations.ts';

export const nameOfKey = ({ realm, ip, source }: Key) => `${source} ${ip} ${realm}`;

export interface KeyWork {
  readonly key: Key;
  /** What is new of it, in order. */
  readonly observations: readonly Observation[];
  /** Made anew from the rows of the log store from this time on (epoch ms): something of it came late or is other now. */
  readonly anewFrom: number | null;
}

/** What rows tell of one address by one source, in order. */
export interface KeyGroup {
  readonly key: Key;
  readonly observations: readonly Observation[];
}

/** Rows by the address and source that they tell of. */
export function groupRows(rows: readonly addressRows.AddressRow[]): KeyGroup[] {
  const spaces = new Map<number, Map<string, Map<string, Observation[]>>>();
  const groups: { key: Key; observations: Observation[] }[] = [];
  for (const row of rows) {
    const { realm, ip, source } = row;
    if (ip === '::' && row.kind !== 'fdb') continue;
    const observations = observationsOf(row);
    if (observations.length === 0) continue;
    const ofSource = within(spaces, source, () => new Map<string, Map<string, Observation[]>>());
    const ofRealm = within(ofSource, realm, () => new Map<string, Observation[]>());
    const known = ofRealm.get(ip);
    if (known) known.push(...observations);
    else {
      ofRealm.set(ip, observations);
      groups.push({ key: { realm, ip, source }, observations });
    }
  }
  return groups.map(({ key, observations }) => ({ key, observations: inOrder(observations) }));
}

function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** What the new observations change of what is known. Reads the log store again only where they came late. */
export async function settleKeys(
  ctx: Ctx,
  work: readonly KeyWork[],
  readTo: (source: number) => number,
): Promise<Changes> {
  const known = await knownIntervals(
    ctx,
    work.map(({ key: { realm, ip, source }, observations, anewFrom }) => {
      return { realm, ip, source, from: anewFrom ?? observations[0]!.at };
    }),
  );
  const all: Mutable = { grown: [], closed: [], added: [] };
  const late: LateKey[] = [];
  for (const [place, { key, observations, anewFrom }] of work.entries()) {
    const own = known[place]!;
    const first = observations[0]?.at ?? Infinity;
    const edge = own.reduce((most, one) => Math.max(most, toldTo(one)), readTo(key.source));
    if (anewFrom === null && first > edge) {
      const reachable = own.filter((one) => !isSettled(one, first));
      merge(all, changesOf(key, reachable, goOn(reachable, observations)));
    } else late.push({ key, from: Math.min(anewFrom ?? first, first) });
  }
  for (let at = 0; at < late.length; at += 2000) await settleAnew(ctx, late.slice(at, at + 2000), all);
  return all;
}

interface LateKey {
  readonly key: Key;
  readonly from: number;
}

interface Mutable {
  readonly grown: Changes['grown'][number][];
  readonly closed: number[];
  readonly added: Changes['added'][number][];
}

function merge(all: Mutable, one: Changes): void {
  all.grown.push(...one.grown);
  all.closed.push(...one.closed);
  all.added.push(...one.added);
}

/** Everything from where a late observation may reach back to is made again from the rows. */
async function settleAnew(ctx: Ctx, late: readonly LateKey[], all: Mutable): Promise<void> {
  const everything = late.map(({ key }) => ({ ...key, from: 0 }));
  const known = await knownIntervals(ctx, everything);
  const held = await addressRows.heldSince(ctx, [...new Set(late.map(({ key }) => key.source))]);
  const keys = late.map(({ key, from }, place) => {
    const own = known[place]!;
    // What retention took cannot be made again: what is known of that time stays.
    return { ...key, own, from: Math.max(unsettledFrom(own, from), held.get(key.source) ?? 0) };
  });
  const rows = groupRows(await addressRows.addressRowsOfKeys(ctx, keys));
  const groups = new Map(rows.map((group) => [nameOfKey(group.key), group.observations]));
  for (const key of keys) {
    const { kept, own } = divide(key.own, key.from);
    const since = kept.reduce((most, one) => Math.max(most, toldTo(one)), -Infinity);
    const observations = groups.get(nameOfKey(key)) ?? [];
    const wanted = goOn(
      kept,
      observations.filter((one) => one.at > since),
    );
    merge(all, changesOf({ realm: key.realm, ip: key.ip, source: key.source }, [...kept, ...own], wanted));
  }
}

/** What began before the rows that are held, and is gone on with; and what is made anew. */
function divide(
  all: readonly StoredInterval[],
  from: number,
): { kept: StoredInterval[]; own: StoredInterval[] } {
  const touched = all.filter((one) => !isSettled(one, from));
  return {
    kept: touched.filter((one) => one.began < from),
    own: touched.filter((one) => one.began >= from),
  };
}
