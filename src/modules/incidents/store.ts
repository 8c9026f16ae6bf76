import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Policy } from './contract.ts';

export interface IncidentRow {
  id: string;
  number: string;
  title: string;
  summary: string;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  site_id: string | null;
  site_name: string | null;
  url: string | null;
  exercise: boolean;
  origin: 'machine' | 'person';
  opened_by: string;
  source: { ip: string; port?: number; at: string } | null;
  t0: Date;
  policy: Policy;
  opened_at: Date;
  contained_at: Date | null;
  closed_at: Date | null;
  dismissed_at: Date | null;
  reopened: number;
}

export interface ObligationRow {
  id: string;
  incident_id: string;
  unit_path: string;
  round: number;
  addressee: 'bureau' | 'police';
  due_at: Date;
  sent_at: Date | null;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
}

export async function currentTime(ctx: Ctx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT base.now() AS now`.execute(ctx.db);
  return rows[0]!.now;
}

export async function currentPolicy(ctx: Ctx): Promise<Policy | null> {
  const { rows } = await sql<{
    body: Policy;
  }>`SELECT body FROM incidents.policy ORDER BY id DESC LIMIT 1`.execute(ctx.db);
  return rows[0]?.body ?? null;
}

export async function insertPolicy(ctx: Ctx, body: Policy): Promise<void> {
  await sql`INSERT INTO incidents.policy (unit_path, body, set_by)
    VALUES (${ctx.actor.unitPath}::ltree, ${JSON.stringify(body)}::jsonb, ${ctx.actor.name})`.execute(ctx.db);
}

export interface NewIncident {
  readonly title: string;
  readonly summary: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly url: string | null;
  readonly exercise: boolean;
  readonly origin: 'machine' | 'person';
  readonly source: object | null;
  readonly t0: Date;
  readonly policy: Policy;
}

export async function insertIncident(ctx: Ctx, row: NewIncident): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO incidents.incident (number, title, summary, unit_id, unit_path,
      site_id, site_name, url, exercise, origin, opened_by, source, t0, policy)
    VALUES (to_char(base.now() AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-'
        || lpad(nextval('incidents.number')::text, 4, '0'),
      ${row.title}, ${row.summary}, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.siteId}::uuid, ${row.siteName},
      ${row.url}, ${row.exercise}, ${row.origin}, ${ctx.actor.id}, ${row.source ? JSON.stringify(row.source) : null}::jsonb, ${row.t0},
      ${JSON.stringify(row.policy)}::jsonb)
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function insertRound(
  ctx: Ctx,
  incident: { id: string; unit_path: string },
  round: number,
  dueAt: Date,
  steps: readonly { minute: number; dueAt: Date }[],
): Promise<void> {
  for (const addressee of ['bureau', 'police']) {
    await sql`INSERT INTO incidents.obligation (incident_id, unit_path, round, addressee, due_at)
      VALUES (${incident.id}::uuid, ${incident.unit_path}::ltree, ${round}, ${addressee}, ${dueAt})
      ON CONFLICT DO NOTHING`.execute(ctx.db);
  }
  for (const { minute, dueAt: at } of steps) {
    await sql`INSERT INTO incidents.step (incident_id, unit_path, round, minute, due_at)
      VALUES (${incident.id}::uuid, ${incident.unit_path}::ltree, ${round}, ${minute}, ${at})
      ON CONFLICT DO NOTHING`.execute(ctx.db);
  }
}

export async function findIncident(ctx: Ctx, id: string, lock = false): Promise<IncidentRow | undefined> {
  const { rows } = await sql<IncidentRow>`SELECT i.*, u.name AS unit_name FROM incidents.incident i
    JOIN units.unit_view u ON u.id = i.unit_id WHERE i.id = ${id}::uuid ${lock ? sql`FOR UPDATE OF i` : sql``}`.execute(
    ctx.db,
  );
  return rows[0];
}

/** The open incident of a site, else its newest closed one; locked, so that two crawls do not both open one. */
export async function incidentOfSite(ctx: Ctx, siteId: string): Promise<IncidentRow | undefined> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('incidents.site'), hashtext(${siteId}))`.execute(ctx.db);
  const { rows } = await sql<IncidentRow>`SELECT i.*, u.name AS unit_name FROM incidents.incident i
    JOIN units.unit_view u ON u.id = i.unit_id
    WHERE i.site_id = ${siteId}::uuid AND NOT i.exercise AND i.dismissed_at IS NULL
    ORDER BY (i.closed_at IS NULL) DESC, i.opened_at DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function listIncidents(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    q?: string | undefined;
    state?: string | undefined;
    unitId?: string | undefined;
  },
): Promise<Page<IncidentRow>> {
  const state = sql`CASE WHEN i.dismissed_at IS NOT NULL THEN 'dismissed' WHEN i.closed_at IS NOT NULL THEN 'closed'
    WHEN i.contained_at IS NOT NULL THEN 'contained' ELSE 'responding' END`;
  const where = [];
  if (query.state) where.push(sql`${state} = ${query.state}`);
  if (query.unitId) where.push(sql`i.unit_id = ${query.unitId}::uuid`);
  if (query.q) where.push(sql`position(${query.q} IN i.number || ' ' || i.title || ' ' || u.name) > 0`);
  return pageOf<IncidentRow>(ctx, {
    columns: sql`i.*, u.name AS unit_name`,
    from: sql`incidents.incident i JOIN units.unit_view u ON u.id = i.unit_id`,
    where: allOf(where),
    orderBy: sql`(i.closed_at IS NULL AND i.dismissed_at IS NULL) DESC,
      (SELECT min(o.due_at) FROM incidents.obligation o
        WHERE o.incident_id = i.id AND o.acknowledged_at IS NULL) ASC NULLS LAST,
      i.opened_at DESC, i.id`,
    query,
  });
}

export async function setContained(ctx: Ctx, id: string, contained: boolean): Promise<boolean> {
  const done = await sql`UPDATE incidents.incident SET contained_at = ${contained ? sql`base.now()` : null}
    WHERE id = ${id}::uuid AND (contained_at IS NULL) = ${contained}`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function setClosed(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE incidents.incident SET closed_at = base.now() WHERE id = ${id}::uuid AND closed_at IS NULL`.execute(
    ctx.db,
  );
}

/** Opens a closed incident again. Returns the number of its new round. */
export async function reopen(ctx: Ctx, id: string): Promise<number> {
  const { rows } = await sql<{ reopened: number }>`UPDATE incidents.incident
    SET reopened = reopened + 1, closed_at = NULL, contained_at = NULL WHERE id = ${id}::uuid RETURNING reopened`.execute(
    ctx.db,
  );
  return rows[0]!.reopened;
}

/** The obligations of each incident's newest round. */
export async function obligationsOf(ctx: Ctx, incidentIds: readonly string[]): Promise<ObligationRow[]> {
  const { rows } = await sql<ObligationRow>`SELECT o.* FROM incidents.obligation o
    JOIN incidents.incident i ON i.id = o.incident_id AND i.reopened = o.round
    WHERE o.incident_id = ANY(${[...incidentIds]}::uuid[]) ORDER BY o.incident_id, o.addressee`.execute(
    ctx.db,
  );
  return rows;
}

export async function openClocks(ctx: Ctx) {
  const { rows } = await sql<ObligationRow & { number: string; title: string }>`SELECT o.*, i.number, i.title
    FROM incidents.obligation o JOIN incidents.incident i ON i.id = o.incident_id AND i.reopened = o.round
    WHERE o.acknowledged_at IS NULL AND i.dismissed_at IS NULL AND i.closed_at IS NULL
    ORDER BY o.due_at, o.addressee LIMIT 200`.execute(ctx.db);
  return rows;
}

/** Writes a line of the timeline; the same key is written once. Returns whether it is new. */
export async function addEntry(
  ctx: Ctx,
  incident: { id: string; unit_path: string },
  entry: { key: string; kind: string; zh: string; en: string; link?: string | null },
): Promise<boolean> {
  const done =
    await sql`INSERT INTO incidents.entry (incident_id, unit_path, key, kind, zh, en, by_name, link)
    VALUES (${incident.id}::uuid, ${incident.unit_path}::ltree, ${entry.key}, ${entry.kind}, ${entry.zh}, ${entry.en},
      ${ctx.actor.kind === 'system' ? '系统 system' : ctx.actor.name}, ${entry.link ?? null})
    ON CONFLICT (incident_id, key) DO NOTHING`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export interface EntryRow {
  at: Date;
  kind: string;
  zh: string;
  en: string;
  by_name: string;
  link: string | null;
}

export async function entriesOf(ctx: Ctx, incidentId: string): Promise<EntryRow[]> {
  const { rows } = await sql<EntryRow>`SELECT at, kind, zh, en, by_name, link FROM incidents.entry
    WHERE incident_id = ${incidentId}::uuid ORDER BY at, id`.execute(ctx.db);
  return rows;
}

export async function linkFindings(
  ctx: Ctx,
  incident: { id: string; unit_path: string },
  ids: readonly string[],
): Promise<void> {
  await sql`INSERT INTO incidents.incident_finding (incident_id, unit_path, finding_id)
    SELECT ${incident.id}::uuid, ${incident.unit_path}::ltree, id FROM unnest(${[...ids]}::uuid[]) AS id
    ON CONFLICT DO NOTHING`.execute(ctx.db);
}

export async function findingIdsOf(ctx: Ctx, incidentId: string): Promise<string[]> {
  const { rows } = await sql<{ finding_id: string }>`SELECT finding_id FROM incidents.incident_finding
    WHERE incident_id = ${incidentId}::uuid`.execute(ctx.db);
  return rows.map((row) => row.finding_id);
}

export async function isDone(ctx: Ctx, incidentId: string, round: number, what: string): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM incidents.progress
    WHERE incident_id = ${incidentId}::uuid AND round = ${round} AND what = ${what}`.execute(ctx.db);
  return rows[0]!.n > 0;
}

export async function markDone(
  ctx: Ctx,
  incident: { id: string; unit_path: string },
  round: number,
  what: string,
): Promise<void> {
  await sql`INSERT INTO incidents.progress (incident_id, unit_path, round, what)
    VALUES (${incident.id}::uuid, ${incident.unit_path}::ltree, ${round}, ${what}) ON CONFLICT DO NOTHING`.execute(
    ctx.db,
  );
}

export async function setDismissed(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE incidents.incident SET dismissed_at = base.now() WHERE id = ${id}::uuid
    AND dismissed_at IS NULL`.execute(ctx.db);
}
