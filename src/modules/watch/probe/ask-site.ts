/** One probe of a site: asked, asked again when it fails, and asked from another place when that is configured. */

import { elapsed } from '#base/clock';
import { type OutboundResult, outboundFetch } from '#base/outbound';
import { around } from '../reason-words.ts';
import {
  type Asked,
  allowOf,
  judgeAnswer,
  ownHosts,
  type ProbedSite,
  type Sample,
  verdictOf,
} from './rules.ts';
import { lookThrough, type SecondLook } from './second-vantage.ts';

/** A page opens with its first part: more is not taken, however large it is. */
const BYTES_MAX = 256 * 1024;

export interface AskTools {
  readonly userAgent: string;
  readonly limitMs: number;
  readonly secondVantage: string | undefined;
  readonly signal: AbortSignal;
  /** Instead of the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export interface Answered {
  /** All requests, in order; the last is the one that decides. */
  readonly samples: readonly (Sample & { readonly vantage: 'own' | 'repeat' | 'second' })[];
  /** What the probe comes to. */
  readonly final: Sample;
  readonly second: SecondLook | null;
}

/**
 * Probes a site. A failure is repeated at once: a lost packet is no outage. When the repeat fails too and another place
 * opens the page, the site is not down but closed to us (`elsewhere-open`). Throws only when `tools.signal` aborts.
 */
export async function askSite(site: ProbedSite, tools: AskTools): Promise<Answered> {
  const first = await askOnce(site, tools);
  if (first.verdict !== 'down')
    return { samples: [{ ...first, vantage: 'own' }], final: first, second: null };
  const repeat = await askOnce(site, tools);
  const samples = [
    { ...first, vantage: 'own' as const },
    { ...repeat, vantage: 'repeat' as const },
  ];
  if (repeat.verdict !== 'down' || !tools.secondVantage) return { samples, final: repeat, second: null };
  const began = elapsed();
  const second = await lookThrough(tools.secondVantage, site.url, tools.limitMs);
  tools.signal.throwIfAborted();
  const seen = fromElsewhere(second, repeat, elapsed() - began);
  const final: Sample =
    second.saw === 'open'
      ? {
          ...repeat,
          result: 'elsewhere-open',
          verdict: verdictOf('elsewhere-open'),
          reason: around(repeat.reason ?? '', (half, language) =>
            language === 'zh'
              ? `从另一地点能打开，从本系统打不开：${half}`
              : `Opens from another place, not from this system: ${half}`,
          ),
        }
      : repeat;
  return { samples: [...samples, { ...seen, vantage: 'second' as const }], final, second };
}

function fromElsewhere(second: SecondLook, own: Sample, ms: number): Sample {
  const result = second.saw === 'open' ? 'ok' : second.saw === 'down' ? own.result : 'blocked';
  return {
    result,
    verdict: verdictOf(result),
    status: second.status,
    ms: Math.round(ms),
    address: null,
    reason: second.saw === 'open' ? null : second.reason,
  };
}

async function askOnce(site: ProbedSite, tools: AskTools): Promise<Sample> {
  const asked: Asked = { url: site.url, hosts: ownHosts(site.url), limitMs: tools.limitMs };
  const began = elapsed();
  const answer = await fetchHome(site, tools);
  tools.signal.throwIfAborted();
  return judgeAnswer(answer, asked, elapsed() - began);
}

/** The registered page as a visitor's browser would get it; a bad certificate is a fault of its own. */
export function fetchHome(site: ProbedSite, tools: AskTools, maxBytes = BYTES_MAX): Promise<OutboundResult> {
  return outboundFetch(site.url, {
    allow: allowOf(site),
    headers: { 'User-Agent': tools.userAgent, 'Accept-Language': 'zh-CN,zh;q=0.9' },
    maxBytes,
    timeoutMs: tools.limitMs,
    signal: tools.signal,
    insecureTls: 'record',
    ...(tools.resolve ? { resolve: tools.resolve } : {}),
  });
}
