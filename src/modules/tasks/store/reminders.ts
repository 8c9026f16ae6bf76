/** What is late or due soon, and the rows that limit how often somebody is told. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';

/** A live task that somebody must be told of; only what the reminder needs. */
export interface DueTask {
  readonly id: string;
  readonly title: string;
  readonly unit_id: string;
  readonly unit_path: string;
  readonly holder_key: string;
  readonly state: 'open' | 'claimed' | 'signing' | 'returned';
  readonly claimed_by: string | null;
  readonly delegate_id: string | null;
  readonly asked_by: string | null;
  readonly done_by: string | null;
  readonly due_at: Date;
  readonly overdue: boolean;
  readonly minutes: number;
  /** Keys that have not signed yet. */
  readonly signers: string[];
}

const dueColumns = sql`t.id, t.title, t.unit_id, t.unit_path::text AS unit_path, t.holder_key, t.state, t.claimed_by,
  CASE WHEN t.delegate_until > base.now() THEN t.delegate_id END AS delegate_id, t.asked_by, t.done_by, t.due_at,
  t.due_at < base.now() AS overdue, t.minutes,
  CASE WHEN t.state = 'signing' THEN array(SELECT g.signer_key FROM tasks.signer g WHERE g.task_id = t.id
    AND NOT EXISTS (SELECT FROM tasks.signature s WHERE s.task_id = t.id AND s.round = t.round
      AND s.signer_key = g.signer_key)) ELSE ARRAY[]::text[] END AS signers`;

const live = sql`t.state IN ('open', 'claimed', 'signing', 'returned')`;

/** Live tasks that are due before `until`, the nearest first; incidents and the like have their own reminders. */
export async function dueTasks(ctx: Ctx, until: Date): Promise<DueTask[]> {
  const { rows } = await sql<DueTask>`SELECT ${dueColumns} FROM tasks.task t
    WHERE ${live} AND NOT t.exempt AND t.due_at < ${until} ORDER BY t.due_at, t.id`.execute(ctx.db);
  return rows;
}

/** Late tasks of units, seen through the actor's scope. */
export async function lateTasks(
  ctx: Ctx,
  unitIds: readonly string[] | null,
  campaignId: string | null,
): Promise<DueTask[]> {
  const { rows } = await sql<DueTask>`SELECT ${dueColumns} FROM tasks.task t
    WHERE ${live} AND NOT t.exempt AND t.due_at < base.now() AND t.unit_path <@ (SELECT base.scope())
      AND (${unitIds === null}::boolean OR t.unit_id = ANY(${[...(unitIds ?? [])]}::uuid[]))
      AND (${campaignId}::uuid IS NULL OR t.campaign_id = ${campaignId}::uuid)
    ORDER BY t.due_at, t.id`.execute(ctx.db);
  return rows;
}

/** Takes a person's one reminder of a day. False: it was taken before. */
export async function takeReminder(
  ctx: Ctx,
  reminder: { accountId: string; day: string; unitPath: string; tasks: number },
): Promise<boolean> {
  const done = await sql`INSERT INTO tasks.reminder (account_id, day, unit_path, tasks)
    VALUES (${reminder.accountId}, ${reminder.day}::date, ${reminder.unitPath}::ltree, ${reminder.tasks})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Who had the reminder of a day already. */
export async function remindedOn(ctx: Ctx, day: string): Promise<Set<string>> {
  const { rows } = await sql<{ account_id: string }>`SELECT account_id FROM tasks.reminder
    WHERE day = ${day}::date`.execute(ctx.db);
  return new Set(rows.map((row) => row.account_id));
}

/** Overdue tasks that have not been told at this step for their present due time. */
export async function overdueFor(ctx: Ctx, step: number): Promise<DueTask[]> {
  const { rows } = await sql<DueTask>`SELECT ${dueColumns} FROM tasks.task t
    WHERE ${live} AND NOT t.exempt AND t.due_at < base.now() AND NOT EXISTS
      (SELECT FROM tasks.escalation e WHERE e.task_id = t.id AND e.step = ${step} AND e.due_at = t.due_at)
    ORDER BY t.due_at, t.id LIMIT 5000`.execute(ctx.db);
  return rows;
}

/** Records a step for a task; false when it was taken before. */
export async function takeStep(
  ctx: Ctx,
  task: DueTask,
  step: number,
  told: { level: string; reached: number },
): Promise<boolean> {
  const done = await sql`INSERT INTO tasks.escalation (task_id, step, due_at, unit_path, level, reached)
    VALUES (${task.id}::uuid, ${step}, ${task.due_at}, ${task.unit_path}::ltree, ${told.level}, ${told.reached})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export interface NewNudge {
  readonly unitId: string;
  readonly unitPath: string;
  readonly week: string;
  readonly tasks: number;
  readonly reached: number;
}

/** How often each unit was reminded by hand in a week, locked against two bureaus at once. */
export async function nudgesIn(
  ctx: Ctx,
  week: string,
  unitIds: readonly string[],
): Promise<Map<string, number>> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('tasks.nudge'))`.execute(ctx.db);
  const { rows } = await sql<{
    unit_id: string;
    n: number;
  }>`SELECT unit_id, count(*)::int AS n FROM tasks.nudge
    WHERE week = ${week}::date AND unit_id = ANY(${[...unitIds]}::uuid[]) GROUP BY unit_id`.execute(ctx.db);
  return new Map(rows.map((row) => [row.unit_id, row.n]));
}

export async function insertNudge(ctx: Ctx, nudge: NewNudge, nth: number): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO tasks.nudge (unit_id, unit_path, week, nth, tasks, reached,
      sent_by, sent_by_name)
    VALUES (${nudge.unitId}::uuid, ${nudge.unitPath}::ltree, ${nudge.week}::date, ${nth}, ${nudge.tasks},
      ${nudge.reached}, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export interface NudgeRow {
  id: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  tasks: number;
  reached: number;
  sent_by_name: string;
  at: Date;
}

export async function listNudges(
  ctx: Ctx,
  query: { page: number; pageSize: number; unitId?: string | undefined },
): Promise<Page<NudgeRow>> {
  return pageOf<NudgeRow>(ctx, {
    columns: sql`n.id, n.unit_id, n.unit_path, u.name AS unit_name, n.tasks, n.reached, n.sent_by_name, n.at`,
    from: sql`tasks.nudge n`,
    join: sql`JOIN units.unit_view u ON u.id = n.unit_id`,
    where: query.unitId ? sql`n.unit_id = ${query.unitId}::uuid` : sql`true`,
    orderBy: sql`n.id DESC`,
    query,
  });
}

export async function findNudges(ctx: Ctx, ids: readonly string[]): Promise<NudgeRow[]> {
  const { rows } =
    await sql<NudgeRow>`SELECT n.id, n.unit_id, n.unit_path::text AS unit_path, u.name AS unit_name,
      n.tasks, n.reached, n.sent_by_name, n.at FROM tasks.nudge n JOIN units.unit_view u ON u.id = n.unit_id
    WHERE n.id = ANY(${[...ids]}::uuid[])`.execute(ctx.db);
  return rows;
}
