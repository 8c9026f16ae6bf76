import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import type { newUnit } from './contract.ts';
import { isUscc, mayHangUnder, pinyinOf } from './rules.ts';
import { findUnit, upsertUnits } from './store.ts';

/** Registers one unit under its parent. Throws `units.*` codes; a code is never registered twice. */
export async function registerUnit(ctx: Ctx, input: z.output<typeof newUnit>): Promise<string> {
  if (await findUnit(ctx, { code: input.code })) fail('units.duplicate_code', { code: input.code });
  if (input.kind !== 'city' && !input.parentCode) fail('units.parent_required');
  const parent = input.parentCode ? await findUnit(ctx, { code: input.parentCode }) : undefined;
  if (input.parentCode && !parent) fail('units.unknown_parent', { code: input.parentCode });
  if (parent && !mayHangUnder(input.kind, parent.kind)) {
    fail('units.wrong_parent', { kind: input.kind, parent: parent.kind });
  }
  if (input.uscc && !isUscc(input.uscc)) fail('units.bad_uscc', { value: input.uscc });
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
      uscc: input.uscc ?? null,
      school_code: input.schoolCode ?? null,
      address: input.address ?? null,
      phone: input.phone ?? null,
    },
  ]);
  await recordAudit(ctx, { action: 'units.register', subject: `unit:${id}`, unitPath: path, after: input });
  return id;
}
