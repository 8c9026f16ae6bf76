import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import { likeOf } from '#units';
import { type AccountRow, accountColumns, digestOf } from '../store.ts';

export type EndReason =
  | 'signed_out'
  | 'ended'
  | 'kicked'
  | 'limit'
  | 'password'
  | 'disabled'
  | 'reset'
  | 'expired';

/** A live session with its account. */
export interface SessionRow extends AccountRow {
  session_id: string;
  second_factor_at: Date | null;
  has_factor: boolean;
  password_expired: boolean;
  method: string;
}

export interface NewSession {
  readonly secret: string;
  readonly remote: string;
  readonly userAgent: string;
  readonly method: string;
  readonly withFactor: boolean;
}

const policy = sql`(SELECT p.idle_minutes, p.absolute_hours, p.max_age_days FROM auth.sign_in_policy p
  WHERE p.state = 'approved' ORDER BY p.decided_at DESC, p.number DESC LIMIT 1)`;
const isLive = sql`s.ended_at IS NULL AND s.seen_at > base.now() - make_interval(mins => pol.idle_minutes)
  AND s.started_at > base.now() - make_interval(hours => pol.absolute_hours)`;

/** Serialises what concerns one account: two sign-ins at its limit, two uses of one recovery code. */
export async function lockAccount(ctx: Ctx, accountId: string): Promise<void> {
  await sql`SELECT FROM auth.account WHERE id = ${accountId}::uuid FOR UPDATE`.execute(ctx.db);
}

export async function insertSession(ctx: Ctx, account: AccountRow, session: NewSession): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.session
      (secret_sha256, account_id, unit_path, remote, user_agent, method, second_factor_at)
    VALUES (${digestOf(session.secret)}, ${account.id}::uuid, ${account.unit_path}::ltree, ${session.remote},
      ${session.userAgent.slice(0, 300)}, ${session.method},
      CASE WHEN ${session.withFactor} THEN base.now() END) RETURNING id`.execute(ctx.db);
  await sql`UPDATE auth.account SET last_sign_in_at = base.now() WHERE id = ${account.id}::uuid`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

/** Ends the oldest live sessions beyond `keep`. Returns how many. Call under `lockAccount`. */
export async function endOldest(ctx: Ctx, accountId: string, keep: number): Promise<number> {
  const { rows } = await sql<{
    id: string;
  }>`UPDATE auth.session SET ended_at = base.now(), end_reason = 'limit'
    WHERE id IN (SELECT s.id FROM auth.session s, ${policy} pol WHERE s.account_id = ${accountId}::uuid AND ${isLive}
      ORDER BY s.started_at DESC, s.id DESC OFFSET ${keep})
    RETURNING id`.execute(ctx.db);
  await announceEnd(ctx, rows);
  return rows.length;
}

/**
 * The account of a live session. `seen_at` moves at most once a minute, to spare writes, and not for requests that
 * a page makes by itself: an open page alone must not keep a session from being idle.
 */
export async function findSession(
  ctx: Ctx,
  secret: string,
  isBackground = false,
): Promise<SessionRow | undefined> {
  const { rows } = await sql<
    SessionRow & { stale: boolean }
  >`/* prepared: auth.session */ SELECT ${accountColumns}, s.id AS session_id,
      s.second_factor_at, s.seen_at < base.now() - interval '1 minute' AS stale,
      EXISTS (SELECT FROM auth.factor f WHERE f.account_id = a.id AND f.removed_at IS NULL) AS has_factor,
      a.password_set_at < base.now() - make_interval(days => pol.max_age_days) AS password_expired, s.method
    FROM auth.session s JOIN auth.account a ON a.id = s.account_id JOIN units.unit_view u ON u.id = a.unit_id,
      ${policy} pol
    WHERE s.secret_sha256 = ${digestOf(secret)} AND NOT a.disabled AND ${isLive}`.execute(ctx.db);
  const found = rows[0];
  if (found?.stale && !isBackground) {
    await sql`UPDATE auth.session SET seen_at = base.now() WHERE id = ${found.session_id}::uuid
      AND ended_at IS NULL`.execute(ctx.db);
  }
  return found;
}

/** Why the session of this cookie is no longer one; undefined for a cookie that never was. */
export async function findEnd(
  ctx: Ctx,
  secret: string,
): Promise<{ reason: EndReason; at: Date } | undefined> {
  const { rows } = await sql<{
    reason: EndReason;
    at: Date;
  }>`SELECT coalesce(s.end_reason, 'expired') AS reason,
      coalesce(s.ended_at, s.seen_at) AS at
    FROM auth.session s WHERE s.secret_sha256 = ${digestOf(secret)}`.execute(ctx.db);
  return rows[0];
}

/** Gives the session another secret; what an attacker planted or copied before is worth nothing after. */
export async function rotateSession(
  ctx: Ctx,
  sessionId: string,
  change: { secret: string; proved: boolean; factor: boolean },
): Promise<boolean> {
  const done = await sql`UPDATE auth.session SET secret_sha256 = ${digestOf(change.secret)},
      proved_at = CASE WHEN ${change.proved} THEN base.now() ELSE proved_at END,
      second_factor_at = CASE WHEN ${change.factor} THEN base.now() ELSE second_factor_at END
    WHERE id = ${sessionId}::uuid AND ended_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/**
 * Ends sessions: one, those of an account, or all of it but one; returns how many were live. Their event streams
 * close within a second.
 */
export async function endSessions(
  ctx: Ctx,
  which: { id?: string; accountId?: string; exceptId?: string | undefined },
  reason: EndReason,
): Promise<number> {
  const { rows } = await sql<{ id: string; live: boolean }>`UPDATE auth.session s SET ended_at = base.now(),
      end_reason = CASE WHEN ${isLive} THEN ${reason} ELSE 'expired' END, ended_by = ${ctx.actor.id}
    FROM ${policy} pol
    WHERE s.ended_at IS NULL AND (${which.id ?? null}::uuid IS NULL OR s.id = ${which.id ?? null}::uuid)
      AND (${which.accountId ?? null}::uuid IS NULL OR s.account_id = ${which.accountId ?? null}::uuid)
      AND (${which.exceptId ?? null}::uuid IS NULL OR s.id <> ${which.exceptId ?? null}::uuid)
      AND ${which.id ?? which.accountId ?? null}::uuid IS NOT NULL
    RETURNING s.id, s.end_reason = ${reason} AS live`.execute(ctx.db);
  await announceEnd(ctx, rows);
  return rows.filter(({ live }) => live).length;
}

/** Closes the books on sessions that ran out, and their event streams. */
export async function endExpired(ctx: Ctx): Promise<void> {
  const { rows } = await sql<{
    id: string;
  }>`UPDATE auth.session s SET ended_at = base.now(), end_reason = 'expired'
    FROM ${policy} pol WHERE s.ended_at IS NULL AND NOT (${isLive}) RETURNING s.id`.execute(ctx.db);
  await announceEnd(ctx, rows);
}

/** Tells every web process, so that the streams of these sessions close. */
async function announceEnd(ctx: Ctx, ended: readonly { id: string }[]): Promise<void> {
  for (const { id } of ended) {
    await sql`SELECT pg_notify('jiaodun_event', ${JSON.stringify({ name: 'auth.session_ended', sessionId: id })})`.execute(
      ctx.db,
    );
  }
}

export interface LiveSessionRow {
  id: string;
  account_id: string;
  username: string;
  name: string;
  unit_name: string;
  started_at: Date;
  seen_at: Date;
  remote: string;
  user_agent: string;
  method: string;
  second_factor_at: Date | null;
}

/** Who is signed in now: of one account, or everybody in scope. */
export function listSessions(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; accountId?: string | undefined },
): Promise<Page<LiveSessionRow>> {
  const like = likeOf(query.q ?? '');
  return pageOf<LiveSessionRow>(ctx, {
    columns: sql`s.id, s.account_id, a.username, a.name, u.name AS unit_name, s.started_at, s.seen_at, s.remote,
      s.user_agent, s.method, s.second_factor_at`,
    from: sql`auth.session s JOIN auth.account a ON a.id = s.account_id JOIN units.unit_view u ON u.id = a.unit_id,
      ${policy} pol`,
    where: sql`${isLive} AND NOT a.disabled
      AND (${query.accountId ?? null}::uuid IS NULL OR s.account_id = ${query.accountId ?? null}::uuid)
      AND (a.username ILIKE ${like} OR a.name ILIKE ${like} OR u.name ILIKE ${like} OR s.remote LIKE ${like})`,
    orderBy: sql`s.seen_at DESC, s.id DESC`,
    query,
  });
}

export async function findLiveSession(ctx: Ctx, id: string): Promise<LiveSessionRow | undefined> {
  const { rows } =
    await sql<LiveSessionRow>`SELECT s.id, s.account_id, a.username, a.name, s.started_at, s.seen_at,
      s.remote, s.user_agent, s.method, s.second_factor_at
    FROM auth.session s JOIN auth.account a ON a.id = s.account_id
    WHERE s.id = ${id}::uuid AND s.ended_at IS NULL`.execute(ctx.db);
  return rows[0];
}

/** Failures up to now no longer count against the account. False when it is not there (or not in scope). */
export async function clearFailures(ctx: Ctx, accountId: string): Promise<boolean> {
  const done = await sql`UPDATE auth.account SET failures_cleared_at = base.now()
    WHERE id = ${accountId}::uuid`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function listOldHashes(ctx: Ctx, accountId: string, most: number): Promise<string[]> {
  const { rows } = await sql<{ password_hash: string }>`SELECT password_hash FROM auth.password_history
    WHERE account_id = ${accountId}::uuid ORDER BY replaced_at DESC, id DESC LIMIT ${most}`.execute(ctx.db);
  return rows.map((row) => row.password_hash);
}

/** Sets a password and keeps the one before in the history. `mustChange`: somebody else chose it. */
export async function replacePassword(
  ctx: Ctx,
  accountId: string,
  hash: string,
  mustChange: boolean,
): Promise<void> {
  await sql`INSERT INTO auth.password_history (account_id, unit_path, password_hash, replaced_at)
    SELECT id, unit_path, password_hash, base.now() FROM auth.account WHERE id = ${accountId}::uuid`.execute(
    ctx.db,
  );
  await sql`UPDATE auth.account SET password_hash = ${hash}, must_change_password = ${mustChange},
      password_set_at = base.now() WHERE id = ${accountId}::uuid`.execute(ctx.db);
}

/** Stores the same password under today's cost; it is no other password, so its age stays. */
export async function rehashPassword(ctx: Ctx, accountId: string, from: string, to: string): Promise<void> {
  await sql`UPDATE auth.account SET password_hash = ${to}
    WHERE id = ${accountId}::uuid AND password_hash = ${from}`.execute(ctx.db);
}
