import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { digestOf } from '../store.ts';

export interface FactorRow {
  id: string;
  account_id: string;
  kind: 'totp' | 'passkey';
  name: string;
  secret_sealed: string | null;
  last_step: number;
  credential_id: string | null;
  public_key: Buffer | null;
  counter: number;
  transports: string[];
  added_at: Date;
  last_used_at: Date | null;
}

/** The factors that an account has now. */
export async function listFactors(ctx: Ctx, accountId: string): Promise<FactorRow[]> {
  const { rows } =
    await sql<FactorRow>`SELECT id, account_id, kind, name, secret_sealed, last_step, credential_id,
      public_key, counter, transports, added_at, last_used_at FROM auth.factor
    WHERE account_id = ${accountId}::uuid AND removed_at IS NULL ORDER BY added_at, id`.execute(ctx.db);
  return rows;
}

export async function findPasskey(ctx: Ctx, credentialId: string): Promise<FactorRow | undefined> {
  const { rows } =
    await sql<FactorRow>`SELECT id, account_id, kind, name, secret_sealed, last_step, credential_id,
      public_key, counter, transports, added_at, last_used_at FROM auth.factor
    WHERE credential_id = ${credentialId} AND removed_at IS NULL`.execute(ctx.db);
  return rows[0];
}

interface Owner {
  readonly id: string;
  readonly unit_path: string;
}

export async function insertTotp(
  ctx: Ctx,
  account: Owner,
  factor: { id: string; name: string; sealed: string; step: number },
): Promise<void> {
  await sql`INSERT INTO auth.factor (id, account_id, unit_path, kind, name, secret_sealed, last_step)
    VALUES (${factor.id}::uuid, ${account.id}::uuid, ${account.unit_path}::ltree, 'totp', ${factor.name},
      ${factor.sealed}, ${factor.step})`.execute(ctx.db);
}

export async function insertPasskey(
  ctx: Ctx,
  account: Owner,
  factor: {
    name: string;
    credentialId: string;
    publicKey: Uint8Array;
    counter: number;
    transports: string[];
  },
): Promise<void> {
  await sql`INSERT INTO auth.factor
      (account_id, unit_path, kind, name, credential_id, public_key, counter, transports)
    VALUES (${account.id}::uuid, ${account.unit_path}::ltree, 'passkey', ${factor.name}, ${factor.credentialId},
      ${Buffer.from(factor.publicKey)}, ${factor.counter}, ${factor.transports})`.execute(ctx.db);
}

/** Takes the code of a time step: true for one caller only, and never for a step that is over. */
export async function takeStep(ctx: Ctx, factorId: string, step: number): Promise<boolean> {
  const done = await sql`UPDATE auth.factor SET last_step = ${step}, last_used_at = base.now()
    WHERE id = ${factorId}::uuid AND removed_at IS NULL AND last_step < ${step}`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Moves a passkey's counter on. Passkeys that are synced always say 0; another one must rise, or it is a copy. */
export async function takeCounter(ctx: Ctx, factorId: string, counter: number): Promise<boolean> {
  const done = await sql`UPDATE auth.factor SET counter = ${counter}, last_used_at = base.now()
    WHERE id = ${factorId}::uuid AND removed_at IS NULL AND (counter < ${counter} OR (counter = 0 AND ${counter} = 0))`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

/** Takes factors away: one of an account, or all of them. Returns their names. */
export async function removeFactors(ctx: Ctx, accountId: string, id?: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`UPDATE auth.factor
    SET removed_at = base.now(), removed_by = ${ctx.actor.id}
    WHERE account_id = ${accountId}::uuid AND removed_at IS NULL
      AND (${id ?? null}::uuid IS NULL OR id = ${id ?? null}::uuid) RETURNING name`.execute(ctx.db);
  return rows.map(({ name }) => name);
}

function codeDigest(accountId: string, code: string): Buffer {
  return createHash('sha256').update(`${accountId} ${code}`).digest();
}

/** New recovery codes; those before are worth nothing from now on. */
export async function replaceRecoveryCodes(
  ctx: Ctx,
  account: Owner,
  codes: readonly string[],
): Promise<void> {
  await sql`UPDATE auth.recovery_code SET replaced_at = base.now() WHERE account_id = ${account.id}::uuid
    AND used_at IS NULL AND replaced_at IS NULL`.execute(ctx.db);
  for (const code of codes) {
    await sql`INSERT INTO auth.recovery_code (code_sha256, account_id, unit_path)
      VALUES (${codeDigest(account.id, code)}, ${account.id}::uuid, ${account.unit_path}::ltree)`.execute(
      ctx.db,
    );
  }
}

/** Uses a recovery code: true for one caller only. */
export async function takeRecoveryCode(ctx: Ctx, accountId: string, code: string): Promise<boolean> {
  const done = await sql`UPDATE auth.recovery_code SET used_at = base.now()
    WHERE code_sha256 = ${codeDigest(accountId, code)} AND used_at IS NULL AND replaced_at IS NULL`.execute(
    ctx.db,
  );
  return done.numAffectedRows === 1n;
}

export async function countRecoveryCodes(ctx: Ctx, accountId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM auth.recovery_code
    WHERE account_id = ${accountId}::uuid AND used_at IS NULL AND replaced_at IS NULL`.execute(ctx.db);
  return rows[0]!.n;
}

/** Marks a sealed value as used; false when it was before. */
export async function markUsed(ctx: Ctx, value: string): Promise<boolean> {
  const done = await sql`INSERT INTO auth.used_once (digest) VALUES (${digestOf(value)})
    ON CONFLICT DO NOTHING`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export interface Proof {
  totp: boolean;
  passkey: boolean;
  recovery: boolean;
  /** Seconds since the last factor, and since the last password or factor, in this session; null: never. */
  factorAge: number | null;
  proofAge: number | null;
}

/** What the actor's session proved; undefined when it has ended. */
export async function findProof(ctx: Ctx, sessionId: string): Promise<Proof | undefined> {
  const { rows } = await sql<Proof>`SELECT totp, passkey, recovery,
      extract(epoch FROM factor_age)::float8 AS "factorAge", extract(epoch FROM proof_age)::float8 AS "proofAge"
    FROM auth.session_proof(${sessionId}::uuid)`.execute(ctx.db);
  return rows[0];
}

export interface Ticket {
  readonly accountId: string;
  readonly method: string;
}

/** The second step of a sign-in: opened after the first one was right. */
export async function insertTicket(
  ctx: Ctx,
  account: Owner & { password_set_at: Date },
  ticket: { secret: string; method: string; remote: string; userAgent: string },
): Promise<void> {
  await sql`INSERT INTO auth.sign_in_ticket
      (secret_sha256, account_id, unit_path, method, remote, user_agent, password_set_at)
    VALUES (${digestOf(ticket.secret)}, ${account.id}::uuid, ${account.unit_path}::ltree, ${ticket.method},
      ${ticket.remote}, ${ticket.userAgent.slice(0, 300)},
      (SELECT password_set_at FROM auth.account WHERE id = ${account.id}::uuid))`.execute(ctx.db);
}

const isOpen = sql`t.used_at IS NULL AND t.tries < 5 AND t.made_at > base.now() - interval '5 minutes'
  AND a.id = t.account_id AND NOT a.disabled AND a.password_set_at = t.password_set_at`;

/** Looks at an open ticket without using it up: for the challenge of a passkey. */
export async function findTicket(ctx: Ctx, secret: string): Promise<Ticket | undefined> {
  const { rows } = await sql<Ticket>`SELECT t.account_id AS "accountId", t.method
    FROM auth.sign_in_ticket t, auth.account a
    WHERE t.secret_sha256 = ${digestOf(secret)} AND ${isOpen}`.execute(ctx.db);
  return rows[0];
}

/** Counts a try at an open ticket; undefined when it is used, too old, tried too often, or its password changed. */
export async function tryTicket(ctx: Ctx, secret: string): Promise<Ticket | undefined> {
  const { rows } = await sql<Ticket>`UPDATE auth.sign_in_ticket t SET tries = tries + 1 FROM auth.account a
    WHERE t.secret_sha256 = ${digestOf(secret)} AND ${isOpen}
    RETURNING t.account_id AS "accountId", t.method`.execute(ctx.db);
  return rows[0];
}

/** Uses the ticket up: true for one caller only. */
export async function spendTicket(ctx: Ctx, secret: string): Promise<boolean> {
  const done = await sql`UPDATE auth.sign_in_ticket SET used_at = base.now()
    WHERE secret_sha256 = ${digestOf(secret)} AND used_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}
