/** Facts with two times. Every change is: close what it touches, add back what remains, add what is new. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** The fact tables with their own columns; times travel as text, so that no microsecond is lost. */
const shapes = {
  device_state: { columns: ['name', 'type', 'note'], types: ['text', 'text', 'text'] },
  device_ip: { columns: ['realm', 'ip'], types: ['text', 'inet'] },
  device_mac: { columns: ['mac'], types: ['macaddr'] },
  custody: { columns: ['person_id', 'room'], types: ['uuid', 'text'] },
  device_port: { columns: ['switch', 'port'], types: ['text', 'text'] },
} as const;

export type FactTable = keyof typeof shapes;
export const factTables = Object.keys(shapes) as FactTable[];

/** The columns in which a fact says what it says. */
export const factColumns = (table: FactTable): readonly string[] => shapes[table].columns;

export interface FactChange {
  readonly deviceId: string;
  readonly unitPath: string;
  /** ISO time from which it holds; null: since ever. */
  readonly from: string | null;
  /** What holds from then on, each by column: one of most facts, several addresses; none: nothing holds. */
  readonly values: readonly FactValues[];
  /** Rows that say already what is stated, and since no later: they stay as they are. */
  readonly kept?: readonly string[];
}

export type FactValues = Readonly<Record<string, string | null>>;

interface FactRow {
  device_id: string;
  unit_path: string;
  valid_from: string | null;
  valid_to: string | null;
  [column: string]: string | null;
}

/** Makes the changes known from `now` on (database text of a time). The former rows stay, closed. */
export async function changeFacts(
  ctx: Ctx,
  table: FactTable,
  changes: readonly FactChange[],
  now: string,
): Promise<void> {
  if (changes.length === 0) return;
  const { columns } = shapes[table];
  const target = sql.id('addresses', table);
  const values = sql.join(columns.map((column) => sql`t.${sql.id(column)}::text AS ${sql.id(column)}`));
  const wanted = JSON.stringify(changes.map(({ deviceId, from }) => ({ device_id: deviceId, start: from })));
  const kept = changes.flatMap((change) => [...(change.kept ?? [])]);
  const closed = await sql<FactRow & { remains: boolean }>`UPDATE ${target} t
    SET recorded = tstzrange(lower(t.recorded), ${now}::timestamptz)
    FROM jsonb_to_recordset(${wanted}::jsonb) AS n(device_id uuid, start timestamptz)
    WHERE t.device_id = n.device_id AND upper_inf(t.recorded) AND t.valid && tstzrange(n.start, NULL)
      AND t.row_id <> ALL(${kept}::uuid[])
    RETURNING t.device_id, t.unit_path::text AS unit_path, lower(t.valid)::text AS valid_from,
      n.start::text AS valid_to, (lower(t.valid) IS NULL OR lower(t.valid) < n.start) AND n.start IS NOT NULL AS remains,
      ${values}`.execute(ctx.db);
  const remaining = closed.rows.filter((row) => row.remains);
  const fresh = changes.flatMap(({ deviceId, unitPath, from, values: own }) =>
    own.map((one) => ({
      ...one,
      device_id: deviceId,
      unit_path: unitPath,
      valid_from: from,
      valid_to: null,
    })),
  );
  await insertFacts(ctx, table, [...remaining, ...fresh], now);
}

async function insertFacts(ctx: Ctx, table: FactTable, rows: readonly FactRow[], now: string): Promise<void> {
  if (rows.length === 0) return;
  const { columns, types } = shapes[table];
  const list = sql.join(columns.map((column) => sql.id(column)));
  const typed = sql.join(
    columns.map((column, index) => sql`${sql.id(column)} ${sql.raw(types[index] as string)}`),
  );
  await sql`INSERT INTO ${sql.id('addresses', table)} (device_id, unit_path, ${list}, valid, recorded)
    SELECT device_id, unit_path::ltree, ${list}, tstzrange(valid_from, valid_to),
      tstzrange(${now}::timestamptz, NULL)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(device_id uuid, unit_path text,
      valid_from timestamptz, valid_to timestamptz, ${typed})`.execute(ctx.db);
}

export interface LiveFact {
  readonly rowId: string;
  readonly deviceId: string;
  readonly unitPath: string;
  /** Milliseconds since 1970; -Infinity: since ever. */
  readonly from: number;
  /** Whether it holds still. */
  readonly holds: boolean;
  readonly values: FactValues;
}

/** What the register says of each device for any time from a day on: what a statement from then on speaks about. */
export async function findLiveFacts(
  ctx: Ctx,
  table: FactTable,
  devices: readonly { readonly id: string; readonly from: string }[],
): Promise<Map<string, LiveFact[]>> {
  const { columns } = shapes[table];
  const values = sql.join(
    columns.map((column) =>
      column === 'ip' ? sql`host(t.ip) AS ip` : sql`t.${sql.id(column)}::text AS ${sql.id(column)}`,
    ),
  );
  const { rows } = await sql<
    FactRow & { row_id: string; starts: Date | null; holds: boolean }
  >`SELECT t.row_id, t.device_id, t.unit_path::text AS unit_path, lower(t.valid) AS starts,
      upper_inf(t.valid) AS holds, ${values}
    FROM jsonb_to_recordset(${JSON.stringify(devices)}::jsonb) AS n(id uuid, "from" timestamptz)
    JOIN ${sql.id('addresses', table)} t ON t.device_id = n.id
      AND (upper_inf(t.valid) OR upper(t.valid) > n."from")
    WHERE upper_inf(t.recorded)`.execute(ctx.db);
  const facts = rows.map((row) => ({
    rowId: row.row_id,
    deviceId: row.device_id,
    unitPath: row.unit_path,
    from: row.starts?.getTime() ?? -Infinity,
    holds: row.holds,
    values: Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
  }));
  return Map.groupBy(facts, (fact) => fact.deviceId);
}
