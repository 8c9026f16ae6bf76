import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { isInScope, type Page, pageOf } from '#base/list';
import type { Post } from './contract.ts';
import { type ListQuery, likeOf } from './store.ts';

export interface CertificateRow {
  readonly id: string;
  readonly personId: string;
  readonly personName: string;
  readonly unitId: string;
  readonly unitName: string | null;
  readonly unitPath: string;
  readonly type: string;
  readonly number: string;
  readonly issuer: string;
  readonly issuedOn: string;
  readonly expiresOn: string | null;
  readonly daysLeft: number | null;
  readonly scanSha256: string | null;
  readonly scanType: string | null;
  readonly scanBy: string | null;
  readonly registeredById: string;
  readonly registeredBy: string;
  readonly verifiedBy: string | null;
  readonly verifiedAt: Date | null;
  readonly verdictReason: string | null;
  readonly state: 'valid' | 'expiring' | 'expired' | 'unverified' | 'refused' | 'withdrawn';
}

/** The state of `c` today; what ended says so whether or not it was ever verified. */
const state = sql`CASE WHEN c.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN c.genuine = false THEN 'refused'
  WHEN c.expires_on <= (SELECT units.today()) THEN 'expired' WHEN c.genuine IS NULL THEN 'unverified'
  WHEN c.expires_on <= (SELECT units.today()) + 90 THEN 'expiring' ELSE 'valid' END`;
const columns = sql`c.id, c.person_id AS "personId", p.name AS "personName", c.unit_id AS "unitId",
  u.name AS "unitName", c.unit_path::text AS "unitPath", c.type, c.number, c.issuer, c.issued_on::text AS "issuedOn",
  c.expires_on::text AS "expiresOn", c.expires_on - (SELECT units.today()) AS "daysLeft",
  c.scan_sha256 AS "scanSha256", c.scan_type AS "scanType", c.scan_by AS "scanBy", c.registered_by AS "registeredById",
  c.registered_name AS "registeredBy", c.verified_name AS "verifiedBy", c.verified_at AS "verifiedAt",
  c.verdict_reason AS "verdictReason", ${state} AS state`;
const from = sql`units.certificate c JOIN units.person p ON p.id = c.person_id`;
const join = sql`LEFT JOIN units.unit u ON u.id = c.unit_id`;

export async function listCertificates(
  ctx: Ctx,
  query: ListQuery & {
    readonly personId?: string | undefined;
    readonly unitId?: string | undefined;
    readonly state?: string | undefined;
  },
): Promise<Page<CertificateRow>> {
  const where: RawBuilder<unknown>[] = [
    query.state === 'withdrawn' ? sql`true` : sql`c.withdrawn_at IS NULL`,
  ];
  if (query.personId) where.push(sql`c.person_id = ${query.personId}::uuid`);
  if (query.unitId) where.push(sql`c.unit_id = ${query.unitId}::uuid`);
  if (query.state) where.push(sql`${state} = ${query.state}`);
  if (query.q)
    where.push(sql`(p.name || ' ' || p.pinyin || ' ' || c.type || ' ' || c.number) ILIKE ${likeOf(query.q)}`);
  return pageOf<CertificateRow>(ctx, {
    columns,
    from,
    join,
    where: sql`${sql.join(where, sql` AND `)}`,
    orderBy: sql`c.expires_on NULLS LAST, c.id`,
    query,
  });
}

export async function findCertificate(ctx: Ctx, id: string): Promise<CertificateRow | undefined> {
  const { rows } =
    await sql<CertificateRow>`SELECT ${columns} FROM ${from} ${join} WHERE c.id = ${id}::uuid`.execute(
      ctx.db,
    );
  return rows[0];
}

export async function insertCertificate(
  ctx: Ctx,
  row: {
    personId: string;
    unitId: string;
    unitPath: string;
    type: string;
    number: string;
    issuer: string;
    issuedOn: string;
    expiresOn: string | null;
  },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO units.certificate (person_id, unit_id, unit_path, type, number,
      issuer, issued_on, expires_on, registered_by, registered_name)
    VALUES (${row.personId}::uuid, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.type}, ${row.number}, ${row.issuer},
      ${row.issuedOn}::date, ${row.expiresOn}::date, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

/** Stores which file is the scan; false when the certificate is verified or withdrawn. */
export async function setScan(
  ctx: Ctx,
  id: string,
  scan: { sha256: string; type: string; bytes: number },
): Promise<boolean> {
  const done = await sql`UPDATE units.certificate SET scan_sha256 = ${scan.sha256}, scan_type = ${scan.type},
      scan_bytes = ${scan.bytes}, scan_by = ${ctx.actor.id}
    WHERE id = ${id}::uuid AND verified_by IS NULL AND withdrawn_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Writes the verdict; false when there is one already. */
export async function setVerdict(
  ctx: Ctx,
  id: string,
  verdict: { genuine: boolean; reason: string | null },
): Promise<boolean> {
  const done =
    await sql`UPDATE units.certificate SET verified_by = ${ctx.actor.id}, verified_name = ${ctx.actor.name},
      verified_at = base.now(), genuine = ${verdict.genuine}, verdict_reason = ${verdict.reason}
    WHERE id = ${id}::uuid AND verified_by IS NULL AND withdrawn_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

export async function withdrawCertificate(ctx: Ctx, id: string, reason: string): Promise<boolean> {
  const done = await sql`UPDATE units.certificate SET withdrawn_at = base.now(), withdrawn_reason = ${reason}
    WHERE id = ${id}::uuid AND withdrawn_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Officers in post today: `a` of the administrator or security officer; certified by a verified paper that holds. */
const officers = sql`units.appointment a JOIN units.person p ON p.id = a.person_id
  JOIN units.unit u ON u.id = a.unit_id`;
const inOffice = sql`a.recorded_to IS NULL AND a.post IN ('network_admin', 'security_officer')
  AND a.starts_on <= (SELECT units.today()) AND coalesce(a.ends_on > (SELECT units.today()), true)`;
const certified = sql`EXISTS (SELECT FROM units.certificate c WHERE c.person_id = a.person_id AND c.genuine
  AND c.withdrawn_at IS NULL AND coalesce(c.expires_on > (SELECT units.today()), true))`;

export async function countCertificates(ctx: Ctx) {
  const papers = await sql<{ expiring: number; expired: number; unverified: number }>`SELECT
      count(*) FILTER (WHERE s = 'expiring') AS expiring, count(*) FILTER (WHERE s = 'expired') AS expired,
      count(*) FILTER (WHERE s = 'unverified') AS unverified
    FROM (SELECT ${state} AS s FROM units.certificate c WHERE c.withdrawn_at IS NULL) AS stated`.execute(
    ctx.db,
  );
  const people = await sql<{ officers: number; uncertified: number }>`SELECT count(*) AS officers,
      count(*) FILTER (WHERE NOT certified) AS uncertified
    FROM (SELECT ${certified} AS certified FROM units.appointment a WHERE ${inOffice}) AS office`.execute(
    ctx.db,
  );
  return { ...papers.rows[0]!, ...people.rows[0]! };
}

export async function listUncertified(ctx: Ctx, query: ListQuery & { readonly unitId?: string | undefined }) {
  const where = [inOffice, sql`NOT ${certified}`];
  if (query.unitId) where.push(sql`a.unit_id = ${query.unitId}::uuid`);
  if (query.q) where.push(sql`(p.name || ' ' || p.pinyin || ' ' || u.name) ILIKE ${likeOf(query.q)}`);
  return pageOf<{
    personId: string;
    personName: string;
    unitId: string;
    unitName: string;
    post: Post;
    startsOn: string;
  }>(ctx, {
    columns: sql`p.id AS "personId", p.name AS "personName", u.id AS "unitId", u.name AS "unitName",
      a.post::text AS post, a.starts_on::text AS "startsOn"`,
    from: officers,
    where: sql`${sql.join(where, sql` AND `)}`,
    orderBy: sql`a.unit_path, a.post, a.id`,
    query,
  });
}

export interface DueCertificate {
  readonly id: string;
  readonly personId: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly days: number;
  readonly expiresOn: string;
}

/**
 * Notes the steps before expiry that are reached and untold. Of several reached at once (the system was off, or the
 * paper was registered late) only the last is told; the earlier ones count as told.
 */
export async function takeDueReminders(ctx: Ctx, steps: readonly number[]): Promise<DueCertificate[]> {
  const { rows } = await sql<DueCertificate>`WITH reached AS (
      SELECT c.id, c.person_id, c.unit_id, c.unit_path, c.expires_on, s.days FROM units.certificate c
        CROSS JOIN unnest(${[...steps]}::int[]) AS s(days)
      WHERE c.withdrawn_at IS NULL AND c.genuine IS DISTINCT FROM false AND c.expires_on > units.today()
        AND c.expires_on - s.days <= units.today()),
    noted AS (INSERT INTO units.certificate_reminder (certificate_id, days, unit_path)
      SELECT id, days, unit_path FROM reached ON CONFLICT DO NOTHING RETURNING certificate_id, days)
    SELECT r.id, r.person_id AS "personId", r.unit_id AS "unitId", r.unit_path::text AS "unitPath", min(r.days) AS days,
      r.expires_on::text AS "expiresOn"
    FROM reached r JOIN noted n ON n.certificate_id = r.id AND n.days = r.days
    WHERE r.days = (SELECT min(m.days) FROM reached m WHERE m.id = r.id)
    GROUP BY r.id, r.person_id, r.unit_id, r.unit_path, r.expires_on ORDER BY r.id`.execute(ctx.db);
  return rows;
}

export interface CallRow {
  readonly id: string;
  readonly calledAt: Date;
  readonly phone: string;
  readonly result: 'reached' | 'no_answer' | 'wrong_person' | 'out_of_service';
  readonly answeredBy: string | null;
  readonly note: string | null;
  readonly by: string;
  readonly sameNumber: boolean;
}

export async function listCalls(ctx: Ctx, personId: string, query: ListQuery): Promise<Page<CallRow>> {
  return pageOf<CallRow>(ctx, {
    columns: sql`k.id, k.called_at AS "calledAt", k.phone, k.result, k.answered_by AS "answeredBy", k.note,
      k.caller_name AS by, k.phone IS NOT DISTINCT FROM p.phone AS "sameNumber"`,
    from: sql`units.call_back k JOIN units.person p ON p.id = k.person_id`,
    where: sql`k.person_id = ${personId}::uuid`,
    orderBy: sql`k.called_at DESC, k.id DESC`,
    query,
  });
}

/** Notes a call; `calledAt` null is now. Undefined: the time lies ahead of the database's clock. */
export async function insertCall(
  ctx: Ctx,
  row: {
    personId: string;
    unitId: string;
    unitPath: string;
    phone: string;
    calledAt: Date | null;
    result: CallRow['result'];
    answeredBy: string | null;
    note: string | null;
  },
): Promise<string | undefined> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO units.call_back (person_id, unit_id, unit_path, phone, called_at,
      result, answered_by, note, caller_id, caller_name, recorded_at)
    SELECT ${row.personId}::uuid, ${row.unitId}::uuid, ${row.unitPath}::ltree, ${row.phone},
      coalesce(${row.calledAt}::timestamptz, t.now), ${row.result}, ${row.answeredBy}, ${row.note}, ${ctx.actor.id},
      ${ctx.actor.name}, t.now
    FROM (SELECT base.now() AS now) AS t WHERE coalesce(${row.calledAt}::timestamptz <= t.now, true) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]?.id;
}

/** People in post (but for mere teachers) whom nobody reached by the number on file for `days`. */
export async function listCallsDue(
  ctx: Ctx,
  query: ListQuery & {
    readonly days: number;
    readonly unitId?: string | undefined;
    readonly post?: string | undefined;
  },
) {
  const held = (
    more: RawBuilder<unknown>,
  ) => sql`units.appointment a WHERE a.person_id = p.id AND a.recorded_to IS NULL
    AND a.post <> 'teacher' AND a.starts_on <= (SELECT units.today())
    AND coalesce(a.ends_on > (SELECT units.today()), true) AND ${more}`;
  const reached = sql`(SELECT max(k.called_at) FROM units.call_back k WHERE k.person_id = p.id AND k.result = 'reached'
    AND k.phone = p.phone)`;
  const where = [
    sql`p.merged_into IS NULL AND ${isInScope(ctx, sql`p.unit_path`)}
      AND EXISTS (SELECT FROM ${held(query.post ? sql`a.post = ${query.post}` : sql`true`)})
      AND coalesce(${reached} <= base.now() - make_interval(days => ${query.days}), true)`,
  ];
  if (query.unitId) where.push(sql`p.unit_id = ${query.unitId}::uuid`);
  if (query.q) where.push(sql`p.search LIKE lower(${likeOf(query.q)})`);
  return pageOf<{
    personId: string;
    personName: string;
    unitId: string;
    unitName: string;
    posts: Post[];
    phone: string | null;
    reachedAt: Date | null;
    lastCallAt: Date | null;
    lastResult: CallRow['result'] | null;
  }>(ctx, {
    columns: sql`p.id AS "personId", p.name AS "personName", p.unit_id AS "unitId", u.name AS "unitName", p.phone,
      array(SELECT a.post::text FROM ${held(sql`true`)} GROUP BY a.post ORDER BY units.post_rank(a.post)) AS posts,
      ${reached} AS "reachedAt", last.called_at AS "lastCallAt", last.result AS "lastResult"`,
    from: sql`units.person p`,
    join: sql`LEFT JOIN units.unit u ON u.id = p.unit_id LEFT JOIN LATERAL (SELECT k.called_at, k.result
      FROM units.call_back k WHERE k.person_id = p.id ORDER BY k.called_at DESC, k.id DESC LIMIT 1) AS last ON true`,
    where: sql`${sql.join(where, sql` AND `)}`,
    orderBy: sql`${reached} NULLS FIRST, p.unit_path, p.person_no`,
    query,
  });
}
