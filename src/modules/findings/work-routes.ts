/** Routes of false alarms, orders, days to mend, the history of a finding, and the precision of rules. */

import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { countByUnit, type UnitFindingsRow } from './by-unit-store.ts';
import * as contract from './contract.ts';
import { readFixDays, setFixDays } from './fix-days.ts';
import { orderRectification } from './order-fix.ts';
import * as orders from './order-store.ts';
import {
  decideSuppression,
  proposeFalseAlarm,
  proposeFalseAlarms,
  withdrawSuppression,
} from './propose-false-alarm.ts';
import { FEW_DECISIONS, firstInstantOf, lastInstantOf, shareInterval } from './rules.ts';
import * as store from './store.ts';
import { suppressionOf } from './suppression-reply.ts';
import * as suppressions from './suppression-store.ts';

function orderOf(row: orders.OrderRow) {
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    siteId: row.site_id,
    siteName: row.site_name,
    words: row.words,
    dueAt: row.due_at,
    issuedBy: row.issued_by_name,
    issuedAt: row.issued_at,
    settledAt: row.settled_at,
    overdue: row.overdue,
    findings: row.findings,
    open: row.open,
  };
}

function precisionOf(row: orders.PrecisionRow) {
  const decisions = row.confirmed + row.false_alarms;
  const interval = shareInterval(row.confirmed, decisions);
  return {
    rule: row.rule,
    kind: row.kind,
    seen: row.seen,
    open: row.open,
    closed: row.closed,
    falseAlarms: row.false_alarms,
    suppressed: row.suppressed,
    decisions,
    precision: decisions === 0 ? null : row.confirmed / decisions,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
    few: decisions < FEW_DECISIONS,
  };
}

function unitFindingsOf(row: UnitFindingsRow) {
  const {
    unit_id: unitId,
    unit_name: unitName,
    bureau_name: bureauName,
    oldest_at: oldestAt,
    ...counts
  } = row;
  return { unitId, unitName, bureauName, oldestAt, ...counts };
}

export const workRoutes: Handler[] = [
  handle(contract.countByUnit, async (ctx, { query }) => {
    const { items, ...counts } = await countByUnit(ctx, query);
    return { ...counts, items: items.map(unitFindingsOf) };
  }),
  handle(contract.proposeFalseAlarm, async (ctx, { params, body }) =>
    suppressionOf(ctx, await proposeFalseAlarm(ctx, params.id, body)),
  ),
  handle(contract.proposeFalseAlarms, async (ctx, { body: { findingIds, ...proposal } }) =>
    proposeFalseAlarms(ctx, findingIds, proposal),
  ),
  handle(contract.listSuppressions, async (ctx, { query }) => {
    const { items, ...counts } = await suppressions.listSuppressions(ctx, query);
    return { ...counts, items: items.map((row) => suppressionOf(ctx, row)) };
  }),
  handle(contract.decideSuppression, async (ctx, { params, body }) =>
    suppressionOf(ctx, await decideSuppression(ctx, params.id, body)),
  ),
  handle(contract.withdrawSuppression, async (ctx, { params, body }) =>
    suppressionOf(ctx, await withdrawSuppression(ctx, params.id, body.reason)),
  ),
  handle(contract.suppressedCounts, async (ctx, { query }) => {
    const { items, ...counts } = await suppressions.countSuppressed(ctx, query);
    return {
      ...counts,
      items: items.map(({ site_id: siteId, site_name: siteName, unit_name: unitName, ...row }) => ({
        ...row,
        siteId,
        siteName,
        unitName,
      })),
    };
  }),
  handle(contract.getFixDays, (ctx) => readFixDays(ctx)),
  handle(contract.setFixDays, async (ctx, { body }) => {
    await setFixDays(ctx, body);
    return readFixDays(ctx);
  }),
  handle(contract.orderRectification, async (ctx, { body }) => {
    const done = await orderRectification(ctx, body);
    return { orders: done.orders.map(orderOf), skipped: done.skipped };
  }),
  handle(contract.listRectifications, async (ctx, { query }) => {
    const { items, ...counts } = await orders.listOrders(ctx, query);
    return { ...counts, items: items.map(orderOf) };
  }),
  handle(contract.findingHistory, async (ctx, { params }) => {
    if (!(await store.findFinding(ctx, params.id))) fail('base.not_found', { what: params.id });
    const rows = await store.listChanges(ctx, params.id);
    return {
      items: rows.map(({ actor_id: actorId, actor_name: by, ...row }) => ({
        ...row,
        by,
        byMachine: actorId.startsWith('system:'),
      })),
    };
  }),
  handle(contract.listPrecision, async (ctx, { query: { from, to, ...query } }) => {
    const { items, ...counts } = await orders.countByRule(ctx, {
      ...query,
      from: from === undefined ? null : firstInstantOf(from),
      to: to === undefined ? null : lastInstantOf(to),
    });
    return { ...counts, items: items.map(precisionOf) };
  }),
];
