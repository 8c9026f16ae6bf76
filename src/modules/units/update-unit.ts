import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { factsBody } from './contract.ts';
import { explainTree } from './explain-tree.ts';
import { inScope } from './import-units.ts';
import { checkFacts } from './register-unit.ts';
import { findUnit, type ListedUnit } from './store.ts';
import * as tree from './tree-store.ts';
import { type Facts, refreshSearch, updateFacts } from './unit-store.ts';

const columns = {
  shortName: 'short_name',
  adminCode: 'admin_code',
  uscc: 'uscc',
  schoolCode: 'school_code',
  schoolType: 'school_type',
  ownership: 'ownership',
  address: 'address',
  postalCode: 'postal_code',
  phone: 'phone',
  contactName: 'contact_name',
  contactPhone: 'contact_phone',
  studentCount: 'student_count',
  staffCount: 'staff_count',
  sinceOn: 'since_on',
} as const;

/**
 * Changes facts of a unit; what is left out stays. Another founding date moves the start of its history, which may
 * not come before its parent's. Throws `units.*`.
 */
export async function updateUnit(ctx: Ctx, id: string, input: z.output<typeof factsBody>): Promise<void> {
  // The start of a history is compared with those of others.
  if (input.sinceOn !== undefined) await tree.lockTree(ctx);
  const unit = await findUnit(ctx, { id });
  if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: id });
  if (input.version !== undefined && input.version !== unit.version) {
    fail('units.changed_meanwhile', { name: unit.name });
  }
  const approved = unit.uscc_approval_id !== null && input.uscc === unit.uscc;
  await checkFacts(ctx, approved ? { ...input, uscc: null } : input);
  const facts: Record<string, string | number | null> = {};
  const before: Record<string, unknown> = {};
  for (const [name, column] of Object.entries(columns) as [keyof typeof columns, keyof ListedUnit][]) {
    const value = input[name];
    if (value === undefined || value === unit[column]) continue;
    facts[column] = value;
    before[name] = unit[column];
  }
  if (Object.keys(facts).length === 0) return;
  if (input.sinceOn) await moveStart(ctx, unit, input.sinceOn);
  await updateFacts(ctx, id, facts as Facts);
  await refreshSearch(ctx, [id]);
  const { version: _seen, ...after } = input;
  await recordAudit(ctx, {
    action: 'units.update',
    subject: `unit:${id}`,
    unitPath: unit.unit_path,
    before,
    after,
  });
}

async function moveStart(ctx: Ctx, unit: ListedUnit, sinceOn: string): Promise<void> {
  const [first] = await tree.periodsOf(ctx, unit.id);
  if (!first || first.from === sinceOn) return;
  if (first.to !== null && sinceOn >= first.to) {
    fail('units.later_change', { name: unit.name, on: sinceOn, later: first.to });
  }
  const start = { ...first, from: sinceOn, byName: ctx.actor.name };
  await tree.rewritePeriods(ctx, unit, [first], [start]);
  await tree.checkTree(ctx).catch((error: unknown) => explainTree(error, { name: unit.name, on: sinceOn }));
}
