import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface PrefixRequestRow {
  readonly id: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly unitName: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly family: 4 | 6;
  readonly length: number;
  readonly purpose: string;
  readonly state: 'asked' | 'approved' | 'refused' | 'withdrawn';
  readonly askedBy: string;
  readonly askedByName: string;
  readonly askedAt: Date;
  readonly decidedByName: string | null;
  readonly decidedAt: Date | null;
  readonly note: string | null;
  readonly cidr: string | null;
}

const columns = sql`r.id, r.unit_id AS "unitId", r.unit_path::text AS "unitPath", u.name AS "unitName", r.realm, r.role,
  r.family, r.length, r.purpose, r.state, r.asked_by AS "askedBy", r.asked_by_name AS "askedByName",
  r.asked_at AS "askedAt", r.decided_by_name AS "decidedByName", r.decided_at AS "decidedAt", r.note,
  r.cidr::text AS cidr`;

export function listRequests(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; state?: string | undefined },
): Promise<Page<PrefixRequestRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.state) where.push(sql`r.state = ${query.state}`);
  if (query.q) {
    where.push(sql`(${like(sql`r.purpose`, query.q)} OR r.unit_id IN
      (SELECT v.id FROM units.unit_view v WHERE ${like(sql`v.name`, query.q)}))`);
  }
  return pageOf<PrefixRequestRow>(ctx, {
    columns,
    from: sql`addresses.prefix_request r`,
    as: 'r',
    join: sql`JOIN units.unit_view u ON u.id = r.unit_id`,
    where: allOf(where),
    orderBy: sql`(r.state = 'asked') DESC, r.asked_at DESC, r.id`,
    query,
  });
}

export async function findRequest(ctx: Ctx, id: string, lock = false): Promise<PrefixRequestRow | undefined> {
  const { rows } = await sql<PrefixRequestRow>`SELECT ${columns} FROM addresses.prefix_request r
    JOIN units.unit_view u ON u.id = r.unit_id WHERE r.id = ${id}::uuid
    ${lock ? sql`FOR UPDATE OF r` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function insertRequest(
  ctx: Ctx,
  request: {
    unitId: string;
    unitPath: string;
    realm: string;
    role: string;
    family: number;
    length: number;
    purpose: string;
  },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO addresses.prefix_request
      (unit_id, unit_path, realm, role, family, length, purpose, asked_by, asked_by_name)
    VALUES (${request.unitId}::uuid, ${request.unitPath}::ltree, ${request.realm}, ${request.role}, ${request.family},
      ${request.length}, ${request.purpose}, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

export async function settleRequest(
  ctx: Ctx,
  id: string,
  outcome: {
    state: 'approved' | 'refused' | 'withdrawn';
    note: string;
    given?: { id: string; cidr: string } | undefined;
  },
): Promise<void> {
  await sql`UPDATE addresses.prefix_request SET state = ${outcome.state}, note = ${outcome.note || null},
      decided_by = ${ctx.actor.id}, decided_by_name = ${ctx.actor.name}, decided_at = base.now(),
      cidr = ${outcome.given?.cidr ?? null}::cidr, allocation_id = ${outcome.given?.id ?? null}::uuid
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Prefixes held by the unit or the bureaus above it as the scope shows, that have room: the narrowest holder first. */
export async function prefixesToGiveFrom(
  ctx: Ctx,
  wanted: { unitPath: string; realm: string; role: string; family: number; length: number },
): Promise<{ id: string; cidr: string }[]> {
  const { rows } = await sql<{ id: string; cidr: string }>`SELECT n.id, n.cidr::text AS cidr
    FROM addresses.prefix_node n WHERE n.unit_path @> ${wanted.unitPath}::ltree AND n.unit_path <> ${wanted.unitPath}::ltree
      AND n.realm = ${wanted.realm} AND n.role = ${wanted.role} AND n.state = 'used' AND family(n.cidr) = ${wanted.family}
      AND masklen(n.cidr) < ${wanted.length} AND n.taken < addresses.prefix_size(n.cidr)
    ORDER BY nlevel(n.unit_path) DESC, n.taken / addresses.prefix_size(n.cidr), n.cidr LIMIT 20`.execute(
    ctx.db,
  );
  return rows;
}
