import type { Ctx } from '#base/app';
import type { SuppressionRow } from './suppression-store.ts';

/** A false alarm as the API shows it, with what the one who asks may do about it. */
export function suppressionOf(ctx: Ctx, row: SuppressionRow) {
  const { actor } = ctx;
  const isOwn = row.proposed_by === actor.id;
  const isBelow =
    actor.scope === '*' || row.unit_path === actor.scope || row.unit_path.startsWith(`${actor.scope}.`);
  const mayJudge = isBelow && actor.permissions.has('findings.judge');
  const mayWithdraw = mayJudge || (isBelow && isOwn && actor.permissions.has('findings.work'));
  return {
    id: row.id,
    scope: row.scope,
    state: row.state,
    findingId: row.finding_id,
    unitName: row.unit_name ?? '上级教育局',
    siteId: row.site_id,
    siteName: row.site_name,
    page: row.page,
    rule: row.rule,
    subject: row.subject,
    reason: row.reason,
    expiresAt: row.expires_at,
    proposedBy: row.proposed_by_name,
    proposedAt: row.proposed_at,
    decidedBy: row.decided_by_name,
    decidedAt: row.decided_at,
    decisionNote: row.decision_note,
    withdrawnBy: row.withdrawn_by_name,
    withdrawnAt: row.withdrawn_at,
    withdrawnReason: row.withdrawn_reason,
    findings: row.findings,
    timesSuppressed: row.times_suppressed,
    mayDecide: row.state === 'proposed' && mayJudge && !isOwn,
    mayWithdraw: mayWithdraw && (row.state === 'proposed' || row.state === 'approved'),
  };
}
