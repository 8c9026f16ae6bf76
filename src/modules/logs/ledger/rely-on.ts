import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import * as catalogue from '../store/catalogue.ts';
import { type GapProof, type GapRow, gapsTouching } from '../store/gaps.ts';
import * as intake from '../store/intake.ts';
import { finestSilence, type Presence, presenceOf } from '../store/presence.ts';
import { receiptsOfMany, type WindowReceipt } from '../store/reliance-rows.ts';
import { type Standing, standingsOf } from '../store/standing.ts';
import { type Heard, judge, usualSilence } from './judge-silence.ts';
import { silentFrom } from './rules.ts';
import { muchUnread } from './rules-state.ts';
import { aside, onlyWhereLost } from './where-lost.ts';

export interface RelianceQuestion {
  readonly from: Date;
  readonly to: Date;
  /**
   * A silence longer than this counts as a gap. At least 60 s. Default: as long as is not chance by what the source
   * usually sends, 300 s when nothing was learned.
   */
  readonly gapSeconds?: number | undefined;
}

/** Why a source cannot be relied on, or (`caution`) what to know when it can. */
export interface RelianceReason {
  readonly code:
    | 'never_heard'
    | 'silence'
    | 'counter'
    | 'heartbeat'
    | 'collector'
    | 'lost'
    | 'waiting'
    | 'unread'
    | 'caution';
  readonly zh: string;
  readonly en: string;
}

export interface RelianceGap {
  readonly proof: GapProof;
  /** Null: beyond the hour around the window that was looked at; a gap that is not over has no end. */
  readonly from: Date | null;
  readonly to: Date | null;
  readonly lost: number | null;
  /** Why, as somebody has answered for it; what is missing is missing all the same. */
  readonly reason: string | null;
}

export interface Reliance extends Omit<Heard, 'gaps'> {
  readonly sourceId: number;
  readonly name: string;
  /** Whether what is not in its logs of this window did not happen, as far as this source would tell. */
  readonly relies: boolean;
  readonly reasons: readonly RelianceReason[];
  readonly gaps: readonly RelianceGap[];
  /** Records proved missing around the window. */
  readonly lost: number;
  /** Lines of the segments around the window that nobody could read. */
  readonly unread: number;
  /** Sealed segments that may hold records of the window and are not searchable yet. */
  readonly waiting: number;
}

export interface Reliances {
  readonly sources: readonly Reliance[];
  /** Datagrams that collectors lost in the window; of which source, the kernel does not tell. */
  readonly lostDatagrams: number;
}

export const lookAround = 3_600_000;
/** May one rely on this source for this window? Fails with `base.not_found` when the caller does not see it. */
export async function reliance(
  ctx: Ctx,
  question: RelianceQuestion & { readonly sourceId: number },
): Promise<Reliance> {
  const { sources } = await relianceOf(ctx, { ...question, sourceIds: [question.sourceId] });
  return sources[0] ?? fail('base.not_found', { what: `log source ${question.sourceId}` });
}

/**
 * The same for several sources; those that the caller does not see are left out. A source that was not heard is
 * `unknown`, never "clean". Throws a RangeError when `gapSeconds` is below what presence can tell.
 */
export async function relianceOf(
  ctx: Ctx,
  question: RelianceQuestion & { readonly sourceIds: readonly number[] },
): Promise<Reliances> {
  const { from, to, gapSeconds } = question;
  if (gapSeconds !== undefined && gapSeconds < finestSilence)
    throw new RangeError(`gapSeconds must be at least ${finestSilence}`);
  const sources = await catalogue.visibleSources(ctx, question.sourceIds);
  const ids = [...sources.keys()];
  const around = { from: new Date(from.getTime() - lookAround), to: new Date(to.getTime() + lookAround) };
  const lostDatagrams = await intake.lostBetween(ctx, from, to);
  const own = { from: from.getTime(), to: to.getTime() };
  const wide = { from: own.from - aside, to: own.to + aside };
  const received = await receiptsOfMany(
    ctx,
    ids.map((sourceId) => ({ sourceId, ...own, wide })),
  );
  const receipts = new Map(ids.map((id, n) => [id, received[n]!]));
  const standings = await standingsOf(ctx, ids);
  const found = await gapsTouching(ctx, ids, from, to);
  const window = { from: from.getTime() - aside, to: to.getTime() + aside };
  const [gaps = []] = await onlyWhereLost(ctx, [{ gaps: found, ...window }]);
  const presence =
    ids.length === 0 ? new Map<number, Presence[]>() : await presenceOf(ctx.app.logstore, ids, around);
  const answers = [...sources.values()].map((source) => {
    const standing = standings.get(source.id);
    const receipt = receipts.get(source.id)!;
    return answerFor(source, {
      heard: judge(presence.get(source.id) ?? [], { from, to, ...silenceLimit(gapSeconds, standing) }),
      gaps: gaps.filter((gap) => concerns(gap, source.id, standing)),
      receipt,
      lostDatagrams: standing?.last_live ? lostDatagrams : 0,
    });
  });
  return { sources: answers, lostDatagrams };
}

/** Whether anything is learned or agreed about how often a source sends: without it nobody can say that all came. */
export function isKnown(standing: Standing | undefined): standing is Standing {
  return Boolean(standing?.least || standing?.expected_per_hour || standing?.max_silence_seconds);
}

/** From when on a silence that began at a moment (both in ms) is no chance any more. */
export function silenceRule(standing: Standing | undefined): (since: number) => number {
  if (!isKnown(standing)) return (since) => since + usualSilence * 1000;
  const expectation = {
    least: standing.least,
    expectedPerHour: standing.expected_per_hour,
    maxSilenceMs: standing.max_silence_seconds === null ? null : standing.max_silence_seconds * 1000,
  };
  return (since) => Math.max(since + finestSilence * 1000, silentFrom(since, expectation));
}

/** What was asked for, or else what is known of the source. */
export function silenceLimit(gapSeconds: number | undefined, standing: Standing | undefined) {
  return gapSeconds === undefined ? { silentFrom: silenceRule(standing) } : { gapSeconds };
}

/** A collector's gap concerns who sends live. What the kernel lost is told more exactly by its own table. */
export function concerns(gap: GapRow, sourceId: number, standing: Standing | undefined): boolean {
  if (gap.source_id !== null) return gap.source_id === sourceId;
  return gap.proof === 'collector' && standing?.last_live != null;
}

export interface RelianceFacts {
  readonly heard: Heard;
  readonly gaps: readonly GapRow[];
  readonly receipt: Pick<WindowReceipt, 'pending' | 'unread' | 'records' | 'near'>;
  readonly lostDatagrams: number;
}

export function answerFor(source: { id: number; name: string }, facts: RelianceFacts): Reliance {
  const { heard, receipt } = facts;
  const proved = facts.gaps.map((gap) => ({
    proof: gap.proof,
    from: gap.began,
    to: gap.ended,
    lost: gap.lost,
    reason: gap.accepted ? gap.reason : null,
  }));
  const silences = heard.gaps.map(({ from, to }) => ({
    proof: 'silence' as const,
    from,
    to,
    lost: null,
    reason: answeredReason(facts.gaps, from, to),
  }));
  const reasons = reasonsOf(facts);
  const relies = reasons.every(({ code }) => code === 'caution');
  return {
    sourceId: source.id,
    name: source.name,
    relies,
    state: heard.state === 'covered' && !relies ? 'gap' : heard.state,
    reasons,
    firstSeen: heard.firstSeen,
    lastSeen: heard.lastSeen,
    // A told silence is the same gap as the one that presence shows.
    gaps: [...proved.filter(({ proof }) => proof !== 'silence'), ...silences],
    lost: facts.gaps.reduce((sum, gap) => sum + (gap.source_id === null ? 0 : (gap.lost ?? 0)), 0),
    unread: receipt.unread,
    waiting: receipt.pending,
  };
}

function answeredReason(gaps: readonly GapRow[], from: Date | null, to: Date | null): string | null {
  const same = gaps.find(
    (gap) =>
      gap.proof === 'silence' &&
      gap.accepted &&
      (to === null || gap.began < to) &&
      (from === null || gap.ended === null || gap.ended > from),
  );
  return same?.reason ?? null;
}

function reasonsOf({ heard, gaps, receipt, lostDatagrams }: RelianceFacts): RelianceReason[] {
  const reasons: RelianceReason[] = [];
  const add = (code: RelianceReason['code'], zh: string, en: string) => reasons.push({ code, zh, en });
  const of = (proof: GapProof) => gaps.filter((gap) => gap.proof === proof);
  if (heard.state === 'unknown')
    add('never_heard', '这段时间前后都没有收到它的日志', 'nothing was heard of it around this time');
  if (heard.gaps.length > 0)
    add(
      'silence',
      `有 ${heard.gaps.length} 处长时间没有日志`,
      `silent ${heard.gaps.length} times for longer than usual`,
    );
  const missing = of('counter').reduce((sum, gap) => sum + (gap.lost ?? 0), 0);
  if (missing > 0)
    add('counter', `序号不连续，缺 ${missing} 条`, `${missing} records are missing by their running numbers`);
  if (of('heartbeat').length > 0)
    add('heartbeat', '约定的心跳没有按时到达', 'a promised sign of life stayed away');
  if (of('collector').length > 0) add('collector', '采集器在此期间没有运行', 'the collector did not run');
  if (lostDatagrams > 0)
    add(
      'lost',
      `采集器在此期间丢失 ${lostDatagrams} 个报文`,
      `the collector lost ${lostDatagrams} datagrams`,
    );
  if (receipt.pending > 0)
    add(
      'waiting',
      `${receipt.pending} 段日志尚未可检索`,
      `${receipt.pending} segments are not searchable yet`,
    );
  // What is looked for may be the very line, however few there are.
  if (receipt.near > 0)
    add(
      'unread',
      `这段时间有 ${receipt.near} 处日志行无法解析`,
      `lines could not be read at ${receipt.near} places of this time`,
    );
  if (receipt.unread === 0 || receipt.near > 0) return reasons;
  const many = receipt.unread > receipt.records * muchUnread;
  add(
    many ? 'unread' : 'caution',
    `${receipt.unread} 行无法解析`,
    `${receipt.unread} lines could not be read`,
  );
  return reasons;
}
