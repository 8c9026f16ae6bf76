import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import type { newUnit } from './contract.ts';
import { explainTree } from './explain-tree.ts';
import { isPhone, isUscc, mayHangUnder, pinyinOf } from './rules.ts';
import { findUnit, upsertUnits } from './store.ts';
import { checkTree, periodsOf, today } from './tree-store.ts';
import { refreshSearch } from './unit-store.ts';

/**
 * Registers one unit under its parent, from `sinceOn` on (default today). Throws `units.*` codes; a code is never
 * registered twice, also not after the unit was closed.
 */
export async function registerUnit(ctx: Ctx, input: z.output<typeof newUnit>): Promise<string> {
  if (await findUnit(ctx, { code: input.code })) fail('units.duplicate_code', { code: input.code });
  if (input.kind !== 'city' && !input.parentCode) fail('units.parent_required');
  const parent = input.parentCode ? await findUnit(ctx, { code: input.parentCode }) : undefined;
  if (input.parentCode && !parent) fail('units.unknown_parent', { code: input.parentCode });
  if (parent && !mayHangUnder(input.kind, parent.kind)) {
    fail('units.wrong_parent', { kind: input.kind, parent: parent.kind });
  }
  if (parent && parent.state !== 'open') fail('units.not_open', { name: parent.name });
  await checkFacts(ctx, input);
  if (parent && input.sinceOn) await checkParentThen(ctx, parent, input.sinceOn);
  const id = newId();
  const path = parent ? `${parent.unit_path}.${input.code}` : input.code;
  await upsertUnits(ctx, [
    {
      id,
      code: input.code,
      name: input.name,
      pinyin: pinyinOf(input.name),
      kind: input.kind,
      parent_id: parent?.id ?? null,
      unit_path: path,
      ...rowOfFacts(input),
    },
  ]);
  await refreshSearch(ctx, [id]);
  // The parent may have been closed at this very moment: told now, in words, and not when the transaction ends.
  const on = input.sinceOn ?? (await today(ctx));
  await checkTree(ctx).catch((error: unknown) => explainTree(error, { name: input.name, on }));
  await recordAudit(ctx, { action: 'units.register', subject: `unit:${id}`, unitPath: path, after: input });
  return id;
}

/** A unit cannot have been there before its parent. */
async function checkParentThen(ctx: Ctx, parent: { id: string; name: string }, on: string): Promise<void> {
  const open = (await periodsOf(ctx, parent.id)).filter((one) => one.state === 'open');
  const since = open[0]?.from ?? '—';
  if (on < since) fail('units.not_then', { name: parent.name, since, on });
}

type Facts = Omit<z.output<typeof newUnit>, 'code' | 'name' | 'kind' | 'parentCode'>;

/** Facts whose form a pattern cannot tell. */
export async function checkFacts(
  ctx: Ctx,
  facts: { readonly [K in 'uscc' | 'phone' | 'contactPhone' | 'sinceOn']?: string | null | undefined },
): Promise<void> {
  if (facts.uscc && !isUscc(facts.uscc)) fail('units.bad_uscc', { value: facts.uscc });
  for (const phone of [facts.phone, facts.contactPhone]) {
    if (phone && !isPhone(phone)) fail('units.bad_phone', { value: phone });
  }
  if (facts.sinceOn && facts.sinceOn > (await today(ctx))) fail('units.since_future', { on: facts.sinceOn });
}

/** The columns of the facts; what was not said is null. */
function rowOfFacts(facts: Facts) {
  return {
    short_name: facts.shortName ?? null,
    admin_code: facts.adminCode ?? null,
    uscc: facts.uscc ?? null,
    school_code: facts.schoolCode ?? null,
    school_type: facts.schoolType ?? null,
    ownership: facts.ownership ?? null,
    address: facts.address ?? null,
    postal_code: facts.postalCode ?? null,
    phone: facts.phone ?? null,
    contact_name: facts.contactName ?? null,
    contact_phone: facts.contactPhone ?? null,
    student_count: facts.studentCount ?? null,
    staff_count: facts.staffCount ?? null,
    since_on: facts.sinceOn ?? null,
  };
}
