/** Lists of tasks. Each is read by an index: see the test that explains its plan. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import { likeOf } from '#units';
import { type TaskRow, taskColumns } from './tasks.ts';
import { everywhere, holdersOf, keysOf } from './who.ts';

export interface TaskQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly view: 'mine' | 'asked' | 'copied' | 'done' | 'team';
  readonly kind?: string | undefined;
  readonly state?: string | undefined;
  readonly unitId?: string | undefined;
  readonly campaignId?: string | undefined;
  readonly late?: boolean | undefined;
  readonly nobody?: boolean | undefined;
}

const orders: Readonly<Record<string, ReturnType<typeof sql>>> = {
  dueAt: sql`t.due_at, t.id`,
  '-dueAt': sql`t.due_at DESC, t.id DESC`,
  raisedAt: sql`t.id`,
  '-raisedAt': sql`t.id DESC`,
  minutes: sql`t.minutes, t.due_at, t.id`,
  '-minutes': sql`t.minutes DESC, t.due_at, t.id`,
  settledAt: sql`t.settled_at, t.id`,
  '-settledAt': sql`t.settled_at DESC NULLS LAST, t.id DESC`,
};

/** What the actor has to do: held, delegated, to be countersigned, come back. */
export async function toDoOf(ctx: Ctx) {
  const me = ctx.actor.id;
  const keys = [...(await everywhere(ctx, () => keysOf(ctx, me)))];
  const others = await validClaims(ctx, keys);
  return sql`(
    SELECT id FROM tasks.task WHERE state IN ('open', 'claimed') AND holder_key = ANY(${keys}::text[])
      AND author IS DISTINCT FROM ${me}
      AND (claimed_by IS NULL OR claimed_by = ${me} OR NOT (claimed_by || '@' || holder_key) = ANY(${others}::text[]))
    UNION SELECT id FROM tasks.task WHERE state = 'claimed' AND delegate_id = ${me} AND delegate_until > base.now()
    UNION SELECT g.id FROM tasks.signer s JOIN tasks.task g ON g.id = s.task_id
      WHERE s.signer_key = ANY(${keys}::text[]) AND g.state = 'signing' AND g.done_by <> ${me} AND NOT EXISTS
        (SELECT FROM tasks.signature d WHERE d.task_id = g.id AND d.round = g.round AND d.signer_key = s.signer_key)
    UNION SELECT id FROM tasks.task WHERE state = 'returned' AND asked_by = ${me})`;
}

/** Claims of colleagues who still hold the key, as `account@key`: theirs is not mine to do. */
async function validClaims(ctx: Ctx, keys: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ claimed_by: string; holder_key: string; unit_id: string }>`
    SELECT DISTINCT claimed_by, holder_key, unit_id FROM tasks.task
    WHERE state = 'claimed' AND holder_key = ANY(${[...keys]}::text[]) AND claimed_by <> ${ctx.actor.id}`.execute(
    ctx.db,
  );
  const valid: string[] = [];
  const known = new Map<string, Set<string>>();
  for (const row of rows) {
    let holders = known.get(row.holder_key);
    if (!holders) {
      const found = await everywhere(ctx, () => holdersOf(ctx, row.holder_key, row.unit_id));
      holders = new Set(found.map((holder) => holder.id));
      known.set(row.holder_key, holders);
    }
    if (holders.has(row.claimed_by)) valid.push(`${row.claimed_by}@${row.holder_key}`);
  }
  return valid;
}

/** Where a view's rows come from, and which of them. */
async function sourceOf(ctx: Ctx, query: TaskQuery) {
  const me = ctx.actor.id;
  switch (query.view) {
    case 'mine':
      return {
        from: sql`${await toDoOf(ctx)} h JOIN tasks.task t ON t.id = h.id`,
        where: sql<SqlBool>`true`,
      };
    case 'asked':
      return { from: sql`tasks.task t`, where: sql<SqlBool>`t.asked_by = ${me}` };
    case 'copied':
      return {
        from: sql`tasks.copy h JOIN tasks.task t ON t.id = h.task_id`,
        where: sql<SqlBool>`h.account_id = ${me}`,
      };
    case 'done':
      return { from: sql`tasks.task t`, where: sql<SqlBool>`t.done_by = ${me} AND t.state = 'done'` };
    case 'team':
      return { from: sql`tasks.task t`, where: sql<SqlBool>`true` };
  }
}

export async function listTasks(
  ctx: Ctx,
  query: TaskQuery,
  heldKeys: readonly string[] | null,
): Promise<Page<TaskRow>> {
  const { from, where } = await sourceOf(ctx, query);
  const also = [where];
  if (query.kind) also.push(sql`t.kind = ${query.kind}`);
  if (query.state) also.push(sql`t.state = ${query.state}`);
  if (query.unitId) also.push(sql`t.unit_id = ${query.unitId}::uuid`);
  if (query.campaignId) also.push(sql`t.campaign_id = ${query.campaignId}::uuid`);
  if (query.late !== undefined) {
    const late = sql<SqlBool>`(t.state IN ('open', 'claimed', 'signing', 'returned') AND t.due_at < base.now())`;
    also.push(query.late ? late : sql`NOT ${late}`);
  }
  if (query.nobody && heldKeys) {
    also.push(sql`t.state IN ('open', 'claimed') AND t.holder_key <> ALL(${[...heldKeys]}::text[])`);
  }
  if (query.q) also.push(sql`(t.title || ' ' || t.asked_by_name) ILIKE ${likeOf(query.q)}`);
  const byDefault = query.view === 'done' ? orders['-settledAt'] : orders.dueAt;
  return pageOf<TaskRow>(ctx, {
    columns: taskColumns,
    from,
    as: 't',
    join: sql`JOIN units.unit_view u ON u.id = t.unit_id`,
    where: sql<SqlBool>`${sql.join(also, sql` AND `)}`,
    orderBy: orders[query.sort ?? ''] ?? byDefault!,
    query,
  });
}

export interface Summary {
  open: number;
  late: number;
  minutes: number;
  to_sign: number;
  came_back: number;
  next_due_at: Date | null;
}

export async function summarize(ctx: Ctx): Promise<Summary> {
  const { rows } = await sql<Summary>`SELECT count(*)::int AS open,
      count(*) FILTER (WHERE t.due_at < base.now())::int AS late, coalesce(sum(t.minutes), 0)::int AS minutes,
      count(*) FILTER (WHERE t.state = 'signing')::int AS to_sign,
      count(*) FILTER (WHERE t.returned_reason IS NOT NULL)::int AS came_back, min(t.due_at) AS next_due_at
    FROM ${await toDoOf(ctx)} h JOIN tasks.task t ON t.id = h.id`.execute(ctx.db);
  return rows[0]!;
}
