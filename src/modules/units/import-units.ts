import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { explainTree } from './explain-tree.ts';
import type { ImportRow, Reject, Stored } from './import-sheet.ts';
import { isPhone, isUscc, mayHangUnder, pinyinOf, type UnitKind } from './rules.ts';
import { factColumns, type ListedUnit, type NewUnitRow, unitRows, upsertUnits } from './store.ts';
import { checkTree, startsOf, today } from './tree-store.ts';
import { refreshSearch } from './unit-store.ts';

/** The facts of a unit as its row has them. */
type Facts = Pick<NewUnitRow, (typeof factColumns)[number]>;

/**
 * Stores the good rows; a parent may stand anywhere in the same file. Importing again changes what differs, by
 * code; a column that the file lacks leaves its facts alone, an empty cell empties them.
 */
export async function applyUnits(
  ctx: Ctx,
  rows: readonly ImportRow[],
  refuse: Reject,
  fields: ReadonlySet<string> = new Set(factColumns),
  ill: readonly ImportRow[] = [],
): Promise<Stored> {
  const known = new Map((await unitRows(ctx)).map((row) => [row.code, row]));
  const day = await today(ctx);
  const starts = await startsOf(ctx);
  const firstRow = new Map<string, ImportRow>();
  // By the code of a unit that did not get in: the row whose own fault that is.
  const causes = new Map(ill.map((row) => [row.values.code ?? '', row.row]));
  const reject: Reject = (row, column, code, details = {}) => {
    const { follows = row.row } = details;
    if (!causes.has(row.values.code ?? '')) causes.set(row.values.code ?? '', Number(follows));
    refuse(row, column, code, details);
  };
  const wanted: ImportRow[] = [];
  for (const row of rows) {
    const code = row.values.code ?? '';
    const first = firstRow.get(code);
    if (first) reject(row, 'code', 'units.duplicate_row', { first: first.row, value: code });
    else if (checkCells(row, known.get(code), day, reject)) wanted.push(row);
    if (!first) firstRow.set(code, row);
  }
  const tally = { created: 0, updated: 0, unchanged: 0 };
  // Cities, then counties, then schools: a parent is stored before its children.
  for (const kind of ['city', 'county', 'school'] as const) {
    const level: NewUnitRow[] = [];
    for (const row of wanted.filter((one) => one.values.kind === kind)) {
      const place = placeUnit(ctx, row, known, causes, reject);
      if (!place || !fitsParent(row, known, starts, reject)) continue;
      const before = known.get(place.code);
      if (!before) starts.set(place.id, dateOf(row.values.since_on ?? '') ?? day);
      const unit = { ...factsOf(before, row, fields), ...place };
      if (before && sameFacts(before, unit)) tally.unchanged += 1;
      else {
        tally[before ? 'updated' : 'created'] += 1;
        level.push(unit);
      }
      known.set(unit.code, { ...before, ...unit, state: before?.state ?? 'open' } as ListedUnit);
    }
    await upsertUnits(ctx, level);
    await refreshSearch(
      ctx,
      level.map((unit) => unit.id),
    );
  }
  await checkTree(ctx).catch((error: unknown) => explainTree(error, { name: '—', on: day }));
  return tally;
}

type Problem = [column: string, error: string, details: Record<string, unknown>];

/** Cells that have one right form, with how it is told. */
const forms: readonly [column: string, zh: string, form: RegExp, reason: string][] = [
  ['code', '单位代码', /^[A-Za-z0-9_-]{1,40}$/, '只能用字母、数字、- 和 _，最长 40 位'],
  ['name', '单位名称', /^.{2,100}$/su, '2–100 字'],
  ['short_name', '简称', /^.{0,40}$/su, '最长 40 字'],
  ['admin_code', '行政区划代码', /^(?:\d{6}(?:\d{6})?)?$/, '6 或 12 位数字'],
  ['school_code', '学校标识码', /^(?:\d{10})?$/, '10 位数字'],
  ['postal_code', '邮政编码', /^(?:\d{6})?$/, '6 位数字'],
  ['address', '地址', /^.{0,200}$/su, '最长 200 字'],
  ['contact_name', '联系人', /^.{0,40}$/su, '最长 40 字'],
  ['student_count', '学生数', /^\d{0,6}$/, '不带单位的整数'],
  ['staff_count', '教职工数', /^\d{0,6}$/, '不带单位的整数'],
];

function checkCells(row: ImportRow, before: ListedUnit | undefined, day: string, reject: Reject): boolean {
  const { uscc = '', since_on: since = '' } = row.values;
  const problems: Problem[] = [];
  for (const [column, zh, form, reason] of forms) {
    if (!form.test(row.values[column] ?? '')) {
      problems.push([column, 'units.bad_value', { column: zh, reason }]);
    }
  }
  const isApproved = before?.uscc_approval_id && before.uscc === uscc.toUpperCase();
  if (uscc && !isUscc(uscc.toUpperCase()) && !isApproved)
    problems.push(['uscc', 'units.bad_uscc', { value: uscc }]);
  for (const column of ['phone', 'contact_phone']) {
    const value = row.values[column];
    if (value && !isPhone(value)) problems.push([column, 'units.bad_phone', { value }]);
  }
  const date = dateOf(since);
  if (since && !date) {
    problems.push(['since_on', 'units.bad_value', { column: '设立日期', reason: '写成 1998-09-01' }]);
  } else if (date && date > day) problems.push(['since_on', 'units.since_future', { on: date }]);
  for (const [column, error, details] of problems) reject(row, column, error, details);
  return problems.length === 0;
}

/** `1998-09-01` from that, 1998/9/1 or 1998年9月1日; undefined when it is no day. */
function dateOf(text: string): string | undefined {
  const [, year, month, date] =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 0?0:00(?::00)?)?$/.exec(text.trim()) ?? [];
  if (!year || !month || !date) return undefined;
  const iso = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
  const parsed = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(iso) ? iso : undefined;
}

/** A new unit cannot have been there before its parent. */
function fitsParent(
  row: ImportRow,
  known: ReadonlyMap<string, ListedUnit>,
  starts: ReadonlyMap<string, string>,
  reject: Reject,
): boolean {
  const parent = known.get(row.values.parent_code ?? '');
  const on = dateOf(row.values.since_on ?? '');
  const since = parent && starts.get(parent.id);
  if (!on || !since || on >= since || known.has(row.values.code ?? '')) return true;
  reject(row, 'since_on', 'units.not_then', { name: parent.name, since, on });
  return false;
}

function factsOf(before: ListedUnit | undefined, row: ImportRow, fields: ReadonlySet<string>): Facts {
  const facts: Record<string, string | number | null> = {};
  for (const column of factColumns) {
    const text = row.values[column] ?? '';
    if (!fields.has(column)) facts[column] = before?.[column] ?? null;
    else if (text === '') facts[column] = null;
    else if (column === 'student_count' || column === 'staff_count') facts[column] = Number(text);
    else if (column === 'since_on') facts[column] = dateOf(text)!;
    else facts[column] = column === 'uscc' ? text.toUpperCase() : text;
  }
  // The history of a registered unit has its start; another one is an act of its own (the unit's page).
  if (before) facts.since_on = before.since_on;
  return facts as unknown as Facts;
}

function sameFacts(before: ListedUnit, after: NewUnitRow): boolean {
  return before.name === after.name && factColumns.every((column) => before[column] === after[column]);
}

function placeUnit(
  ctx: Ctx,
  row: ImportRow,
  known: ReadonlyMap<string, ListedUnit>,
  causes: ReadonlyMap<string, number>,
  reject: Reject,
): Pick<NewUnitRow, 'id' | 'code' | 'name' | 'pinyin' | 'kind' | 'parent_id' | 'unit_path'> | undefined {
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
  if (values.parent_code && !parent) {
    const follows = causes.get(values.parent_code);
    return follows === undefined
      ? refuse('parent_code', 'units.unknown_parent', { code: values.parent_code })
      : refuse('', 'units.follows_row', { code: values.parent_code, follows });
  }
  if (parent && existing?.state !== 'merged' && !mayHangUnder(kind, parent.kind)) {
    return refuse('parent_code', 'units.wrong_parent', { kind, parent: parent.kind });
  }
  const path = parent ? `${parent.unit_path}.${code}` : code;
  if (existing && existing.unit_path !== path) {
    return refuse('parent_code', 'units.bad_value', {
      column: '上级单位代码',
      reason: `该单位已登记在 ${existing.unit_path}，不能用导入移动；请在单位页面办理“划转”`,
    });
  }
  if (existing && existing.kind !== kind) {
    return refuse('kind', 'units.bad_value', { column: '单位类别', reason: '已登记的单位不能改类别' });
  }
  if (!existing && parent && parent.state !== 'open') {
    return refuse('parent_code', 'units.not_open', { name: parent.name });
  }
  if (kind === 'city' && !existing && [...known.values()].some((unit) => unit.kind === 'city')) {
    return refuse('kind', 'units.bad_value', { column: '单位类别', reason: '市级单位只有一个，已经登记' });
  }
  if (!inScope(ctx, path)) return refuse('code', 'units.outside_scope', { code });
  const name = values.name ?? '';
  return {
    id: existing?.id ?? newId(),
    code,
    name,
    pinyin: pinyinOf(name),
    kind,
    parent_id: parent?.id ?? null,
    unit_path: path,
  };
}

/** Whether a path lies in the actor's scope, before the database says so less kindly. */
export function inScope(ctx: Ctx, path: string): boolean {
  const { scope } = ctx.actor;
  return scope === '*' || path === scope || path.startsWith(`${scope}.`);
}
