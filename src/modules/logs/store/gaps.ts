/** PostgreSQL: gaps and who answers for them. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { allOf, type Page, pageOf } from '#base/list';
import type { LostPlace } from '../ledger/lost-places.ts';
import type { LedgerSource } from './ledger.ts';

export type GapProof = 'silence' | 'counter' | 'heartbeat' | 'collector' | 'kernel' | 'shedding';

export interface Told {
  readonly key: string;
  readonly proof: GapProof;
  readonly began: Date;
  readonly ended: Date | null;
  readonly lost: number | null;
}

/** Tells a gap of a source; the same key again widens it and moves its end. */
export async function tellGap(ctx: Ctx, source: LedgerSource, gap: Told): Promise<void> {
  await sql`INSERT INTO logs.gap AS g (id, source_id, unit_path, key, proof, began, ended, lost)
    VALUES (${newId()}, ${source.id}, ${source.unitPath}::ltree, ${gap.key}, ${gap.proof}, ${gap.began}, ${gap.ended},
      ${gap.lost})
    ON CONFLICT (key) DO UPDATE SET began = least(g.began, EXCLUDED.began), ended = EXCLUDED.ended,
      lost = EXCLUDED.lost`.execute(ctx.db);
}

/**
 * Adds to (or takes from) the records that a source's hour has lost; at 0 the gap is none any more. Where they were is added
 * only: another may be missing at the same place.
 */
export async function addLost(
  ctx: Ctx,
  source: LedgerSource,
  gap: {
    readonly key: string;
    readonly lost: number;
    readonly from: Date;
    readonly to: Date;
    readonly places: readonly LostPlace[];
  },
): Promise<void> {
  const pieces = gap.places.map(([from, to]) => [new Date(from), new Date(to)]);
  await sql`INSERT INTO logs.gap AS g (id, source_id, unit_path, key, proof, began, ended, lost, places)
    VALUES (${newId()}, ${source.id}, ${source.unitPath}::ltree, ${gap.key}, 'counter', ${gap.from}, ${gap.to},
      ${Math.max(0, gap.lost)}, (SELECT coalesce(range_agg(tstzrange((p ->> 0)::timestamptz, (p ->> 1)::timestamptz)), '{}')
        FROM jsonb_array_elements(${JSON.stringify(pieces)}::jsonb) AS p))
    ON CONFLICT (key) DO UPDATE SET lost = greatest(0, g.lost + ${gap.lost}),
      places = CASE WHEN ${gap.lost < 0} THEN g.places WHEN g.lost = 0 THEN EXCLUDED.places ELSE g.places + EXCLUDED.places END,
      began = CASE WHEN ${gap.lost < 0} THEN g.began WHEN g.lost = 0 THEN EXCLUDED.began ELSE least(g.began, EXCLUDED.began) END,
      ended = CASE WHEN ${gap.lost < 0} THEN g.ended WHEN g.lost = 0 THEN EXCLUDED.ended ELSE greatest(g.ended, EXCLUDED.ended) END`.execute(
    ctx.db,
  );
}

/** What seemed a gap is none: its records came. */
export async function voidGap(ctx: Ctx, key: string): Promise<void> {
  await sql`UPDATE logs.gap SET lost = 0, ended = coalesce(ended, began) WHERE key = ${key}`.execute(ctx.db);
}

/** Ends the source's silence with the first record after it. Returns how many ended. */
export async function endSilence(ctx: Ctx, sourceId: number, first: Date, newest: Date): Promise<number> {
  const { numAffectedRows } =
    await sql`UPDATE logs.gap SET ended = greatest(began, ${first}) WHERE source_id = ${sourceId}
      AND proof = 'silence' AND ended IS NULL AND began < ${newest}`.execute(ctx.db);
  return Number(numAffectedRows ?? 0n);
}

/** Tells a gap of a collector, which is one of every source that sends to it. */
export async function tellCollectorGap(
  ctx: Ctx,
  gap: Told & { readonly collector: string; readonly unitPath: string },
): Promise<void> {
  await sql`INSERT INTO logs.gap AS g (id, collector, unit_path, key, proof, began, ended, lost)
    VALUES (${newId()}, ${gap.collector}, ${gap.unitPath}::ltree, ${gap.key}, ${gap.proof}, ${gap.began}, ${gap.ended},
      ${gap.lost})
    ON CONFLICT (key) DO UPDATE SET began = least(g.began, EXCLUDED.began), ended = EXCLUDED.ended,
      lost = EXCLUDED.lost`.execute(ctx.db);
}

export interface GapRow {
  id: string;
  source_id: number | null;
  source: string | null;
  collector: string | null;
  unit_path: string;
  unit_name: string | null;
  proof: GapProof;
  began: Date;
  ended: Date | null;
  lost: number | null;
  found_at: Date;
  /** The accepted answer, or the one that waits. */
  reason: string | null;
  words: string | null;
  given_by: string | null;
  given_name: string | null;
  given_at: Date | null;
  needs_second: boolean | null;
  accepted: boolean | null;
  decided_name: string | null;
  decided_at: Date | null;
}

const gapColumns = sql`g.id, g.source_id, s.name AS source, g.collector, g.unit_path::text AS unit_path, u.name AS
  unit_name, g.proof, g.began, g.ended, g.lost, g.found_at, a.reason, a.words, a.given_by, a.given_name, a.given_at,
  a.needs_second, a.accepted, a.decided_name, a.decided_at`;
const gapJoins = sql`LEFT JOIN logs.source s ON s.id = g.source_id
  LEFT JOIN units.unit_view u ON u.unit_path = g.unit_path
  LEFT JOIN LATERAL (SELECT * FROM logs.gap_answer b WHERE b.gap_id = g.id AND b.accepted IS NOT FALSE
    ORDER BY b.accepted NULLS LAST LIMIT 1) a ON true`;

export interface GapQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly sourceId?: number | undefined;
  readonly unitPath?: string | undefined;
  readonly proof?: GapProof | undefined;
  readonly state?: 'unanswered' | 'waiting' | 'accepted' | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

const answered = {
  unanswered: sql`NOT EXISTS (SELECT FROM logs.gap_answer b WHERE b.gap_id = g.id AND b.accepted IS NOT FALSE)`,
  waiting: sql`EXISTS (SELECT FROM logs.gap_answer b WHERE b.gap_id = g.id AND b.accepted IS NULL)`,
  accepted: sql`EXISTS (SELECT FROM logs.gap_answer b WHERE b.gap_id = g.id AND b.accepted)`,
};

/** Gaps of the caller's scope, newest first. */
export async function listGaps(ctx: Ctx, query: GapQuery): Promise<Page<GapRow>> {
  const where = [sql`g.lost IS DISTINCT FROM 0`];
  if (query.sourceId !== undefined) where.push(sql`(g.source_id = ${query.sourceId})`);
  if (query.unitPath !== undefined) where.push(sql`g.unit_path <@ ${query.unitPath}::ltree`);
  if (query.proof !== undefined) where.push(sql`g.proof = ${query.proof}`);
  if (query.state !== undefined) where.push(answered[query.state]);
  if (query.from !== undefined) where.push(sql`coalesce(g.ended, 'infinity') >= ${query.from}`);
  if (query.to !== undefined) where.push(sql`g.began < ${query.to}`);
  return pageOf<GapRow>(ctx, {
    columns: gapColumns,
    from: sql`logs.gap g`,
    as: 'g',
    join: gapJoins,
    where: allOf(where),
    orderBy: sql`g.began DESC, g.id`,
    query,
  });
}

export async function findGap(ctx: Ctx, id: string, options: { lock?: boolean } = {}) {
  const { rows } = await sql<GapRow>`SELECT ${gapColumns} FROM logs.gap g ${gapJoins} WHERE g.id = ${id}::uuid
    ${options.lock ? sql`FOR UPDATE OF g` : sql``}`.execute(ctx.db);
  return rows[0];
}

/** Gaps that touch a window: those of the sources, by source, and those of collectors under null. */
export async function gapsTouching(
  ctx: Ctx,
  sourceIds: readonly number[],
  from: Date,
  to: Date,
): Promise<GapRow[]> {
  const touches = sql`g.lost IS DISTINCT FROM 0 AND g.began < ${to} AND coalesce(g.ended, 'infinity') > ${from}`;
  const { rows } = await sql<GapRow>`SELECT ${gapColumns} FROM logs.gap g ${gapJoins}
    WHERE (g.source_id = ANY(${sourceIds as number[]}::int[]) OR g.source_id IS NULL) AND ${touches}
    ORDER BY g.began, g.id LIMIT 1000`.execute(ctx.db);
  return rows;
}

export interface PlaceAsked {
  readonly gapId: string;
  readonly from: Date;
  readonly to: Date;
}

/**
 * Which of the counted gaps miss something just there, by number of the question, and between which moments. A gap of which
 * nobody knows where it misses something may miss it anywhere.
 */
export async function placesTouched(
  ctx: Ctx,
  asked: readonly PlaceAsked[],
): Promise<Map<number, { readonly from: Date; readonly to: Date }>> {
  if (asked.length === 0) return new Map();
  const list = JSON.stringify(asked.map(({ gapId, from, to }, n) => ({ n, g: gapId, f: from, t: to })));
  const { rows } = await sql<{ n: number; from: Date; to: Date }>`SELECT w.n,
      coalesce(lower(g.places * tstzmultirange(w.span)), g.began) AS from,
      coalesce(upper(g.places * tstzmultirange(w.span)), g.ended) AS to
    FROM (SELECT n, g, tstzrange(f, t, '[]') AS span
        FROM jsonb_to_recordset(${list}::jsonb) AS r(n int, g uuid, f timestamptz, t timestamptz)) AS w
      JOIN logs.gap g ON g.id = w.g
    WHERE g.places IS NULL OR g.places && w.span`.execute(ctx.db);
  return new Map(rows.map(({ n, ...between }) => [n, between]));
}

export interface AnswerRow {
  id: string;
  gap_id: string;
  reason: string;
  words: string;
  given_by: string;
  given_name: string;
  given_at: Date;
  needs_second: boolean;
  accepted: boolean | null;
  decided_by: string | null;
  decided_name: string | null;
  decided_at: Date | null;
  decided_words: string | null;
}

export async function answersOf(ctx: Ctx, gapId: string): Promise<AnswerRow[]> {
  const { rows } = await sql<AnswerRow>`SELECT id, gap_id, reason, words, given_by, given_name, given_at,
      needs_second, accepted, decided_by, decided_name, decided_at, decided_words
    FROM logs.gap_answer WHERE gap_id = ${gapId}::uuid ORDER BY given_at, id`.execute(ctx.db);
  return rows;
}

export async function insertAnswer(
  ctx: Ctx,
  gap: GapRow,
  answer: { readonly reason: string; readonly words: string },
): Promise<AnswerRow> {
  const { rows } =
    await sql<AnswerRow>`INSERT INTO logs.gap_answer (id, gap_id, unit_path, reason, words, given_by,
      given_name)
    VALUES (${newId()}, ${gap.id}, ${gap.unit_path}::ltree, ${answer.reason}, ${answer.words}, ${ctx.actor.id},
      ${ctx.actor.name}) RETURNING *`.execute(ctx.db);
  return rows[0]!;
}

/** Throws the constraint `two_people` for the giver's own decision. False when nothing waits. */
export async function decideAnswer(
  ctx: Ctx,
  gapId: string,
  decision: { readonly accept: boolean; readonly words: string | null },
): Promise<AnswerRow | undefined> {
  const { rows } = await sql<AnswerRow>`UPDATE logs.gap_answer SET accepted = ${decision.accept},
      decided_by = ${ctx.actor.id}, decided_name = ${ctx.actor.name}, decided_at = base.now(),
      decided_words = ${decision.words}
    WHERE gap_id = ${gapId}::uuid AND accepted IS NULL RETURNING *`.execute(ctx.db);
  return rows[0];
}

/** Adds to the records that a collector's hour has lost. */
export async function addCollectorLost(
  ctx: Ctx,
  gap: Told & { readonly collector: string; readonly unitPath: string },
): Promise<void> {
  await sql`INSERT INTO logs.gap AS g (id, collector, unit_path, key, proof, began, ended, lost)
    VALUES (${newId()}, ${gap.collector}, ${gap.unitPath}::ltree, ${gap.key}, ${gap.proof}, ${gap.began}, ${gap.ended},
      ${gap.lost})
    ON CONFLICT (key) DO UPDATE SET began = least(g.began, EXCLUDED.began), ended = greatest(g.ended, EXCLUDED.ended),
      lost = g.lost + EXCLUDED.lost`.execute(ctx.db);
}

/** Whether somebody answered for the gap and the answer was accepted. */
export async function isAnswered(ctx: Ctx, key: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM logs.gap g JOIN logs.gap_answer a ON a.gap_id = g.id AND a.accepted
    WHERE g.key = ${key}`.execute(ctx.db);
  return rows.length > 0;
}

/** A source that was ended is not silent: its silence ends with it. */
export async function endRetiredSilences(ctx: Ctx): Promise<void> {
  await sql`UPDATE logs.gap g SET ended = greatest(g.began, s.retired) FROM logs.source s
    WHERE s.id = g.source_id AND s.retired IS NOT NULL AND g.ended IS NULL`.execute(ctx.db);
}
