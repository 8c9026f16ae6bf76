/** What the look for unregistered websites reads and keeps. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { KnownSite } from './rules.ts';

/** All registered websites with the addresses at which they are known to stand. */
export async function knownSites(ctx: Ctx): Promise<(KnownSite & { addresses: string[] })[]> {
  const { rows } = await sql<KnownSite & { addresses: string[] }>`SELECT s.host, s.unit_id AS "unitId",
      s.unit_path::text AS "unitPath", u.name AS "unitName",
      array_remove(ARRAY[substring(s.server_address FROM '\d{1,3}(?:\.\d{1,3}){3}'),
        substring(s.resolve_to FROM '^\d{1,3}(?:\.\d{1,3}){3}')], NULL)
      || coalesce((SELECT array_agg(a) FROM jsonb_array_elements_text(w.facts->'dns'->'addresses') a), '{}') AS addresses
    FROM sites.live_site_view s JOIN units.unit_view u ON u.id = s.unit_id
    LEFT JOIN watch.site_watch w ON w.site_id = s.id`.execute(ctx.db);
  return rows;
}

export interface StandingStranger {
  readonly url: string;
  readonly rule: string;
  readonly text: string;
  readonly context: string;
  readonly unitId: string;
  readonly unitPath: string;
  /** The unit said that it is mended. */
  readonly isFixed: boolean;
  /** Seen last longer ago than two daily looks: once without an answer is no end. */
  readonly isOld: boolean;
}

export async function standing(ctx: Ctx, url: string | null = null): Promise<StandingStranger[]> {
  const { rows } = await sql<StandingStranger>`SELECT url, rule, text, context, unit_id AS "unitId",
      unit_path::text AS "unitPath", state = 'fixed' AS "isFixed",
      last_seen_at < base.now() - interval '36 hours' AS "isOld"
    FROM findings.finding_view WHERE kind = 'unregistered' AND site_id IS NULL AND state IN ('open', 'fixed')
      AND (${url}::text IS NULL OR url = ${url}) ORDER BY url LIMIT 500`.execute(ctx.db);
  return rows;
}

export interface Range {
  readonly realm: string;
  readonly cidr: string;
  readonly unitPath: string;
}

/** Allocated ranges of IPv4 that are no larger than `/prefix`. */
export async function allocatedRanges(ctx: Ctx, prefix: number): Promise<Range[]> {
  const { rows } = await sql<Range>`SELECT realm, cidr::text AS cidr, unit_path::text AS "unitPath"
    FROM addresses.allocation_view WHERE family(cidr) = 4 AND masklen(cidr) >= ${prefix}`.execute(ctx.db);
  return rows;
}

/** Ranges that are to be gone through; those that are known already stay where they are. */
export async function enrolRanges(ctx: Ctx, ranges: readonly Range[]): Promise<void> {
  if (ranges.length === 0) return;
  await sql`INSERT INTO watch.sweep (realm, cidr, unit_path, next_address)
    SELECT n.realm, n.cidr::cidr, n."unitPath"::ltree, host(n.cidr::inet)::inet
    FROM jsonb_to_recordset(${JSON.stringify(ranges)}::jsonb) AS n(realm text, cidr text, "unitPath" text)
    ON CONFLICT (realm, cidr) DO UPDATE SET unit_path = excluded.unit_path
      WHERE watch.sweep.unit_path <> excluded.unit_path`.execute(ctx.db);
}

export interface TakenRange {
  readonly realm: string;
  readonly cidr: string;
  readonly from: string;
}

/** How long a killed worker keeps a range from the others. */
const LEASE = sql`interval '10 minutes'`;

/**
 * Takes the range whose turn it is: under way, or gone through more than a week ago; still allocated, and still no larger
 * than `/prefix`. A lease from a clock that ran ahead does not bind.
 */
export async function takeRange(ctx: Ctx, prefix: number): Promise<TakenRange | undefined> {
  const { rows } = await sql<TakenRange>`WITH due AS (SELECT w.realm, w.cidr FROM watch.sweep w
      WHERE masklen(w.cidr) >= ${prefix}
        AND (w.next_address IS NOT NULL OR w.round_ended_at < base.now() - interval '7 days')
        AND (w.lease_until IS NULL OR w.lease_until <= base.now() OR w.lease_until > base.now() + ${LEASE})
        AND EXISTS (SELECT FROM addresses.allocation_view v WHERE v.realm = w.realm AND v.cidr = w.cidr)
      ORDER BY w.round_began_at, w.realm, w.cidr LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE watch.sweep w SET lease_until = base.now() + ${LEASE},
      round_began_at = CASE WHEN w.next_address IS NULL THEN base.now() ELSE w.round_began_at END,
      next_address = coalesce(w.next_address, host(w.cidr::inet)::inet), round_ended_at = NULL
    FROM due WHERE w.realm = due.realm AND w.cidr = due.cidr
    RETURNING w.realm, w.cidr::text AS cidr, host(w.next_address) AS "from"`.execute(ctx.db);
  return rows[0];
}

/** Where the range goes on; null: it was gone through. */
export async function leaveRange(ctx: Ctx, range: TakenRange, next: string | null): Promise<void> {
  await sql`UPDATE watch.sweep SET lease_until = NULL, next_address = ${next}::inet,
      round_ended_at = CASE WHEN ${next}::inet IS NULL THEN base.now() END
    WHERE realm = ${range.realm} AND cidr = ${range.cidr}::cidr`.execute(ctx.db);
}

/** The unit to which each address was given in the realm, by the narrowest range. */
export async function holdersOf(
  ctx: Ctx,
  realm: string,
  addresses: readonly string[],
): Promise<Map<string, { unitId: string; unitPath: string; unitName: string; by: string }>> {
  const { rows } = await sql<{
    address: string;
    unitId: string;
    unitPath: string;
    unitName: string;
    by: string;
  }>`SELECT a.address, v.unit_id AS "unitId", v.unit_path::text AS "unitPath", u.name AS "unitName",
      v.cidr::text AS by
    FROM unnest(${[...addresses]}::text[]) AS a(address)
    JOIN LATERAL (SELECT * FROM addresses.allocation_view v WHERE v.realm = ${realm} AND v.cidr >>= a.address::inet
      ORDER BY masklen(v.cidr) DESC LIMIT 1) v ON true
    JOIN units.unit_view u ON u.id = v.unit_id`.execute(ctx.db);
  return new Map(rows.map(({ address, ...holder }) => [address, holder]));
}

export async function urlOf(ctx: Ctx, findingId: string): Promise<string | undefined> {
  const { rows } = await sql<{ url: string }>`SELECT url FROM findings.finding_view
    WHERE id = ${findingId}::uuid`.execute(ctx.db);
  return rows[0]?.url;
}
