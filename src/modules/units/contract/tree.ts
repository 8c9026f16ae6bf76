/** The tree in time: renames, moves, merges, splits, closures, reopenings; what it was on a date. */
import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { day, docNo } from './days.ts';
import { unitCode, unitKind, unitState } from './units.ts';

/** A unit hangs elsewhere: every row of every module that belongs to it has its new path already. */
export const unitMoved = event(
  'units.unit_moved',
  z.object({ unitId: z.uuid(), fromPath: z.string(), toPath: z.string() }),
);

/** A unit was closed, or merged into another (then `intoId` names that one), from the day `on`. */
export const unitClosed = event(
  'units.unit_closed',
  z.object({ unitId: z.uuid(), unitPath: z.string(), intoId: z.uuid().nullish(), on: day.nullish() }),
);

/** A change that was planned for a date could not be made on that date. */
export const unitChangeFailed = event(
  'units.change_failed',
  z.object({ changeId: z.uuid(), unitId: z.uuid(), unitPath: z.string(), reason: z.string() }),
);

export const unitChangeKind = z.enum(['rename', 'move', 'merge', 'split', 'close', 'reopen']);
export const unitChangeState = z.enum(['planned', 'applied', 'cancelled', 'failed']);

const act = {
  effectiveOn: day,
  docNo,
  reason: z.string().trim().min(2).max(500),
  /** The unit's `version` that the caller saw: refused when somebody changed the unit since. */
  version: z.number().int().optional(),
};

export const renameBody = z.object({ name: z.string().trim().min(2).max(100), ...act });
export const moveBody = z.object({ parentCode: unitCode, ...act });
const newPart = z.object({ code: unitCode, name: z.string().trim().min(2).max(100) });
export const mergeBody = z.object({
  /** The units that join this one; or, with `into`, that go together with it into a new one. */
  others: z.array(unitCode).min(1).max(50),
  into: newPart.optional(),
  ...act,
});
export const splitBody = z.object({ parts: z.array(newPart).min(1).max(20), ...act });
export const closeBody = z.object(act);
export const reopenBody = z.object({ parentCode: unitCode.optional(), ...act });

/** What a change did, or with `preview` would do: nothing is stored then. */
export const changeReply = z.object({
  id: z.uuid().nullable(),
  state: z.enum(['planned', 'applied', 'preview']),
  /** How many rows of which register get a new path or a new unit. */
  moved: z.array(z.object({ table: z.string(), rows: z.number().int() })),
  /** New places in the tree. */
  paths: z.array(
    z.object({
      name: z.string(),
      from: z.string().nullable(),
      to: z.string(),
      /** Names of the parents. */
      fromUnder: z.string().nullable(),
      toUnder: z.string().nullable(),
    }),
  ),
});
export type ChangeReply = z.infer<typeof changeReply>;

const previewQuery = z.object({ preview: z.stringbool().default(false) });

/** One route per act, all alike: dated, with a document number and a reason. */
function actRoute<B extends z.ZodObject>(verb: string, summary: string, body: B) {
  return route({
    method: 'POST',
    path: `/api/units/:id/${verb}`,
    summary,
    access: 'units.reorganise',
    params: idParams,
    query: previewQuery,
    body,
    reply: changeReply,
  });
}

export const renameUnit = actRoute('rename', 'Gives the unit another name from a date on.', renameBody);
export const moveUnit = actRoute(
  'move',
  'Hangs the unit under another parent from a date on; everything that belongs to it moves along.',
  moveBody,
);
export const mergeUnits = actRoute(
  'merge',
  'Merges other units into this one, or this one and others into a new one.',
  mergeBody,
);
export const splitUnit = actRoute('split', 'Registers new units that come out of this one.', splitBody);
export const closeUnit = actRoute(
  'close',
  'Closes the unit; refused while open units or websites hang on it.',
  closeBody,
);
export const reopenUnit = actRoute('reopen', 'Opens a closed or merged unit again.', reopenBody);

export const treeUnit = z.object({
  id: z.uuid(),
  code: z.string(),
  name: z.string(),
  kind: unitKind,
  state: unitState,
  parentId: z.uuid().nullable(),
  /** The chain of codes on that date. */
  path: z.string(),
  /** False: it has left the caller's scope since and cannot be opened. */
  here: z.boolean(),
});
export type TreeUnit = z.infer<typeof treeUnit>;

export const getTree = route({
  method: 'GET',
  path: '/api/units/tree',
  summary: 'The whole tree in the caller’s scope as it was on a date (default today), as now known.',
  access: 'units.read',
  query: z.object({ on: day.optional(), closed: z.stringbool().default(false) }),
  reply: z.object({
    on: z.string(),
    /** The first day of which anything is known; null when nothing is. */
    knownSince: z.string().nullable(),
    /** Planned changes up to that day: they are not drawn, for until their day they can be withdrawn or fail. */
    planned: z.number().int(),
    /** Units of today whose founding date nobody entered and that were registered after that day: not drawn. */
    undated: z.number().int(),
    items: z.array(treeUnit),
  }),
});

export const unitPeriod = z.object({
  from: z.string(),
  to: z.string().nullable(),
  name: z.string(),
  state: unitState,
  parentId: z.uuid().nullable(),
  parentName: z.string().nullable(),
  path: z.string(),
  recordedAt: time,
  /** Set: this was believed until then, and was corrected. */
  supersededAt: time.nullable(),
});

export const unitChange = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  kind: unitChangeKind,
  state: unitChangeState,
  effectiveOn: z.string(),
  docNo: z.string(),
  reason: z.string(),
  /** What it is about: the new name, the new parent, the units that merge. */
  detail: z.string(),
  byName: z.string(),
  at: time,
  appliedAt: time.nullable(),
  error: z.string().nullable(),
});
export type UnitChange = z.infer<typeof unitChange>;

export const getUnitHistory = route({
  method: 'GET',
  path: '/api/units/:id/history',
  summary: 'What the unit was when, what was corrected, and the acts behind it.',
  access: 'units.read',
  params: idParams,
  reply: z.object({
    periods: z.array(unitPeriod),
    corrected: z.array(unitPeriod),
    changes: z.array(unitChange),
  }),
});

export const getUnitContents = route({
  method: 'GET',
  path: '/api/units/:id/contents',
  summary: 'How many rows of each register belong to the unit and the units below it.',
  access: 'units.read',
  params: idParams,
  reply: z.object({ items: z.array(z.object({ table: z.string(), rows: z.number().int() })) }),
});

export const listUnitChanges = route({
  method: 'GET',
  path: '/api/unit-changes',
  summary: 'Changes of the tree, the newest first; planned ones wait for their date.',
  access: 'units.read',
  query: listQuery.extend({ state: unitChangeState.optional(), kind: unitChangeKind.optional() }),
  reply: listOf(unitChange),
});

export const cancelUnitChange = route({
  method: 'POST',
  path: '/api/unit-changes/:id/cancel',
  summary: 'Withdraws a planned change before its date.',
  access: 'units.reorganise',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
  reply: unitChange,
});

export const treePermissions = {
  'units.reorganise': {
    zh: '变更单位（更名、划转、合并、分设、撤销）',
    en: 'Reorganise units (rename, move, merge, split, close)',
  },
} as const;

export const treeErrors = {
  'units.changed_meanwhile': {
    status: 409,
    zh: '“{name}”刚刚被别人改过，请刷新后再做',
    en: '“{name}” was just changed by somebody else; reload and try again',
  },
  'units.not_open': {
    status: 422,
    zh: '“{name}”已经撤销或并入其他单位，先恢复再变更',
    en: '“{name}” is closed or merged; reopen it first',
  },
  'units.already_open': { status: 422, zh: '“{name}”没有撤销，不用恢复', en: '“{name}” is open already' },
  'units.no_change': {
    status: 422,
    zh: '“{name}”在这一天已经是这样，没有要变更的',
    en: '“{name}” already was so on that date; nothing changes',
  },
  'units.not_then': {
    status: 422,
    zh: '“{name}”从 {since} 起才在册，不能写 {on}；请改日期，或先更正它的设立日期',
    en: '“{name}” is in the register since {since} only, not on {on}; change the date, or correct its founding date first',
  },
  'units.still_in_use': {
    status: 409,
    zh: '“{name}”名下还有：{what}。先把它们移走，或改用“合并”',
    en: 'On “{name}” there still hang: {what_en}. Move them away first, or merge the unit',
  },
  'units.breaks_tree': {
    status: 422,
    zh: '从 {on} 起这样变更会让“{name}”那段时间没有在册的上级或下级失去上级；请核对各单位的日期',
    en: 'Changed so from {on}, “{name}” or a unit below it would for some days have no open parent; check the dates',
  },
  'units.later_change': {
    status: 422,
    zh: '“{name}”在 {on} 之后（{later}）还有变更，这一项不能插在它前面；请写 {later} 或以后的日期',
    en: '“{name}” changed again on {later}, after {on}; this act cannot come before that: take {later} or a later day',
  },
  'units.merge_self': {
    status: 422,
    zh: '单位不能并入自己：{code}',
    en: 'A unit cannot merge into itself: {code}',
  },
  'units.merge_kinds': {
    status: 422,
    zh: '只有同一类单位可以合并：{name} 的类别不同',
    en: 'Only units of one kind can merge: {name} is of another kind',
  },
  'units.city_fixed': {
    status: 422,
    zh: '市局是树根，不能划转、合并、分设或撤销',
    en: 'The city bureau is the root; it cannot be moved, merged, split or closed',
  },
  'units.change_settled': {
    status: 409,
    zh: '这项变更已经不在等待：{state}',
    en: 'This change no longer waits: {state}',
  },
  'units.tree_busy': {
    status: 503,
    zh: '正在进行另一项单位变更，请稍后再试',
    en: 'Another change of the tree is under way; try again shortly',
  },
} as const;
