import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import { likeOf } from '#units';

export interface TargetUnit {
  readonly id: string;
  readonly name: string;
  readonly unit_path: string;
}

/** Units in the actor's scope: the given ones, or every school. A closed unit is asked nothing. */
export async function targetUnits(ctx: Ctx, ids: readonly string[]): Promise<TargetUnit[]> {
  const { rows } = await sql<TargetUnit>`SELECT id, name, unit_path FROM units.unit_view
    WHERE unit_path <@ (SELECT base.scope())
      AND CASE WHEN cardinality(${[...ids]}::uuid[]) > 0 THEN id = ANY(${[...ids]}::uuid[]) ELSE kind = 'school' END
      AND coalesce(to_jsonb(unit_view) ->> 'state', '') <> 'closed'
    ORDER BY unit_path`.execute(ctx.db);
  return rows;
}

/** Units that have had `cap` requests or more since `since`. */
export async function overCap(
  ctx: Ctx,
  units: readonly TargetUnit[],
  since: Date,
  cap: number,
): Promise<Set<string>> {
  const { rows } = await sql<{ unit_id: string }>`SELECT unit_id FROM tasks.task
    WHERE unit_id = ANY(${units.map((unit) => unit.id)}::uuid[]) AND raised_at >= ${since}
      AND campaign_id IS NOT NULL AND state <> 'cancelled'
    GROUP BY unit_id HAVING count(*) >= ${cap}`.execute(ctx.db);
  return new Set(rows.map((row) => row.unit_id));
}

export interface NewCampaign {
  readonly title: string;
  readonly why: string;
  readonly legalBasis: string;
  readonly dueAt: string;
  readonly minutes: number;
  readonly link: string | null;
  readonly wantsFile: boolean;
  readonly targets: number;
  readonly unitId: string;
}

export async function insertCampaign(ctx: Ctx, row: NewCampaign): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO tasks.campaign (unit_id, unit_path, title, why, legal_basis,
      due_at, minutes, link, wants_file, targets, asked_by, asked_by_name)
    VALUES (${row.unitId}::uuid, ${ctx.actor.unitPath}::ltree, ${row.title}, ${row.why}, ${row.legalBasis},
      ${row.dueAt}::timestamptz, ${row.minutes}, ${row.link}, ${row.wantsFile}, ${row.targets}, ${ctx.actor.id},
      ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export interface CampaignRow {
  id: string;
  title: string;
  why: string;
  legal_basis: string;
  due_at: Date;
  minutes: number;
  link: string | null;
  wants_file: boolean;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  asked_by: string;
  asked_by_name: string;
  asked_at: Date;
  withdrawn_at: Date | null;
  withdrawn_reason: string | null;
  targets: number;
  open: number;
  done: number;
  late: number;
  unknown: number;
}

/** Counts of live and done tasks as four shares of one whole; `t` is the task, `held` who has a holder. */
export function shares(held: readonly string[]) {
  const live = sql`t.state IN ('open', 'claimed', 'signing', 'returned')`;
  const unknown = sql`(t.state IN ('open', 'claimed') AND NOT t.holder_key = ANY(${[...held]}::text[]))`;
  return sql`count(*) FILTER (WHERE ${live} AND NOT ${unknown} AND t.due_at >= base.now())::int AS open,
    count(*) FILTER (WHERE t.state = 'done')::int AS done,
    count(*) FILTER (WHERE ${live} AND NOT ${unknown} AND t.due_at < base.now())::int AS late,
    count(*) FILTER (WHERE ${unknown})::int AS unknown`;
}

function columnsOf() {
  return sql`c.id, c.title, c.why, c.legal_basis, c.due_at, c.minutes, c.link, c.wants_file, c.unit_id, c.unit_path,
    u.name AS unit_name, c.asked_by, c.asked_by_name, c.asked_at, c.withdrawn_at, c.withdrawn_reason, c.targets,
    p.open, p.done, p.late, p.unknown`;
}

const joins = (held: readonly string[]) => sql`JOIN units.unit_view u ON u.id = c.unit_id
  CROSS JOIN LATERAL (SELECT ${shares(held)} FROM tasks.task t WHERE t.campaign_id = c.id) AS p`;

export async function listCampaigns(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
  held: readonly string[],
): Promise<Page<CampaignRow>> {
  return pageOf<CampaignRow>(ctx, {
    columns: columnsOf(),
    from: sql`tasks.campaign c`,
    join: joins(held),
    where: query.q ? sql`c.title ILIKE ${likeOf(query.q)}` : sql`true`,
    orderBy: sql`c.id DESC`,
    query,
  });
}

export async function findCampaign(
  ctx: Ctx,
  id: string,
  held: readonly string[],
): Promise<CampaignRow | undefined> {
  const { rows } = await sql<CampaignRow>`SELECT ${columnsOf()} FROM tasks.campaign c ${joins(held)}
    WHERE c.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/** Marks a request as withdrawn; false when it was before. */
export async function markWithdrawn(ctx: Ctx, id: string, reason: string): Promise<boolean> {
  const done = await sql`UPDATE tasks.campaign SET withdrawn_at = base.now(), withdrawn_by = ${ctx.actor.id},
    withdrawn_reason = ${reason} WHERE id = ${id}::uuid AND withdrawn_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Cancels every live task of a request, each with its line of history, in one statement. */
export async function cancelTasks(ctx: Ctx, campaignId: string, reason: string): Promise<number> {
  const done = await sql`WITH hit AS (
      UPDATE tasks.task SET state = 'cancelled', outcome = ${reason}, settled_at = base.now(), seq = seq + 1
      WHERE campaign_id = ${campaignId}::uuid AND state IN ('open', 'claimed', 'signing', 'returned')
      RETURNING old.state AS before, new.id, new.seq, new.unit_path)
    INSERT INTO tasks.act (task_id, seq, unit_path, act, before, after, actor_id, actor_name, data)
    SELECT id, seq, unit_path, 'withdraw', before, 'cancelled', ${ctx.actor.id}, ${ctx.actor.name},
      jsonb_build_object('reason', ${reason}::text) FROM hit`.execute(ctx.db);
  return Number(done.numAffectedRows);
}

export interface AnswerRow {
  unit_code: string;
  unit_name: string;
  parent_name: string | null;
  state: string;
  due_at: Date;
  settled_at: Date | null;
  done_by_name: string | null;
  answer: string | null;
  files: string | null;
  returned_reason: string | null;
  overdue: boolean;
  holder_key: string;
}

export async function answersOf(ctx: Ctx, campaignId: string): Promise<AnswerRow[]> {
  const { rows } =
    await sql<AnswerRow>`SELECT u.code AS unit_code, u.name AS unit_name, p.name AS parent_name, t.state,
      t.due_at, t.settled_at, t.done_by_name, s.answer, t.returned_reason, t.holder_key,
      coalesce(t.settled_at, base.now()) > t.due_at AND t.state <> 'cancelled' AS overdue,
      (SELECT string_agg(f.name, '; ' ORDER BY f.id) FROM tasks.file f WHERE f.task_id = t.id AND f.round = t.round) AS files
    FROM tasks.task t JOIN units.unit_view u ON u.id = t.unit_id LEFT JOIN units.unit_view p ON p.id = u.parent_id
      LEFT JOIN tasks.submission s ON s.task_id = t.id AND s.round = t.round AND t.done_by IS NOT NULL
    WHERE t.campaign_id = ${campaignId}::uuid ORDER BY u.unit_path`.execute(ctx.db);
  return rows;
}

/** Units of a request, for telling each of them. */
export async function unitsOfCampaign(
  ctx: Ctx,
  campaignId: string,
): Promise<{ id: string; kind: string; unit_path: string }[]> {
  const { rows } = await sql<{ id: string; kind: string; unit_path: string }>`SELECT id, kind, unit_path
    FROM tasks.task WHERE campaign_id = ${campaignId}::uuid ORDER BY id`.execute(ctx.db);
  return rows;
}
