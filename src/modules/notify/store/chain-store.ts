/** Escalation chains: their versions, the runs, and the steps with whom they tell. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { ChainStep, MessageKind } from '../contract.ts';
import type { Words } from '../rules.ts';
import type { Recipient } from './recipient-store.ts';

export interface ChainRow {
  id: string;
  unit_path: string;
  key: string;
  version: number;
  name: string;
  steps: ChainStep[];
  set_by_name: string;
  from_at: Date;
}

export interface RunRow {
  id: string;
  unit_path: string;
  key: string;
  chain_key: string;
  chain_version: number;
  kind: MessageKind;
  urgent: boolean;
  subject: Words;
  body: Words;
  link: string | null;
  started_at: Date;
  acknowledged_at: Date | null;
  acknowledged_by: string | null;
}

export interface StepRow {
  run_id: string;
  unit_path: string;
  seq: number;
  due_at: Date;
  recipients: Recipient[];
  channels: ('app' | 'mail' | 'sms')[];
  fired_at: Date | null;
}

export function listChains(
  ctx: Ctx,
  query: { page: number; pageSize: number; key?: string | undefined; history?: boolean | undefined },
) {
  return pageOf<ChainRow>(ctx, {
    columns: sql`c.*`,
    from: sql`notify.chain c`,
    where: sql<SqlBool>`(${query.key ?? null}::text IS NULL OR c.key = ${query.key ?? null})
      AND (${query.history ?? false} OR NOT EXISTS (SELECT FROM notify.chain later
        WHERE later.unit_path = c.unit_path AND later.key = c.key AND later.version > c.version))`,
    orderBy: sql`c.key, c.unit_path, c.version DESC`,
    query,
  });
}

/** The newest version of the nearest chain of that key at or above the unit. Runs as the system. */
export async function chainFor(ctx: Ctx, key: string, unitPath: string): Promise<ChainRow | undefined> {
  const { rows } = await sql<ChainRow>`SELECT * FROM notify.chain
    WHERE key = ${key} AND unit_path @> ${unitPath}::ltree
    ORDER BY nlevel(unit_path) DESC, version DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function insertChain(
  ctx: Ctx,
  row: { key: string; name: string; steps: readonly ChainStep[] },
): Promise<{ id: string; version: number }> {
  const { rows } = await sql<{ id: string; version: number }>`INSERT INTO notify.chain
      (unit_path, key, version, name, steps, set_by, set_by_name)
    SELECT ${ctx.actor.unitPath}::ltree, ${row.key}, coalesce((SELECT max(version) FROM notify.chain
        WHERE unit_path = ${ctx.actor.unitPath}::ltree AND key = ${row.key}), 0) + 1,
      ${row.name}, ${JSON.stringify(row.steps)}::jsonb, ${ctx.actor.id}, ${ctx.actor.name}
    RETURNING id, version`.execute(ctx.db);
  return rows[0]!;
}

/** Returns the run's id, or undefined when the key was started before. */
export async function insertRun(
  ctx: Ctx,
  run: Pick<
    RunRow,
    'unit_path' | 'key' | 'chain_key' | 'chain_version' | 'kind' | 'urgent' | 'subject' | 'body' | 'link'
  >,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`INSERT INTO notify.chain_run
      (unit_path, key, chain_key, chain_version, kind, urgent, subject, body, link)
    VALUES (${run.unit_path}::ltree, ${run.key}, ${run.chain_key}, ${run.chain_version}, ${run.kind}, ${run.urgent},
      ${JSON.stringify(run.subject)}::jsonb, ${JSON.stringify(run.body)}::jsonb, ${run.link})
    ON CONFLICT (key) DO NOTHING RETURNING id`.execute(ctx.db);
  return rows[0]?.id;
}

/** A step is due by the database's clock, counted from the run's own start. Returns when. */
export async function insertStep(
  ctx: Ctx,
  step: Pick<StepRow, 'run_id' | 'unit_path' | 'seq' | 'recipients' | 'channels'> & { afterMinutes: number },
): Promise<Date> {
  const { rows } = await sql<{ due_at: Date }>`INSERT INTO notify.chain_step
      (run_id, unit_path, seq, due_at, recipients, channels)
    SELECT id, ${step.unit_path}::ltree, ${step.seq}, started_at + ${step.afterMinutes} * interval '1 minute',
      ${JSON.stringify(step.recipients)}::jsonb, ${step.channels}::text[]
    FROM notify.chain_run WHERE id = ${step.run_id}::uuid RETURNING due_at`.execute(ctx.db);
  return rows[0]!.due_at;
}

/** Steps that are due and not fired, in the order in which they fell due. */
export async function dueSteps(ctx: Ctx, limit: number): Promise<Pick<StepRow, 'run_id' | 'seq'>[]> {
  const { rows } = await sql<Pick<StepRow, 'run_id' | 'seq'>>`SELECT run_id, seq FROM notify.chain_step
    WHERE fired_at IS NULL AND due_at <= base.now() ORDER BY due_at, run_id, seq LIMIT ${limit}`.execute(
    ctx.db,
  );
  return rows;
}

/** Takes one due step; undefined when another process took it, or it is not due. */
export async function takeStep(ctx: Ctx, runId: string, seq: number): Promise<StepRow | undefined> {
  const { rows } = await sql<StepRow>`UPDATE notify.chain_step SET fired_at = base.now()
    WHERE run_id = ${runId}::uuid AND seq = ${seq} AND fired_at IS NULL AND due_at <= base.now() RETURNING *`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function findRun(ctx: Ctx, id: string): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`SELECT * FROM notify.chain_run WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/** The run, locked against an acknowledgement at the same moment. */
export async function lockRun(ctx: Ctx, id: string): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`SELECT * FROM notify.chain_run WHERE id = ${id}::uuid FOR SHARE`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function findRunByKey(ctx: Ctx, key: string): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`SELECT * FROM notify.chain_run WHERE key = ${key}`.execute(ctx.db);
  return rows[0];
}

export async function lastStep(ctx: Ctx, runId: string): Promise<number> {
  const { rows } = await sql<{ seq: number }>`SELECT max(seq) AS seq FROM notify.chain_step
    WHERE run_id = ${runId}::uuid`.execute(ctx.db);
  return rows[0]!.seq;
}

/** True: this was the first acknowledgement. */
export async function closeRun(ctx: Ctx, id: string, by: string, how: string): Promise<boolean> {
  const done = await sql`UPDATE notify.chain_run SET acknowledged_at = base.now(), acknowledged_by = ${by},
      acknowledged_how = ${how} WHERE id = ${id}::uuid AND acknowledged_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export function listRuns(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; open?: boolean | undefined },
) {
  const like = query.q ? `%${query.q.replace(/[\\%_]/g, '\\$&')}%` : null;
  return pageOf<RunRow & { steps: StepRow[] | null }>(ctx, {
    columns: sql`r.*, (SELECT json_agg(s ORDER BY s.seq) FROM notify.chain_step s WHERE s.run_id = r.id) AS steps`,
    from: sql`notify.chain_run r`,
    where: sql<SqlBool>`(NOT ${query.open ?? false} OR r.acknowledged_at IS NULL)
      AND (${like}::text IS NULL OR r.key ILIKE ${like} OR r.subject::text ILIKE ${like})`,
    orderBy: sql`r.id DESC`,
    query,
  });
}
