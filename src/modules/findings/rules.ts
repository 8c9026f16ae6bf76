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

/** What was found: the target of a link, else the text. */
export function subjectOf(fault: { readonly href: string | null; readonly text: string }): string {
  return fault.href ?? fault.text;
}

/** The last instant of a day in China, where the schools are: UTC+8 without summer time since 1991. */
export function lastInstantOf(day: string): Date {
  return new Date(`${day}T23:59:59.999+08:00`);
}

/** The first instant of a day in China. */
export function firstInstantOf(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`);
}

/** What is ignored, as far as a sighting is judged by it. */
export interface Ignored {
  readonly id: string;
  readonly scope: 'finding' | 'page_text' | 'site_rule' | 'term';
  readonly fingerprint: Buffer;
  readonly page: string;
  readonly rule: string;
  readonly subject: string;
  readonly proposedBy: string;
  readonly decidedBy: string;
}

/**
 * The false alarm in force that covers a sighting. Of two that do, the first given. Those whose people had reported the
 * finding as fixed (`fixedBy`) do not count: they may not judge it.
 */
export function ignoredBy<T extends Ignored>(
  list: readonly T[],
  fault: SeenFault,
  fingerprint: Buffer,
  fixedBy: string | null = null,
): T | undefined {
  const page = pageOf(fault.url);
  const subject = subjectOf(fault);
  return list.find((one) => {
    if (fixedBy !== null && (one.proposedBy === fixedBy || one.decidedBy === fixedBy)) return false;
    if (one.scope === 'finding') return one.fingerprint.equals(fingerprint);
    if (one.scope === 'page_text') return one.page === page && one.subject === subject;
    if (one.scope === 'site_rule') return one.rule === fault.rule;
    return one.rule === fault.rule && one.subject === subject;
  });
}

/** The 95 % interval of a share (Wilson 1927): of few decisions it is wide, as it should be. */
export function shareInterval(right: number, all: number): { low: number; high: number } | null {
  if (all === 0) return null;
  const z = 1.96;
  const share = right / all;
  const middle = share + (z * z) / (2 * all);
  const half = z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all));
  const scale = 1 + (z * z) / all;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

/** With fewer decisions than this a share says little. */
export const FEW_DECISIONS = 20;
