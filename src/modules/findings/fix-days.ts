/** How many days the bureau gives to mend, by severity. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { FixDays } from './contract.ts';
import * as orders from './order-store.ts';
import type { Severity } from './rules.ts';

/** Days to mend until the bureau sets its own: proposed figures, no law gives them. */
const proposedFixDays: FixDays = { critical: 1, high: 3, medium: 7, low: 15, info: 30 };

/** Days to mend as they are in force. */
export async function readFixDays(
  ctx: Ctx,
): Promise<FixDays & { changedBy: string | null; changedAt: Date | null }> {
  const row = await orders.newestFixDays(ctx);
  if (!row) return { ...proposedFixDays, changedBy: null, changedAt: null };
  const { changed_by_name: changedBy, changed_at: changedAt, ...days } = row;
  return { ...days, changedBy, changedAt };
}

/** Changes them. Throws `findings.days_order` when a graver finding would have more days. */
export async function setFixDays(ctx: Ctx, days: FixDays): Promise<void> {
  const falling: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
  const wrong = falling.find((one, at) => at > 0 && days[one] < days[falling[at - 1]!]);
  if (wrong) fail('findings.days_order', { field: wrong });
  const before = await readFixDays(ctx);
  await orders.insertFixDays(ctx, days);
  await recordAudit(ctx, {
    action: 'findings.set_fix_days',
    subject: 'findings:fix-days',
    unitPath: ctx.actor.unitPath,
    before,
    after: days,
  });
}
