import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Availability, ProbeResult } from '../contract.ts';
import { DOWN_EVERY_MS, LEASE_S, type Sample } from './rules.ts';

/** A site that is to be probed now. */
export interface TakenSite {
  readonly id: string;
  readonly unit_id: string;
  readonly unit_path: string;
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly resolve_to: string | null;
  readonly server_address: string | null;
  readonly verdict: Availability;
  readonly since: Date | null;
  /** The planned time has come: the probe counts. Others only ask how it is. */
  readonly planned: boolean;
}

/** Sites that have no row yet get one. Returns their ids with their hosts. */
export async function newcomers(ctx: Ctx): Promise<{ id: string; host: string }[]> {
  const { rows } = await sql<{ id: string; host: string }>`SELECT s.id, s.host FROM sites.live_site_view s
    WHERE NOT EXISTS (SELECT FROM watch.site_watch w WHERE w.site_id = s.id) ORDER BY s.id LIMIT 5000`.execute(
    ctx.db,
  );
  return rows;
}

/** `times`: when each is probed, looked at and searched for files first. */
export async function enrol(
  ctx: Ctx,
  times: readonly { readonly id: string; readonly probe: Date; readonly look: Date; readonly files: Date }[],
): Promise<void> {
  if (times.length === 0) return;
  await sql`INSERT INTO watch.site_watch (site_id, unit_path, next_probe_at, next_look_at, next_files_at)
    SELECT s.id, s.unit_path, n.probe, n.look, n.files
    FROM jsonb_to_recordset(${JSON.stringify(times)}::jsonb) AS n(id uuid, probe timestamptz, look timestamptz,
      files timestamptz) JOIN sites.site_view s ON s.id = n.id
    ON CONFLICT (site_id) DO NOTHING`.execute(ctx.db);
}

/**
 * Takes up to `limit` sites whose probe is due for `holder`. A time that lies further ahead than `farSeconds` was set
 * by a clock that ran ahead: it is due, too. While a site is down it is due again after a few minutes.
 */
export async function takeDue(
  ctx: Ctx,
  take: { holder: string; limit: number; farSeconds: number },
): Promise<TakenSite[]> {
  const { rows } = await sql<TakenSite>`WITH due AS (
      SELECT w.site_id, w.next_probe_at <= base.now()
        OR w.next_probe_at > base.now() + ${take.farSeconds} * interval '1 second' AS planned
      FROM watch.site_watch w
      WHERE EXISTS (SELECT FROM sites.live_site_view l WHERE l.id = w.site_id)
        AND (w.next_probe_at <= base.now()
          OR w.next_probe_at > base.now() + ${take.farSeconds} * interval '1 second'
          OR w.asked_at IS NOT NULL
          OR (w.verdict = 'down' AND w.probed_at <= base.now() - ${DOWN_EVERY_MS / 1000} * interval '1 second'))
        AND (w.lease_until IS NULL OR w.lease_until <= base.now()
          OR w.lease_until > base.now() + ${LEASE_S} * interval '1 second')
      ORDER BY w.next_probe_at LIMIT ${take.limit} FOR UPDATE SKIP LOCKED)
    UPDATE watch.site_watch w SET holder = ${take.holder},
      lease_until = base.now() + ${LEASE_S} * interval '1 second'
    FROM due, sites.site_view s WHERE w.site_id = due.site_id AND s.id = due.site_id
    RETURNING s.id, s.unit_id, s.unit_path::text AS unit_path, s.name, s.url, s.host, s.resolve_to, s.server_address,
      w.verdict, w.since, due.planned`.execute(ctx.db);
  return rows;
}

/** Locks the site's row for its holder. Undefined when another has taken it up: then nothing may be kept. */
export async function lockOwn(ctx: Ctx, siteId: string, holder: string): Promise<{ now: Date } | undefined> {
  const { rows } = await sql<{ now: Date }>`SELECT base.now() AS now FROM watch.site_watch
    WHERE site_id = ${siteId}::uuid AND holder = ${holder} FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

/** Gives a site back without a result. */
export async function release(ctx: Ctx, siteId: string, holder: string): Promise<void> {
  await sql`UPDATE watch.site_watch SET holder = NULL, lease_until = NULL
    WHERE site_id = ${siteId}::uuid AND holder = ${holder}`.execute(ctx.db);
}

export interface ProbeEnd {
  readonly siteId: string;
  readonly unitPath: string;
  readonly final: Sample;
  /** Null: the plan stands (the probe was not a planned one). */
  readonly next: Date | null;
}

/** Writes how the site stands now. `since` moves only when the verdict changes. */
export async function endProbe(ctx: Ctx, { siteId, final, next }: ProbeEnd): Promise<void> {
  await sql`UPDATE watch.site_watch SET holder = NULL, lease_until = NULL, asked_at = NULL, probed_at = base.now(),
      since = CASE WHEN verdict = ${final.verdict} THEN since ELSE base.now() END,
      verdict = ${final.verdict}, result = ${final.result}, status = ${final.status}, ms = ${final.ms},
      reason = ${final.reason}, next_probe_at = coalesce(${next}::timestamptz, next_probe_at)
    WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
}

export type KeptSample = Sample & { readonly vantage: 'own' | 'repeat' | 'second'; readonly counts: boolean };

export async function insertProbes(
  ctx: Ctx,
  place: { siteId: string; unitPath: string },
  samples: readonly KeptSample[],
): Promise<void> {
  const json = JSON.stringify(samples).replaceAll('\\u0000', '\\ufffd');
  await sql`INSERT INTO watch.probe (site_id, unit_path, vantage, counts, verdict, result, status, ms, address, reason)
    SELECT ${place.siteId}::uuid, ${place.unitPath}::ltree, n.vantage, n.counts, n.verdict, n.result, n.status, n.ms,
      n.address, left(n.reason, 1000)
    FROM jsonb_to_recordset(${json}::jsonb) AS n(vantage text, counts boolean, verdict text, result text, status int,
      ms int, address text, reason text)`.execute(ctx.db);
}

/** Counts a planned probe on its day in China. */
export async function countDay(
  ctx: Ctx,
  place: { siteId: string; unitPath: string },
  verdict: Sample['verdict'],
): Promise<void> {
  const one = (name: Sample['verdict']) => (verdict === name ? 1 : 0);
  await sql`INSERT INTO watch.probe_day AS d (site_id, unit_path, day, opened, failed, unseen)
    VALUES (${place.siteId}::uuid, ${place.unitPath}::ltree, (base.now() AT TIME ZONE 'Asia/Shanghai')::date,
      ${one('open')}, ${one('down')}, ${one('unseen')})
    ON CONFLICT (site_id, day) DO UPDATE SET opened = d.opened + excluded.opened,
      failed = d.failed + excluded.failed, unseen = d.unseen + excluded.unseen`.execute(ctx.db);
}

/** Begins an outage, or counts one more failed probe of it. */
export async function keepOutage(
  ctx: Ctx,
  place: { siteId: string; unitPath: string },
  seen: { result: ProbeResult; reason: string | null; confirmed: boolean },
): Promise<{ id: string; probes: number; confirmed: boolean; began_at: Date }> {
  const { rows } = await sql<{ id: string; probes: number; confirmed: boolean; began_at: Date }>`
    INSERT INTO watch.outage AS o (site_id, unit_path, began_at, result, reason, confirmed)
    VALUES (${place.siteId}::uuid, ${place.unitPath}::ltree, base.now(), ${seen.result}, ${seen.reason},
      ${seen.confirmed})
    ON CONFLICT (site_id) WHERE ended_at IS NULL DO UPDATE SET probes = o.probes + 1,
      confirmed = o.confirmed OR excluded.confirmed, result = excluded.result, reason = excluded.reason
    RETURNING id, probes, confirmed, began_at`.execute(ctx.db);
  return rows[0]!;
}

/** Ends the outage that stands, if one does. */
export async function endOutage(ctx: Ctx, siteId: string): Promise<boolean> {
  const done = await sql`UPDATE watch.outage SET ended_at = greatest(base.now(), began_at)
    WHERE site_id = ${siteId}::uuid AND ended_at IS NULL`.execute(ctx.db);
  return (done.numAffectedRows ?? 0n) > 0n;
}

/** Of the sites that opened at the probe before: how many were asked in the last minutes, how many failed as a broken line makes them. */
export async function lately(ctx: Ctx): Promise<{ asked: number; lineFailed: number }> {
  const { rows } = await sql<{ asked: number; lineFailed: number }>`SELECT count(*) AS asked,
      count(*) FILTER (WHERE result IN ('dns', 'connect', 'timeout', 'own-network')) AS "lineFailed"
    FROM watch.site_watch WHERE probed_at > base.now() - interval '5 minutes'
      AND (verdict = 'open' OR since > base.now() - interval '10 minutes' OR result = 'own-network')`.execute(
    ctx.db,
  );
  return rows[0]!;
}

/** Counted probes of the last seven days, or since the weekly finding was last reported as mended. */
export async function weekOf(
  ctx: Ctx,
  siteId: string,
  url: string,
): Promise<{ opened: number; failed: number; from: Date }> {
  const { rows } = await sql<{ opened: number; failed: number; from: Date }>`WITH mended AS (
      SELECT max(greatest(fixed_at, closed_at)) AS at FROM findings.finding_view
      WHERE site_id = ${siteId}::uuid AND rule = 'availability.weekly' AND url = ${url} AND state <> 'open'),
    span AS (SELECT greatest(base.now() - interval '7 days', mended.at) AS began FROM mended)
    SELECT span.began AS from, count(p.id) FILTER (WHERE p.verdict = 'open') AS opened,
      count(p.id) FILTER (WHERE p.verdict = 'down') AS failed
    FROM span LEFT JOIN watch.probe p ON p.site_id = ${siteId}::uuid AND p.counts AND p.at > span.began
    GROUP BY span.began`.execute(ctx.db);
  return rows[0]!;
}

/** Asks for a probe and a look now; `files`: also for the search for files. */
export async function askNow(ctx: Ctx, siteId: string, files: boolean): Promise<Date | undefined> {
  const { rows } = await sql<{
    at: Date;
  }>`UPDATE watch.site_watch SET next_look_at = base.now(), asked_at = base.now(),
      next_files_at = CASE WHEN ${files} THEN base.now() ELSE next_files_at END
    WHERE site_id = ${siteId}::uuid RETURNING base.now() AS at`.execute(ctx.db);
  return rows[0]?.at;
}

/** The plan of a site that was met before begins anew, now. */
export async function enrolledNow(ctx: Ctx, siteId: string): Promise<void> {
  await sql`UPDATE watch.site_watch SET next_probe_at = base.now(), next_look_at = base.now(), next_files_at = base.now()
    WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
}

export async function kindOfFinding(ctx: Ctx, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ kind: string }>`SELECT kind FROM findings.finding_view
    WHERE id = ${id}::uuid`.execute(ctx.db);
  return rows[0]?.kind;
}
