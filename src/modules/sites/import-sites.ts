import { lookEverywhere } from '#addresses';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import {
  type ImportRow,
  inScope,
  peopleByNumber,
  type Reject,
  refreshFive,
  type UnitRef,
  unitsByCode,
} from '#units';
import { siteRegistered } from './contract.ts';
import { addressProblem, entryOf, unitShown } from './register-site.ts';
import { isIcpNo, isPoliceNo, isResolveTo, parseSiteUrl } from './rules.ts';
import * as store from './store.ts';

interface Wanted {
  readonly row: ImportRow;
  readonly entry: store.SiteEntry;
}

/** Stores the good rows; a host that is registered in the actor's scope is brought up to date. */
export async function applySites(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const wanted = await readRows(ctx, rows, reject);
  await store.lockHosts(ctx);
  const hosts = wanted.map(({ entry }) => entry.host);
  const registered = await lookEverywhere(ctx, (all) => store.findByHosts(all, hosts));
  const fresh: store.SiteEntry[] = [];
  const changed: (store.SiteEntry & { id: string })[] = [];
  let accepted = 0;
  for (const { row, entry: given } of wanted) {
    const before = registered.get(given.host);
    // Older sheets have no column for the leader in charge: an empty cell leaves who was named.
    const entry = before && !given.headId ? { ...given, headId: before.head_id } : given;
    if (before && before.unit_id !== entry.unitId) {
      reject(row, 'url', 'sites.duplicate_host', { host: entry.host, unit: unitShown(ctx, before) });
      continue;
    }
    const { url, resolveTo } = entry;
    // What an officer registered stays in a school's sheet.
    const isNew = resolveTo !== (before?.resolve_to ?? null) || url !== before?.url;
    const problem = isNew && addressProblem(ctx, { url, resolveTo });
    if (problem) {
      reject(row, resolveTo ? 'resolve_to' : 'url', problem, { value: resolveTo ?? entry.host });
      continue;
    }
    accepted += 1;
    if (!before) fresh.push(entry);
    else if (JSON.stringify(entryOf(before)) !== JSON.stringify(entry))
      changed.push({ id: before.id, ...entry });
  }
  await store.updateSites(ctx, changed);
  if (changed.length > 0) {
    await recordAudit(ctx, {
      action: 'sites.update',
      subject: 'import:sites',
      before: changed.map(({ host }) => entryOf(registered.get(host)!)),
      after: changed,
    });
  }
  const pathOf = new Map(fresh.map((entry) => [entry.host, entry.unitPath]));
  await store.insertSites(ctx, fresh);
  const added = await store.findByHosts(ctx, [...pathOf.keys()]);
  for (const [host, site] of added) await ctx.emit(siteRegistered, { siteId: site.id }, pathOf.get(host)!);
  await refreshFive(ctx, [...new Set(wanted.map(({ entry }) => entry.unitId))]);
  return accepted;
}

async function readRows(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<Wanted[]> {
  const units = await unitsByCode(ctx);
  const numbers = rows
    .flatMap((row) => [row.values.manager_no ?? '', row.values.head_no ?? ''])
    .filter((no) => no !== '');
  const people = await peopleByNumber(ctx, [...new Set(numbers)]);
  const firstRow = new Map<string, number>();
  const wanted: Wanted[] = [];
  for (const row of rows) {
    const entry = readRow(ctx, row, units, people, reject);
    if (!entry) continue;
    const first = firstRow.get(entry.host);
    if (first) reject(row, 'url', 'units.duplicate_row', { first, value: entry.host });
    else {
      firstRow.set(entry.host, row.row);
      wanted.push({ row, entry });
    }
  }
  return wanted;
}

function readRow(
  ctx: Ctx,
  row: ImportRow,
  units: ReadonlyMap<string, UnitRef>,
  people: ReadonlyMap<string, { id: string }>,
  reject: Reject,
): store.SiteEntry | undefined {
  const { name = '', unit_code: code = '', url = '' } = row.values;
  const { resolve_to: resolveTo, icp_no: icpNo, police_no: policeNo, manager_no: managerNo } = row.values;
  const { server_address: serverAddress, head_no: headNo } = row.values;
  let well = true;
  const refuse = (column: string, error: string, details: Record<string, unknown>) => {
    well = false;
    reject(row, column, error, details);
  };
  const address = parseSiteUrl(url);
  const unit = units.get(code);
  const manager = managerNo ? people.get(managerNo) : undefined;
  const head = headNo ? people.get(headNo) : undefined;
  if (name.length < 2 || name.length > 100) {
    refuse('name', 'units.bad_value', { column: '网站名称', reason: '2–100 字' });
  }
  if (!unit) refuse('unit_code', 'units.unknown_unit', { code });
  else if (!inScope(ctx, unit.path)) refuse('unit_code', 'units.outside_scope', { code });
  if (!address) refuse('url', 'sites.bad_url', { value: url.slice(0, 100) });
  if (resolveTo && !isResolveTo(resolveTo)) {
    refuse('resolve_to', 'sites.bad_resolve_to', { value: resolveTo.slice(0, 100) });
  }
  if (icpNo && !isIcpNo(icpNo)) refuse('icp_no', 'sites.bad_icp', { value: icpNo.slice(0, 60) });
  if (policeNo && !isPoliceNo(policeNo))
    refuse('police_no', 'sites.bad_police_no', { value: policeNo.slice(0, 60) });
  if (managerNo && !manager) refuse('manager_no', 'units.unknown_person', { no: managerNo.slice(0, 60) });
  if (headNo && !head) refuse('head_no', 'units.unknown_person', { no: headNo.slice(0, 60) });
  if (serverAddress && serverAddress.length > 60)
    refuse('server_address', 'units.too_long', { column: '服务器地址', limit: 60 });
  if (!well || !unit || !address) return undefined;
  return {
    unitId: unit.id,
    unitPath: unit.path,
    name,
    ...address,
    resolveTo: resolveTo || null,
    icpNo: icpNo || null,
    policeNo: policeNo || null,
    managerId: manager?.id ?? null,
    headId: head?.id ?? null,
    serverAddress: serverAddress || null,
  };
}
