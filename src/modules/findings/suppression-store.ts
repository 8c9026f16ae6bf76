import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { SuppressionScope } from './contract.ts';

export interface SuppressionRow {
  id: string;
  scope: SuppressionScope;
  /** As it counts now: an approved one whose time is over is `expired`. */
  state: 'proposed' | 'approved' | 'expired' | 'refused' | 'withdrawn';
  finding_id: string;
  fingerprint: Buffer;
  unit_path: string;
  unit_name: string | null;
  site_id: string | null;
  site_name: string | null;
  page: string;
  rule: string;
  subject: string;
  reason: string;
  expires_at: Date;
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  decision_note: string | null;
  withdrawn_by_name: string | null;
  withdrawn_at: Date | null;
  withdrawn_reason: string | null;
  findings: number;
  times_suppressed: number;
}

const stateNow = sql`CASE WHEN s.state = 'approved' AND s.expires_at <= base.now() THEN 'expired' ELSE s.state END`;
const columns = sql`s.id, s.scope, ${stateNow} AS state, s.finding_id, s.fingerprint, s.unit_path::text AS unit_path,
  (SELECT u.name FROM units.unit_view u WHERE u.unit_path = s.unit_path ORDER BY u.state LIMIT 1) AS unit_name,
  s.site_id, s.site_name, s.page, s.rule, s.subject, s.reason, s.expires_at, s.proposed_by, s.proposed_by_name,
  s.proposed_at, s.decided_by, s.decided_by_name, s.decided_at, s.decision_note, s.withdrawn_by_name, s.withdrawn_at,
  s.withdrawn_reason,
  (SELECT count(*)::int FROM findings.finding f WHERE f.suppression_id = s.id AND f.state = 'false_alarm') AS findings,
  (SELECT coalesce(sum(f.times_suppressed), 0)::int FROM findings.finding f WHERE f.suppression_id = s.id)
    AS times_suppressed`;

export interface SuppressionQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly scope?: string | undefined;
  readonly siteId?: string | undefined;
  readonly rule?: string | undefined;
}

/** Waiting ones first, then the newest. */
export async function listSuppressions(ctx: Ctx, query: SuppressionQuery): Promise<Page<SuppressionRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.state) where.push(sql`${stateNow} = ${query.state}`);
  if (query.scope) where.push(sql`s.scope = ${query.scope}`);
  if (query.siteId) where.push(sql`s.site_id = ${query.siteId}::uuid`);
  if (query.rule) where.push(sql`s.rule = ${query.rule}`);
  if (query.q) {
    where.push(sql`strpos(lower(s.subject || ' ' || s.page || ' ' || s.reason || ' ' || coalesce(s.site_name, '')),
      lower(${query.q})) > 0`);
  }
  return pageOf<SuppressionRow>(ctx, {
    columns,
    from: sql`findings.suppression s`,
    as: 's',
    where: allOf(where),
    orderBy: sql`(s.state = 'proposed') DESC, s.id DESC`,
    query,
  });
}

export async function suppressionsOf(ctx: Ctx, findingId: string): Promise<SuppressionRow[]> {
  const { rows } = await sql<SuppressionRow>`SELECT ${columns} FROM findings.suppression s
    WHERE s.finding_id = ${findingId}::uuid
      OR s.id = (SELECT suppression_id FROM findings.finding WHERE id = ${findingId}::uuid)
    ORDER BY s.id DESC LIMIT 50`.execute(ctx.db);
  return rows;
}

/** One that the actor may change, locked. */
export async function lockSuppression(ctx: Ctx, id: string): Promise<SuppressionRow | undefined> {
  const { rows } = await sql<SuppressionRow>`SELECT ${columns} FROM findings.suppression s
    WHERE s.id = ${id}::uuid FOR UPDATE OF s`.execute(ctx.db);
  return rows[0];
}

export async function findSuppression(ctx: Ctx, id: string): Promise<SuppressionRow | undefined> {
  const { rows } = await sql<SuppressionRow>`SELECT ${columns} FROM findings.suppression s
    WHERE s.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export interface NewSuppression {
  readonly unitPath: string;
  readonly scope: SuppressionScope;
  readonly findingId: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly page: string;
  readonly rule: string;
  readonly subject: string;
  readonly reason: string;
  readonly expiresAt: Date;
}

/** Null when the finding is proposed with this scope already. */
export async function insertSuppression(ctx: Ctx, one: NewSuppression): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`INSERT INTO findings.suppression (unit_path, scope, finding_id,
      fingerprint, site_id, site_name, page, rule, subject, reason, expires_at, proposed_by, proposed_by_name)
    SELECT ${one.unitPath}::ltree, ${one.scope}, f.id, f.fingerprint, ${one.siteId}::uuid, ${one.siteName}, ${one.page},
      ${one.rule}, ${one.subject}, ${one.reason}, ${one.expiresAt}, ${ctx.actor.id}, ${ctx.actor.name}
    FROM findings.finding f WHERE f.id = ${one.findingId}::uuid
    ON CONFLICT (finding_id, scope) WHERE state = 'proposed' DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id ?? null;
}

export async function setDecision(
  ctx: Ctx,
  id: string,
  state: 'approved' | 'refused',
  note: string | null,
): Promise<void> {
  await sql`UPDATE findings.suppression SET state = ${state}, decided_by = ${ctx.actor.id},
      decided_by_name = ${ctx.actor.name}, decided_at = base.now(), decision_note = ${note}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function setWithdrawn(ctx: Ctx, id: string, reason: string): Promise<void> {
  await sql`UPDATE findings.suppression SET state = 'withdrawn', withdrawn_by = ${ctx.actor.id},
      withdrawn_by_name = ${ctx.actor.name}, withdrawn_at = base.now(), withdrawn_reason = ${reason}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export interface InForce {
  readonly id: string;
  readonly scope: SuppressionScope;
  readonly fingerprint: Buffer;
  readonly page: string;
  readonly rule: string;
  readonly subject: string;
  readonly proposedBy: string;
  readonly decidedBy: string;
}

/** Those in force now that may match what a check of this place saw by these rules. */
export async function suppressionsInForce(
  ctx: Ctx,
  place: { siteId: string | null; unitPath: string },
  rules: readonly string[],
): Promise<InForce[]> {
  const { rows } = await sql<InForce>`SELECT id, scope, fingerprint, page, rule, subject,
      proposed_by AS "proposedBy", decided_by AS "decidedBy" FROM findings.suppression
    WHERE state = 'approved' AND expires_at > base.now() AND unit_path @> ${place.unitPath}::ltree
      AND (scope = 'page_text' OR rule = ANY(${[...rules]}::text[]))
      AND (scope = 'term' OR site_id IS NOT DISTINCT FROM ${place.siteId}::uuid)`.execute(ctx.db);
  return rows;
}

export interface Matched {
  id: string;
  unit_id: string;
  unit_path: string;
  site_id: string | null;
  site_name: string | null;
  before: 'open' | 'fixed';
  rectification_id: string | null;
}

/**
 * Makes false alarms of the open findings that an approved suppression covers. Those that one of its two people had
 * reported as fixed stay as they are.
 */
export async function suppressMatching(ctx: Ctx, id: string): Promise<Matched[]> {
  const { rows } = await sql<Matched>`WITH hit AS (
      SELECT f.id, f.state AS before, s.id AS by, s.decided_by FROM findings.suppression s
        JOIN findings.finding f ON f.unit_path <@ s.unit_path AND f.state IN ('open', 'fixed') AND CASE s.scope
          WHEN 'finding' THEN f.id = s.finding_id
          WHEN 'page_text' THEN f.site_id IS NOT DISTINCT FROM s.site_id AND split_part(f.url, '#', 1) = s.page
            AND coalesce(f.href, f.text) = s.subject
          WHEN 'site_rule' THEN f.site_id IS NOT DISTINCT FROM s.site_id AND f.rule = s.rule
          ELSE f.rule = s.rule AND coalesce(f.href, f.text) = s.subject END
      WHERE s.id = ${id}::uuid AND (f.fixed_by IS NULL OR f.fixed_by NOT IN (s.proposed_by, s.decided_by))
      FOR UPDATE OF f)
    UPDATE findings.finding f SET state = 'false_alarm', suppression_id = hit.by, judged_by = hit.decided_by
      FROM hit WHERE f.id = hit.id
    RETURNING f.id, f.unit_id, f.unit_path::text AS unit_path, f.site_id, f.site_name, hit.before,
      f.rectification_id`.execute(ctx.db);
  return rows;
}

export interface SuppressedRow {
  site_id: string | null;
  site_name: string | null;
  unit_name: string;
  rule: string;
  findings: number;
  times: number;
}

/** How much is ignored, by site and rule, the most first. */
export async function countSuppressed(
  ctx: Ctx,
  query: { page: number; pageSize: number; siteId?: string | undefined },
): Promise<Page<SuppressedRow>> {
  const site = query.siteId ? sql`AND f.site_id = ${query.siteId}::uuid` : sql``;
  return pageOf<SuppressedRow>(ctx, {
    columns: sql`n.*`,
    from: sql`(SELECT f.site_id, max(f.site_name) AS site_name, max(u.name) AS unit_name, f.rule,
        count(*)::int AS findings, sum(f.times_suppressed)::int AS times
      FROM findings.finding f JOIN units.unit_view u ON u.id = f.unit_id
      WHERE f.state = 'false_alarm' ${site} GROUP BY f.site_id, f.unit_id, f.rule) AS n`,
    where: allOf([]),
    orderBy: sql`n.findings DESC, n.unit_name, n.rule, n.site_id`,
    query,
  });
}
