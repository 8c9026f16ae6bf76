import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Page, pageOf } from '#base/list';
import { likeOf } from '#units';
import type { ExternalIdentity } from './identity-provider.ts';

export type MatchGround = 'employee_no' | 'phone' | 'holder' | 'administrator';

export interface BindingRow {
  id: string;
  connector_id: string;
  connector_zh: string;
  connector_en: string;
  unit_path: string;
  issuer: string;
  subject: string;
  display_name: string;
  employee_no: string | null;
  phone_masked: string | null;
  account_id: string | null;
  username: string | null;
  account_name: string | null;
  account_unit: string | null;
  account_roles: string[] | null;
  matched_by: MatchGround | null;
  state: 'pending' | 'bound' | 'refused' | 'unbound';
  asked_at: Date;
  chosen_by: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  last_sign_in_at: Date | null;
}

const columns = sql`b.id, b.connector_id, coalesce(v.name_zh, '上级单位的登录方式') AS connector_zh,
  coalesce(v.name_en, 'of a unit above') AS connector_en, b.unit_path, b.issuer,
  b.subject, b.display_name, b.employee_no, b.phone_masked, b.account_id, a.username, a.name AS account_name,
  u.name AS account_unit, CASE WHEN a.id IS NOT NULL THEN array(SELECT g.role FROM auth.role_grant g
    WHERE g.account_id = a.id AND g.state IN ('approved', 'proposed')) END AS account_roles,
  b.matched_by, b.state, b.asked_at, b.chosen_by, b.decided_by_name, b.decided_at, b.last_sign_in_at`;
// A connector of a unit above is not in an administrator's scope; its bindings of accounts below are.
const tables = sql`auth.sso_binding b
  LEFT JOIN LATERAL (SELECT n.name_zh, n.name_en FROM auth.sso_version n WHERE n.connector_id = b.connector_id
    ORDER BY (n.state = 'approved') DESC, n.id DESC LIMIT 1) v ON true
  LEFT JOIN auth.account a ON a.id = b.account_id LEFT JOIN units.unit_view u ON u.id = a.unit_id`;

export function listBindings(
  ctx: Ctx,
  query: {
    page: number;
    pageSize: number;
    q?: string | undefined;
    state?: string | undefined;
    connectorId?: string | undefined;
    accountId?: string | undefined;
  },
): Promise<Page<BindingRow>> {
  const like = likeOf(query.q ?? '');
  return pageOf<BindingRow>(ctx, {
    columns,
    from: tables,
    where: sql`(${query.state ?? null}::text IS NULL OR b.state = ${query.state ?? null})
      AND (${query.connectorId ?? null}::uuid IS NULL OR b.connector_id = ${query.connectorId ?? null}::uuid)
      AND (${query.accountId ?? null}::uuid IS NULL OR b.account_id = ${query.accountId ?? null}::uuid)
      AND (b.display_name ILIKE ${like} OR b.subject ILIKE ${like} OR b.employee_no ILIKE ${like}
        OR a.username ILIKE ${like} OR a.name ILIKE ${like})`,
    orderBy: sql`b.id DESC`,
    query,
  });
}

export async function findBinding(ctx: Ctx, id: string): Promise<BindingRow | undefined> {
  const { rows } = await sql<BindingRow>`SELECT ${columns} FROM ${tables} WHERE b.id = ${id}::uuid`.execute(
    ctx.db,
  );
  return rows[0];
}

/** Serialises what concerns one identity: two first sign-ins at once leave one request. */
export async function lockIdentity(ctx: Ctx, connectorId: string, identity: ExternalIdentity): Promise<void> {
  const name = `${connectorId}\n${identity.issuer}\n${identity.subject}`;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 32))`.execute(ctx.db);
}

/** The newest row of an identity: what became of it. */
export async function findIdentity(
  ctx: Ctx,
  connectorId: string,
  identity: ExternalIdentity,
): Promise<(BindingRow & { refused_lately: boolean }) | undefined> {
  const { rows } = await sql<BindingRow & { refused_lately: boolean }>`SELECT ${columns},
      b.state = 'refused' AND b.decided_at > base.now() - interval '1 day' AS refused_lately
    FROM ${tables} WHERE b.connector_id = ${connectorId}::uuid AND b.issuer = ${identity.issuer}
      AND b.subject = ${identity.subject} ORDER BY b.id DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export interface Candidate {
  readonly accountId: string;
  readonly unitPath: string;
  readonly ground: MatchGround;
}

/**
 * The account whose person has this number (or, without such a person, this mobile), below `unitPath`. Exactly one,
 * or none: two that fit prove nothing. A name is never looked at.
 */
export async function findCandidate(
  ctx: Ctx,
  unitPath: string,
  identity: Pick<ExternalIdentity, 'employeeNo' | 'phone'>,
): Promise<Candidate | undefined> {
  const grounds = [
    ['employee_no', identity.employeeNo, sql`p.person_no = ${identity.employeeNo ?? null}`],
    ['phone', identity.phone, sql`p.phone = ${identity.phone ?? null}`],
  ] as const;
  for (const [ground, value, where] of grounds) {
    if (value === undefined) continue;
    const { rows } = await sql<{ id: string; unit_path: string }>`SELECT a.id, a.unit_path
      FROM units.person_view p JOIN auth.account a ON a.person_id = p.id
      WHERE ${where} AND NOT a.disabled AND a.unit_path <@ ${unitPath}::ltree LIMIT 2`.execute(ctx.db);
    if (rows.length === 1) return { accountId: rows[0]!.id, unitPath: rows[0]!.unit_path, ground };
    if (rows.length > 1) return undefined;
  }
  return undefined;
}

export async function insertBinding(
  ctx: Ctx,
  row: {
    connectorId: string;
    unitPath: string;
    identity: ExternalIdentity;
    phoneMasked: string | null;
    candidate: Candidate | undefined;
  },
): Promise<string> {
  const { identity, candidate } = row;
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO auth.sso_binding (connector_id, unit_path, issuer, subject,
      display_name, employee_no, phone_masked, account_id, matched_by)
    VALUES (${row.connectorId}::uuid, ${candidate?.unitPath ?? row.unitPath}::ltree, ${identity.issuer},
      ${identity.subject}, ${identity.displayName.slice(0, 80)}, ${identity.employeeNo ?? null}, ${row.phoneMasked},
      ${candidate?.accountId ?? null}::uuid, ${candidate?.ground ?? null}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Names the account of a waiting identity. `by`: the administrator who chose; null: the holder asked for it. */
export async function setCandidate(
  ctx: Ctx,
  id: string,
  candidate: Candidate,
  by: { id: string; name: string } | null,
): Promise<boolean> {
  const done = await sql`UPDATE auth.sso_binding SET account_id = ${candidate.accountId}::uuid,
      unit_path = ${candidate.unitPath}::ltree, matched_by = ${candidate.ground}, chosen_by = ${by?.id ?? null},
      chosen_by_name = ${by?.name ?? null}
    WHERE id = ${id}::uuid AND state = 'pending'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Decides; the database refuses the account's holder and who named it (`sso_binding_four_eyes`). */
export async function decideBinding(
  ctx: Ctx,
  id: string,
  approve: boolean,
  accountId: string | null,
): Promise<boolean> {
  const done = await sql`UPDATE auth.sso_binding SET state = ${approve ? 'bound' : 'refused'},
      decided_by = ${ctx.actor.id}, decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${id}::uuid AND state = 'pending' AND account_id IS NOT DISTINCT FROM ${accountId}::uuid`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

export async function endBinding(ctx: Ctx, id: string): Promise<boolean> {
  const done = await sql`UPDATE auth.sso_binding SET state = 'unbound', ended_at = base.now(),
      ended_by = ${ctx.actor.id}, ended_by_name = ${ctx.actor.name}
    WHERE id = ${id}::uuid AND state = 'bound'`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function noteSignIn(ctx: Ctx, id: string): Promise<void> {
  await sql`UPDATE auth.sso_binding SET last_sign_in_at = base.now() WHERE id = ${id}::uuid`.execute(ctx.db);
}

export async function insertLogin(
  ctx: Ctx,
  row: { binding: BindingRow; ticketSha256: Buffer | null },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO auth.sso_login
      (binding_id, connector_id, unit_path, ticket_sha256)
    VALUES (${row.binding.id}::uuid, ${row.binding.connector_id}::uuid, ${row.binding.unit_path}::ltree,
      ${row.ticketSha256}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function keepIdToken(ctx: Ctx, loginId: string, sealed: Buffer): Promise<void> {
  await sql`UPDATE auth.sso_login SET id_token = ${sealed} WHERE id = ${loginId}::uuid`.execute(ctx.db);
}

export interface LoginRow {
  id: string;
  connector_id: string;
  id_token: Buffer | null;
}

/** The sign-in through a connector that a session came from, if it did. */
export async function loginOfSession(ctx: Ctx, sessionId: string): Promise<LoginRow | undefined> {
  const { rows } = await sql<LoginRow>`SELECT o.id, o.connector_id, o.id_token FROM auth.session s
    JOIN auth.sso_login o ON s.method = 'sso:' || o.id WHERE s.id = ${sessionId}::uuid`.execute(ctx.db);
  return rows[0];
}

/**
 * Whether a sign-in was not closed meanwhile. Waits for whoever is closing it: after this, closing finds the session.
 * One that was closed takes its second step with it.
 */
export async function isStillOpen(ctx: Ctx, loginId: string): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`SELECT ended_at IS NULL AS open FROM auth.sso_login
    WHERE id = ${loginId}::uuid FOR UPDATE`.execute(ctx.db);
  if (rows[0]?.open) return true;
  await sql`UPDATE auth.sign_in_ticket SET used_at = base.now()
    WHERE method = 'sso:' || ${loginId} AND used_at IS NULL`.execute(ctx.db);
  return false;
}

/** The live sessions of one sign-in. */
export async function sessionsOfLogin(ctx: Ctx, loginId: string): Promise<ThroughRow[]> {
  const { rows } = await sql<ThroughRow>`SELECT id, account_id, unit_path FROM auth.session
    WHERE method = 'sso:' || ${loginId} AND ended_at IS NULL`.execute(ctx.db);
  return rows;
}

export interface ThroughRow {
  id: string;
  account_id: string;
  unit_path: string;
}

/**
 * Closes the sign-ins of a connector, a binding, or one ticket; their second step leads nowhere any more. Returns
 * the live sessions that came from them.
 */
export async function closeLogins(
  ctx: Ctx,
  key: { connectorId: string; ticketSha256?: Buffer } | { bindingId: string },
): Promise<ThroughRow[]> {
  const where =
    'bindingId' in key
      ? sql`o.binding_id = ${key.bindingId}::uuid`
      : key.ticketSha256
        ? sql`o.connector_id = ${key.connectorId}::uuid AND o.ticket_sha256 = ${key.ticketSha256}`
        : sql`o.connector_id = ${key.connectorId}::uuid`;
  const { rows } = await sql<ThroughRow>`WITH closed AS (
      UPDATE auth.sso_login o SET ended_at = base.now() WHERE ${where} AND o.ended_at IS NULL RETURNING o.id),
    tickets AS (
      UPDATE auth.sign_in_ticket t SET used_at = base.now() FROM closed
      WHERE t.method = 'sso:' || closed.id AND t.used_at IS NULL)
    SELECT s.id, s.account_id, s.unit_path FROM auth.session s JOIN closed ON s.method = 'sso:' || closed.id
    WHERE s.ended_at IS NULL`.execute(ctx.db);
  return rows;
}
