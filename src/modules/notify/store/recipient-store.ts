/** Who is told, with their addresses and wishes. Runs as the system. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Language, Preference } from '../contract.ts';

export interface Recipient {
  /** Null: a person without an account. */
  account_id: string | null;
  name: string;
  unit_path: string;
  unit_name: string;
  email: string | null;
  phone: string | null;
  language: Language | null;
  /** `HH:MM:SS` of China time. */
  quiet_from: string | null;
  quiet_to: string | null;
  channels: Preference['channels'] | null;
}

const columns = sql`a.id AS account_id, a.name, a.unit_path, u.name AS unit_name, p.email, p.phone,
  w.language, w.quiet_from, w.quiet_to, w.channels`;
const joins = sql`JOIN units.unit_view u ON u.id = a.unit_id LEFT JOIN units.person_view p ON p.id = a.person_id
  LEFT JOIN notify.preference w ON w.account_id = a.id`;

/** Accounts with one of the roles, in the unit or on its line upwards. */
export async function recipientsAbove(
  ctx: Ctx,
  unitPath: string,
  roles: readonly string[],
): Promise<Recipient[]> {
  const { rows } = await sql<Recipient>`SELECT ${columns} FROM auth.account_view a ${joins}
    WHERE a.unit_path @> ${unitPath}::ltree AND a.roles && ${[...roles]}::text[] AND NOT a.disabled
    ORDER BY a.unit_path DESC, a.id`.execute(ctx.db);
  return rows;
}

export async function recipientOfAccount(ctx: Ctx, accountId: string): Promise<Recipient | undefined> {
  const { rows } = await sql<Recipient>`SELECT ${columns} FROM auth.account_view a ${joins}
    WHERE a.id = ${accountId}::uuid AND NOT a.disabled`.execute(ctx.db);
  return rows[0];
}

/** Who holds the post today in one unit, with the account that is theirs, if any. */
export async function holdersOf(ctx: Ctx, unitPath: string, post: string): Promise<Recipient[]> {
  const { rows } = await sql<Recipient>`SELECT DISTINCT ON (p.id) a.id AS account_id, p.name, o.unit_path,
      u.name AS unit_name, p.email, p.phone, w.language, w.quiet_from, w.quiet_to, w.channels
    FROM units.appointment_view o JOIN units.person_view p ON p.id = o.person_id
      JOIN units.unit_view u ON u.id = o.unit_id
      LEFT JOIN auth.account_view a ON a.person_id = p.id AND NOT a.disabled
      LEFT JOIN notify.preference w ON w.account_id = a.id
    WHERE o.unit_path = ${unitPath}::ltree AND o.post = ${post} AND o.starts_on <= units.today()
      AND coalesce(o.ends_on > units.today(), true) ORDER BY p.id, a.id`.execute(ctx.db);
  return rows;
}

/** The unit itself, its county or its city, as a path; null when there is none (a county has no county above). */
export async function unitAt(ctx: Ctx, unitPath: string, level: string): Promise<string | null> {
  if (level === 'unit') return unitPath;
  const { rows } = await sql<{ unit_path: string }>`SELECT unit_path FROM units.unit_view
    WHERE unit_path @> ${unitPath}::ltree AND kind = ${level}`.execute(ctx.db);
  return rows[0]?.unit_path ?? null;
}

export async function cityPath(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ unit_path: string }>`SELECT unit_path FROM units.unit_view
    WHERE kind = 'city'`.execute(ctx.db);
  return rows[0]?.unit_path ?? '';
}

export async function unitName(ctx: Ctx, unitPath: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM units.unit_view
    WHERE unit_path = ${unitPath}::ltree`.execute(ctx.db);
  return rows[0]?.name ?? unitPath;
}

export interface PreferenceRow {
  language: Language;
  quiet_from: string | null;
  quiet_to: string | null;
  channels: Preference['channels'];
}

export async function findPreference(ctx: Ctx, accountId: string): Promise<PreferenceRow | undefined> {
  const { rows } =
    await sql<PreferenceRow>`SELECT language, quiet_from, quiet_to, channels FROM notify.preference
    WHERE account_id = ${accountId}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function savePreference(ctx: Ctx, accountId: string, value: Preference): Promise<void> {
  await sql`INSERT INTO notify.preference (account_id, unit_path, language, quiet_from, quiet_to, channels)
    VALUES (${accountId}::uuid, ${ctx.actor.unitPath}::ltree, ${value.language}, ${value.quietFrom}::time,
      ${value.quietTo}::time, ${JSON.stringify(value.channels)}::jsonb)
    ON CONFLICT (account_id) DO UPDATE SET language = excluded.language, quiet_from = excluded.quiet_from,
      quiet_to = excluded.quiet_to, channels = excluded.channels, changed_at = base.now()`.execute(ctx.db);
}

/** The address of an account's person for a channel, as the caller may see it. */
export async function findRecipientAddress(
  ctx: Ctx,
  accountId: string,
  channel: 'app' | 'mail' | 'sms',
): Promise<string | null> {
  const { rows } = await sql<{ email: string | null; phone: string | null }>`SELECT p.email, p.phone
    FROM auth.account_view a JOIN units.person_view p ON p.id = a.person_id
    WHERE a.id = ${accountId}::uuid`.execute(ctx.db);
  return (channel === 'mail' ? rows[0]?.email : rows[0]?.phone) ?? null;
}
