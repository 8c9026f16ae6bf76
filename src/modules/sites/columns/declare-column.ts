/** Declares the columns of websites: by form, and by file. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type ImportRow, peopleByNumber, type Reject } from '#units';
import { type declareColumn as declareRoute, pathPrefix } from '../contract/columns.ts';
import { readSite } from '../register-site.ts';
import { parseSiteUrl } from '../rules.ts';
import { findByHosts } from '../store.ts';
import * as store from './store.ts';

type Input = z.output<NonNullable<typeof declareRoute.body>>;

/** Declares a column. Throws `sites.duplicate_column` when the path is one, `units.unknown_person`. */
export async function declareColumn(ctx: Ctx, siteId: string, input: Input): Promise<store.ColumnRow> {
  const site = await readSite(ctx, siteId);
  const entry = await entryOf(ctx, input);
  await store.lockColumns(ctx, [siteId]);
  await refuseTwice(ctx, siteId, entry.pathPrefix);
  const id = await store.insertColumn(ctx, { id: siteId, unitPath: site.unit_path }, entry);
  await recordAudit(ctx, {
    action: 'sites.declare_column',
    subject: `site:${siteId}`,
    unitPath: site.unit_path,
    after: { id, ...entry },
  });
  return (await store.findColumn(ctx, id))!;
}

/** Changes a declared column; the former entry stays in the audit log. */
export async function changeColumn(ctx: Ctx, id: string, input: Input): Promise<store.ColumnRow> {
  const before = (await store.findColumn(ctx, id)) ?? fail('base.not_found', { what: id });
  const entry = await entryOf(ctx, input);
  await store.lockColumns(ctx, [before.site_id]);
  await refuseTwice(ctx, before.site_id, entry.pathPrefix, id);
  await write(ctx, before, entry);
  return (await store.findColumn(ctx, id))!;
}

async function write(ctx: Ctx, before: store.ColumnRow, entry: store.ColumnEntry): Promise<void> {
  await store.updateColumn(ctx, before.id, entry);
  await recordAudit(ctx, {
    action: 'sites.change_column',
    subject: `site:${before.site_id}`,
    unitPath: before.unit_path,
    before: { id: before.id, ...ofRow(before) },
    after: { ...entry },
  });
}

/** Says that a column is no more. */
export async function removeColumn(ctx: Ctx, id: string, reason: string): Promise<store.ColumnRow> {
  const before = (await store.findColumn(ctx, id)) ?? fail('base.not_found', { what: id });
  await store.removeColumn(ctx, id, reason);
  await recordAudit(ctx, {
    action: 'sites.remove_column',
    subject: `site:${before.site_id}`,
    unitPath: before.unit_path,
    before: { id, ...ofRow(before) },
    after: { reason },
  });
  return before;
}

const ofRow = (row: store.ColumnRow): store.ColumnEntry => ({
  name: row.name,
  pathPrefix: row.path_prefix,
  ownerId: row.owner_id,
  updateDays: row.update_days,
  interactive: row.interactive,
});

async function entryOf(ctx: Ctx, { ownerNo, updateDays, ...rest }: Input): Promise<store.ColumnEntry> {
  const owner = ownerNo ? (await peopleByNumber(ctx, [ownerNo])).get(ownerNo) : undefined;
  if (ownerNo && !owner) fail('units.unknown_person', { no: ownerNo });
  return { ...rest, ownerId: owner?.id ?? null, updateDays: updateDays ?? null };
}

async function refuseTwice(ctx: Ctx, siteId: string, path: string, id?: string): Promise<void> {
  const other = (await store.columnsOf(ctx, siteId)).find((one) => one.path_prefix === path && one.id !== id);
  if (other) fail('sites.duplicate_column', { path, name: other.name });
}

/** Stores the good rows; a column that is declared by its path is brought up to date. Returns how many are good. */
export async function applyColumns(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const people = await peopleByNumber(ctx, [...new Set(rows.flatMap(({ values }) => values.owner_no || []))]);
  const hosts = rows.flatMap(({ values }) => parseSiteUrl(values.site_url ?? '')?.host ?? []);
  const sites = await findByHosts(ctx, [...new Set(hosts)]);
  const siteIds = [...new Set([...sites.values()].map(({ id }) => id))];
  await store.lockColumns(ctx, siteIds);
  const declared = new Map(
    (await store.columnsOfSites(ctx, siteIds)).map((one) => [keyOf(one.site_id, one.path_prefix), one]),
  );
  const firstRow = new Map<string, number>();
  let accepted = 0;
  for (const row of rows) {
    const site = sites.get(parseSiteUrl(row.values.site_url ?? '')?.host ?? '');
    const entry = readRow(row, people, reject);
    if (!site)
      reject(row, 'site_url', 'sites.unknown_site', { value: (row.values.site_url ?? '').slice(0, 100) });
    if (!site || !entry) continue;
    const key = keyOf(site.id, entry.pathPrefix);
    const first = firstRow.get(key);
    if (first) {
      reject(row, 'path_prefix', 'units.duplicate_row', { first, value: entry.pathPrefix });
      continue;
    }
    firstRow.set(key, row.row);
    accepted += 1;
    await keepRow(ctx, site, declared.get(key), entry);
  }
  return accepted;
}

const keyOf = (siteId: string, path: string) => `${siteId} ${path}`;

async function keepRow(
  ctx: Ctx,
  site: { id: string; unit_path: string },
  known: store.ColumnRow | undefined,
  entry: store.ColumnEntry,
): Promise<void> {
  if (known) {
    if (JSON.stringify(ofRow(known)) !== JSON.stringify(entry)) await write(ctx, known, entry);
    return;
  }
  const id = await store.insertColumn(ctx, { id: site.id, unitPath: site.unit_path }, entry);
  await recordAudit(ctx, {
    action: 'sites.declare_column',
    subject: `site:${site.id}`,
    unitPath: site.unit_path,
    after: { id, ...entry },
  });
}

const yesNo: Readonly<Record<string, boolean>> = {
  '': false,
  否: false,
  no: false,
  n: false,
  是: true,
  yes: true,
  y: true,
};

function readRow(
  row: ImportRow,
  people: ReadonlyMap<string, { id: string }>,
  reject: Reject,
): store.ColumnEntry | undefined {
  const { name = '', path_prefix: path = '', owner_no: ownerNo = '' } = row.values;
  const { update_days: days = '', interactive: answer = '' } = row.values;
  let well = true;
  const refuse = (column: string, error: string, details: Record<string, unknown>) => {
    well = false;
    reject(row, column, error, details);
  };
  if (name.length < 1 || name.length > 60)
    refuse('name', 'units.bad_value', { column: '栏目名称', reason: '1–60 字' });
  if (!pathPrefix.safeParse(path).success)
    refuse('path_prefix', 'sites.bad_path', { value: path.slice(0, 100) });
  if (ownerNo && !people.has(ownerNo))
    refuse('owner_no', 'units.unknown_person', { no: ownerNo.slice(0, 60) });
  const isDays = days === '' || (/^\d{1,4}$/.test(days) && Number(days) >= 1 && Number(days) <= 3650);
  if (!isDays) refuse('update_days', 'sites.bad_days', { value: days.slice(0, 40) });
  const interactive = yesNo[answer.toLowerCase()];
  if (interactive === undefined) refuse('interactive', 'sites.bad_yes_no', { value: answer.slice(0, 40) });
  if (!well) return undefined;
  return {
    name,
    pathPrefix: path,
    ownerId: people.get(ownerNo)?.id ?? null,
    updateDays: days === '' ? null : Number(days),
    interactive: interactive ?? false,
  };
}
