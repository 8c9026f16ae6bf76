/** Credit codes that are genuine although their check character fails: one person proposes, another approves. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { unitFactsPermissions } from './contract.ts';
import { inScope } from './import-units.ts';
import { isUscc } from './rules.ts';
import { findUnit } from './store.ts';
import * as store from './unit-store.ts';

/** Throws `units.uscc_fits_already` when nobody needs to approve it, `units.uscc_waiting` when one waits. */
export async function proposeUscc(
  ctx: Ctx,
  unitId: string,
  input: { readonly uscc: string; readonly reason: string; readonly scanRef: string },
): Promise<store.ApprovalRow> {
  const unit = await findUnit(ctx, { id: unitId });
  if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: unitId });
  if (isUscc(input.uscc)) fail('units.uscc_fits_already', { value: input.uscc });
  const id = await store
    .insertApproval(ctx, {
      unit_id: unit.id,
      unit_path: unit.unit_path,
      uscc: input.uscc,
      reason: input.reason,
      scan_ref: input.scanRef,
    })
    .catch((error: unknown) => {
      if (violatedConstraint(error) === 'one_waiting_uscc') fail('units.uscc_waiting', { name: unit.name });
      throw error;
    });
  await recordAudit(ctx, {
    action: 'units.propose_uscc',
    subject: `unit:${unit.id}`,
    unitPath: unit.unit_path,
    after: { approval: id, ...input },
  });
  return (await store.findApproval(ctx, id))!;
}

/** Decides once; never the proposer (the database refuses that too). Throws `units.uscc_*`. */
export async function decideUscc(
  ctx: Ctx,
  id: string,
  decision: { readonly approve: boolean; readonly note?: string | undefined },
): Promise<store.ApprovalRow> {
  const found = await store.findApproval(ctx, id, true);
  if (!found || !inScope(ctx, found.unit_path)) fail('base.not_found', { what: id });
  if (found.approved !== null) fail('units.uscc_decided');
  if (found.proposed_by === ctx.actor.id) {
    fail('units.uscc_same_person', { permission: unitFactsPermissions['units.approve_uscc'].zh });
  }
  await store.decideApproval(ctx, id, decision.approve, decision.note ?? null);
  if (decision.approve) await store.setApprovedUscc(ctx, found);
  await recordAudit(ctx, {
    action: decision.approve ? 'units.approve_uscc' : 'units.refuse_uscc',
    subject: `unit:${found.unit_id}`,
    unitPath: found.unit_path,
    after: { approval: id, uscc: found.uscc, note: decision.note ?? null },
  });
  return (await store.findApproval(ctx, id))!;
}
