/** Rows of tasks: raised by the set, changed one at a time under a lock. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { TaskState } from '../contract.ts';
import type { ActRecord, TaskCore } from '../rules.ts';

export interface TaskRow {
  id: string;
  key: string;
  kind: string;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  holder_key: string;
  holder_name: string | null;
  title: string;
  why: string;
  legal_basis: string;
  link: string | null;
  due_at: Date;
  overdue: boolean;
  minutes: number;
  campaign_id: string | null;
  wants_file: boolean;
  by_machine: boolean;
  exempt: boolean;
  asked_by: string | null;
  asked_by_name: string;
  asked_unit_path: string | null;
  author: string | null;
  state: TaskState;
  claimed_by: string | null;
  claimed_by_name: string | null;
  delegate_id: string | null;
  delegate_name: string | null;
  delegate_until: Date | null;
  sign_rule: 'none' | 'all' | 'any';
  round: number;
  done_by: string | null;
  done_by_name: string | null;
  outcome: string | null;
  returned_reason: string | null;
  returned_field: string | null;
  raised_at: Date;
  settled_at: Date | null;
  seq: number;
}

export const taskColumns = sql`t.id, t.key, t.kind, t.unit_id, u.name AS unit_name, t.unit_path, t.holder_key,
  (SELECT a.name FROM auth.account_view a WHERE t.holder_key = 'account:' || a.id) AS holder_name,
  t.title, t.why, t.legal_basis, t.link, t.due_at,
  (t.state IN ('open', 'claimed', 'signing', 'returned') AND t.due_at < base.now()) AS overdue, t.minutes,
  t.campaign_id, t.wants_file, t.by_machine, t.exempt, t.asked_by, t.asked_by_name, t.asked_unit_path, t.author,
  t.state, t.claimed_by, t.claimed_by_name, t.delegate_id, t.delegate_name, t.delegate_until, t.sign_rule, t.round,
  t.done_by, t.done_by_name, t.outcome, t.returned_reason, t.returned_field, t.raised_at, t.settled_at, t.seq`;

export interface NewTask {
  readonly key: string;
  readonly kind: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly holderKey: string;
  readonly title: string;
  readonly why: string;
  readonly legalBasis: string;
  readonly link: string | null;
  readonly dueAt: string;
  readonly minutes: number;
  readonly campaignId: string | null;
  readonly wantsFile: boolean;
  readonly byMachine: boolean;
  readonly exempt: boolean;
  readonly author: string | null;
  readonly askedBy: string | null;
  readonly askedByName: string;
  readonly askedUnitPath: string | null;
  readonly signRule: 'none' | 'all' | 'any';
  readonly signerKeys: readonly string[];
}

/** Inserts what is not there yet, with the first line of its history. Returns the new ones. */
export async function insertTasks(
  ctx: Ctx,
  tasks: readonly NewTask[],
): Promise<{ id: string; key: string; unit_path: string }[]> {
  const { rows } = await sql<{ id: string; key: string; unit_path: string }>`
    WITH given AS MATERIALIZED (SELECT n.*, uuidv7() AS id FROM jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb) AS n
      (key text, kind text, "unitId" uuid, "unitPath" text, "holderKey" text, title text, why text, "legalBasis" text,
       link text, "dueAt" timestamptz, minutes int, "campaignId" uuid, "wantsFile" boolean, "byMachine" boolean,
       exempt boolean, author text, "askedBy" text, "askedByName" text, "askedUnitPath" text, "signRule" text,
       "signerKeys" text[])),
    raised AS (INSERT INTO tasks.task (id, key, kind, unit_id, unit_path, holder_key, title, why, legal_basis, link,
        due_at, minutes, campaign_id, wants_file, by_machine, exempt, author, asked_by, asked_by_name, asked_unit_path,
        sign_rule)
      SELECT id, key, kind, "unitId", "unitPath"::ltree, "holderKey", title, why, "legalBasis", link, "dueAt", minutes,
        "campaignId", "wantsFile", "byMachine", exempt, author, "askedBy", "askedByName", "askedUnitPath"::ltree,
        "signRule" FROM given
      ON CONFLICT (key) DO NOTHING RETURNING id, key, unit_path, holder_key),
    signers AS (INSERT INTO tasks.signer (task_id, signer_key, unit_path, added_by)
      SELECT r.id, k, r.unit_path, ${ctx.actor.id} FROM raised r JOIN given g USING (key), unnest(g."signerKeys") AS k),
    told AS (INSERT INTO tasks.act (task_id, seq, unit_path, act, after, actor_id, actor_name, data)
      SELECT r.id, 1, r.unit_path, 'raise', 'open', ${ctx.actor.id}, ${ctx.actor.name},
        jsonb_build_object('key', r.holder_key, 'rule', g."signRule", 'keys', to_jsonb(g."signerKeys"),
          'dueAt', g."dueAt") FROM raised r JOIN given g USING (key))
    SELECT id, key, unit_path FROM raised`.execute(ctx.db);
  return rows;
}

export async function findTask(ctx: Ctx, id: string): Promise<TaskRow | undefined> {
  const { rows } = await sql<TaskRow>`SELECT ${taskColumns} FROM tasks.task t
    JOIN units.unit_view u ON u.id = t.unit_id WHERE t.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

/** Gives a locked task other words and another estimate; whether that is an act is the caller's to say. */
export async function saveTexts(
  ctx: Ctx,
  id: string,
  now: Pick<NewTask, 'title' | 'why' | 'legalBasis' | 'minutes'>,
): Promise<void> {
  await sql`UPDATE tasks.task SET title = ${now.title}, why = ${now.why}, legal_basis = ${now.legalBasis},
    minutes = ${now.minutes} WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** One visible task, locked against any other act. */
export async function lockTask(
  ctx: Ctx,
  by: { readonly id: string } | { readonly key: string },
): Promise<TaskRow | undefined> {
  const where = 'id' in by ? sql`t.id = ${by.id}::uuid` : sql`t.key = ${by.key}`;
  const { rows } = await sql<TaskRow>`SELECT ${taskColumns} FROM tasks.task t
    JOIN units.unit_view u ON u.id = t.unit_id WHERE ${where} FOR UPDATE OF t`.execute(ctx.db);
  return rows[0];
}

/** The live tasks of a kind of filter, locked: for what happens to many at once. */
export async function lockLive(
  ctx: Ctx,
  by: { readonly campaignId: string } | { readonly unitId: string },
): Promise<TaskRow[]> {
  const where =
    'unitId' in by ? sql`t.unit_id = ${by.unitId}::uuid` : sql`t.campaign_id = ${by.campaignId}::uuid`;
  const { rows } = await sql<TaskRow>`SELECT ${taskColumns} FROM tasks.task t
    JOIN units.unit_view u ON u.id = t.unit_id
    WHERE ${where} AND t.state IN ('open', 'claimed', 'signing', 'returned') ORDER BY t.id FOR UPDATE OF t`.execute(
    ctx.db,
  );
  return rows;
}

export async function signaturesOf(
  ctx: Ctx,
  taskId: string,
): Promise<
  { signer_key: string; round: number; signed_by_name: string | null; at: Date | null; current: boolean }[]
> {
  const { rows } = await sql<{
    signer_key: string;
    round: number;
    signed_by_name: string | null;
    at: Date | null;
    current: boolean;
  }>`SELECT g.signer_key, t.round, s.signed_by_name, s.at, s.signed_by IS NOT NULL AS current FROM tasks.signer g
    JOIN tasks.task t ON t.id = g.task_id
    LEFT JOIN tasks.signature s ON s.task_id = g.task_id AND s.signer_key = g.signer_key AND s.round = t.round
      AND t.done_by IS NOT NULL
    WHERE g.task_id = ${taskId}::uuid ORDER BY g.at, g.signer_key`.execute(ctx.db);
  return rows;
}

export function coreOf(
  row: TaskRow,
  signatures: readonly { signer_key: string; current: boolean }[],
): TaskCore {
  return {
    state: row.state,
    holderKey: row.holder_key,
    claimedBy: row.claimed_by,
    delegate: row.delegate_id ? { id: row.delegate_id, until: row.delegate_until! } : null,
    askedBy: row.asked_by,
    author: row.author,
    byMachine: row.by_machine,
    signRule: row.sign_rule,
    signers: signatures.map((one) => one.signer_key),
    signed: signatures.filter((one) => one.current).map((one) => one.signer_key),
    doneBy: row.done_by,
    round: row.round,
  };
}

/** What an act changes besides the core. Undefined leaves it as it is. */
export interface Besides {
  readonly claimedByName?: string | null;
  readonly delegateName?: string | null;
  readonly doneByName?: string | null;
  readonly outcome?: string | null;
  readonly returned?: { readonly reason: string | null; readonly field: string | null };
  readonly dueAt?: Date;
}

/** Writes the state after an act, and the act. */
export async function saveAct(
  ctx: Ctx,
  before: TaskRow,
  after: TaskCore,
  record: ActRecord,
  told: { readonly data: object; readonly besides: Besides },
): Promise<void> {
  const { besides } = told;
  const kept = <T>(value: T | undefined, old: T): T => (value === undefined ? old : value);
  const settled = after.state === 'done' || after.state === 'cancelled';
  const returned = besides.returned ?? { reason: before.returned_reason, field: before.returned_field };
  await sql`UPDATE tasks.task SET state = ${after.state}, holder_key = ${after.holderKey},
      claimed_by = ${after.claimedBy}::text, claimed_by_name = ${after.claimedBy ? kept(besides.claimedByName, before.claimed_by_name) : null}::text,
      delegate_id = ${after.delegate?.id ?? null}::text, delegate_until = ${after.delegate?.until ?? null}::timestamptz,
      delegate_name = ${after.delegate ? kept(besides.delegateName, before.delegate_name) : null}::text,
      sign_rule = ${after.signRule}, round = ${after.round}, done_by = ${after.doneBy}::text,
      done_by_name = ${after.doneBy ? kept(besides.doneByName, before.done_by_name) : null}::text,
      outcome = ${kept(besides.outcome, before.outcome)}::text,
      returned_reason = ${returned.reason}::text, returned_field = ${returned.field}::text,
      due_at = ${besides.dueAt ?? before.due_at}::timestamptz,
      submitted_at = CASE WHEN ${record.act} = 'finish' THEN base.now() ELSE submitted_at END,
      settled_at = CASE WHEN NOT ${settled}::boolean THEN NULL ELSE coalesce(settled_at, base.now()) END,
      seq = seq + 1
    WHERE id = ${before.id}::uuid`.execute(ctx.db);
  await sql`INSERT INTO tasks.act (task_id, seq, unit_path, act, before, after, actor_id, actor_name, data)
    VALUES (${before.id}::uuid, ${before.seq + 1}, ${before.unit_path}::ltree, ${record.act}, ${before.state},
      ${after.state}, ${ctx.actor.id}, ${ctx.actor.name}, ${JSON.stringify({ ...record.data, ...told.data })}::jsonb)`.execute(
    ctx.db,
  );
}
