import type { z } from 'zod';
import { lookEverywhere } from '#addresses';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { countOpen } from '#findings';
import { inScope, peopleByNumber, refreshFive, unitsByCode } from '#units';
import { type newSite, siteMoved, siteRegistered, type updateSite } from './contract.ts';
import { isResolveTo, parseSiteUrl, reachOf, type SiteAddress } from './rules.ts';
import * as store from './store.ts';

/** Registers a website. Throws `sites.duplicate_host` when the host is registered, by whomever. */
export async function registerSite(ctx: Ctx, input: z.output<typeof newSite>): Promise<store.SiteRow> {
  const address = parseSiteUrl(input.url) ?? fail('sites.bad_url', { value: input.url });
  refuseAddress(ctx, { url: address.url, resolveTo: input.resolveTo || null });
  const unit = (await unitsByCode(ctx, [input.unitCode])).get(input.unitCode);
  if (!unit) fail('units.unknown_unit', { code: input.unitCode });
  if (!inScope(ctx, unit.path)) fail('units.outside_scope', { code: input.unitCode });
  await refuseTakenHost(ctx, address.host);
  const entry: store.SiteEntry = {
    unitId: unit.id,
    unitPath: unit.path,
    name: input.name,
    ...address,
    resolveTo: input.resolveTo ?? null,
    icpNo: input.icpNo ?? null,
    policeNo: input.policeNo ?? null,
    managerId: await personOf(ctx, input.managerNo),
    headId: await personOf(ctx, input.headNo),
    serverAddress: input.serverAddress ?? null,
  };
  const [id = ''] = await store.insertSites(ctx, [entry]);
  await recordAudit(ctx, {
    action: 'sites.register',
    subject: `site:${id}`,
    unitPath: unit.path,
    after: entry,
  });
  await ctx.emit(siteRegistered, { siteId: id }, unit.path);
  await refreshFive(ctx, [unit.id]);
  return readSite(ctx, id);
}

/** Refuses a crawl address that is none, or what the actor may not have crawled. */
function refuseAddress(ctx: Ctx, site: { url: string; resolveTo: string | null }): void {
  const value = (site.resolveTo ?? new URL(site.url).host).slice(0, 100);
  const isWell = site.resolveTo === null || isResolveTo(value);
  const reason = isWell ? addressProblem(ctx, site) : 'sites.bad_resolve_to';
  if (reason) fail(reason, { value, field: site.resolveTo ? 'resolveTo' : 'url' });
}

/** Why the actor may not register a site with this URL and well-formed crawl address; null when he may. */
export function addressProblem(
  ctx: Ctx,
  site: { url: string; resolveTo: string | null },
): 'sites.inside_address' | 'sites.no_website_there' | null {
  const { config } = ctx.app;
  const ownPorts = [
    config.port,
    config.syslogTcpPort,
    config.syslogTlsPort,
    config.relpPort,
    config.relpTlsPort,
  ];
  const reach = reachOf(site, ownPorts);
  if (reach === 'nowhere') return 'sites.no_website_there';
  const mayReachInside = ctx.actor.kind === 'system' || ctx.actor.permissions.has('sites.inside');
  return reach === 'inside' && !mayReachInside ? 'sites.inside_address' : null;
}

/** One host is one unit's. Throws `sites.duplicate_host` when a site in use has it, whosever it is. */
export async function refuseTakenHost(ctx: Ctx, host: string): Promise<void> {
  await store.lockHosts(ctx);
  const holder = (await lookEverywhere(ctx, (all) => store.findByHosts(all, [host]))).get(host);
  if (holder) fail('sites.duplicate_host', { host, unit: unitShown(ctx, holder) });
}

/** A holder's name for whoever may see it. */
export function unitShown(ctx: Ctx, holder: store.SiteRow): string {
  return inScope(ctx, holder.unit_path) ? holder.unit_name : '其他单位';
}

async function personOf(ctx: Ctx, number: string | undefined): Promise<string | null> {
  if (!number) return null;
  const person = (await peopleByNumber(ctx, [number])).get(number);
  return person?.id ?? fail('units.unknown_person', { no: number });
}

/**
 * Corrects an entry; what is not given stays. The former entry is in the audit log. Throws `sites.changed_meanwhile` when
 * it is no longer at `revision`, and `sites.already_read` for another host once a page was read from the old one.
 */
export async function correctSite(
  ctx: Ctx,
  id: string,
  input: z.output<NonNullable<typeof updateSite.body>>,
): Promise<store.SiteRow> {
  await store.lockSite(ctx, id);
  const before = await readSite(ctx, id);
  if (before.retired_at) fail('sites.retired', { name: before.name });
  // A machine that writes one field does not say what it has read.
  if (input.revision !== undefined && before.revision !== input.revision)
    fail('sites.changed_meanwhile', { now: before.revision });
  const address = await correctedAddress(ctx, before, input);
  const resolveTo = input.resolveTo ?? before.resolve_to;
  if (address || resolveTo !== before.resolve_to)
    refuseAddress(ctx, { url: address?.url ?? before.url, resolveTo: resolveTo || null });
  const entry = entryOf(before);
  const after: store.SiteEntry = {
    ...entry,
    ...address,
    name: input.name ?? entry.name,
    resolveTo: input.resolveTo ?? entry.resolveTo,
    icpNo: input.icpNo ?? entry.icpNo,
    policeNo: input.policeNo ?? entry.policeNo,
    managerId: input.managerNo ? await personOf(ctx, input.managerNo) : entry.managerId,
    headId: input.headNo ? await personOf(ctx, input.headNo) : entry.headId,
    serverAddress: input.serverAddress ?? entry.serverAddress,
  };
  await store.updateSites(ctx, [{ id, ...after }]);
  await recordAudit(ctx, {
    action: 'sites.update',
    subject: `site:${id}`,
    unitPath: before.unit_path,
    before: entry,
    after: { ...after, ...(input.reason && { reason: input.reason }) },
  });
  if (after.host !== entry.host) {
    await ctx.emit(siteMoved, { siteId: id, reason: input.reason ?? '' }, before.unit_path);
  }
  await refreshFive(ctx, [before.unit_id]);
  return readSite(ctx, id);
}

/** The address that is to stand in the entry from now on; empty when it stays. */
async function correctedAddress(
  ctx: Ctx,
  before: store.SiteRow,
  { url, reason }: { url?: string | undefined; reason?: string | undefined },
): Promise<SiteAddress | undefined> {
  if (url === undefined) return undefined;
  const address = parseSiteUrl(url) ?? fail('sites.bad_url', { value: url });
  if (address.url === before.url) return undefined;
  if (!reason) fail('sites.reason_needed', { field: 'reason' });
  if (address.host === before.host) return address;
  // What was seen hangs on the host: pages, findings, evidence. Nothing of it may pass for another's.
  if (before.first_read_at) fail('sites.already_read', { host: before.host, field: 'url' });
  await refuseTakenHost(ctx, address.host);
  return address;
}

export function entryOf(row: store.SiteRow): store.SiteEntry {
  return {
    unitId: row.unit_id,
    unitPath: row.unit_path,
    name: row.name,
    url: row.url,
    host: row.host,
    resolveTo: row.resolve_to,
    icpNo: row.icp_no,
    policeNo: row.police_no,
    managerId: row.manager_id,
    headId: row.head_id,
    serverAddress: row.server_address,
  };
}

/** One visible site. Throws `base.not_found`. */
export async function readSite(ctx: Ctx, id: string): Promise<store.SiteRow> {
  return (await store.findSite(ctx, id)) ?? fail('base.not_found', { what: id });
}

/** One visible site that is looked at. Throws `base.not_found` and `sites.retired`. */
export async function readSiteInUse(ctx: Ctx, id: string): Promise<store.SiteRow> {
  const site = await readSite(ctx, id);
  return site.retired_at ? fail('sites.retired', { name: site.name }) : site;
}

/**
 * Notes what a check saw, now. `health` is what it could see: a check that could not look says `unreachable`
 * or `blocked`, never `clean`; `unreadPages` are those that it came to and did not read whole. Open findings are counted
 * from the register of findings.
 */
export async function recordCheck(
  ctx: Ctx,
  check: { siteId: string; health: store.SiteHealth; unreadPages?: number },
): Promise<void> {
  const openFindings = await countOpen(ctx, check.siteId);
  if (!(await store.setCheck(ctx, { ...check, openFindings }))) {
    fail('base.not_found', { what: check.siteId });
  }
}

/** Notes that a page was read from these sites, at the hosts that they are registered with now. */
export async function noteRead(ctx: Ctx, sites: readonly { id: string; host: string }[]): Promise<void> {
  if (sites.length > 0) await store.setFirstRead(ctx, sites);
}

/** Counts a site's open findings again after a person judged one of them. */
export async function recountFindings(ctx: Ctx, siteId: string): Promise<void> {
  await store.setOpenFindings(ctx, siteId, await countOpen(ctx, siteId));
}
