import { isDeepStrictEqual } from 'node:util';
import type { Ctx } from '#base/app';
import { appointInBulk, type WantedPost } from './appoint-in-bulk.ts';
import type { Post } from './contract.ts';
import type { ImportRow, Reject } from './import-sheet.ts';
import { inScope } from './import-units.ts';
import { lookUpNumbers, movePapers, type NewPerson, todayOf, upsertPeople } from './people-store.ts';
import { isEmail, isPhone, pinyinOf } from './rules.ts';
import { type UnitRef, unitsByCode } from './store.ts';

interface Wanted {
  readonly row: ImportRow;
  readonly person: NewPerson;
  readonly post: Omit<WantedPost, 'personId'>;
}

/**
 * Stores the good rows. A known person number is updated (and moved to the unit of the row: posts at the former
 * home end that day); a row's post is an appointment when the person does not hold it yet. A person with several
 * posts takes several rows that agree about the person.
 */
export async function applyPeople(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const units = await unitsByCode(ctx);
  const today = await todayOf(ctx);
  const known = await lookUpNumbers(ctx, [...new Set(rows.map((row) => row.values.person_no ?? ''))]);
  const first = new Map<string, Wanted>();
  const seen = new Map<string, number>();
  const good: Wanted[] = [];
  for (const row of rows) {
    const wanted = readRow(ctx, row, { units, today }, reject);
    if (!wanted) continue;
    const number = wanted.person.personNo;
    const before = first.get(number);
    const post = `${number}\n${wanted.post.post}`;
    const holder = known.get(number);
    if (holder?.mergedInto) {
      reject(row, 'person_no', 'units.person_merged', { no: number });
    } else if (holder && !inScope(ctx, holder.path)) {
      reject(row, 'person_no', 'units.person_elsewhere', { no: number });
    } else if (seen.has(post) || (before && !isDeepStrictEqual(before.person, wanted.person))) {
      reject(row, 'person_no', 'units.duplicate_row', {
        first: seen.get(post) ?? before!.row.row,
        value: number,
      });
    } else {
      if (!before) first.set(number, wanted);
      seen.set(post, row.row);
      good.push(wanted);
    }
  }
  if (good.length === 0) return 0;
  const ids = await upsertPeople(
    ctx,
    [...first.values()].map(({ person }) => person),
  );
  const moved = [...first.values()].filter(({ person }) => {
    const holder = known.get(person.personNo);
    return holder && holder.unitId !== person.unitId;
  });
  if (moved.length > 0)
    await movePapers(
      ctx,
      moved.map(({ person }) => ids.get(person.personNo)!),
    );
  const refused = await appointInBulk(
    ctx,
    good.map(({ person, post }) => ({ ...post, personId: ids.get(person.personNo)! })),
    moved.map(({ person, post }) => ({
      personId: ids.get(person.personNo)!,
      formerUnitId: known.get(person.personNo)!.unitId,
      endsOn: post.startsOn ?? today,
    })),
  );
  for (const { index, code, details } of refused) reject(good[index]!.row, 'post', code, details);
  return good.length - refused.length;
}

function readRow(
  ctx: Ctx,
  row: ImportRow,
  ground: { units: ReadonlyMap<string, UnitRef>; today: string },
  reject: Reject,
): Wanted | undefined {
  const { person_no: number = '', name = '', unit_code: code = '', phone = '', email = '' } = row.values;
  const unit = ground.units.get(code);
  const phoneNumber = phone.replace(/\s/g, '');
  let well = true;
  const refuse = (column: string, error: string, details: Record<string, unknown>) => {
    well = false;
    reject(row, column, error, details);
  };
  if (number.length > 40) refuse('person_no', 'units.too_long', { column: '人员编号', limit: 40 });
  if (name.length > 40) refuse('name', 'units.too_long', { column: '姓名', limit: 40 });
  if (!unit) refuse('unit_code', 'units.unknown_unit', { code });
  else if (!inScope(ctx, unit.path)) refuse('unit_code', 'units.outside_scope', { code });
  if (phoneNumber && !isPhone(phoneNumber)) refuse('phone', 'units.bad_phone', { value: phone });
  if (email && !isEmail(email)) refuse('email', 'units.bad_email', { value: email });
  const startsOn = readDay(row, 'starts_on', '任职日期', refuse);
  const endsOn = readDay(row, 'ends_on', '离任日期', refuse);
  if (endsOn && endsOn <= (startsOn ?? '')) refuse('ends_on', 'units.ends_before_start', { startsOn });
  const documentNo = row.values.document_no ?? '';
  if (documentNo.length > 60) refuse('document_no', 'units.too_long', { column: '任命文号', limit: 60 });
  if (!well || !unit) return undefined;
  return {
    row,
    person: {
      personNo: number,
      name,
      pinyin: pinyinOf(name),
      unitId: unit.id,
      unitPath: unit.path,
      phone: phoneNumber || null,
      email: email || null,
      minor: row.values.minor ? row.values.minor === 'yes' : null,
    },
    post: {
      unitId: unit.id,
      unitPath: unit.path,
      post: row.values.post as Post,
      startsOn,
      endsOn,
      documentNo: documentNo || null,
      fullTime: row.values.time ? row.values.time === 'full' : null,
    },
  };
}

/** A day as spreadsheets give it: 2026-09-01, 2026/9/1, 20260901 or 2026年9月1日. */
function readDay(
  row: ImportRow,
  key: string,
  column: string,
  refuse: (column: string, error: string, details: Record<string, unknown>) => void,
): string | null {
  const text = (row.values[key] ?? '').trim();
  if (text === '') return null;
  const parts =
    /^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ]0{1,2}:00(?::00)?.*)?$/.exec(text);
  const [, year, month = parts?.[4], date = parts?.[5]] = parts ?? [];
  const day = `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
  const at = new Date(`${day}T00:00:00Z`);
  const real = parts && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
  if (real && day >= '1950-01-01' && day <= '2100-01-01') return day;
  refuse(key, 'units.bad_value', { column, reason: `“${text.slice(0, 40)}”不是日期，例如 2026-09-01` });
  return null;
}
