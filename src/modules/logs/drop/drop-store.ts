/** PostgreSQL: how the drop folders of each machine stand. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import type { DropFolder } from '../contract.ts';

export interface FolderFacts {
  readonly collector: string;
  readonly folder: string;
  readonly sourceId: number | null;
  readonly unitPath: string;
  readonly problem: DropFolder['problem'];
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly oldest: Date | null;
  readonly failed: number;
  /** Files taken in this look. */
  readonly taken: number;
}

export async function noteFolder(ctx: Ctx, facts: FolderFacts): Promise<void> {
  const { collector, folder, sourceId, unitPath, problem, waiting, waitingBytes, oldest, failed, taken } =
    facts;
  await sql`INSERT INTO logs.drop_folder AS f (collector, folder, source_id, unit_path, problem, waiting, waiting_bytes,
      oldest, failed, taken, last_taken, seen)
    VALUES (${collector}, ${folder}, ${sourceId}, ${unitPath}::ltree, ${problem}, ${waiting}, ${waitingBytes},
      ${oldest}, ${failed}, ${taken}, CASE WHEN ${taken}::int > 0 THEN base.now() END, base.now())
    ON CONFLICT (collector, folder) DO UPDATE SET source_id = excluded.source_id, unit_path = excluded.unit_path,
      problem = excluded.problem, waiting = excluded.waiting, waiting_bytes = excluded.waiting_bytes,
      oldest = excluded.oldest, failed = excluded.failed, taken = f.taken + excluded.taken,
      last_taken = coalesce(excluded.last_taken, f.last_taken), seen = excluded.seen, gone = false`.execute(
    ctx.db,
  );
}

/** Folders of this machine that are no longer there. */
export async function noteGone(ctx: Ctx, collector: string, present: readonly string[]): Promise<void> {
  await sql`UPDATE logs.drop_folder SET gone = true
    WHERE collector = ${collector} AND NOT gone AND NOT folder = ANY(${present as string[]}::text[])`.execute(
    ctx.db,
  );
}

export async function listDropFolders(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<DropFolder>> {
  return pageOf<DropFolder>(ctx, {
    columns: sql`f.collector, f.folder, f.source_id AS "sourceId", s.name AS source, f.problem, f.waiting,
      f.waiting_bytes AS "waitingBytes", f.oldest, f.failed, f.taken, f.last_taken AS "lastTaken", f.seen`,
    from: sql`logs.drop_folder f`,
    as: 'f',
    join: sql`LEFT JOIN logs.source s ON s.id = f.source_id`,
    where: allOf([sql`NOT f.gone`, ...(query.q === undefined ? [] : [like(sql`f.folder`, query.q)])]),
    orderBy: sql`f.folder, f.collector`,
    query,
  });
}
