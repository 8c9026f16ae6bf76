import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { settleTask } from '#tasks';
import { inScope } from '#units';
import * as store from '../store/gaps.ts';
import { askSecond, taskOfAnswer } from './ask-second.ts';

/**
 * Answers for a gap. Fails with `logs.gap_answered` when somebody has, `logs.gap_of_collector` when the gap is not the
 * caller's to answer for, `base.not_found`.
 */
export async function answerGap(
  ctx: Ctx,
  id: string,
  answer: { readonly reason: string; readonly words: string },
): Promise<void> {
  const gap = await ownGap(ctx, id);
  if (gap.given_by !== null) fail('logs.gap_answered', { name: gap.given_name ?? '' });
  const row = await insertOnce(ctx, gap, answer);
  await recordAudit(ctx, {
    action: 'logs.answer_gap',
    subject: `log_gap:${gap.id}`,
    unitPath: gap.unit_path,
    after: { ...answer, proof: gap.proof, began: gap.began, ended: gap.ended, lost: gap.lost },
  });
  if (row.accepted === null) await askSecond(ctx, gap, answer);
}

async function insertOnce(ctx: Ctx, gap: store.GapRow, answer: { reason: string; words: string }) {
  try {
    return await store.insertAnswer(ctx, gap, answer);
  } catch (error) {
    const taken = ['one_waiting_answer', 'one_accepted_answer'].includes(violatedConstraint(error) ?? '');
    if (taken) fail('logs.gap_answered', { name: '—' }, error);
    throw error;
  }
}

/**
 * A second person accepts or refuses the answer that waits. Fails with `logs.gap_nothing_waits`, `logs.gap_own_answer`,
 * `logs.gap_of_collector`, `base.not_found`.
 */
export async function decideGap(
  ctx: Ctx,
  id: string,
  decision: { readonly accept: boolean; readonly words?: string | undefined },
): Promise<void> {
  const gap = await ownGap(ctx, id);
  if (gap.given_by === null || gap.accepted !== null) fail('logs.gap_nothing_waits');
  if (gap.given_by === ctx.actor.id) fail('logs.gap_own_answer');
  const words = decision.words === undefined || decision.words === '' ? null : decision.words;
  const decided = await store.decideAnswer(ctx, id, { accept: decision.accept, words });
  if (!decided) fail('logs.gap_nothing_waits');
  await recordAudit(ctx, {
    action: 'logs.decide_gap',
    subject: `log_gap:${gap.id}`,
    unitPath: gap.unit_path,
    after: { accept: decision.accept, words, answer: decided.id, given: gap.given_by },
  });
  await settleTask(ctx, taskOfAnswer(gap.id), 'done');
}

async function ownGap(ctx: Ctx, id: string): Promise<store.GapRow> {
  const seen = await store.findGap(ctx, id);
  if (!seen) fail('base.not_found', { what: `log gap ${id}` });
  if (!inScope(ctx, seen.unit_path)) fail('logs.gap_of_collector');
  return (await store.findGap(ctx, id, { lock: true })) ?? fail('base.not_found', { what: `log gap ${id}` });
}
