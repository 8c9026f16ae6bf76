/** From question and facts to the outcome. Pure: no clock, no store; the same facts always give the same outcome. */
import type { ReasonCode, Verdict } from '../rules.ts';
import type { Place, TraceFacts, TraceQuestion } from './facts.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** One link of a chain: a fact of the logs with its place, or of the register. */
export interface OutcomeStep {
  readonly kind: 'nat' | 'block' | 'rule' | 'proxy' | 'lease' | 'sighting' | 'register' | 'custody';
  readonly says: Words;
  readonly place: Place | null;
  readonly at: number | null;
}

export interface OutcomeCandidate {
  readonly insideIp: string;
  readonly realm: string;
  readonly mac: string | null;
  readonly macRandom: boolean;
  readonly deviceId: string | null;
  readonly assetNo: string | null;
  /** Unit of the device, else of the inside address; null: unknown. */
  readonly unitPath: string | null;
  readonly unitName: string | null;
  readonly personId: string | null;
  readonly room: string | null;
  readonly steps: readonly OutcomeStep[];
}

export interface OutcomeCoverage {
  readonly complete: boolean;
  readonly sources: readonly {
    /** Null: there is no such source at all. */
    readonly sourceId: number | null;
    readonly name: string;
    readonly unitPath: string | null;
    readonly state: 'covered' | 'gap' | 'unknown';
    readonly detail: string;
  }[];
}

export interface TraceOutcome {
  readonly verdict: Verdict;
  readonly codes: readonly ReasonCode[];
  /** Why this verdict and no better one, and how the way went. */
  readonly because: readonly Words[];
  readonly candidates: readonly OutcomeCandidate[];
  readonly coverage: OutcomeCoverage;
}

/** Who may have been behind the asked address, and how firmly that is shown. */
export function decideTrace(_question: TraceQuestion, _facts: TraceFacts): TraceOutcome {
  return {
    verdict: 'not_provable',
    codes: ['no_candidate'],
    because: [],
    candidates: [],
    coverage: { complete: false, sources: [] },
  };
}
