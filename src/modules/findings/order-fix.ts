/** Orders to mend. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { FixDays } from './contract.ts';
import { readFixDays } from './fix-days.ts';
import { keepOrders } from './keep-orders.ts';
import * as orders from './order-store.ts';
import { lastInstantOf } from './rules.ts';
import * as store from './store.ts';

const dayMs = 86_400_000;

/**
 * Orders units to mend: one order and one task for each website (or unit, for what is on none). Findings that are not
 * open, or were ordered before and not closed since, are left out and named.
 */
export async function orderRectification(
  ctx: Ctx,
  input: { findingIds: readonly string[]; words: string; dueOn?: string | undefined },
): Promise<{ orders: orders.OrderRow[]; skipped: string[] }> {
  const wanted = [...new Set(input.findingIds)];
  const found = await store.lockFindings(ctx, wanted);
  const fit = found.filter((one) => one.state === 'open' && one.rectification_id === null);
  if (found.length < wanted.length) {
    const seen = new Set(found.map((one) => one.id));
    fail('base.not_found', { what: wanted.find((id) => !seen.has(id)) });
  }
  if (fit.length === 0) fail('findings.nothing_to_order');
  const now = ctx.clock.now();
  const days = await readFixDays(ctx);
  const groups = Map.groupBy(fit, (one) => one.site_id ?? `unit:${one.unit_id}`);
  const ids: string[] = [];
  for (const group of groups.values()) {
    ids.push(await issue(ctx, group, input.words, dueOf(now, group, days, input.dueOn)));
  }
  await keepOrders(ctx, ids);
  const ordered = new Set(fit.map((one) => one.id));
  return { orders: await orders.ordersById(ctx, ids), skipped: wanted.filter((id) => !ordered.has(id)) };
}

function dueOf(now: Date, group: readonly store.FindingRow[], days: FixDays, dueOn?: string): Date {
  if (dueOn === undefined) {
    return new Date(now.getTime() + Math.min(...group.map((one) => days[one.severity])) * dayMs);
  }
  const due = lastInstantOf(dueOn);
  if (due <= now || due.getTime() > now.getTime() + 366 * dayMs) fail('findings.bad_due', { value: dueOn });
  return due;
}

async function issue(
  ctx: Ctx,
  group: readonly store.FindingRow[],
  words: string,
  dueAt: Date,
): Promise<string> {
  const { unit_id: unitId, unit_path: unitPath, site_id: siteId, site_name: siteName } = group[0]!;
  const findingIds = group.map((one) => one.id);
  const id = await orders.insertOrder(ctx, { unitId, unitPath, siteId, siteName, words, dueAt, findingIds });
  await store.insertChanges(
    ctx,
    findingIds.map((findingId) => ({ findingId, unitPath, before: 'open', after: 'open', act: 'ordered' })),
    { note: words },
  );
  await recordAudit(ctx, {
    action: 'findings.order',
    subject: `rectification:${id}`,
    unitPath,
    after: { site: siteId, findings: findingIds, dueAt, words },
  });
  return id;
}
