/**
 * Rows that no reader may count: while a segment is read again, its rows are in the store twice. Which of the two count
 * is told by PostgreSQL (`logs.redecoded_segment`), so that they change places in one commit.
 */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { QueryParams } from '#base/logstore/client';

export interface HiddenRows {
  /** Segments whose new rows are being written. */
  readonly coming: readonly number[];
  /** Segments whose old rows are still there. */
  readonly going: readonly number[];
  /** What the new rows are marked with, in `dec`. */
  readonly marks: readonly string[];
}

/** What is to be left out just now. Ask right before the question to the log store, in the same call. */
export async function hiddenRows(ctx: Ctx): Promise<HiddenRows> {
  const { rows } = await sql<{ segment_id: number; state: string; mark: string }>`
    SELECT g.segment_id, g.state, r.decoder || '#' || r.id AS mark
    FROM logs.redecode r JOIN logs.redecoded_segment g ON g.run_id = r.id AND g.state <> 'cleaned'
    WHERE r.state = 'running'`.execute(ctx.db);
  const ids = (state: string) => rows.filter((row) => row.state === state).map((row) => row.segment_id);
  return {
    coming: ids('announced'),
    going: ids('switched'),
    marks: [...new Set(rows.map((row) => row.mark))],
  };
}

/** The condition that leaves them out, to be joined by AND; nothing when nothing is hidden. */
export function withoutHidden({ coming, going, marks }: HiddenRows): { sql: string; params: QueryParams } {
  const params: Record<string, unknown> = {};
  const parts: string[] = [];
  if (coming.length > 0) {
    parts.push('NOT (seg IN {hidden_coming:Array(UInt64)} AND dec IN {hidden_marks:Array(String)})');
    params.hidden_coming = coming;
  }
  if (going.length > 0) {
    parts.push('NOT (seg IN {hidden_going:Array(UInt64)} AND dec NOT IN {hidden_marks:Array(String)})');
    params.hidden_going = going;
  }
  if (parts.length > 0) params.hidden_marks = marks;
  return { sql: parts.map((part) => ` AND ${part}`).join(''), params };
}
