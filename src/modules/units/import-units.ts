import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import type { ImportRow, Reject } from './import-sheet.ts';
import { isPhone, isUscc, mayHangUnder, pinyinOf, type UnitKind } from './rules.ts';
import { type NewUnitRow as NewUnit, type UnitRef, unitsByCode, upsertUnits } from './store.ts';

/** Stores the good rows; a parent may stand anywhere in the same file. Returns how many were stored. */
export async function applyUnits(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const known = await unitsByCode(ctx);
  const firstRow = new Map<string, ImportRow>();
  const wanted: ImportRow[] = [];
  for (const row of rows) {
    const code = row.values.code ?? '';
    const first = firstRow.get(code);
    if (first) reject(row, 'code', 'units.duplicate_row', { first: first.row, value: code });
    else if (checkCells(row, reject)) wanted.push(row);
    if (!first) firstRow.set(code, row);
  }
  let count = 0;
  // Cities, then counties, then schools: a parent is stored before its children.
  for (const kind of ['city', 'county', 'school'] as const) {
    const level: NewUnit[] = [];
    for (const row of wanted.filter((one) => one.values.kind === kind)) {
      const unit = placeUnit(ctx, row, known, reject);
      if (!unit) continue;
      level.push(unit);
      known.set(unit.code, { id: unit.id, code: unit.code, name: unit.name, kind, path: unit.unit_path });
    }
    await upsertUnits(ctx, level);
    count += level.length;
  }
  return count;
}

function checkCells(row: ImportRow, reject: Reject): boolean {
  const { code = '', name = '', uscc = '', phone = '' } = row.values;
  const problems: [string, string, Record<string, unknown>][] = [];
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(code)) {
    problems.push([
      'code',
      'units.bad_value',
      { column: '单位代码', reason: '只能用字母、数字、- 和 _，最长 40 位' },
    ]);
  }
  if (name.length < 2 || name.length > 100)
    problems.push(['name', 'units.bad_value', { column: '单位名称', reason: '2–100 字' }]);
  if (uscc && !isUscc(uscc)) problems.push(['uscc', 'units.bad_uscc', { value: uscc }]);
  if (phone && !isPhone(phone)) problems.push(['phone', 'units.bad_phone', { value: phone }]);
  for (const [column, error, details] of problems) reject(row, column, error, details);
  return problems.length === 0;
}

function placeUnit(
  ctx: Ctx,
  row: ImportRow,
  known: ReadonlyMap<string, UnitRef>,
  reject: Reject,
): NewUnit | undefined {
  const values = row.values;
  const kind = values.kind as UnitKind;
  const code = values.code ?? '';
  const existing = known.get(code);
  const parent = values.parent_code ? known.get(values.parent_code) : undefined;
  const refuse = (column: string, error: string, details: Record<string, unknown>) => {
    reject(row, column, error, details);
    return undefined;
  };
  if (kind !== 'city' && !values.parent_code) return refuse('parent_code', 'units.parent_required', {});
  if (values.parent_code && !parent)
    return refuse('parent_code', 'units.unknown_parent', { code: values.parent_code });
  if (parent && !mayHangUnder(kind, parent.kind)) {
    return refuse('parent_code', 'units.wrong_parent', { kind, parent: parent.kind });
  }
  const path = parent ? `${parent.path}.${code}` : code;
  if (existing && existing.path !== path) {
    return refuse('parent_code', 'units.bad_value', {
      column: '上级单位代码',
      reason: `该单位已登记在 ${existing.path}，不能用导入移动`,
    });
  }
  if (kind === 'city' && !existing && [...known.values()].some((unit) => unit.kind === 'city')) {
    return refuse('kind', 'units.bad_value', { column: '单位类别', reason: '市级单位只有一个，已经登记' });
  }
  if (!inScope(ctx, path)) return refuse('code', 'units.outside_scope', { code });
  return {
    id: existing?.id ?? newId(),
    code,
    name: values.name ?? '',
    pinyin: pinyinOf(values.name ?? ''),
    kind,
    parent_id: parent?.id ?? null,
    unit_path: path,
    uscc: values.uscc || null,
    school_code: values.school_code || null,
    address: values.address || null,
    phone: values.phone || null,
  };
}

/** Whether a path lies in the actor's scope, before the database says so less kindly. */
export function inScope(ctx: Ctx, path: string): boolean {
  const { scope } = ctx.actor;
  return scope === '*' || path === scope || path.startsWith(`${scope}.`);
}
