import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface Sighting {
  readonly unitId: string;
  readonly unitPath: string;
  /** ISO. */
  readonly at: string;
  readonly network: string;
  readonly outcome: 'bureau' | 'inside' | 'own' | 'other';
  readonly exitUnitPath: string | null;
}

/** What is declared around these addresses: the narrowest exit, and the narrowest inside prefix, of any unit. */
export async function declaredAround(
  ctx: Ctx,
  ips: readonly string[],
): Promise<{ ip: string; role: 'inside' | 'exit'; cidr: string; unitPath: string }[]> {
  const { rows } = await sql<{ ip: string; role: 'inside' | 'exit'; cidr: string; unitPath: string }>`
    SELECT DISTINCT ON (a.ip, n.role) a.ip, n.role, n.cidr::text AS cidr, n.unit_path::text AS "unitPath"
    FROM unnest(${[...ips]}::text[]) AS a (ip) JOIN addresses.prefix_node n ON n.cidr >>= a.ip::inet
    ORDER BY a.ip, n.role DESC, masklen(n.cidr) DESC`.execute(ctx.db);
  return rows;
}

/**
 * Keeps what people's sign-ins showed of whole days: counted anew, so that looking twice counts once. Days are those
 * of China.
 */
export async function keepSightings(ctx: Ctx, seen: readonly Sighting[]): Promise<void> {
  await sql`INSERT INTO addresses.exit_sighting
      (unit_id, unit_path, day, network, outcome, exit_unit_path, by_people, first_at, last_at)
    SELECT n."unitId", n."unitPath"::ltree, (n.at AT TIME ZONE 'Asia/Shanghai')::date AS day, n.network,
      min(n.outcome), min(n."exitUnitPath")::ltree, count(*), min(n.at), max(n.at)
    FROM jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) AS n("unitId" uuid, "unitPath" text, at timestamptz,
      network cidr, outcome text, "exitUnitPath" text)
    GROUP BY n."unitId", n."unitPath", day, n.network
    ON CONFLICT (unit_id, day, network) DO UPDATE SET by_people = excluded.by_people, outcome = excluded.outcome,
      exit_unit_path = excluded.exit_unit_path, first_at = least(exit_sighting.first_at, excluded.first_at),
      last_at = greatest(exit_sighting.last_at, excluded.last_at)`.execute(ctx.db);
}

/** Keeps one answer of the probe. */
export async function keepProbe(ctx: Ctx, seen: Sighting): Promise<void> {
  await sql`INSERT INTO addresses.exit_sighting
      (unit_id, unit_path, day, network, outcome, exit_unit_path, by_probe, first_at, last_at)
    VALUES (${seen.unitId}::uuid, ${seen.unitPath}::ltree, (${seen.at}::timestamptz AT TIME ZONE 'Asia/Shanghai')::date,
      ${seen.network}::cidr, ${seen.outcome}, ${seen.exitUnitPath}::ltree, 1, ${seen.at}::timestamptz, ${seen.at}::timestamptz)
    ON CONFLICT (unit_id, day, network) DO UPDATE SET by_probe = exit_sighting.by_probe + 1,
      outcome = excluded.outcome, exit_unit_path = excluded.exit_unit_path,
      last_at = greatest(exit_sighting.last_at, excluded.last_at)`.execute(ctx.db);
}

export interface ExitCheckRow {
  readonly id: string;
  readonly unitName: string;
  readonly outcome: 'bureau' | 'inside' | 'own' | 'other' | 'unseen';
  readonly excepted: boolean;
  readonly network: string | null;
  readonly exitUnit: string | null;
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
  readonly days: number;
}

const holdsToday = sql`e.state = 'approved' AND e.expires_on >= (base.now() AT TIME ZONE 'Asia/Shanghai')::date`;

/** Schools with what was seen of each last, those with another exit first. Older than `days` counts as unseen. */
export function listChecks(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; outcome?: string | undefined },
  days: number,
): Promise<Page<ExitCheckRow>> {
  const where: RawBuilder<unknown>[] = [sql`u.kind = 'school'`, sql`u.state = 'open'`];
  if (query.q) where.push(like(sql`u.name`, query.q));
  if (query.outcome) where.push(sql`coalesce(s.outcome, 'unseen') = ${query.outcome}`);
  return pageOf<ExitCheckRow>(ctx, {
    columns: sql`u.id, u.name AS "unitName", coalesce(s.outcome, 'unseen') AS outcome, s.network::text AS network,
      x.name AS "exitUnit", s.last_at AS "lastAt",
      (SELECT min(f.first_at) FROM addresses.exit_sighting f WHERE f.unit_id = u.id AND f.network = s.network) AS "firstAt",
      (SELECT count(DISTINCT f.day) FROM addresses.exit_sighting f WHERE f.unit_id = u.id AND f.network = s.network
        AND f.last_at >= base.now() - interval '30 days') AS days,
      EXISTS (SELECT FROM addresses.exit_exception e WHERE e.unit_id = u.id AND e.network >>= s.network
        AND ${holdsToday}) AS excepted`,
    from: sql`units.unit_view u LEFT JOIN LATERAL (SELECT * FROM addresses.exit_sighting t WHERE t.unit_id = u.id
      AND t.last_at >= base.now() - make_interval(days => ${days}) ORDER BY t.last_at DESC, t.id LIMIT 1) AS s ON true
      LEFT JOIN units.unit_view x ON x.unit_path = s.exit_unit_path`,
    where: allOf(where),
    orderBy: sql`CASE coalesce(s.outcome, 'unseen') WHEN 'other' THEN 0 WHEN 'unseen' THEN 2 ELSE 1 END, u.name, u.id`,
    query,
  });
}

export interface SightingRow {
  readonly id: string;
  readonly day: string;
  readonly network: string;
  readonly outcome: 'bureau' | 'inside' | 'own' | 'other';
  readonly byPeople: number;
  readonly byProbe: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

export function listSightingsOf(
  ctx: Ctx,
  unitId: string,
  query: { page: number; pageSize: number },
): Promise<Page<SightingRow>> {
  return pageOf<SightingRow>(ctx, {
    columns: sql`s.id, s.day::text AS day, s.network::text AS network, s.outcome, s.by_people AS "byPeople",
      s.by_probe AS "byProbe", s.first_at AS "firstAt", s.last_at AS "lastAt"`,
    from: sql`addresses.exit_sighting s`,
    where: allOf([sql`s.unit_id = ${unitId}::uuid`]),
    orderBy: sql`s.day DESC, s.network, s.id`,
    query,
  });
}

/** Schools seen within `days` through an exit that is neither declared nor excepted. */
export async function strayingSchools(
  ctx: Ctx,
  days: number,
): Promise<
  { unitId: string; unitPath: string; name: string; networks: string; firstAt: Date; lastAt: Date }[]
> {
  const { rows } = await sql<{
    unitId: string;
    unitPath: string;
    name: string;
    networks: string;
    firstAt: Date;
    lastAt: Date;
  }>`SELECT s.unit_id AS "unitId", u.unit_path::text AS "unitPath", u.name,
      string_agg(DISTINCT s.network::text, '、') AS networks, min(s.first_at) AS "firstAt", max(s.last_at) AS "lastAt"
    FROM addresses.exit_sighting s JOIN units.unit_view u ON u.id = s.unit_id AND u.kind = 'school'
    WHERE s.outcome = 'other' AND s.last_at >= base.now() - make_interval(days => ${days})
      AND NOT EXISTS (SELECT FROM addresses.exit_exception e WHERE e.unit_id = s.unit_id AND e.network >>= s.network
        AND ${holdsToday})
      AND NOT EXISTS (SELECT FROM addresses.prefix_node n WHERE n.cidr >>= s.network AND n.role = 'exit'
        AND n.unit_path @> u.unit_path)
    GROUP BY s.unit_id, u.unit_path, u.name`.execute(ctx.db);
  return rows;
}

/** Units for which a task about their exit is open, by the key that the task was raised with. */
export async function openExitTasks(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ unit_id: string }>`SELECT DISTINCT s.unit_id FROM addresses.exit_sighting s
    WHERE s.outcome = 'other'`.execute(ctx.db);
  return rows.map((row) => row.unit_id);
}

export interface ExceptionRow {
  readonly id: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly unitName: string;
  readonly network: string;
  readonly reason: string;
  readonly expiresOn: string;
  readonly state: 'asked' | 'approved' | 'refused' | 'expired';
  readonly askedBy: string;
  readonly askedByName: string;
  readonly askedAt: Date;
  readonly decidedByName: string | null;
  readonly note: string | null;
}

const exceptionColumns = sql`e.id, e.unit_id AS "unitId", e.unit_path::text AS "unitPath", u.name AS "unitName",
  e.network::text AS network, e.reason, e.expires_on::text AS "expiresOn",
  CASE WHEN e.state = 'approved' AND NOT (${holdsToday}) THEN 'expired' ELSE e.state END AS state,
  e.asked_by AS "askedBy", e.asked_by_name AS "askedByName", e.asked_at AS "askedAt",
  e.decided_by_name AS "decidedByName", e.note`;

export function listExceptions(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<ExceptionRow>> {
  return pageOf<ExceptionRow>(ctx, {
    columns: exceptionColumns,
    from: sql`addresses.exit_exception e`,
    as: 'e',
    join: sql`JOIN units.unit_view u ON u.id = e.unit_id`,
    where: allOf(
      query.q
        ? [
            sql`(${like(sql`e.reason`, query.q)} OR e.unit_id IN
            (SELECT v.id FROM units.unit_view v WHERE ${like(sql`v.name`, query.q)}))`,
          ]
        : [],
    ),
    orderBy: sql`(e.state = 'asked') DESC, e.asked_at DESC, e.id`,
    query,
  });
}

export async function lockException(ctx: Ctx, id: string): Promise<ExceptionRow | undefined> {
  const { rows } = await sql<ExceptionRow>`SELECT ${exceptionColumns} FROM addresses.exit_exception e
    JOIN units.unit_view u ON u.id = e.unit_id WHERE e.id = ${id}::uuid FOR UPDATE OF e`.execute(ctx.db);
  return rows[0];
}

export async function insertException(
  ctx: Ctx,
  input: { unitId: string; unitPath: string; network: string; reason: string; expiresOn: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO addresses.exit_exception
      (unit_id, unit_path, network, reason, expires_on, asked_by, asked_by_name)
    VALUES (${input.unitId}::uuid, ${input.unitPath}::ltree, ${input.network}::cidr, ${input.reason},
      ${input.expiresOn}::date, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function decideException(
  ctx: Ctx,
  id: string,
  { approve, note }: { approve: boolean; note: string },
): Promise<void> {
  await sql`UPDATE addresses.exit_exception SET state = ${approve ? 'approved' : 'refused'}, note = ${note || null},
      decided_by = ${ctx.actor.id}, decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${id}::uuid`.execute(ctx.db);
}
