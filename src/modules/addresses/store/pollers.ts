/** PostgreSQL: what is asked by SNMP. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { Poller, PollFigures } from '../contract.ts';

export interface PollerRow {
  id: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  name: string;
  target: string;
  port: number;
  realm: string;
  version: '2c' | '3';
  secret: string;
  interval_seconds: number;
  source_id: number;
  enabled: boolean;
  next_at: Date;
  last_at: Date | null;
  last_ok: Date | null;
  problem: Poller['problem'];
  figures: PollFigures | null;
}

const columns = sql`p.id, p.unit_id, p.unit_path::text AS unit_path, u.name AS unit_name, p.name, host(p.target) AS target,
  p.port, p.realm, p.version, p.secret, p.interval_seconds, p.source_id, p.enabled, p.next_at, p.last_at, p.last_ok,
  p.problem, p.figures`;
const join = sql`JOIN units.unit_view u ON u.id = p.unit_id`;

export function listPollers(ctx: Ctx, query: { page: number; pageSize: number }): Promise<Page<PollerRow>> {
  return pageOf<PollerRow>(ctx, {
    columns,
    from: sql`addresses.poller p`,
    as: 'p',
    join,
    where: sql<boolean>`true`,
    orderBy: sql`p.name, p.id`,
    query,
  });
}

export async function findPoller(ctx: Ctx, id: string): Promise<PollerRow | undefined> {
  const { rows } = await sql<PollerRow>`SELECT ${columns} FROM addresses.poller p ${join}
    WHERE p.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export type PollerValues = Pick<
  PollerRow,
  | 'id'
  | 'unit_id'
  | 'unit_path'
  | 'name'
  | 'target'
  | 'port'
  | 'realm'
  | 'version'
  | 'secret'
  | 'interval_seconds'
  | 'source_id'
>;

/** Throws PostgreSQL's unique violation (`one_poller`) when the device is registered. */
export async function insertPoller(ctx: Ctx, row: PollerValues): Promise<void> {
  await sql`INSERT INTO addresses.poller (id, unit_id, unit_path, name, target, port, realm, version, secret,
      interval_seconds, source_id)
    VALUES (${row.id}::uuid, ${row.unit_id}::uuid, ${row.unit_path}::ltree, ${row.name}, ${row.target}::inet, ${row.port},
      ${row.realm}, ${row.version}, ${row.secret}, ${row.interval_seconds}, ${row.source_id})`.execute(
    ctx.db,
  );
}

export async function updatePoller(
  ctx: Ctx,
  row: Pick<
    PollerRow,
    'id' | 'name' | 'target' | 'port' | 'version' | 'secret' | 'interval_seconds' | 'enabled'
  >,
): Promise<void> {
  await sql`UPDATE addresses.poller SET name = ${row.name}, target = ${row.target}::inet, port = ${row.port},
      version = ${row.version}, secret = ${row.secret}, interval_seconds = ${row.interval_seconds},
      enabled = ${row.enabled}, next_at = base.now() WHERE id = ${row.id}::uuid`.execute(ctx.db);
}

/** The pollers whose time has come; each is put off by its interval, so that no two readings of it are asked for. */
export async function takeDue(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`UPDATE addresses.poller
    SET next_at = base.now() + make_interval(secs => interval_seconds)
    WHERE enabled AND next_at <= base.now() RETURNING id`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** How a reading of the device went. Null: well. */
export async function noteReading(
  ctx: Ctx,
  id: string,
  result: { problem: Poller['problem']; figures: PollFigures | null },
): Promise<void> {
  await sql`UPDATE addresses.poller SET last_at = base.now(), problem = ${JSON.stringify(result.problem)}::jsonb,
      figures = coalesce(${result.figures && JSON.stringify(result.figures)}::jsonb, figures),
      last_ok = CASE WHEN ${result.problem === null} THEN base.now() ELSE last_ok END
    WHERE id = ${id}::uuid`.execute(ctx.db);
}
