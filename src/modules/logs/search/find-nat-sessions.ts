import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { natEvents } from '../store/nat-events.ts';
import { mayTouch, type NatSession, pairSessions } from './pair-sessions.ts';

export interface NatQuestion {
  readonly publicIp: string;
  readonly publicPort?: number | undefined;
  /** 6 TCP, 17 UDP; absent: any. */
  readonly proto?: number | undefined;
  readonly at: Date;
  readonly toleranceSeconds: number;
}

export interface NatAnswer {
  /** Every session that may have been alive within the tolerance around `at`; none is chosen here. */
  readonly sessions: readonly NatSession[];
  /** True when there were more events than are read: then a session may be missing from the answer. */
  readonly truncated: boolean;
}

/** Linux keeps an idle established connection for five days by default (nf_conntrack_tcp_timeout_established). */
const longestSession = 5 * 86_400_000;
const maxEvents = 50_000;

/**
 * Which inside addresses had this public address and port at that time, among the sources that the actor may
 * see. Events of five days before and after are read, so that both ends of long sessions are found.
 */
export async function findNatSessions(ctx: Ctx, question: NatQuestion): Promise<NatAnswer> {
  const sources = await catalogue.visibleSources(ctx);
  if (sources.size === 0) return { sessions: [], truncated: false };
  const at = question.at.getTime();
  const tolerance = question.toleranceSeconds * 1000;
  const events = await natEvents(ctx.app.logstore, {
    ...question,
    sourceIds: [...sources.keys()],
    hidden: await hiddenRows(ctx),
    from: new Date(at - longestSession - tolerance),
    to: new Date(at + longestSession + tolerance),
    limit: maxEvents + 1,
  });
  const sessions = pairSessions(events).filter((session) =>
    mayTouch(session, at - tolerance, at + tolerance),
  );
  return { sessions, truncated: events.length > maxEvents };
}
