import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';

export interface EntryRow {
  id: string;
  unit_path: string;
  host: string;
  reason: string;
  incident_id: string | null;
  added_at: Date;
  added_by_name: string;
  withdrawn_at: Date | null;
  withdrawn_by_name: string | null;
}

export interface VersionRow {
  serial: number;
  at: Date;
  entries: number;
  zone: string;
  sha256: string;
  checked: 'passed' | 'not_checked';
  checked_by: string | null;
}

/** Adds an entry; an active one for the same host and incident stays as it is. */
export async function insertEntry(
  ctx: Ctx,
  row: { unitPath: string; host: string; reason: string; incidentId: string | null },
): Promise<{ id: string; added: boolean }> {
  const { rows } = await sql<{ id: string }>`INSERT INTO shield.entry
      (unit_path, host, reason, incident_id, added_by, added_by_name)
    VALUES (${row.unitPath}::ltree, ${row.host}, ${row.reason}, ${row.incidentId}::uuid, ${ctx.actor.id}, ${ctx.actor.name})
    ON CONFLICT DO NOTHING RETURNING id`.execute(ctx.db);
  if (rows[0]) return { id: rows[0].id, added: true };
  const known = await sql<{ id: string }>`SELECT id FROM shield.entry WHERE host = ${row.host}
    AND incident_id IS NOT DISTINCT FROM ${row.incidentId}::uuid AND withdrawn_at IS NULL`.execute(ctx.db);
  return { id: known.rows[0]!.id, added: false };
}

export async function withdrawEntry(ctx: Ctx, id: string, reason: string): Promise<boolean> {
  const done =
    await sql`UPDATE shield.entry SET withdrawn_at = base.now(), withdrawn_by_name = ${ctx.actor.name},
    withdrawn_reason = ${reason} WHERE id = ${id}::uuid AND withdrawn_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function findEntry(ctx: Ctx, id: string): Promise<EntryRow | undefined> {
  const { rows } = await sql<EntryRow>`SELECT * FROM shield.entry WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function listEntries(
  ctx: Ctx,
  query: { page: number; pageSize: number; active?: boolean | undefined; incidentId?: string | undefined },
): Promise<Page<EntryRow>> {
  const where = [];
  if (query.active !== undefined) where.push(sql`(withdrawn_at IS NULL) = ${query.active}`);
  if (query.incidentId) where.push(sql`incident_id = ${query.incidentId}::uuid`);
  return pageOf<EntryRow>(ctx, {
    columns: sql`*`,
    from: sql`shield.entry`,
    where: allOf(where),
    orderBy: sql`id DESC`,
    query,
  });
}

export async function activeHosts(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{
    host: string;
  }>`SELECT DISTINCT host FROM shield.entry WHERE withdrawn_at IS NULL
    ORDER BY host`.execute(ctx.db);
  return rows.map((row) => row.host);
}

/** One publication at a time; the serial is Unix seconds and always grows (RFC 1982 needs no more here). */
export async function nextSerial(ctx: Ctx): Promise<{ serial: number; at: Date }> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('shield.publish'))`.execute(ctx.db);
  const { rows } = await sql<{ serial: number; at: Date }>`SELECT base.now() AS at, greatest(
    extract(epoch FROM base.now())::bigint, coalesce((SELECT max(serial) FROM shield.version), 0) + 1) AS serial`.execute(
    ctx.db,
  );
  return rows[0]!;
}

export async function insertVersion(ctx: Ctx, row: VersionRow): Promise<void> {
  await sql`INSERT INTO shield.version (serial, at, entries, zone, sha256, checked, checked_by) VALUES (${row.serial},
    ${row.at}, ${row.entries}, ${row.zone}, ${row.sha256}, ${row.checked}, ${row.checked_by})`.execute(
    ctx.db,
  );
}

export async function listVersions(
  ctx: Ctx,
  query: { page: number; pageSize: number },
): Promise<Page<Omit<VersionRow, 'zone'>>> {
  return pageOf<Omit<VersionRow, 'zone'>>(ctx, {
    columns: sql`serial, at, entries, sha256, checked, checked_by`,
    from: sql`shield.version`,
    where: allOf([]),
    orderBy: sql`serial DESC`,
    query,
  });
}

/** Held until the transaction ends: who writes the file reads the newest version only then. */
export async function lockZoneFile(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('shield.zone_file'))`.execute(ctx.db);
}

export async function findVersion(ctx: Ctx, serial?: number): Promise<VersionRow | undefined> {
  const { rows } = await sql<VersionRow>`SELECT * FROM shield.version
    WHERE ${serial ?? null}::bigint IS NULL OR serial = ${serial ?? null} ORDER BY serial DESC LIMIT 1`.execute(
    ctx.db,
  );
  return rows[0];
}

/** The entries of an incident, with the serial of the first version that held them. */
export async function findEntries(
  ctx: Ctx,
  incidentId: string,
): Promise<(EntryRow & { serial: number | null })[]> {
  const { rows } = await sql<EntryRow & { serial: number | null }>`SELECT e.*,
      (SELECT min(v.serial) FROM shield.version v WHERE v.at >= e.added_at) AS serial
    FROM shield.entry e WHERE e.incident_id = ${incidentId}::uuid ORDER BY e.id`.execute(ctx.db);
  return rows;
}
