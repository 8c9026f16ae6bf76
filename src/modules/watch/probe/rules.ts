/** Pure decisions about probes: what an answer means, when the next is due, what a week amounts to. */
import type { AllowedHost, OutboundResult } from '#base/outbound';
import type { ProbeResult } from '../contract.ts';
import { failureText } from '../failure-text.ts';
import { inBoth } from '../reason-words.ts';
import { allowedHost, outcomeOf, spread, twinOf } from '../rules.ts';

export type Verdict = 'open' | 'down' | 'unseen';

/** One request of a probe, judged. */
export interface Sample {
  readonly result: ProbeResult;
  readonly verdict: Verdict;
  readonly status: number;
  /** From the asking to the end of the answer, in milliseconds. */
  readonly ms: number;
  readonly address: string | null;
  readonly reason: string | null;
}

const unseenResults: ReadonlySet<ProbeResult> = new Set([
  'blocked',
  'refused-address',
  'elsewhere-open',
  'own-network',
]);

export function verdictOf(result: ProbeResult): Verdict {
  if (result === 'ok') return 'open';
  return unseenResults.has(result) ? 'unseen' : 'down';
}

const failures: Readonly<Record<string, ProbeResult>> = {
  'outbound.bad_url': 'broken',
  'outbound.dns_failed': 'dns',
  'outbound.forbidden_address': 'refused-address',
  'outbound.connect_failed': 'connect',
  'outbound.tls_failed': 'tls',
  'outbound.tls_untrusted': 'tls',
  'outbound.timeout': 'timeout',
  'outbound.aborted': 'timeout',
  'outbound.protocol_error': 'broken',
  'outbound.cut_off': 'broken',
  'outbound.too_many_redirects': 'redirect-loop',
};

export interface Asked {
  readonly url: string;
  readonly hosts: ReadonlySet<string>;
  readonly limitMs: number;
}

/** Judges an answer. A page of which only the first part came in time is not open (it is what a visitor sees). */
export function judgeAnswer(answer: OutboundResult, asked: Asked, ms: number): Sample {
  const { status, error, body, finalUrl } = answer;
  const seen = { status, ms: Math.round(ms), address: answer.exchanges.at(-1)?.remoteAddress ?? null };
  const told = (result: ProbeResult, reason: string | null): Sample => ({
    ...seen,
    result,
    verdict: verdictOf(result),
    reason,
  });
  const host = URL.parse(finalUrl)?.hostname ?? '';
  const isAway = answer.exchanges.length > 0 && host !== '' && !asked.hosts.has(host);
  if (isAway) return told('redirect-away', awayText(finalUrl.slice(0, 200)));
  if (error) return told(failures[error.code] ?? 'broken', failureText(error));
  if (ms > asked.limitMs) return told('timeout', notWithin(Math.round(asked.limitMs / 1000)));
  const sample = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 12_000)).toString('utf8');
  const outcome = outcomeOf(status, body.length, sample);
  if (outcome === 'refused') return told('blocked', refusedText(status));
  if (outcome === 'read') return told('ok', null);
  return told(status >= 500 ? 'http-5xx' : 'http-4xx', inBoth(`状态码 ${status}`, `Status ${status}`));
}

const awayText = (url: string) =>
  inBoth(`跳转到 ${url}，不属于登记的网站`, `Redirects to ${url}, which is not of the registered website`);
const notWithin = (seconds: number) =>
  inBoth(`${seconds} 秒内没有打开`, `Did not open within ${seconds} seconds`);
const refusedText = (status: number) =>
  inBoth(`服务器拒绝访问（状态码 ${status}）`, `The server refuses the visit (status ${status})`);

/** The names that count as the site itself: the registered one and its twin with or without `www.`, whatever the port. */
export function ownHosts(url: string): Set<string> {
  const { hostname } = new URL(url);
  return new Set([hostname, twinOf(hostname)]);
}

export interface ProbedSite {
  readonly url: string;
  readonly host: string;
  readonly resolveTo: string | null;
}

export function allowOf(site: ProbedSite): AllowedHost[] {
  const one = allowedHost(site);
  return one ? [one, { ...one, host: twinOf(one.host) }] : [];
}

const dayMs = 86_400_000;

export function periodMs(probesPerDay: number): number {
  return Math.floor(dayMs / probesPerDay);
}

/** The next planned time after `now`: every host has its own minute, so that a thousand imported at once never bunch. */
export function nextSlot(host: string, now: Date, period: number): Date {
  const offset = spread(host, period);
  const slot = Math.floor((now.getTime() - offset) / period) + 1;
  return new Date(slot * period + offset);
}

/** While a site is down it is asked every so often, that the end of the outage is known to minutes. */
export const DOWN_EVERY_MS = 5 * 60_000;
/** A look at names, certificate and headers, once a day. */
export const LOOK_EVERY_MS = dayMs;
/** A probe or a look that was taken up and not ended is taken up again after so long. */
export const LEASE_S = 180;
export const LOOK_LEASE_S = 600;

export interface Week {
  readonly opened: number;
  readonly failed: number;
}

/**
 * Whether a week breaks the rule: true, false, or undefined while fewer probes were counted than one day has
 * (rule 6: too little to judge is not good). Probes that could not be judged count neither way.
 */
export function breaksWeek(week: Week, percent: number, probesPerDay: number): boolean | undefined {
  const counted = week.opened + week.failed;
  if (counted < probesPerDay) return undefined;
  return (week.failed / counted) * 100 >= percent;
}

/** Percent to one decimal, never rounded up to a full hundred. */
export function uptime(opened: number, failed: number): number | null {
  const counted = opened + failed;
  if (counted === 0) return null;
  const exact = (opened / counted) * 100;
  return failed > 0 ? Math.min(99.9, Math.round(exact * 10) / 10) : 100;
}

/** Results that our own broken line would give. */
const lineFaults: ReadonlySet<string> = new Set(['dns', 'connect', 'timeout']);

/** Of the sites that opened at their last probe, this many failed within minutes: then it is our line, not theirs. */
export function looksLikeOwnNetwork(
  result: ProbeResult,
  lately: { readonly asked: number; readonly lineFailed: number },
): boolean {
  return lineFaults.has(result) && lately.asked >= 10 && lately.lineFailed / lately.asked >= 0.8;
}
