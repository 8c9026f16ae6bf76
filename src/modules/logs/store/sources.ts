/** PostgreSQL: sources, by what they are known, and quarantined senders. */
import { isIP } from 'node:net';
import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import { flowSender } from '../rules.ts';
import { findSegment, findSource, type SegmentRow, type SourceRow, sourceColumns } from './catalogue.ts';

/** A source as it is kept, beside its number and the moments that the store sets. */
export interface SourceValues {
  name: string;
  unit_path: string;
  format: string;
  realm: string;
  zone: string;
  lease_seconds: number | null;
  host: string | null;
  fixed_year: number | null;
  tolerance_seconds: number;
  /** Addresses and ranges. */
  senders: readonly string[];
  certificates: readonly string[];
  field_zones: Readonly<Record<string, string>>;
  expected_per_hour: number | null;
  retention: string;
  note: string;
}

/** Throws PostgreSQL's unique violation for a taken name (`source_name_key`) or sender (`one_sender`). */
export async function insertSource(ctx: Ctx, row: SourceValues): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO logs.source (name, unit_path, format, realm, zone,
      lease_seconds, host, fixed_year, tolerance_seconds, senders, certificates, field_zones, expected_per_hour,
      retention, note)
    VALUES (${row.name}, ${row.unit_path}::ltree, ${row.format}, ${row.realm}, ${row.zone}, ${row.lease_seconds},
      ${row.host}, ${row.fixed_year}, ${row.tolerance_seconds}, ${networks(row.senders)},
      ${row.certificates as string[]}::text[], ${JSON.stringify(row.field_zones)}::jsonb, ${row.expected_per_hour},
      ${row.retention}, ${row.note}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Puts all of its values anew; `adopted` marks a quarantined sender that becomes a source. Throws as an insert does. */
export async function updateSource(ctx: Ctx, id: number, row: SourceValues, adopted = false): Promise<void> {
  await sql`UPDATE logs.source SET name = ${row.name}, unit_path = ${row.unit_path}::ltree, format = ${row.format},
      realm = ${row.realm}, zone = ${row.zone}, lease_seconds = ${row.lease_seconds}, host = ${row.host},
      fixed_year = ${row.fixed_year}, tolerance_seconds = ${row.tolerance_seconds},
      senders = ${networks(row.senders)}, certificates = ${row.certificates as string[]}::text[],
      field_zones = ${JSON.stringify(row.field_zones)}::jsonb, expected_per_hour = ${row.expected_per_hour},
      retention = ${row.retention}, note = ${row.note}, adopted = CASE WHEN ${adopted} THEN base.now() ELSE adopted END
    WHERE id = ${id}`.execute(ctx.db);
}

/** Ranges without bits behind their mask, so that one range has one text. */
function networks(senders: readonly string[]): RawBuilder<unknown> {
  return sql`ARRAY(SELECT DISTINCT network(one::inet)::inet FROM unnest(${senders as string[]}::text[]) AS one)::inet[]`;
}

/** Retires it, or takes it into use again; then it may throw `one_sender`. */
export async function setRetired(ctx: Ctx, id: number, retired: boolean): Promise<void> {
  await sql`UPDATE logs.source SET retired = CASE WHEN ${retired} THEN base.now() END WHERE id = ${id}`.execute(
    ctx.db,
  );
}

/** Locks a source against a second change at the same time. */
export async function lockSource(ctx: Ctx, id: number): Promise<SourceRow | undefined> {
  await sql`SELECT FROM logs.source WHERE id = ${id} FOR UPDATE`.execute(ctx.db);
  return findSource(ctx, { id });
}

const certificate = /^cert:([0-9a-f]{64})$/;

/**
 * The source in use that a sender belongs to: `cert:<sha256>` by its certificate, an address by the narrowest range
 * that holds it; `flow:` before it: among the sources of flows, otherwise among the others.
 */
export async function findSourceOfSender(ctx: Ctx, sender: string): Promise<SourceRow | undefined> {
  const fingerprint = certificate.exec(sender)?.[1];
  const isFlow = sender.startsWith(flowSender);
  const address = isFlow ? sender.slice(flowSender.length) : sender;
  // What has no address (a peer that was gone before it was asked for one) belongs to nobody.
  if (fingerprint === undefined && isIP(address) === 0) return undefined;
  const { rows } = await (fingerprint === undefined
    ? sql<SourceRow>`SELECT ${sourceColumns} FROM logs.source s JOIN (
          SELECT c.id, max(masklen(one)) AS bits FROM logs.source c, unnest(c.senders) AS one
          WHERE c.retired IS NULL AND one >>= ${address}::inet
            AND (c.format IN ('netflow', 'h3c-flow')) = ${isFlow} GROUP BY c.id ORDER BY bits DESC LIMIT 1
        ) AS found ON found.id = s.id`
    : sql<SourceRow>`SELECT ${sourceColumns} FROM logs.source s
        WHERE s.certificates @> ARRAY[${fingerprint}] AND s.retired IS NULL`
  ).execute(ctx.db);
  return rows[0];
}

/** Makes the quarantine source, or finds it when another process was first. */
export async function ensureQuarantine(ctx: Ctx, name: string, unitPath: string): Promise<SourceRow> {
  await sql`INSERT INTO logs.source (name, unit_path, format) VALUES (${name}, ${unitPath}::ltree, 'unknown')
    ON CONFLICT (name) DO NOTHING`.execute(ctx.db);
  return (await findSource(ctx, { name }))!;
}

/** Senders that wait for somebody to look at them. */
export async function countQuarantines(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`SELECT count(*) AS n FROM logs.source WHERE format = 'unknown' AND retired IS NULL`.execute(ctx.db);
  return rows[0]!.n;
}

export interface SourceFacts extends SourceRow {
  unit_name: string | null;
  unit_code: string | null;
  certificates: string[];
  expected_per_hour: number | null;
  note: string;
  retired: Date | null;
  adopted: Date | null;
  first_recv: Date | null;
  last_recv: Date | null;
  records: number;
  unparsable: number;
  clock_at: Date | null;
  offset_ms: number | null;
  spread_ms: number | null;
  samples: number | null;
  steady: boolean | null;
}

const factColumns = sql`${sourceColumns}, u.name AS unit_name, u.code AS unit_code, s.certificates,
  s.expected_per_hour, s.note, s.retired, s.adopted, f.first_recv, f.last_recv,
  coalesce(f.records, 0)::bigint AS records, coalesce(f.unparsable, 0)::bigint AS unparsable, c.at AS clock_at,
  c.offset_ms, c.spread_ms, c.samples, c.steady`;

const factJoins = sql`LEFT JOIN units.unit_view u ON u.unit_path = s.unit_path
  LEFT JOIN logs.source_figures f ON f.source_id = s.id
  LEFT JOIN LATERAL (SELECT o.at, o.offset_ms, o.spread_ms, o.samples, o.steady FROM logs.clock_offset o
    WHERE o.source_id = s.id AND o.withdrawn IS NULL ORDER BY o.at DESC LIMIT 1) c ON true`;

export async function findSourceFacts(ctx: Ctx, id: number): Promise<SourceFacts | undefined> {
  const { rows } = await sql<SourceFacts>`SELECT ${factColumns} FROM logs.source s ${factJoins}
    WHERE s.id = ${id}`.execute(ctx.db);
  return rows[0];
}

export interface SourceQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly state?: 'active' | 'quarantined' | 'retired' | undefined;
  readonly format?: string | undefined;
}

const states = {
  active: sql`s.retired IS NULL AND s.format <> 'unknown'`,
  quarantined: sql`s.retired IS NULL AND s.format = 'unknown'`,
  retired: sql`s.retired IS NOT NULL`,
} as const;

export async function listSources(ctx: Ctx, query: SourceQuery): Promise<Page<SourceFacts>> {
  const conditions: RawBuilder<unknown>[] = [];
  if (query.q !== undefined) conditions.push(like(sql`s.name`, query.q));
  if (query.state !== undefined) conditions.push(states[query.state]);
  if (query.format !== undefined) conditions.push(sql`s.format = ${query.format}`);
  return pageOf<SourceFacts>(ctx, {
    columns: factColumns,
    from: sql`logs.source s`,
    as: 's',
    join: factJoins,
    where: allOf(conditions),
    orderBy: orders[query.sort ?? ''] ?? orders.name!,
    query,
  });
}

const orders: Record<string, RawBuilder<unknown>> = {
  name: sql`s.name, s.id`,
  '-name': sql`s.name DESC, s.id`,
  format: sql`s.format, s.name, s.id`,
  '-format': sql`s.format DESC, s.name, s.id`,
};

/** Gives at most `many` rows of each table the source's own path. Answers how many there were. */
export async function carryRows(ctx: Ctx, sourceId: number, many: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT logs.carry_rows(${sourceId}, ${many}) AS n`.execute(
    ctx.db,
  );
  return rows[0]!.n;
}

/** Figures of the newest segments that hold lines with impossible times: `odd_times` finds them without the others. */
export async function oddTimes(ctx: Ctx, sourceId: number) {
  const { rows } = await sql<{
    ahead: number;
    aged: number;
    latest: Date | null;
    earliest: Date | null;
    lastRecv: Date | null;
  }>`SELECT coalesce(sum(g.ahead), 0)::bigint AS ahead, coalesce(sum(g.aged), 0)::bigint AS aged,
      max(g.last_ts) FILTER (WHERE g.ahead > 0) AS latest, min(g.first_ts) FILTER (WHERE g.aged > 0) AS earliest,
      max(g.last_recv) AS "lastRecv"
    FROM (SELECT ahead, aged, first_ts, last_ts, last_recv FROM logs.segment
      WHERE source_id = ${sourceId} AND (ahead > 0 OR aged > 0) AND dropped_at IS NULL
      ORDER BY id DESC LIMIT 1000) g`.execute(ctx.db);
  return rows[0]!;
}

/** Segments to look into: the newest of a source and its oldest, at most four, none twice. */
export async function sampleSegments(ctx: Ctx, sourceId: number): Promise<SegmentRow[]> {
  const { rows } = await sql<{ id: number }>`
    (SELECT id FROM logs.segment WHERE source_id = ${sourceId} ORDER BY last_recv DESC LIMIT 2)
    UNION (SELECT id FROM logs.segment WHERE source_id = ${sourceId} ORDER BY last_recv LIMIT 2)
    ORDER BY id DESC`.execute(ctx.db);
  const segments: SegmentRow[] = [];
  for (const { id } of rows) {
    const segment = await findSegment(ctx, id);
    if (segment) segments.push(segment);
  }
  return segments;
}
