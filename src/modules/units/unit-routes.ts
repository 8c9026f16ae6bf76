/** Routes of units: register, facts, tree, acts, approvals, export. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import type { Route } from '#base/contract';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import type { ChangeKind } from './apply-change.ts';
import { decideUscc, proposeUscc } from './approve-uscc.ts';
import { cancelChange, changeUnit } from './change-unit.ts';
import * as contract from './contract.ts';
import { writeUnits } from './export-units.ts';
import { registerUnit } from './register-unit.ts';
import { maskPhone } from './rules.ts';
import * as store from './store.ts';
import * as tree from './tree-store.ts';
import * as facts from './unit-store.ts';
import { updateUnit } from './update-unit.ts';

function unitOf(row: store.ListedUnit): contract.Unit {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    kind: row.kind,
    parentId: row.parent_id,
    parentName: row.parent_name,
    path: row.unit_path,
    state: row.state,
    shortName: row.short_name,
    adminCode: row.admin_code,
    uscc: row.uscc,
    usccApproved: row.uscc_approval_id !== null,
    schoolCode: row.school_code,
    schoolType: row.school_type,
    ownership: row.ownership,
    address: row.address,
    postalCode: row.postal_code,
    phone: row.phone,
    contactName: row.contact_name,
    contactPhoneMasked: maskPhone(row.contact_phone),
    studentCount: row.student_count,
    staffCount: row.staff_count,
    sinceOn: row.since_on,
    version: row.version,
  };
}

async function detailOf(ctx: Ctx, id: string): Promise<z.input<typeof contract.unitDetail>> {
  const row = (await store.findUnit(ctx, { id })) ?? fail('base.not_found', { what: id });
  const names = (await tree.namesOf(ctx, [id])).get(id) ?? [];
  return { ...unitOf(row), formerNames: names.filter((name) => name !== row.name) };
}

function changeOf(row: tree.ChangeRow): z.input<typeof contract.unitChange> {
  const { name, parentCode, others, into, parts } = row.body as {
    name?: string;
    parentCode?: string;
    others?: string[];
    into?: { name: string };
    parts?: { name: string }[];
  };
  const named = row.named ?? parentCode ?? others?.join('、');
  const words = [name, named, into && `→ ${into.name}`, parts?.map((one) => one.name).join('、')];
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    kind: row.kind,
    state: row.state,
    effectiveOn: row.effective_on,
    docNo: row.doc_no,
    reason: row.reason,
    detail: words.filter(Boolean).join(' '),
    byName: row.by_name,
    at: row.at,
    appliedAt: row.applied_at,
    error: row.error,
  };
}

function approvalOf(ctx: Ctx, row: facts.ApprovalRow): z.input<typeof contract.usccApproval> {
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    uscc: row.uscc,
    reason: row.reason,
    scanRef: row.scan_ref,
    proposedBy: row.proposed_by_name,
    proposedAt: row.proposed_at,
    approved: row.approved,
    decidedBy: row.decided_by_name,
    decidedAt: row.decided_at,
    note: row.note,
    mine: row.proposed_by === ctx.actor.id,
  };
}

function periodOf(row: tree.HistoryRow): z.input<typeof contract.unitPeriod> {
  const { kind: _kind, ...period } = row;
  return period;
}

type ActRoute = Route<typeof contract.renameUnit.params & z.ZodType, z.ZodType, z.ZodType, z.ZodType>;

/** The route of one act. */
function act(route: unknown, kind: ChangeKind): Handler {
  return handleRaw(route as ActRoute, async (app, actor, input) => {
    const { params, query, body } = input as {
      params: { id: string };
      query: { preview: boolean };
      body: never;
    };
    return changeUnit(app, actor, { kind, unitId: params.id, body, preview: query.preview });
  });
}

const fileTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

export const unitRoutes: Handler[] = [
  handle(contract.listUnits, async (ctx, { query }) => {
    const { items, ...counted } = await store.listUnits(ctx, query);
    return { ...counted, items: items.map(unitOf) };
  }),
  handle(contract.getUnit, (ctx, { params }) => detailOf(ctx, params.id)),
  handle(contract.registerUnit, async (ctx, { body }) => {
    const id = await registerUnit(ctx, body);
    return unitOf((await store.findUnit(ctx, { id })) ?? fail('base.not_found', { what: id }));
  }),
  handle(contract.updateUnit, async (ctx, { params, body }) => {
    await updateUnit(ctx, params.id, body);
    return detailOf(ctx, params.id);
  }),
  act(contract.renameUnit, 'rename'),
  act(contract.moveUnit, 'move'),
  act(contract.mergeUnits, 'merge'),
  act(contract.splitUnit, 'split'),
  act(contract.closeUnit, 'close'),
  act(contract.reopenUnit, 'reopen'),
  handle(contract.getTree, async (ctx, { query }) => {
    const on = query.on ?? (await tree.today(ctx));
    const rows = await tree.treeOn(ctx, on, query.closed);
    const items = rows.map((row) => ({ ...row, code: row.path.slice(row.path.lastIndexOf('.') + 1) }));
    return { on, knownSince: await tree.knownSince(ctx), ...(await tree.missingOn(ctx, on)), items };
  }),
  handle(contract.getUnitHistory, async (ctx, { params }) => {
    const rows = await tree.historyOf(ctx, params.id);
    if (rows.length === 0) fail('base.not_found', { what: params.id });
    const { items } = await tree.listChanges(ctx, { unitId: params.id, page: 1, pageSize: 500 });
    return {
      periods: rows.filter((row) => row.supersededAt === null).map(periodOf),
      corrected: rows.filter((row) => row.supersededAt !== null).map(periodOf),
      changes: items.map(changeOf),
    };
  }),
  handle(contract.getUnitContents, async (ctx, { params }) => {
    if (!(await store.findUnit(ctx, params))) fail('base.not_found', { what: params.id });
    const rows = await tree.contentsOf(ctx, params.id);
    return { items: rows.map(({ table, rows: count }) => ({ table, rows: count })) };
  }),
  handle(contract.listUnitChanges, async (ctx, { query }) => {
    const { items, ...counted } = await tree.listChanges(ctx, query);
    return { ...counted, items: items.map(changeOf) };
  }),
  handle(contract.cancelUnitChange, async (ctx, { params, body }) =>
    changeOf(await cancelChange(ctx, params.id, body.reason)),
  ),
  handle(contract.proposeUscc, async (ctx, { params, body }) =>
    approvalOf(ctx, await proposeUscc(ctx, params.id, body)),
  ),
  handle(contract.listUsccApprovals, async (ctx, { query }) => {
    const { items, ...counted } = await facts.listApprovals(ctx, query);
    return { ...counted, items: items.map((row) => approvalOf(ctx, row)) };
  }),
  handle(contract.decideUscc, async (ctx, { params, body }) =>
    approvalOf(ctx, await decideUscc(ctx, params.id, body)),
  ),
  handleRaw(contract.exportUnits, async (app, actor, { query }, { reply }) => {
    const { format, ...filter } = query;
    const rows = await app.run(actor, async (ctx) => {
      const found = await store.allUnits(ctx, filter);
      const after = { format, ...filter, rows: found.length };
      await recordAudit(ctx, { action: 'units.export', subject: 'export:units', after });
      return found;
    });
    return reply
      .type(fileTypes[format])
      .header('content-disposition', `attachment; filename="units.${format}"`)
      .send(Buffer.from(await writeUnits(rows, format)));
  }),
];
