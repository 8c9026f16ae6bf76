/** What each act does to the tree, to its history, and to everything that belongs to the units. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type * as contract from './contract.ts';
import { unitClosed, unitMoved } from './contract.ts';
import { explainTree } from './explain-tree.ts';
import { inScope } from './import-units.ts';
import { registerUnit } from './register-unit.ts';
import { mayHangUnder } from './rules.ts';
import { findUnit } from './store.ts';
import { type Fact, type Period, periodOn, samePlace, stateFact, type UnitState } from './timeline.ts';
import * as tree from './tree-store.ts';
import { refreshSearch } from './unit-store.ts';

type UnitRow = NonNullable<Awaited<ReturnType<typeof findUnit>>>;

/** An act as it was written down: who, which document, from which day. */
export interface Act {
  readonly changeId: string | null;
  readonly on: string;
  readonly byName: string;
  readonly moved: tree.MovedRows[];
  readonly paths: z.input<typeof contract.changeReply>['paths'];
}

interface Bodies {
  rename: z.output<typeof contract.renameBody>;
  move: z.output<typeof contract.moveBody>;
  merge: z.output<typeof contract.mergeBody>;
  split: z.output<typeof contract.splitBody>;
  close: z.output<typeof contract.closeBody>;
  reopen: z.output<typeof contract.reopenBody>;
}
export type ChangeKind = keyof Bodies;

const acts: { [K in ChangeKind]: (ctx: Ctx, act: Act, unit: UnitRow, body: Bodies[K]) => Promise<void> } = {
  rename,
  move,
  merge,
  split,
  close,
  reopen,
};

/**
 * Makes a change in the caller's transaction. One change of the tree at a time; the database refuses whatever would
 * leave a unit without a parent on any day. Throws `units.*`.
 */
export async function applyChange<K extends ChangeKind>(
  ctx: Ctx,
  kind: K,
  unitId: string,
  body: Bodies[K],
  given: Omit<Act, 'moved' | 'paths'>,
): Promise<Act> {
  const act: Act = { ...given, moved: [], paths: [] };
  let name = '';
  try {
    await tree.lockTree(ctx);
    const unit = await findUnit(ctx, { id: unitId });
    if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: unitId });
    name = unit.name;
    if (body.version !== undefined && body.version !== unit.version) {
      fail('units.changed_meanwhile', { name });
    }
    await acts[kind](ctx, act, unit, body);
    await recordAudit(ctx, {
      action: `units.${kind}`,
      subject: `unit:${unit.id}`,
      unitPath: (await findUnit(ctx, { id: unit.id }))?.unit_path ?? unit.unit_path,
      before: { name: unit.name, path: unit.unit_path, state: unit.state },
      after: { ...body, change: act.changeId, moved: act.moved, paths: act.paths },
    });
    await tree.checkTree(ctx);
  } catch (error) {
    return explainTree(error, { name, on: act.on });
  }
  return act;
}

/**
 * Writes facts into the history from the act's day on, and returns what the unit is today after that.
 * `last`: no later change may be known, since more than the history hangs on this one.
 */
async function write(ctx: Ctx, act: Act, unit: UnitRow, fact: Fact, last = false): Promise<Period> {
  const periods = await tree.periodsOf(ctx, unit.id);
  const first = periods[0];
  if (!first || act.on < first.from) {
    fail('units.not_then', { name: unit.name, since: first?.from ?? '—', on: act.on });
  }
  const then = periodOn(periods, act.on)!;
  if (last && then.to !== null) fail('units.later_change', { name: unit.name, on: act.on, later: then.to });
  const wanted = stateFact(periods, act.on, fact);
  const key = (one: Period) => JSON.stringify([one.from, one.to, one.name, one.parentId, one.state]);
  const kept = new Set(wanted.map(key));
  const known = new Set(periods.map(key));
  const old = periods.filter((one) => !kept.has(key(one)));
  if (old.length === 0) fail('units.no_change', { name: unit.name });
  const added = wanted
    .filter((one) => !known.has(key(one)))
    .map((one) => {
      // What only was cut keeps the act that it came from.
      const before = periods.find((was) => was.from <= one.from && (was.to === null || one.from < was.to));
      const same = before !== undefined && samePlace(before, one);
      return {
        ...one,
        changeId: same ? before.changeId : act.changeId,
        byName: same ? before.byName : act.byName,
      };
    });
  await tree.rewritePeriods(ctx, unit, old, added);
  return periodOn(wanted, await tree.today(ctx))!;
}

/** Puts the unit where its history says that it is today, with everything that belongs to it. */
async function settle(ctx: Ctx, act: Act, unit: UnitRow, now: Period): Promise<string> {
  if (now.name !== unit.name) {
    await tree.setName(ctx, unit.id, now.name);
  }
  await refreshSearch(ctx, [unit.id]);
  if (now.parentId === null || (now.parentId === unit.parent_id && now.state === unit.state)) {
    return unit.unit_path;
  }
  const rows = await tree.hangUnit(ctx, unit.id, now.parentId, now.state);
  const { unit_path: path, parent_name: parentName } = (await findUnit(ctx, { id: unit.id }))!;
  addRows(act, rows);
  if (path !== unit.unit_path) {
    act.paths.push({
      name: unit.name,
      from: unit.unit_path,
      to: path,
      fromUnder: unit.parent_name,
      toUnder: parentName,
    });
    await ctx.emit(unitMoved, { unitId: unit.id, fromPath: unit.unit_path, toPath: path }, path);
  }
  return path;
}

/** The tree's own books move too; nobody needs to be told. */
const books = new Set(['units.unit_history', 'units.change', 'units.path_change', 'units.uscc_approval']);

function addRows(act: Act, rows: readonly tree.MovedRows[]): void {
  for (const row of rows) {
    if (books.has(row.table)) continue;
    const at = act.moved.findIndex((known) => known.table === row.table);
    if (at < 0) act.moved.push(row);
    else act.moved[at] = { table: row.table, rows: act.moved[at]!.rows + row.rows };
  }
}

/** An open parent in scope under which the unit may hang. */
async function parentFor(ctx: Ctx, unit: Pick<UnitRow, 'kind'>, code: string): Promise<UnitRow> {
  const parent = await findUnit(ctx, { code });
  if (!parent) fail('units.unknown_parent', { code });
  if (!inScope(ctx, parent.unit_path)) fail('units.outside_scope', { code });
  if (parent.state !== 'open') fail('units.not_open', { name: parent.name });
  if (!mayHangUnder(unit.kind, parent.kind)) {
    fail('units.wrong_parent', { kind: unit.kind, parent: parent.kind });
  }
  return parent;
}

function mustBeOpen(unit: UnitRow): void {
  if (unit.kind === 'city') fail('units.city_fixed');
  if (unit.state !== 'open') fail('units.not_open', { name: unit.name });
}

async function rename(ctx: Ctx, act: Act, unit: UnitRow, body: Bodies['rename']): Promise<void> {
  await settle(ctx, act, unit, await write(ctx, act, unit, { name: body.name }));
}

async function move(ctx: Ctx, act: Act, unit: UnitRow, body: Bodies['move']): Promise<void> {
  mustBeOpen(unit);
  const parent = await parentFor(ctx, unit, body.parentCode);
  await settle(ctx, act, unit, await write(ctx, act, unit, { parentId: parent.id }));
}

async function merge(ctx: Ctx, act: Act, unit: UnitRow, body: Bodies['merge']): Promise<void> {
  mustBeOpen(unit);
  const givers: UnitRow[] = [];
  for (const code of new Set(body.others)) givers.push(await partner(ctx, unit, code));
  let taker = unit;
  if (body.into) {
    taker = await newUnit(ctx, act, unit, body.into);
    givers.push(unit);
  }
  for (const giver of givers) await join(ctx, act, giver, taker);
}

async function partner(ctx: Ctx, unit: UnitRow, code: string): Promise<UnitRow> {
  const other = await findUnit(ctx, { code });
  if (!other) fail('units.unknown_unit', { code });
  if (!inScope(ctx, other.unit_path)) fail('units.outside_scope', { code });
  if (other.id === unit.id) fail('units.merge_self', { code });
  if (other.kind !== unit.kind) fail('units.merge_kinds', { name: other.name });
  mustBeOpen(other);
  return other;
}

/** One unit goes into another: its open units hang there, its people and websites go there, its past stays its own. */
async function join(ctx: Ctx, act: Act, giver: UnitRow, taker: UnitRow): Promise<void> {
  for (const child of await tree.openChildren(ctx, giver.id)) {
    const row = (await findUnit(ctx, { id: child.id }))!;
    await settle(ctx, act, row, await write(ctx, act, row, { parentId: taker.id }));
  }
  const fact = { state: 'merged', parentId: taker.id } as const;
  const path = await settle(ctx, act, giver, await write(ctx, act, giver, fact, true));
  addRows(act, await tree.handOver(ctx, giver.id, taker.id));
  await ctx.emit(unitClosed, { unitId: giver.id, unitPath: path, intoId: taker.id, on: act.on }, path);
}

async function split(ctx: Ctx, act: Act, unit: UnitRow, body: Bodies['split']): Promise<void> {
  mustBeOpen(unit);
  for (const part of body.parts) await newUnit(ctx, act, unit, part);
}

/** Registers a unit of the same kind beside this one, as of the act's day. */
async function newUnit(
  ctx: Ctx,
  act: Act,
  beside: UnitRow,
  part: { code: string; name: string },
): Promise<UnitRow> {
  const parent = (await findUnit(ctx, { id: beside.parent_id! }))!;
  if (!inScope(ctx, parent.unit_path)) fail('units.outside_scope', { code: parent.code });
  const id = await registerUnit(ctx, {
    ...part,
    kind: beside.kind,
    parentCode: parent.code,
    sinceOn: act.on,
    ...(beside.admin_code && { adminCode: beside.admin_code }),
    ...(beside.school_type && { schoolType: beside.school_type }),
    ...(beside.ownership && { ownership: beside.ownership }),
  });
  const made = (await findUnit(ctx, { id }))!;
  act.paths.push({
    name: made.name,
    from: null,
    to: made.unit_path,
    fromUnder: null,
    toUnder: made.parent_name,
  });
  return made;
}

async function close(ctx: Ctx, act: Act, unit: UnitRow): Promise<void> {
  mustBeOpen(unit);
  const children = await tree.openChildren(ctx, unit.id);
  const blocking = (await tree.contentsOf(ctx, unit.id)).filter((one) => one.blocks);
  if (children.length + blocking.length > 0) {
    const names = children.slice(0, 5).map((one) => one.name);
    const more = children.length > 5 ? '…' : '';
    const zh = [
      ...(children.length > 0 ? [`下级单位 ${children.length} 个（${names.join('、')}${more}）`] : []),
      ...blocking.map((one) => `${tableWords(one.table).zh} ${one.rows} 个`),
    ];
    const en = [
      ...(children.length > 0 ? [`${children.length} units (${names.join(', ')}${more})`] : []),
      ...blocking.map((one) => `${one.rows} ${tableWords(one.table).en}`),
    ];
    fail('units.still_in_use', {
      name: unit.name,
      what: zh.join('，'),
      what_en: en.join(', '),
      children: children.length,
      items: blocking.map(({ table, rows }) => ({ table, rows })),
    });
  }
  const path = await settle(ctx, act, unit, await write(ctx, act, unit, { state: 'closed' }, true));
  await ctx.emit(unitClosed, { unitId: unit.id, unitPath: path, intoId: null, on: act.on }, path);
}

function tableWords(table: string): { zh: string; en: string } {
  return table === 'sites.site' ? { zh: '网站', en: 'websites' } : { zh: table, en: table };
}

async function reopen(ctx: Ctx, act: Act, unit: UnitRow, body: Bodies['reopen']): Promise<void> {
  if (unit.state === 'open') fail('units.already_open', { name: unit.name });
  const periods = await tree.periodsOf(ctx, unit.id);
  const lastOpen = periods.filter((one) => one.state === 'open').at(-1);
  const code = body.parentCode ?? (await codeOf(ctx, lastOpen?.parentId ?? (await homeOf(ctx, unit))));
  const parent = await parentFor(ctx, unit, code);
  const state: UnitState = 'open';
  await settle(ctx, act, unit, await write(ctx, act, unit, { state, parentId: parent.id }, true));
}

/** Of a unit that was never open on any whole day: where it hangs, or where the one hangs that it went into. */
async function homeOf(ctx: Ctx, unit: UnitRow): Promise<string | null> {
  if (unit.state === 'closed') return unit.parent_id;
  return (await findUnit(ctx, { id: unit.parent_id! }))?.parent_id ?? null;
}

async function codeOf(ctx: Ctx, id: string | null): Promise<string> {
  const found = id === null ? undefined : await findUnit(ctx, { id });
  return found?.code ?? fail('units.parent_required');
}
