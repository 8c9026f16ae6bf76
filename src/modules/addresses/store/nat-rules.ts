import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import type { BlockAlgorithm } from '../port-blocks.ts';

/** A declaration of deterministic NAT (RFC 7422). */
export interface NatRule {
  readonly id: string;
  readonly realm: string;
  readonly inside: string;
  readonly outside: string;
  readonly portFrom: number;
  readonly portTo: number;
  readonly blockSize: number;
  readonly algorithm: BlockAlgorithm;
  /** The log source of the gateway, when it has one. */
  readonly sourceId: number | null;
  readonly note: string | null;
  readonly unitId: string;
  readonly unitPath: string;
  /** Null: since ever. */
  readonly validFrom: Date | null;
  readonly validTo: Date | null;
  readonly recordedAt: Date;
}

const columns = sql`r.id, r.realm, r.inside::text AS inside, r.outside::text AS outside, r.port_from AS "portFrom",
  r.port_to AS "portTo", r.block_size AS "blockSize", r.algorithm, r.source_id AS "sourceId", r.note,
  r.unit_id AS "unitId", r.unit_path::text AS "unitPath", lower(r.valid) AS "validFrom", upper(r.valid) AS "validTo",
  lower(r.recorded) AS "recordedAt"`;

/**
 * The rules that translated to `ip` at T, as the register knew at K. As far as the scope shows: a trace asks within
 * `lookEverywhere`, since the rule is the bureau's and the question the school's.
 */
export async function findNatRules(ctx: Ctx, ip: string, at: Date, knownAt: Date): Promise<NatRule[]> {
  const { rows } = await sql<NatRule>`SELECT ${columns} FROM addresses.nat_rule r
    WHERE r.outside >>= ${ip}::inet AND r.valid @> ${at}::timestamptz AND r.recorded @> ${knownAt}::timestamptz
    ORDER BY masklen(r.outside) DESC, r.port_from, r.id`.execute(ctx.db);
  return rows;
}

/** The same for many addresses each at a T of its own, by one query; `question` is the place in the list asked. */
export async function findNatRulesOf(
  ctx: Ctx,
  asked: readonly { readonly ip: string; readonly at: Date }[],
  knownAt: Date,
): Promise<(NatRule & { readonly question: number })[]> {
  if (asked.length === 0) return [];
  const { rows } = await sql<NatRule & { question: number }>`SELECT q.n::int - 1 AS question, ${columns}
    FROM unnest(${asked.map((one) => one.ip)}::inet[], ${asked.map((one) => one.at)}::timestamptz[])
      WITH ORDINALITY AS q(ip, at, n)
    JOIN addresses.nat_rule r ON r.outside >>= q.ip AND r.valid @> q.at AND r.recorded @> ${knownAt}::timestamptz
    ORDER BY q.n, masklen(r.outside) DESC, r.port_from, r.id`.execute(ctx.db);
  return rows;
}

export interface ListedNatRule extends NatRule {
  readonly unitName: string;
}

/** Rules as known now, ended ones after those that hold. */
export function listNatRules(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<ListedNatRule>> {
  const where: RawBuilder<unknown>[] = [sql`upper_inf(r.recorded)`];
  if (query.q) {
    const holds = (text: RawBuilder<unknown>) => like(text, query.q!);
    where.push(
      sql`(${holds(sql`r.inside::text`)} OR ${holds(sql`r.outside::text`)} OR ${holds(sql`r.note`)})`,
    );
  }
  return pageOf<ListedNatRule>(ctx, {
    columns: sql`${columns}, u.name AS "unitName"`,
    from: sql`addresses.nat_rule r`,
    as: 'r',
    join: sql`JOIN units.unit_view u ON u.id = r.unit_id`,
    where: allOf(where),
    orderBy: sql`upper_inf(r.valid) DESC, r.outside, r.port_from, r.row_id`,
    query,
  });
}

export type NewNatRule = Omit<NatRule, 'validFrom' | 'validTo' | 'recordedAt'> & {
  /** ISO; null: since ever. */
  readonly from: string | null;
};

export async function insertNatRules(ctx: Ctx, rules: readonly NewNatRule[], now: string): Promise<void> {
  if (rules.length === 0) return;
  await sql`INSERT INTO addresses.nat_rule (id, realm, unit_id, unit_path, inside, outside, port_from, port_to,
      block_size, algorithm, source_id, note, valid, recorded)
    SELECT n.id, n.realm, n."unitId", n."unitPath"::ltree, n.inside, n.outside, n."portFrom", n."portTo",
      n."blockSize", n.algorithm, n."sourceId", n.note, tstzrange(n."from", NULL), tstzrange(${now}::timestamptz, NULL)
    FROM jsonb_to_recordset(${JSON.stringify(rules)}::jsonb) AS n(id uuid, realm text, "unitId" uuid, "unitPath" text,
      inside cidr, outside cidr, "portFrom" int, "portTo" int, "blockSize" int, algorithm text, "sourceId" int,
      note text, "from" timestamptz)`.execute(ctx.db);
}

/** The rule as it holds now, locked; undefined when there is none that the scope shows. */
export async function lockNatRule(ctx: Ctx, id: string): Promise<NatRule | undefined> {
  const { rows } = await sql<NatRule>`SELECT ${columns} FROM addresses.nat_rule r
    WHERE r.id = ${id}::uuid AND upper_inf(r.recorded) AND upper_inf(r.valid) FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

/** Ends a rule at `to`: what it was until then stays known. False when it would never have held. */
export async function endNatRule(ctx: Ctx, id: string, to: string, now: string): Promise<void> {
  await sql`WITH closed AS (UPDATE addresses.nat_rule r SET recorded = tstzrange(lower(r.recorded), ${now}::timestamptz)
      WHERE r.id = ${id}::uuid AND upper_inf(r.recorded) AND upper_inf(r.valid) RETURNING *)
    INSERT INTO addresses.nat_rule (id, realm, unit_id, unit_path, inside, outside, port_from, port_to, block_size,
      algorithm, source_id, note, valid, recorded)
    SELECT id, realm, unit_id, unit_path, inside, outside, port_from, port_to, block_size, algorithm, source_id, note,
      tstzrange(lower(valid), ${to}::timestamptz), tstzrange(${now}::timestamptz, NULL)
    FROM closed WHERE lower(valid) IS NULL OR lower(valid) < ${to}::timestamptz`.execute(ctx.db);
}

/** Rules as known now, of whatever time, whose outside prefix touches this one. */
export async function currentNatRules(ctx: Ctx, outside: string): Promise<NatRule[]> {
  const { rows } = await sql<NatRule>`SELECT ${columns} FROM addresses.nat_rule r
    WHERE r.outside && ${outside}::inet AND upper_inf(r.recorded)`.execute(ctx.db);
  return rows;
}
