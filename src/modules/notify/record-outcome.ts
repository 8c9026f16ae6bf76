import type { Ctx } from '#base/app';
import { mailProgress } from './contract.ts';
import { retryDelay } from './rules.ts';
import type { Outcome } from './send/outcome.ts';
import { addReceipt, type DeliveryRow } from './store/delivery-store.ts';
import { type AttemptEnd, endAttempt, noteLane, pauseLane } from './store/lane-store.ts';

/** A channel that nobody gets through is waited for a day; then its messages are given to people. */
const unreachableMs = 24 * 3_600_000;
const longestPause = { urgent: 120, other: 600 };

/** Writes what became of one sending: attempts, receipts, what is next, and how the lane is. */
export async function settle(
  ctx: Ctx,
  lane: string,
  deliveries: readonly DeliveryRow[],
  outcome: Outcome,
): Promise<void> {
  const pauseSeconds = await noteHealth(ctx, lane, deliveries, outcome);
  for (const delivery of deliveries) {
    const end = endOf(ctx, delivery, deliveries.length > 1, outcome, pauseSeconds);
    if (!(await endAttempt(ctx, delivery, end))) continue;
    await addReceipts(ctx, delivery, outcome, end);
    if (delivery.channel === 'mail' && end.state !== 'waiting') {
      await ctx.emit(
        mailProgress,
        {
          mailId: delivery.id,
          key: delivery.key,
          level: end.state === 'done' ? 'accepted' : 'failed',
          detail: outcome.detail,
        },
        delivery.unit_path,
      );
    }
  }
}

/** Returns for how long the lane rests. */
async function noteHealth(
  ctx: Ctx,
  lane: string,
  deliveries: readonly DeliveryRow[],
  outcome: Outcome,
): Promise<number> {
  if (outcome.outcome !== 'unreachable') {
    // Whatever the answer was, somebody answered.
    await noteLane(ctx, lane, { ok: true });
    const pause = outcome.outcome === 'accepted' ? 0 : (outcome.pauseSeconds ?? 0);
    if (pause > 0) await pauseLane(ctx, lane, pause);
    return pause;
  }
  const urgent = deliveries.some((one) => one.urgent);
  const tries = Math.max(...deliveries.map((one) => one.attempts));
  const most = urgent ? longestPause.urgent : longestPause.other;
  const pause = Math.min(most, retryDelay(tries, urgent));
  await noteLane(ctx, lane, { ok: false, error: outcome.detail, pauseSeconds: pause });
  return pause;
}

function endOf(
  ctx: Ctx,
  delivery: DeliveryRow,
  merged: boolean,
  outcome: Outcome,
  pauseSeconds: number,
): AttemptEnd {
  const base = { detail: outcome.detail, carrierId: null, afterSeconds: null, split: false };
  if (outcome.outcome === 'accepted') {
    return { ...base, outcome: 'accepted', state: 'done', carrierId: outcome.carrierId ?? null };
  }
  // One bad message must not take the others with it: each is sent alone and judged by itself.
  if (outcome.outcome === 'permanent' && merged) {
    return { ...base, outcome: 'permanent', state: 'waiting', split: true };
  }
  if (outcome.outcome === 'permanent') return { ...base, outcome: 'permanent', state: 'dead' };
  const age = ctx.clock.now().getTime() - delivery.at.getTime();
  const isSpent =
    delivery.attempts >= delivery.budget && (outcome.outcome === 'temporary' || age > unreachableMs);
  if (isSpent) return { ...base, outcome: outcome.outcome, state: 'dead' };
  const own = outcome.outcome === 'unreachable' ? 0 : retryDelay(delivery.attempts, delivery.urgent);
  return { ...base, outcome: outcome.outcome, state: 'waiting', afterSeconds: Math.max(own, pauseSeconds) };
}

async function addReceipts(
  ctx: Ctx,
  delivery: DeliveryRow,
  outcome: Outcome,
  end: AttemptEnd,
): Promise<void> {
  const attempt = delivery.attempts;
  const proof = outcome.detail === '' ? '对方没有说明 no words' : outcome.detail;
  if (outcome.outcome === 'accepted') {
    await addReceipt(ctx, delivery.id, {
      level: 'sent',
      attempt,
      proof: '请求已完整发出 the whole request went out',
    });
    await addReceipt(ctx, delivery.id, { level: 'accepted', attempt, proof });
    return;
  }
  if (outcome.left) {
    await addReceipt(ctx, delivery.id, {
      level: 'sent',
      attempt,
      proof: `已发出，对方没有接收 went out, not taken: ${proof}`,
    });
  }
  if (end.state === 'dead') await addReceipt(ctx, delivery.id, { level: 'failed', attempt, proof });
}
