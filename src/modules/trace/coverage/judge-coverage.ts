/** What is wrong with what a trace of one school could rest on. Pure. */
import type { CoverageProblem } from '../contract/coverage.ts';

export type LogState = 'covered' | 'gap' | 'unknown' | 'none';

export interface SourceState {
  readonly state: 'covered' | 'gap' | 'unknown';
  readonly gapHours: number;
}

const rank = { covered: 0, gap: 1, unknown: 2 } as const;

/** The best of several sources that could each show it: covered before gaps, few hours of gaps before many. */
export function bestOf(sources: readonly SourceState[]): SourceState | null {
  return [...sources].sort((a, b) => rank[a.state] - rank[b.state] || a.gapHours - b.gapHours)[0] ?? null;
}

export interface SchoolFacts {
  readonly nat: SourceState | null;
  readonly lease: SourceState | null;
  readonly sighting: SourceState | null;
  readonly allocated: boolean;
  readonly ownWan: boolean;
  readonly devices: number;
  readonly seen: number;
  readonly seenRegistered: number;
  readonly clockMs: number | null;
}

/** Fewer registered than this of what the logs saw. */
const enoughRegistered = 0.9;
/** What the ledger of logs alarms at, too. */
const clockLimit = 5000;

/** Problems, the heaviest first. What nobody could look at is a problem, never none. */
export function judgeCoverage(facts: SchoolFacts): CoverageProblem[] {
  const holder = bestOf([facts.lease, facts.sighting].filter((one) => one !== null));
  const checks: [boolean, CoverageProblem][] = [
    [!facts.allocated, 'no_allocation'],
    [facts.nat === null, 'no_nat'],
    [facts.ownWan, 'own_wan'],
    [holder === null, 'no_holder'],
    [facts.devices === 0, 'no_devices'],
    [facts.seen > 0 && facts.seenRegistered < facts.seen * enoughRegistered, 'unregistered'],
    [facts.nat !== null && facts.nat.state !== 'covered', 'nat_gap'],
    [holder !== null && holder.state !== 'covered', 'holder_gap'],
    [facts.clockMs !== null && Math.abs(facts.clockMs) > clockLimit, 'clock'],
    [facts.clockMs === null && (facts.nat !== null || holder !== null), 'clock_unknown'],
  ];
  return checks.filter(([wrong]) => wrong).map(([, problem]) => problem);
}

/** Whether a source's logs concern a school: of a realm that the school has, and its own, above it or below it. */
export function concerns(
  source: { readonly realm: string; readonly unitPath: string },
  school: { readonly unit_path: string; readonly realms: readonly string[] },
): boolean {
  const [one, other] = [`${source.unitPath}.`, `${school.unit_path}.`];
  return school.realms.includes(source.realm) && (one.startsWith(other) || other.startsWith(one));
}
