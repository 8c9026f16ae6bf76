import type { Ctx } from '#base/app';
import type { ImportRow, Reject } from './import-sheet.ts';
import { inScope } from './import-units.ts';
import { isEmail, isPhone, pinyinOf } from './rules.ts';
import { unitsByCode, upsertPeople } from './store.ts';

/** Stores the good rows; a known person number is updated (moved to the unit of the row). */
export async function applyPeople(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const units = await unitsByCode(ctx);
  const firstRow = new Map<string, ImportRow>();
  const good: Parameters<typeof upsertPeople>[1][number][] = [];
  for (const row of rows) {
    const {
      person_no: number = '',
      name = '',
      unit_code: code = '',
      post = '',
      phone = '',
      email = '',
    } = row.values;
    const unit = units.get(code);
    const first = firstRow.get(number);
    let well = true;
    const refuse: typeof reject = (...refusal) => {
      well = false;
      reject(...refusal);
    };
    if (first) refuse(row, 'person_no', 'units.duplicate_row', { first: first.row, value: number });
    else firstRow.set(number, row);
    if (number.length > 40) refuse(row, 'person_no', 'units.too_long', { column: '人员编号', limit: 40 });
    if (name.length > 40) refuse(row, 'name', 'units.too_long', { column: '姓名', limit: 40 });
    if (!unit) refuse(row, 'unit_code', 'units.unknown_unit', { code });
    else if (!inScope(ctx, unit.path)) refuse(row, 'unit_code', 'units.outside_scope', { code });
    const phoneNumber = phone.replace(/\s/g, '');
    if (phoneNumber && !isPhone(phoneNumber)) refuse(row, 'phone', 'units.bad_phone', { value: phone });
    if (email && !isEmail(email)) refuse(row, 'email', 'units.bad_email', { value: email });
    if (!well || !unit) continue;
    good.push({
      person_no: number,
      name,
      pinyin: pinyinOf(name),
      unit_id: unit.id,
      unit_path: unit.path,
      post,
      phone: phoneNumber || null,
      email: email || null,
    });
  }
  await upsertPeople(ctx, good);
  return good.length;
}
