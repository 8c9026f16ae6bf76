import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { SiteFacts } from '../contract.ts';
import { LOOK_LEASE_S } from './rules.ts';

/** A site that is to be looked at now. */
export interface TakenLook {
  readonly id: string;
  readonly unit_id: string;
  readonly unit_path: string;
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly resolve_to: string | null;
  readonly server_address: string | null;
  readonly facts: Partial<SiteFacts>;
  /** Whether the search for files is due, too. */
  readonly files: boolean;
}

/** Takes up to `limit` sites whose look is due; a time far ahead was set by a clock that ran ahead. */
export async function takeDueLooks(
  ctx: Ctx,
  take: { holder: string; limit: number; farSeconds: number },
): Promise<TakenLook[]> {
  const far = sql`base.now() + ${take.farSeconds} * interval '1 second'`;
  const { rows } = await sql<TakenLook>`WITH due AS (SELECT w.site_id FROM watch.site_watch w
      WHERE EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = w.site_id)
        AND (w.next_look_at <= base.now() OR w.next_look_at > ${far})
        AND (w.look_lease_until IS NULL OR w.look_lease_until <= base.now()
          OR w.look_lease_until > base.now() + ${LOOK_LEASE_S} * interval '1 second')
      ORDER BY w.next_look_at LIMIT ${take.limit} FOR UPDATE SKIP LOCKED)
    UPDATE watch.site_watch w SET look_holder = ${take.holder},
      look_lease_until = base.now() + ${LOOK_LEASE_S} * interval '1 second'
    FROM due, sites.site_view s WHERE w.site_id = due.site_id AND s.id = due.site_id
    RETURNING s.id, s.unit_id, s.unit_path::text AS unit_path, s.name, s.url, s.host, s.resolve_to, s.server_address,
      w.facts, w.next_files_at <= base.now() AS files`.execute(ctx.db);
  return rows;
}

/** Locks the look for its holder. Undefined when another has taken it up. */
export async function lockOwnLook(
  ctx: Ctx,
  siteId: string,
  holder: string,
): Promise<{ now: Date; facts: Partial<SiteFacts> } | undefined> {
  const { rows } = await sql<{ now: Date; facts: Partial<SiteFacts> }>`SELECT base.now() AS now, facts
    FROM watch.site_watch WHERE site_id = ${siteId}::uuid AND look_holder = ${holder} FOR UPDATE`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function releaseLook(ctx: Ctx, siteId: string, holder: string): Promise<void> {
  await sql`UPDATE watch.site_watch SET look_holder = NULL, look_lease_until = NULL
    WHERE site_id = ${siteId}::uuid AND look_holder = ${holder}`.execute(ctx.db);
}

/** Keeps what was seen. `nextFiles` null: the plan for files stands. */
export async function endLook(
  ctx: Ctx,
  end: { siteId: string; facts: SiteFacts; next: Date; nextFiles: Date | null },
): Promise<void> {
  const json = JSON.stringify(end.facts).replaceAll('\\u0000', '\\ufffd');
  await sql`UPDATE watch.site_watch SET look_holder = NULL, look_lease_until = NULL, looked_at = base.now(),
      facts = ${json}::jsonb, cert_expires_at = ${end.facts.tls?.validTo ?? null}::timestamptz,
      next_look_at = ${end.next}, next_files_at = coalesce(${end.nextFiles}::timestamptz, next_files_at)
    WHERE site_id = ${end.siteId}::uuid`.execute(ctx.db);
}

export interface Change {
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

export async function insertChanges(
  ctx: Ctx,
  place: { siteId: string; unitPath: string },
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const json = JSON.stringify(changes).replaceAll('\\u0000', '\\ufffd');
  await sql`INSERT INTO watch.site_change (site_id, unit_path, what, before, after)
    SELECT ${place.siteId}::uuid, ${place.unitPath}::ltree, n.what, left(n.before, 1000), left(n.after, 1000)
    FROM jsonb_to_recordset(${json}::jsonb) AS n(what text, before text, after text)`.execute(ctx.db);
}

/** Of `addresses`, those that lie in a range that some unit was given (D25). */
export async function inAllocations(ctx: Ctx, addresses: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ address: string }>`SELECT DISTINCT a.address
    FROM unnest(${[...addresses]}::text[]) AS a(address)
    JOIN addresses.allocation_view v ON v.cidr >>= a.address::inet`.execute(ctx.db);
  return new Set(rows.map((row) => row.address));
}
