/** Pure decisions about findings. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { findingState, severity } from './contract.ts';

export type FindingState = z.infer<typeof findingState>;
export type Severity = z.infer<typeof severity>;

/** What a check saw at one place of one page; offsets are UTF-16 in the decoded source. */
export interface SeenFault {
  readonly kind: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly url: string;
  readonly part: string | null;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly context: string;
  readonly view: string;
  readonly href: string | null;
}

/**
 * What makes two sightings the same fault: site, page, part, rule and what was found, but not where in the
 * page, so that text inserted above it makes no new fault. SHA-256 over length-prefixed fields.
 */
export function fingerprintOf(siteId: string | null, fault: SeenFault): Buffer {
  const hash = createHash('sha256');
  for (const field of [
    siteId ?? '',
    pageOf(fault.url),
    fault.part ?? '',
    fault.rule,
    fault.href ?? fault.text,
  ]) {
    const bytes = Buffer.from(field, 'utf8');
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest();
}

/** A page without its fragment: `#top` leads to the same bytes. */
export function pageOf(url: string): string {
  const hash = url.indexOf('#');
  return hash < 0 ? url : url.slice(0, hash);
}

/** The state after the machine has seen the fault again. A judged false alarm stays one. */
export function stateWhenSeen(before: FindingState): FindingState {
  return before === 'false_alarm' ? 'false_alarm' : 'open';
}
