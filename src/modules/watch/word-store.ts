import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Word, WordChanges } from './word-rules.ts';

export type { Word } from './word-rules.ts';

export interface WordListRow {
  version: number;
  source: string;
  changed_at: Date;
  changed_by_name: string;
  approved_by_name: string | null;
  note: string | null;
  body: Word[];
}

const facts = sql`l.version, l.source, l.changed_at, l.changed_by_name, l.approved_by_name, l.note`;

/** The newest version, or undefined when the bureau has saved none. */
export async function newestVersion(ctx: Ctx): Promise<number | undefined> {
  const { rows } = await sql<{ version: number }>`SELECT version FROM watch.word_list
    ORDER BY version DESC LIMIT 1`.execute(ctx.db);
  return rows[0]?.version;
}

export async function findVersion(ctx: Ctx, version: number): Promise<WordListRow | undefined> {
  const { rows } = await sql<WordListRow>`SELECT ${facts}, l.body FROM watch.word_list l
    WHERE l.version = ${version}`.execute(ctx.db);
  return rows[0];
}

/** One change at a time: versions have no gaps and no forks. */
export async function lockWords(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('watch.word_list'))`.execute(ctx.db);
}

export async function insertWords(
  ctx: Ctx,
  row: {
    version: number;
    unitPath: string;
    source: string;
    words: readonly Word[];
    proposal: ProposalRow;
    approvedBy: string | null;
  },
): Promise<void> {
  const { proposal } = row;
  await sql`INSERT INTO watch.word_list (version, unit_path, body, source, changed_by, changed_by_name, proposal_id,
      approved_by_name, note)
    VALUES (${row.version}, ${row.unitPath}::ltree, ${JSON.stringify(row.words)}::jsonb, ${row.source},
      ${proposal.proposed_by}, ${proposal.proposed_by_name}, ${proposal.id}::uuid, ${row.approvedBy}, ${proposal.note})`.execute(
    ctx.db,
  );
}

export interface VersionRow {
  version: number;
  source: string;
  changed_at: Date;
  changed_by_name: string;
  approved_by_name: string | null;
  note: string | null;
  terms: number;
  added: number;
  changed: number;
  removed: number;
}

export async function listVersions(
  ctx: Ctx,
  query: { page: number; pageSize: number },
): Promise<Page<VersionRow>> {
  return pageOf<VersionRow>(ctx, {
    columns: sql`${facts}, jsonb_array_length(l.body) AS terms, coalesce(p.added, 0) AS added,
      coalesce(p.changed, 0) AS changed, coalesce(p.removed, 0) AS removed`,
    from: sql`watch.word_list l`,
    as: 'l',
    join: sql`LEFT JOIN watch.word_proposal p ON p.id = l.proposal_id`,
    where: allOf([]),
    orderBy: sql`l.version DESC`,
    query,
  });
}

export interface ProposalRow {
  id: string;
  unit_path: string;
  based_on: number;
  note: string;
  added: number;
  changed: number;
  removed: number;
  immediate: boolean;
  state: 'proposed' | 'approved' | 'refused' | 'withdrawn';
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  decision_note: string | null;
  version: number | null;
}

const proposalColumns = sql`p.id, p.unit_path::text AS unit_path, p.based_on, p.note, p.added, p.changed, p.removed,
  p.immediate, p.state, p.proposed_by, p.proposed_by_name, p.proposed_at, p.decided_by, p.decided_by_name, p.decided_at,
  p.decision_note, p.version`;

export async function insertProposal(
  ctx: Ctx,
  row: {
    unitPath: string;
    basedOn: number;
    note: string;
    changes: WordChanges;
    counts: { added: number; changed: number; removed: number };
    immediate: boolean;
  },
): Promise<ProposalRow> {
  const { changes, counts } = row;
  const { rows } =
    await sql<ProposalRow>`INSERT INTO watch.word_proposal AS p (unit_path, based_on, note, upserts,
      removals, added, changed, removed, immediate, proposed_by, proposed_by_name)
    VALUES (${row.unitPath}::ltree, ${row.basedOn}, ${row.note}, ${JSON.stringify(changes.upserts)}::jsonb,
      ${JSON.stringify(changes.removals)}::jsonb, ${counts.added}, ${counts.changed}, ${counts.removed},
      ${row.immediate}, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING ${proposalColumns}`.execute(ctx.db);
  return rows[0]!;
}

export type FullProposal = ProposalRow & WordChanges;

/** One that the actor sees; `lock` is for those who may change it. */
export async function findProposal(ctx: Ctx, id: string, lock = false): Promise<FullProposal | undefined> {
  const { rows } = await sql<FullProposal>`SELECT ${proposalColumns}, p.upserts, p.removals
    FROM watch.word_proposal p WHERE p.id = ${id}::uuid ${lock ? sql`FOR UPDATE OF p` : sql``}`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function setProposal(
  ctx: Ctx,
  id: string,
  state: 'approved' | 'refused' | 'withdrawn',
  by: { note: string | null; version: number | null; isDecided: boolean },
): Promise<void> {
  const decided = by.isDecided;
  await sql`UPDATE watch.word_proposal SET state = ${state}, version = ${by.version}, decision_note = ${by.note},
      decided_by = ${decided ? ctx.actor.id : null}, decided_by_name = ${decided ? ctx.actor.name : null},
      decided_at = ${decided ? sql`base.now()` : sql`NULL`} WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function listProposals(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: string | undefined },
): Promise<Page<ProposalRow>> {
  const where: RawBuilder<unknown>[] = query.state ? [sql`p.state = ${query.state}`] : [];
  return pageOf<ProposalRow>(ctx, {
    columns: proposalColumns,
    from: sql`watch.word_proposal p`,
    where: allOf(where),
    orderBy: sql`(p.state = 'proposed') DESC, p.id DESC`,
    query,
  });
}

export async function countWaiting(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM watch.word_proposal
    WHERE state = 'proposed'`.execute(ctx.db);
  return rows[0]!.n;
}
