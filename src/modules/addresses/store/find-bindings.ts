/** PostgreSQL: who had an address, as the logs show it. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { Interval, ObservationKind } from '../observe/intervals.ts';

export interface BindingQuestion {
  readonly realm: string;
  readonly ip: string;
  readonly from: Date;
  readonly to: Date;
}

export interface BindingAnswer {
  /** Place of its question in the list asked. */
  readonly question: number;
  readonly id: number;
  readonly realm: string;
  readonly ip: string;
  readonly mac: string;
  readonly sourceId: number;
  readonly kind: ObservationKind;
  readonly level: 'authoritative' | 'observed' | 'inferred' | 'declared';
  readonly began: Date;
  /** When it was last seen; what lies between this and `until` is only claimed. */
  readonly lastProof: Date;
  readonly until: Date;
  readonly ended: Interval['ended'];
  readonly hostname: string;
  readonly nas: string;
  readonly port: string;
  /** Lines that prove it; the last one is null when later lines than were known then are all that is kept. */
  readonly first: { readonly segment: number; readonly seq: number };
  readonly last: { readonly segment: number; readonly seq: number } | null;
}

/** How many intervals one question is answered with, the newest ones. */
const mostAnswers = 500;

/**
 * The intervals that touch `[from, to]` of each question, among the sources that the actor sees, as known at `knownAt`
 * (now without it). How far an interval was known to reach at an earlier time is kept every eight hours: an answer never
 * claims more than was known, and never changes once that time is past. One query for all questions.
 */
export async function findBindings(
  ctx: Ctx,
  questions: readonly BindingQuestion[],
  knownAt?: Date,
): Promise<BindingAnswer[]> {
  if (questions.length === 0) return [];
  const known = knownAt ?? null;
  const { rows } = await sql<Row & { question: number }>`SELECT q.question, ${columns}
    FROM unnest(${questions.map(({ realm }) => realm)}::text[], ${questions.map(({ ip }) => ip)}::inet[],
        ${questions.map(({ from }) => from)}::timestamptz[], ${questions.map(({ to }) => to)}::timestamptz[])
        WITH ORDINALITY AS q (realm, ip, since, upto, question),
      (SELECT coalesce(${known}::timestamptz >= least(last, base.now()), true) AS is_now
        FROM addresses.binding_clock) c,
      LATERAL (SELECT ${ofRow}, c.is_now OR m.known >= coalesce((b.marks[cardinality(b.marks) - 2]), '-infinity')
            AND b.last_proof = m.last_proof AND b.until = m.until AS is_live,
          CASE WHEN c.is_now THEN b.last_proof ELSE m.last_proof END AS last_proof,
          CASE WHEN c.is_now THEN b.until ELSE m.until END AS until
        FROM addresses.binding b, LATERAL (SELECT b.marks[i] AS known, b.marks[i + 1] AS last_proof,
            b.marks[i + 2] AS until FROM generate_series(1, cardinality(b.marks), 3) AS i
          WHERE c.is_now OR b.marks[i] <= ${known}::timestamptz ORDER BY i DESC LIMIT 1) m
        WHERE b.realm = q.realm AND b.ip = q.ip AND b.began <= q.upto
          AND (CASE WHEN c.is_now THEN b.until ELSE m.until END) >= q.since
          AND CASE WHEN c.is_now THEN upper_inf(b.recorded) ELSE b.recorded @> ${known}::timestamptz END
        ORDER BY b.began DESC LIMIT ${mostAnswers}) b
    ORDER BY q.question, b.began, b.id`.execute(ctx.db);
  return rows.map((row) => ({ ...answerOf(row), question: row.question - 1 }));
}

const ofRow = sql`b.id, b.realm, b.ip, b.mac, b.source_id, b.kind, b.level, b.began, b.ended, b.hostname, b.nas, b.port,
  b.first_seg, b.first_seq, b.last_seg, b.last_seq`;
const columns = sql`b.id, b.realm, host(b.ip) AS ip, b.mac::text AS mac, b.source_id, b.kind, b.level, b.began,
  b.last_proof, b.until, b.ended, b.hostname, b.nas, b.port, b.first_seg, b.first_seq, b.last_seg, b.last_seq, b.is_live`;

interface Row {
  id: number;
  realm: string;
  ip: string;
  mac: string;
  source_id: number;
  kind: ObservationKind;
  level: BindingAnswer['level'];
  began: Date;
  last_proof: Date;
  until: Date;
  ended: Interval['ended'];
  hostname: string;
  nas: string;
  port: string;
  first_seg: number;
  first_seq: number;
  last_seg: number;
  last_seq: number;
  is_live: boolean;
}

function answerOf(row: Row): Omit<BindingAnswer, 'question'> {
  return {
    id: row.id,
    realm: row.realm,
    ip: row.ip,
    mac: row.mac,
    sourceId: row.source_id,
    kind: row.kind,
    level: row.level,
    began: row.began,
    lastProof: row.last_proof,
    until: row.until,
    ended: row.ended,
    hostname: row.hostname,
    nas: row.nas,
    port: row.port,
    first: { segment: row.first_seg, seq: row.first_seq },
    last: row.is_live ? { segment: row.last_seg, seq: row.last_seq } : null,
  };
}

export interface BindingFilter {
  readonly page: number;
  readonly pageSize: number;
  readonly realm?: string | undefined;
  /** An address, or a prefix whose addresses are meant. */
  readonly ip?: string | undefined;
  readonly mac?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

export type ListedBinding = Omit<BindingAnswer, 'question'> & { readonly source: string };

/** What was seen at an address, in a prefix or of a hardware address, newest first. */
export async function listBindings(ctx: Ctx, query: BindingFilter): Promise<Page<ListedBinding>> {
  const where = [sql`upper_inf(b.recorded)`];
  if (query.realm) where.push(sql`b.realm = ${query.realm}`);
  if (query.ip?.includes('/'))
    where.push(sql`b.ip BETWEEN host(network(${query.ip}::inet))::inet
      AND host(broadcast(${query.ip}::inet))::inet`);
  else if (query.ip) where.push(sql`b.ip = ${query.ip}::inet`);
  if (query.mac) where.push(sql`b.mac = ${query.mac}::macaddr`);
  if (query.from) where.push(sql`b.until >= ${query.from}`);
  if (query.to) where.push(sql`b.began <= ${query.to}`);
  const page = await pageOf<Row & { source: string | null }>(ctx, {
    columns: sql`b.id, b.realm, host(b.ip) AS ip, b.mac::text AS mac, b.source_id, b.kind, b.level, b.began, b.last_proof,
      b.until, b.ended, b.hostname, b.nas, b.port, b.first_seg, b.first_seq, b.last_seg, b.last_seq, true AS is_live,
      s.name AS source`,
    from: sql`addresses.binding b`,
    as: 'b',
    join: sql`LEFT JOIN logs.source_view s ON s.id = b.source_id`,
    where: allOf(where),
    orderBy: sql`b.began DESC, b.id`,
    query,
  });
  return { ...page, items: page.items.map((row) => ({ ...answerOf(row), source: row.source ?? '' })) };
}
