import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import { likeOf } from '#units';
import type { ConnectorKind } from '../contract.ts';

export interface VersionRow {
  id: string;
  connector_id: string;
  name_zh: string;
  name_en: string;
  settings: Record<string, unknown>;
  secret: Buffer | null;
  state: 'proposed' | 'withdrawn' | 'approved' | 'refused' | 'replaced' | 'switched_off';
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by_name: string | null;
  decided_at: Date | null;
}

export interface ConnectorRow {
  id: string;
  kind: ConnectorKind;
  unit_path: string;
  unit_name: string;
  bound: number;
}

/** A connector with settings to work with. */
export interface ReadyConnector extends ConnectorRow {
  readonly version: VersionRow;
}

const connectorColumns = sql`c.id, c.kind, c.unit_path, u.name AS unit_name,
  (SELECT count(*) FROM auth.sso_binding b WHERE b.connector_id = c.id AND b.state = 'bound') AS bound`;
const connectorTables = sql`auth.sso_connector c JOIN units.unit_view u ON u.id = c.unit_id`;
const versionColumns = sql`v.id, v.connector_id, v.name_zh, v.name_en, v.settings, v.secret, v.state, v.proposed_by,
  v.proposed_by_name, v.proposed_at, v.decided_by_name, v.decided_at`;

export function listConnectors(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<ConnectorRow>> {
  const like = likeOf(query.q ?? '');
  return pageOf<ConnectorRow>(ctx, {
    columns: connectorColumns,
    from: connectorTables,
    where: sql`EXISTS (SELECT FROM auth.sso_version v WHERE v.connector_id = c.id
      AND (v.name_zh ILIKE ${like} OR v.name_en ILIKE ${like}))`,
    orderBy: sql`c.id`,
    query,
  });
}

export async function findConnector(ctx: Ctx, id: string): Promise<ConnectorRow | undefined> {
  const { rows } = await sql<ConnectorRow>`SELECT ${connectorColumns} FROM ${connectorTables}
    WHERE c.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/** Holds the connector until the end of the transaction: two decisions about it come one after the other. */
export async function lockConnector(ctx: Ctx, id: string): Promise<void> {
  await sql`SELECT FROM auth.sso_connector WHERE id = ${id}::uuid FOR UPDATE`.execute(ctx.db);
}

/** The versions of these connectors that say where they stand: approved, proposed, and the newest of each. */
export async function standingVersions(ctx: Ctx, ids: readonly string[]): Promise<VersionRow[]> {
  const { rows } = await sql<VersionRow>`SELECT ${versionColumns} FROM auth.sso_version v
    WHERE v.connector_id = ANY(${ids}::uuid[]) AND (v.state IN ('approved', 'proposed')
      OR v.id = (SELECT max(n.id::text)::uuid FROM auth.sso_version n WHERE n.connector_id = v.connector_id))
    ORDER BY v.id DESC`.execute(ctx.db);
  return rows;
}

/** What may be used to sign in, now. */
export async function listReady(ctx: Ctx): Promise<ReadyConnector[]> {
  const { rows } = await sql<
    VersionRow & { kind: ConnectorKind; unit_path: string; unit_name: string }
  >`SELECT
      ${versionColumns}, c.kind, c.unit_path, u.name AS unit_name
    FROM auth.sso_version v JOIN auth.sso_connector c ON c.id = v.connector_id
      JOIN units.unit_view u ON u.id = c.unit_id
    WHERE v.state = 'approved' ORDER BY v.connector_id`.execute(ctx.db);
  return rows.map((row) => ({
    id: row.connector_id,
    kind: row.kind,
    unit_path: row.unit_path,
    unit_name: row.unit_name,
    bound: 0,
    version: row,
  }));
}

export async function findReady(ctx: Ctx, id: string): Promise<ReadyConnector | undefined> {
  const connector = await findConnector(ctx, id);
  if (!connector) return undefined;
  const version = (await standingVersions(ctx, [id])).find(({ state }) => state === 'approved');
  return version && { ...connector, version };
}

export async function insertConnector(
  ctx: Ctx,
  row: { kind: ConnectorKind; unitId: string; unitPath: string },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO auth.sso_connector (unit_id, unit_path, kind, created_by)
    VALUES (${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.kind}, ${ctx.actor.id}) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

/** Adds a proposal; one that still waited gives way to it. */
export async function insertVersion(
  ctx: Ctx,
  row: {
    connectorId: string;
    unitPath: string;
    nameZh: string;
    nameEn: string;
    settings: unknown;
    secret: Buffer | null;
  },
): Promise<string> {
  await sql`UPDATE auth.sso_version SET state = 'withdrawn', ended_at = base.now(), ended_by = ${ctx.actor.id},
      ended_by_name = ${ctx.actor.name}
    WHERE connector_id = ${row.connectorId}::uuid AND state = 'proposed'`.execute(ctx.db);
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.sso_version
      (connector_id, unit_path, name_zh, name_en, settings, secret, proposed_by, proposed_by_name)
    VALUES (${row.connectorId}::uuid, ${row.unitPath}::ltree, ${row.nameZh}, ${row.nameEn},
      ${JSON.stringify(row.settings)}::jsonb, ${row.secret}, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

/** Decides a proposal; the database refuses its proposer (`sso_version_four_eyes`). False when it no longer waits. */
export async function decideVersion(ctx: Ctx, versionId: string, approve: boolean): Promise<boolean> {
  if (approve) {
    await sql`UPDATE auth.sso_version o SET state = 'replaced', ended_at = base.now(), ended_by = ${ctx.actor.id},
        ended_by_name = ${ctx.actor.name}
      FROM auth.sso_version n WHERE n.id = ${versionId}::uuid AND n.state = 'proposed'
        AND o.connector_id = n.connector_id AND o.state = 'approved'`.execute(ctx.db);
  }
  const done = await sql`UPDATE auth.sso_version SET state = ${approve ? 'approved' : 'refused'},
      decided_by = ${ctx.actor.id}, decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${versionId}::uuid AND state = 'proposed'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function switchOff(ctx: Ctx, connectorId: string): Promise<boolean> {
  const done = await sql`UPDATE auth.sso_version SET state = 'switched_off', ended_at = base.now(),
      ended_by = ${ctx.actor.id}, ended_by_name = ${ctx.actor.name}
    WHERE connector_id = ${connectorId}::uuid AND state = 'approved'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Writes down that a state, code or ticket was used. False when it was used before, on whatever machine. */
export async function spend(ctx: Ctx, digest: Buffer): Promise<boolean> {
  const done =
    await sql`INSERT INTO auth.used_once (digest) VALUES (${digest}) ON CONFLICT DO NOTHING`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
