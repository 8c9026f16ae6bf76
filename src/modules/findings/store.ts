import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { allOf, type Page, pageOf } from '#base/list';
import type { FindingState, SeenFault, Severity } from './rules.ts';

export interface FindingRow {
  id: string;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  site_id: string | null;
  site_name: string | null;
  kind: string;
  rule: string;
  severity: Severity;
  url: string;
  part: string | null;
  start_offset: number;
  end_offset: number;
  text: string;
  context: string;
  view: string;
  href: string | null;
  state: FindingState;
  found_at: Date;
  last_seen_at: Date;
  times_seen: number;
  fixed_by: string | null;
  fixed_at: Date | null;
  closed_at: Date | null;
  times_returned: number;
  times_suppressed: number;
  due_at: Date | null;
  rectification_id: string | null;
  suppression_id: string | null;
}

const columns = sql`f.id, f.unit_id, u.name AS unit_name, f.unit_path, f.site_id, f.site_name, f.kind, f.rule,
  f.severity, f.url, f.part, f.start_offset, f.end_offset, f.text, f.context, f.view, f.href, f.state, f.found_at,
  f.last_seen_at, f.times_seen, f.fixed_by, f.fixed_at, f.closed_at, f.times_returned, f.times_suppressed, f.due_at,
  f.rectification_id, f.suppression_id`;

export interface FindingQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly state?: string | undefined;
  readonly severity?: string | undefined;
  readonly siteId?: string | undefined;
  readonly unitId?: string | undefined;
  readonly kind?: string | undefined;
  readonly rule?: string | undefined;
  readonly under?: string | undefined;
  readonly overdue?: string | undefined;
  readonly olderThanDays?: number | undefined;
  readonly mine?: string | undefined;
  readonly suppressionId?: string | undefined;
  readonly orderId?: string | undefined;
  readonly pathPrefix?: string | undefined;
}

const orders: Readonly<Record<string, ReturnType<typeof sql>>> = {
  foundAt: sql`f.id`,
  '-foundAt': sql`f.id DESC`,
  lastSeenAt: sql`f.last_seen_at, f.id`,
  '-lastSeenAt': sql`f.last_seen_at DESC, f.id DESC`,
  dueAt: sql`f.due_at, f.id`,
  '-dueAt': sql`f.due_at DESC NULLS LAST, f.id DESC`,
  severity: sql`f.severity_rank, f.id DESC`,
  '-severity': sql`f.severity_rank DESC, f.id DESC`,
};

/** Worst and newest first, unless the query sorts otherwise. */
export async function listFindings(ctx: Ctx, query: FindingQuery): Promise<Page<FindingRow>> {
  const where = [];
  if (query.state) where.push(sql`f.state = ${query.state}`);
  if (query.severity) where.push(sql`f.severity = ${query.severity}`);
  if (query.siteId) where.push(sql`f.site_id = ${query.siteId}::uuid`);
  if (query.unitId) where.push(sql`f.unit_id = ${query.unitId}::uuid`);
  if (query.kind) where.push(sql`f.kind = ${query.kind}`);
  if (query.rule) where.push(sql`f.rule = ${query.rule}`);
  if (query.suppressionId) where.push(sql`f.suppression_id = ${query.suppressionId}::uuid`);
  if (query.orderId) where.push(sql`f.rectification_id = ${query.orderId}::uuid`);
  if (query.olderThanDays) {
    where.push(sql`f.found_at <= base.now() - ${query.olderThanDays} * interval '1 day'`);
  }
  if (query.overdue === 'true') {
    where.push(sql`f.state IN ('open', 'fixed') AND f.due_at IS NOT NULL AND f.due_at < base.now()`);
  }
  if (query.mine === 'true') {
    where.push(sql`(f.unit_id = ${ctx.actor.unitId}::uuid
      OR f.rectification_id = ANY(${await ordersOf(ctx)}::uuid[]))`);
  }
  if (query.under) {
    where.push(sql`f.unit_path <@ ${await pathOfUnit(ctx, query.under)}::ltree`);
  }
  if (query.pathPrefix) {
    if (!query.siteId) fail('findings.path_without_site');
    where.push(beginsWith(query.pathPrefix));
  }
  return pageOf<FindingRow>(ctx, {
    columns,
    from: sql`findings.finding f`,
    as: 'f',
    join: sql`JOIN units.unit_view u ON u.id = f.unit_id`,
    where: allOf(where),
    search: { column: sql`f.searched`, typed: query.q },
    orderBy: orders[query.sort ?? ''] ?? sql`f.severity_rank DESC, f.id DESC`,
    query,
  });
}

/** On pages below a path. Typed in Chinese it stands encoded in the pages' addresses; a word goes on in no other one. */
function beginsWith(typed: string): RawBuilder<boolean> {
  const address = URL.parse(typed, 'http://x.example/');
  const prefix = address ? `${address.pathname}${address.search}` : typed;
  const path = sql`regexp_replace(f.url, '^[a-z]+://[^/]+', '')`;
  const isWord = /[a-z0-9]$/i.test(prefix);
  const inside = isWord
    ? sql`starts_with(${path}, ${prefix}) AND substr(${path}, ${prefix.length + 1}, 1) !~ '[A-Za-z0-9]'`
    : sql`starts_with(${path}, ${prefix})`;
  return sql`((${inside}) OR ${path} = ${prefix.replace(/\/$/, '')})`;
}

/** A value that the planner knows. A unit that is not visible has nothing below it. */
export async function pathOfUnit(ctx: Ctx, unitId: string): Promise<string> {
  const { rows } = await sql<{ path: string }>`SELECT unit_path::text AS path FROM units.unit_view
    WHERE id = ${unitId}::uuid`.execute(ctx.db);
  return rows[0]?.path ?? 'nowhere';
}

/** Orders that the actor gave: as values, each found by its index; a subquery made the list walk all findings. */
async function ordersOf(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM findings.rectification
    WHERE issued_by = ${ctx.actor.id}`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** Visible findings, locked in one order. */
export async function lockFindings(ctx: Ctx, ids: readonly string[]): Promise<FindingRow[]> {
  const { rows } = await sql<FindingRow>`SELECT ${columns} FROM findings.finding f
    JOIN units.unit_view u ON u.id = f.unit_id WHERE f.id = ANY(${[...ids]}::uuid[])
    ORDER BY f.id FOR UPDATE OF f`.execute(ctx.db);
  return rows;
}

/** One visible finding, locked against a change of state at the same time. */
export async function lockFinding(ctx: Ctx, id: string): Promise<FindingRow | undefined> {
  const { rows } = await sql<FindingRow>`SELECT ${columns} FROM findings.finding f
    JOIN units.unit_view u ON u.id = f.unit_id WHERE f.id = ${id}::uuid FOR UPDATE OF f`.execute(ctx.db);
  return rows[0];
}

export async function findFinding(ctx: Ctx, id: string): Promise<FindingRow | undefined> {
  const { rows } = await sql<FindingRow>`SELECT ${columns} FROM findings.finding f
    JOIN units.unit_view u ON u.id = f.unit_id WHERE f.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/** Visible findings by id, the gravest first. */
export async function findingsById(ctx: Ctx, ids: readonly string[]): Promise<FindingRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<FindingRow>`SELECT ${columns} FROM findings.finding f
    JOIN units.unit_view u ON u.id = f.unit_id WHERE f.id = ANY(${[...ids]}::uuid[])
    ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], f.severity), f.id`.execute(
    ctx.db,
  );
  return rows;
}

/** Two checks of one site do not judge its findings at the same time. */
export async function lockSite(ctx: Ctx, siteId: string | null): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('findings.site:' || ${siteId ?? ''}))`.execute(ctx.db);
}

export interface KnownFinding {
  readonly id: string;
  readonly fingerprint: Buffer;
  readonly state: FindingState;
  readonly fixedBy: string | null;
  readonly suppressionId: string | null;
  readonly rectificationId: string | null;
}

export async function findByFingerprint(ctx: Ctx, fingerprints: readonly Buffer[]): Promise<KnownFinding[]> {
  const { rows } = await sql<KnownFinding>`SELECT id, fingerprint, state, fixed_by AS "fixedBy",
      suppression_id AS "suppressionId", rectification_id AS "rectificationId" FROM findings.finding
    WHERE fingerprint = ANY(${[...fingerprints]}::bytea[])`.execute(ctx.db);
  return rows;
}

export interface NewFinding {
  readonly unitId: string;
  readonly unitPath: string;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly checkId: string;
}

export async function insertFindings(
  ctx: Ctx,
  place: NewFinding,
  faults: readonly NewFault[],
): Promise<{ id: string; state: FindingState }[]> {
  const list = faults.map(({ fault, fingerprint, ignored }) => ({
    ...fault,
    fingerprint: fingerprint.toString('hex'),
    ignored: ignored?.id ?? null,
    judge: ignored?.decidedBy ?? null,
  }));
  const { rows } = await sql<{
    id: string;
    state: FindingState;
  }>`INSERT INTO findings.finding (unit_id, unit_path, site_id, site_name,
      first_check, last_check, fingerprint, kind, rule, severity, url, part, start_offset, end_offset, text, context,
      view, href, state, suppression_id, judged_by, times_suppressed)
    SELECT ${place.unitId}::uuid, ${place.unitPath}::ltree, ${place.siteId}::uuid, ${place.siteName}::text,
      ${place.checkId}::uuid, ${place.checkId}::uuid, decode(n.fingerprint, 'hex'), n.kind, n.rule, n.severity, n.url,
      n.part, n.start, n."end", n.text, n.context, n.view, n.href,
      CASE WHEN n.ignored IS NULL THEN 'open' ELSE 'false_alarm' END, n.ignored, n.judge, (n.ignored IS NOT NULL)::int
    FROM jsonb_to_recordset(${JSON.stringify(list)}::jsonb) AS n(fingerprint text, kind text, rule text, severity text,
      url text, part text, start int, "end" int, text text, context text, view text, href text, ignored uuid, judge text)
    RETURNING id, state`.execute(ctx.db);
  return rows;
}

export interface NewFault {
  readonly fault: SeenFault;
  readonly fingerprint: Buffer;
  /** The false alarm that covers it. */
  readonly ignored: { readonly id: string; readonly decidedBy: string } | undefined;
}

export interface Sighting {
  readonly id: string;
  readonly state: FindingState;
  readonly fault: SeenFault;
  /** The false alarm that it is now held down by; undefined: as it was. */
  readonly ignored?: { readonly id: string; readonly decidedBy: string } | undefined;
  readonly isReturned: boolean;
}

/** Notes a new sighting of known findings and puts them into their state. */
export async function noteSeen(ctx: Ctx, checkId: string, seen: readonly Sighting[]): Promise<void> {
  const list = seen.map(({ id, state, fault, ignored, isReturned }) => ({
    id,
    state,
    start: fault.start,
    end: fault.end,
    context: fault.context,
    view: fault.view,
    severity: fault.severity,
    ignored: ignored?.id ?? null,
    judge: ignored?.decidedBy ?? null,
    returned: isReturned ? 1 : 0,
  }));
  await sql`UPDATE findings.finding f SET state = n.state, last_seen_at = base.now(), times_seen = times_seen + 1,
      last_check = ${checkId}::uuid, start_offset = n.start, end_offset = n."end", context = n.context, view = n.view,
      severity = n.severity, closed_at = NULL, closed_by = NULL, times_returned = times_returned + n.returned,
      times_suppressed = times_suppressed + (n.state = 'false_alarm')::int,
      suppression_id = CASE WHEN n.state = 'false_alarm' THEN coalesce(n.ignored, f.suppression_id) END,
      judged_by = CASE WHEN n.state = 'false_alarm' THEN coalesce(n.judge, f.judged_by) END
    FROM jsonb_to_recordset(${JSON.stringify(list)}::jsonb) AS n(id uuid, state text, start int, "end" int,
      context text, view text, severity text, ignored uuid, judge text, returned int) WHERE f.id = n.id`.execute(
    ctx.db,
  );
}

export interface Missing {
  id: string;
  state: FindingState;
  unit_id: string;
  unit_path: string;
  site_name: string | null;
  rectification_id: string | null;
}

/** Findings of a site that call for a look: open or reported as fixed, on the given pages, not seen by `checkId`. */
export async function findMissing(
  ctx: Ctx,
  look: {
    readonly siteId: string | null;
    readonly pages: readonly string[];
    readonly kinds: readonly string[];
    readonly checkId: string;
    readonly inBrowser?: boolean;
  },
): Promise<Missing[]> {
  const { siteId, pages, kinds, checkId, inBrowser = false } = look;
  const site = siteId === null ? sql`site_id IS NULL` : sql`site_id = ${siteId}::uuid`;
  const { rows } = await sql<Missing>`
    SELECT id, state, unit_id, unit_path, site_name, rectification_id FROM findings.finding WHERE ${site} AND state IN ('open', 'fixed')
      AND kind = ANY(${[...kinds]}::text[])
      AND coalesce(part = 'browser', false) = ${inBrowser}
      AND split_part(url, '#', 1) = ANY(${[...pages]}::text[]) AND last_check IS DISTINCT FROM ${checkId}::uuid
    FOR UPDATE`.execute(ctx.db);
  return rows;
}

/** All of a site that are open or reported as fixed. */
export async function findStanding(ctx: Ctx, siteId: string): Promise<Missing[]> {
  const { rows } = await sql<Missing>`
    SELECT id, state, unit_id, unit_path, site_name, rectification_id FROM findings.finding
    WHERE site_id = ${siteId}::uuid AND state IN ('open', 'fixed') FOR UPDATE`.execute(ctx.db);
  return rows;
}

export async function closeFindings(ctx: Ctx, ids: readonly string[]): Promise<void> {
  await sql`UPDATE findings.finding SET state = 'closed', closed_at = base.now(), closed_by = ${ctx.actor.id}
    WHERE id = ANY(${[...ids]}::uuid[])`.execute(ctx.db);
}

export async function setFixed(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE findings.finding SET state = 'fixed', fixed_by = ${ctx.actor.id}, fixed_at = base.now()
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

export type ChangeAct = 'state' | 'ordered' | 'returned' | 'proposed' | 'refused' | 'withdrawn' | 'lapsed';

export interface StateChange {
  readonly findingId: string;
  readonly unitPath: string;
  readonly before: FindingState | null;
  readonly after: FindingState;
  /** Default: a change of state and nothing else. */
  readonly act?: ChangeAct;
}

export async function insertChanges(
  ctx: Ctx,
  changes: readonly StateChange[],
  reason: { checkId?: string; note?: string | undefined },
): Promise<void> {
  if (changes.length === 0) return;
  await sql`INSERT INTO findings.change (finding_id, unit_path, before, after, act, check_id, note, actor_id, actor_name)
    SELECT n."findingId", n."unitPath"::ltree, n.before, n.after, coalesce(n.act, 'state'), ${reason.checkId ?? null}::uuid,
      ${reason.note ?? null}::text, ${ctx.actor.id}, ${ctx.actor.name}
    FROM jsonb_to_recordset(${JSON.stringify(changes)}::jsonb)
      AS n("findingId" uuid, "unitPath" text, before text, after text, act text)`.execute(ctx.db);
}

export interface ChangeRow {
  id: string;
  act: ChangeAct;
  before: string | null;
  after: string;
  note: string | null;
  actor_id: string;
  actor_name: string;
  at: Date;
}

/** What happened to a visible finding, oldest first. */
export async function listChanges(ctx: Ctx, findingId: string): Promise<ChangeRow[]> {
  const { rows } = await sql<ChangeRow>`SELECT id, act, before, after, note, actor_id, actor_name, at
    FROM findings.change WHERE finding_id = ${findingId}::uuid ORDER BY id LIMIT 1000`.execute(ctx.db);
  return rows;
}

/** How many faults of a site, or of a unit outside of its sites, are still to be mended, and the worst of them. */
export async function toFix(
  ctx: Ctx,
  of: { siteId: string | null; unitId: string },
): Promise<{ open: number; worst: Severity; now: Date }> {
  const whose =
    of.siteId === null
      ? sql`site_id IS NULL AND unit_id = ${of.unitId}::uuid`
      : sql`site_id = ${of.siteId}::uuid`;
  const { rows } = await sql<{ open: number; worst: Severity; now: Date }>`SELECT count(*)::int AS open,
      base.now() AS now, coalesce((array_agg(severity ORDER BY severity_rank DESC))[1], 'info') AS worst
    FROM findings.finding WHERE ${whose} AND state = 'open'`.execute(ctx.db);
  return rows[0]!;
}

/** Findings of a site (of some kinds only) that are neither closed nor judged false. */
export async function countOpen(ctx: Ctx, siteId: string, kinds?: readonly string[]): Promise<number> {
  const ofKinds = kinds ? sql`AND kind = ANY(${[...kinds]}::text[])` : sql``;
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM findings.finding
    WHERE site_id = ${siteId}::uuid AND state IN ('open', 'fixed') ${ofKinds}`.execute(ctx.db);
  return rows[0]!.n;
}
