import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import type { FiveFlag, FiveState } from './contract.ts';
import { type ListQuery, likeOf } from './store.ts';

/** People with a verified certificate that held on a day, of those given. */
export async function findCertified(ctx: Ctx, people: readonly string[], day: string): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`SELECT DISTINCT person_id AS id FROM units.certificate
    WHERE person_id = ANY(${[...people]}::uuid[]) AND genuine AND withdrawn_at IS NULL AND issued_on <= ${day}::date
      AND coalesce(expires_on > ${day}::date, true)`.execute(ctx.db);
  return new Set(rows.map(({ id }) => id));
}

/** The last day, up to a day, on which each of these people was reached by the phone that is on file now. */
export async function findReached(
  ctx: Ctx,
  people: readonly string[],
  day: string,
): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; day: string }>`SELECT k.person_id AS id,
      max((k.called_at AT TIME ZONE 'Asia/Shanghai')::date)::text AS day
    FROM units.call_back k JOIN units.person p ON p.id = k.person_id
    WHERE k.person_id = ANY(${[...people]}::uuid[]) AND k.result = 'reached' AND k.phone = p.phone
      AND k.called_at < units.instant_of(${day}::date + 1) GROUP BY k.person_id`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row.day]));
}

export interface FiveRow {
  readonly unitId: string;
  readonly states: Readonly<Record<FiveFlag, FiveState>>;
  readonly inPlace: number;
  readonly missing: number;
}

const numberOf: Readonly<Record<FiveState, number | null>> = {
  missing: 0,
  partly: 1,
  in_place: 2,
  unknown: null,
};
const stateOfNumber = (value: number | null): FiveState =>
  value === null ? 'unknown' : (['missing', 'partly', 'in_place'] as const)[value]!;

/** Keeps what was computed for a day; a later computation of the same day takes its place. */
export async function saveFive(ctx: Ctx, day: string, rows: readonly FiveRow[]): Promise<void> {
  const flat = rows.map(({ unitId, states, inPlace, missing }) => ({
    unitId,
    inPlace,
    missing,
    ...Object.fromEntries(Object.entries(states).map(([flag, state]) => [flag, numberOf[state]])),
  }));
  await sql`INSERT INTO units.five_in_place (unit_id, unit_path, day, leader, organisation, people, responsibility,
      measures, in_place, missing)
    SELECT u.id, u.unit_path, ${day}::date, n.leader, n.organisation, n.people, n.responsibility, n.measures,
      n."inPlace", n.missing
    FROM jsonb_to_recordset(${JSON.stringify(flat)}::jsonb) AS n("unitId" uuid, leader smallint, organisation smallint,
      people smallint, responsibility smallint, measures smallint, "inPlace" smallint, missing int)
      JOIN units.unit u ON u.id = n."unitId" ORDER BY u.id
    ON CONFLICT (unit_id, day) DO UPDATE SET leader = excluded.leader, organisation = excluded.organisation,
      people = excluded.people, responsibility = excluded.responsibility, measures = excluded.measures,
      in_place = excluded.in_place, missing = excluded.missing, computed_at = base.now()`.execute(ctx.db);
}

/** Open units without a row of today, some of them. */
export async function findUncomputed(ctx: Ctx, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`SELECT u.id FROM units.unit_view u WHERE u.state = 'open'
    AND NOT EXISTS (SELECT FROM units.five_in_place f WHERE f.unit_id = u.id AND f.day = (SELECT units.today()))
    ORDER BY u.id LIMIT ${limit}`.execute(ctx.db);
  return rows.map(({ id }) => id);
}

interface Stored {
  readonly day: string;
  readonly leader: number | null;
  readonly organisation: number | null;
  readonly people: number | null;
  readonly responsibility: number | null;
  readonly measures: number | null;
  readonly inPlace: number;
}

const stored = sql`f.day::text AS day, f.leader, f.organisation, f.people, f.responsibility, f.measures,
  f.in_place AS "inPlace"`;

function statesOf(row: Stored): Record<FiveFlag, FiveState> {
  return {
    leader: stateOfNumber(row.leader),
    organisation: stateOfNumber(row.organisation),
    people: stateOfNumber(row.people),
    responsibility: stateOfNumber(row.responsibility),
    measures: stateOfNumber(row.measures),
  };
}

/** What was computed of one unit, day by day. */
export async function listFiveHistory(ctx: Ctx, unitId: string, query: ListQuery) {
  const page = await pageOf<Stored>(ctx, {
    columns: stored,
    from: sql`units.five_in_place f`,
    where: sql`f.unit_id = ${unitId}::uuid`,
    orderBy: sql`f.day DESC`,
    query,
  });
  return {
    ...page,
    items: page.items.map((row) => ({ day: row.day, states: statesOf(row), inPlace: row.inPlace })),
  };
}

interface MatrixRow extends Stored {
  readonly unitId: string;
  readonly unitName: string;
  readonly parentName: string | null;
  readonly missing: number;
  readonly computedAt: Date;
}

/** Nothing known sorts between nothing there and partly there. */
const orders: Readonly<Record<string, RawBuilder<unknown>>> = {
  unitName: sql`u.name COLLATE "zh-x-icu", u.id`,
  '-unitName': sql`u.name COLLATE "zh-x-icu" DESC, u.id`,
  inPlace: sql`f.in_place, f.missing DESC, u.id`,
  '-inPlace': sql`f.in_place DESC, f.missing, u.id`,
  ...Object.fromEntries(
    (['leader', 'organisation', 'people', 'responsibility', 'measures'] as const).flatMap((flag) => [
      [flag, sql`coalesce(${sql.ref(`f.${flag}`)}, 0.5), u.id`],
      [`-${flag}`, sql`coalesce(${sql.ref(`f.${flag}`)}, 0.5) DESC, u.id`],
    ]),
  ),
};

/** The newest row of every open unit in scope, the worst first. */
export async function listFive(
  ctx: Ctx,
  query: ListQuery & {
    readonly sort?: string | undefined;
    readonly parentId?: string | undefined;
    readonly flag?: FiveFlag | undefined;
    readonly state?: FiveState | undefined;
  },
): Promise<
  Page<Omit<MatrixRow, keyof Stored> & { day: string; states: Record<FiveFlag, FiveState>; inPlace: number }>
> {
  const where: RawBuilder<unknown>[] = [
    sql`u.state = 'open' AND f.day = (SELECT max(l.day) FROM units.five_in_place l WHERE l.unit_id = f.unit_id)`,
  ];
  if (query.q)
    where.push(sql`(u.name || ' ' || u.code || ' ' || coalesce(u.pinyin, '')) ILIKE ${likeOf(query.q)}`);
  if (query.parentId) where.push(sql`u.parent_id = ${query.parentId}::uuid`);
  if (query.flag && query.state) {
    where.push(sql`${sql.ref(`f.${query.flag}`)} IS NOT DISTINCT FROM ${numberOf[query.state]}::smallint`);
  }
  const page = await pageOf<MatrixRow>(ctx, {
    columns: sql`${stored}, u.id AS "unitId", u.name AS "unitName", parent.name AS "parentName", f.missing,
      f.computed_at AS "computedAt"`,
    from: sql`units.five_in_place f JOIN units.unit u ON u.id = f.unit_id`,
    join: sql`LEFT JOIN units.unit parent ON parent.id = u.parent_id`,
    where: sql`${sql.join(where, sql` AND `)}`,
    orderBy: orders[query.sort ?? ''] ?? sql`f.in_place, f.missing DESC, u.unit_path, u.id`,
    query,
  });
  return {
    ...page,
    items: page.items.map(
      ({ day, inPlace, unitId, unitName, parentName, missing, computedAt, ...flags }) => ({
        ...{ day, inPlace, unitId, unitName, parentName, missing, computedAt },
        states: statesOf({ day, inPlace, ...flags }),
      }),
    ),
  };
}
