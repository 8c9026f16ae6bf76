/** What hangs on a task: submissions, signatures, copies, files, its history. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { TaskState } from '../contract.ts';
import type { TaskRow } from './tasks.ts';

export async function insertSubmission(
  ctx: Ctx,
  task: TaskRow,
  round: number,
  answer: string,
): Promise<void> {
  await sql`INSERT INTO tasks.submission (task_id, round, unit_path, done_by, done_by_name, answer)
    VALUES (${task.id}::uuid, ${round}, ${task.unit_path}::ltree, ${ctx.actor.id}, ${ctx.actor.name}, ${answer})`.execute(
    ctx.db,
  );
}

export async function insertSignatures(ctx: Ctx, task: TaskRow, keys: readonly string[]): Promise<void> {
  await sql`INSERT INTO tasks.signature (task_id, round, signer_key, unit_path, done_by, signed_by, signed_by_name)
    SELECT ${task.id}::uuid, ${task.round}, k, ${task.unit_path}::ltree, ${task.done_by}, ${ctx.actor.id}, ${ctx.actor.name}
    FROM unnest(${[...keys]}::text[]) AS k`.execute(ctx.db);
}

export async function insertSigner(ctx: Ctx, task: TaskRow, key: string): Promise<void> {
  await sql`INSERT INTO tasks.signer (task_id, signer_key, unit_path, added_by)
    VALUES (${task.id}::uuid, ${key}, ${task.unit_path}::ltree, ${ctx.actor.id}) ON CONFLICT DO NOTHING`.execute(
    ctx.db,
  );
}

export async function insertCopy(
  ctx: Ctx,
  task: TaskRow,
  account: { id: string; name: string },
): Promise<void> {
  await sql`INSERT INTO tasks.copy (task_id, account_id, account_name, unit_path, added_by)
    VALUES (${task.id}::uuid, ${account.id}, ${account.name}, ${task.unit_path}::ltree, ${ctx.actor.id})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
}

export interface FileRow {
  id: string;
  name: string;
  sha256: string;
  bytes: number;
  round: number;
  added_by_name: string;
  at: Date;
}

export async function insertFile(
  ctx: Ctx,
  task: TaskRow,
  file: { name: string; sha256: string; bytes: number },
): Promise<FileRow> {
  const { rows } = await sql<FileRow>`INSERT INTO tasks.file
      (task_id, unit_path, name, sha256, bytes, round, added_by, added_by_name)
    VALUES (${task.id}::uuid, ${task.unit_path}::ltree, ${file.name}, ${file.sha256}, ${file.bytes}, ${task.round + 1},
      ${ctx.actor.id}, ${ctx.actor.name}) RETURNING *`.execute(ctx.db);
  return rows[0]!;
}

export async function filesOf(ctx: Ctx, taskId: string): Promise<FileRow[]> {
  const { rows } =
    await sql<FileRow>`SELECT * FROM tasks.file WHERE task_id = ${taskId}::uuid ORDER BY id`.execute(ctx.db);
  return rows;
}

export interface Parts {
  readonly submissions: { round: number; done_by_name: string; answer: string; at: Date }[];
  readonly files: FileRow[];
  readonly copies: { account_id: string; account_name: string }[];
  readonly history: HistoryRow[];
}

export interface HistoryRow {
  seq: number;
  act: string;
  before: TaskState | null;
  after: TaskState;
  actor_id: string;
  actor_name: string;
  data: Record<string, unknown>;
  at: Date;
}

export async function historyOf(ctx: Ctx, taskId: string): Promise<HistoryRow[]> {
  const { rows } =
    await sql<HistoryRow>`SELECT * FROM tasks.act WHERE task_id = ${taskId}::uuid ORDER BY seq`.execute(
      ctx.db,
    );
  return rows;
}

export async function copiesOf(
  ctx: Ctx,
  taskId: string,
): Promise<{ account_id: string; account_name: string }[]> {
  const { rows } = await sql<{ account_id: string; account_name: string }>`SELECT account_id, account_name
    FROM tasks.copy WHERE task_id = ${taskId}::uuid ORDER BY at`.execute(ctx.db);
  return rows;
}

export async function partsOf(ctx: Ctx, taskId: string): Promise<Parts> {
  const submissions = await sql<Parts['submissions'][number]>`SELECT round, done_by_name, answer, at
    FROM tasks.submission WHERE task_id = ${taskId}::uuid ORDER BY round`.execute(ctx.db);
  return {
    submissions: submissions.rows,
    files: await filesOf(ctx, taskId),
    copies: await copiesOf(ctx, taskId),
    history: await historyOf(ctx, taskId),
  };
}
