import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { like, type Page, pageOf } from '#base/list';
import type { siteHealth } from './contract.ts';
import { orphaned, orphanedSince } from './people-store.ts';

export type SiteHealth = z.infer<typeof siteHealth>;

export interface SiteRow {
  id: string;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  name: string;
  url: string;
  host: string;
  resolve_to: string | null;
  icp_no: string | null;
  police_no: string | null;
  manager_id: string | null;
  manager_name: string | null;
  head_id: string | null;
  head_name: string | null;
  orphaned: boolean;
  orphaned_since: string | null;
  server_address: string | null;
  health: SiteHealth;
  last_checked_at: Date | null;
  open_findings: number;
  unread_pages: number;
  revision: number;
  first_read_at: Date | null;
  retired_at: Date | null;
  retired_by_name: string | null;
  retired_reason: string | null;
}

export interface SiteQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly unitId?: string | undefined;
  readonly health?: string | undefined;
  readonly orphaned?: boolean | undefined;
  readonly retired?: boolean | undefined;
}

const columns = sql`s.id, s.unit_id, u.name AS unit_name, s.unit_path::text AS unit_path, s.name, s.url, s.host,
  s.resolve_to, s.icp_no, s.police_no, s.manager_id, p.name AS manager_name, s.head_id, h.name AS head_name,
  ${orphaned} AS orphaned, ${orphanedSince} AS orphaned_since, s.server_address, s.health,
  s.last_checked_at, s.open_findings, s.unread_pages, s.revision, s.first_read_at, s.retired_at, r.retired_by_name, r.reason AS retired_reason`;
const joined = sql`JOIN units.unit_view u ON u.id = s.unit_id LEFT JOIN units.person_view p ON p.id = s.manager_id
  LEFT JOIN units.person_view h ON h.id = s.head_id
  LEFT JOIN sites.retirement r ON r.site_id = s.id AND r.restored_at IS NULL`;
const joins = sql`sites.site s ${joined}`;

const orders: Readonly<Record<string, ReturnType<typeof sql>>> = {
  name: sql`s.name, s.id`,
  '-name': sql`s.name DESC, s.id`,
  host: sql`s.host`,
  '-host': sql`s.host DESC`,
  lastCheckedAt: sql`s.last_checked_at NULLS FIRST, s.id`,
  '-lastCheckedAt': sql`s.last_checked_at DESC NULLS LAST, s.id`,
  openFindings: sql`s.open_findings, s.host`,
  '-openFindings': sql`s.open_findings DESC, s.host`,
};

/** Worst first, unless the query sorts otherwise. */
export async function listSites(ctx: Ctx, query: SiteQuery): Promise<Page<SiteRow>> {
  const where: RawBuilder<unknown>[] = [sql`(s.retired_at IS NOT NULL) = ${query.retired ?? false}`];
  if (query.unitId) where.push(sql`s.unit_id = ${query.unitId}::uuid`);
  if (query.orphaned !== undefined) where.push(sql`${orphaned} = ${query.orphaned}`);
  if (query.health) where.push(sql`s.health = ${query.health}`);
  if (query.q) where.push(like(sql`(s.name || ' ' || s.url || ' ' || s.host)`, query.q));
  return pageOf<SiteRow>(ctx, {
    columns,
    from: sql`sites.site s`,
    as: 's',
    join: joined,
    where: sql<boolean>`${sql.join(where, sql` AND `)}`,
    orderBy: orders[query.sort ?? ''] ?? sql`s.badness DESC, s.open_findings DESC, s.host`,
    query,
  });
}

/** Locks a visible site's entry until the transaction ends. */
export async function lockSite(ctx: Ctx, id: string): Promise<void> {
  await sql`SELECT FROM sites.site WHERE id = ${id}::uuid FOR UPDATE`.execute(ctx.db);
}

export async function findSite(ctx: Ctx, id: string): Promise<SiteRow | undefined> {
  const { rows } = await sql<SiteRow>`SELECT ${columns} FROM ${joins} WHERE s.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

/** Registration is one at a time: a host is one unit's. */
export async function lockHosts(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('sites.hosts'))`.execute(ctx.db);
}

/** Sites in use by their hosts; a host that was retired is free. */
export async function findByHosts(ctx: Ctx, hosts: readonly string[]): Promise<Map<string, SiteRow>> {
  const { rows } = await sql<SiteRow>`SELECT ${columns} FROM ${joins}
    WHERE s.host = ANY(${[...hosts]}::text[]) AND s.retired_at IS NULL`.execute(ctx.db);
  return new Map(rows.map((row) => [row.host, row]));
}

/**
 * Sites under whose entry one of the filing numbers stands: ICP subjects (`浙ICP备12345678`, without 号 and what follows)
 * and the digits of police numbers.
 */
export async function findByFilings(
  ctx: Ctx,
  numbers: { readonly subjects: readonly string[]; readonly police: readonly string[] },
) {
  if (numbers.subjects.length + numbers.police.length === 0) return [];
  const { rows } = await sql<{
    id: string;
    unitId: string;
    name: string;
    unitName: string;
    icpNo: string | null;
    policeNo: string | null;
  }>`SELECT s.id, s.unit_id AS "unitId", s.name, u.name AS "unitName", s.icp_no AS "icpNo", s.police_no AS "policeNo"
    FROM sites.site s JOIN units.unit_view u ON u.id = s.unit_id
    WHERE s.retired_at IS NULL AND (split_part(s.icp_no, '号', 1) = ANY(${[...numbers.subjects]}::text[])
      OR regexp_replace(s.police_no, '[^0-9]', '', 'g') = ANY(${[...numbers.police]}::text[]))
    ORDER BY s.host LIMIT 200`.execute(ctx.db);
  return rows;
}

/** What people enter about a site; the rest is measured. */
export interface SiteEntry {
  readonly unitId: string;
  readonly unitPath: string;
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly resolveTo: string | null;
  readonly icpNo: string | null;
  readonly policeNo: string | null;
  readonly managerId: string | null;
  readonly headId: string | null;
  readonly serverAddress: string | null;
}

export async function insertSites(ctx: Ctx, entries: readonly SiteEntry[]): Promise<string[]> {
  if (entries.length === 0) return [];
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO sites.site (unit_id, unit_path, name, url, host, resolve_to,
      icp_no, police_no, manager_id, head_id, server_address)
    SELECT n."unitId", n."unitPath"::ltree, n.name, n.url, n.host, n."resolveTo", n."icpNo", n."policeNo",
      n."managerId", n."headId", n."serverAddress"
    FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS n("unitId" uuid, "unitPath" text, name text,
      url text, host text, "resolveTo" text, "icpNo" text, "policeNo" text, "managerId" uuid, "headId" uuid, "serverAddress" text)
    RETURNING id`.execute(ctx.db);
  return rows.map((row) => row.id);
}

export async function updateSites(ctx: Ctx, entries: readonly (SiteEntry & { id: string })[]): Promise<void> {
  if (entries.length === 0) return;
  await sql`UPDATE sites.site s SET unit_id = n."unitId", unit_path = n."unitPath"::ltree, name = n.name, url = n.url,
      host = n.host, resolve_to = n."resolveTo", icp_no = n."icpNo", police_no = n."policeNo", manager_id = n."managerId",
      head_id = n."headId",
      server_address = n."serverAddress"
    FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS n(id uuid, "unitId" uuid, "unitPath" text, name text,
      url text, host text, "resolveTo" text, "icpNo" text, "policeNo" text, "managerId" uuid, "headId" uuid, "serverAddress" text)
    WHERE s.id = n.id`.execute(ctx.db);
}

export async function setCheck(
  ctx: Ctx,
  check: { siteId: string; health: SiteHealth; openFindings: number; unreadPages?: number },
): Promise<boolean> {
  const done = await sql`UPDATE sites.site SET health = ${check.health}, last_checked_at = base.now(),
    open_findings = ${check.openFindings}, unread_pages = ${check.unreadPages ?? 0} WHERE id = ${check.siteId}::uuid`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

/** Health follows the count of open findings only from faulty to clean: what was not looked at stays unknown. */
export async function setOpenFindings(ctx: Ctx, siteId: string, count: number): Promise<void> {
  await sql`UPDATE sites.site SET open_findings = ${count},
      health = CASE WHEN health = 'faulty' AND ${count}::int = 0 THEN 'clean' ELSE health END
    WHERE id = ${siteId}::uuid`.execute(ctx.db);
}

export async function setFirstRead(ctx: Ctx, sites: readonly { id: string; host: string }[]): Promise<void> {
  await sql`UPDATE sites.site s SET first_read_at = base.now()
    FROM unnest(${sites.map(({ id }) => id)}::uuid[], ${sites.map(({ host }) => host)}::text[]) AS n(id, host)
    WHERE s.id = n.id AND s.host = n.host AND s.first_read_at IS NULL`.execute(ctx.db);
}
