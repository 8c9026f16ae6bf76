import canonicalize from 'canonicalize';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { findUnit } from '#units';
import { type RetentionStatement, retentionStatement } from '../contract.ts';
import { registeredKeys } from '../installation-keys.ts';
import { cityPath } from '../store/catalogue.ts';
import * as store from '../store/certificates.ts';
import { chainHeads, installationId } from '../store/chain-store.ts';
import { unitAtPath } from '../store/standing.ts';
import { signStatement } from './certificate-signature.ts';

const dayMs = 86_400_000;
const mostGaps = 500;
const basis =
  '《网络安全法》第二十三条（网络日志留存不少于六个月）；学校公共网站日志留存不少于一年（D27、D28、D31）';

/**
 * Issues a certificate for a unit and those below it and keeps it. Fails with `base.not_found` for a unit out of reach.
 * Returns the row as kept.
 */
export async function issueCertificate(
  ctx: Ctx,
  asked: { readonly unitId?: string | undefined; readonly unitCode?: string | undefined },
): Promise<store.CertificateRow> {
  const unit = await unitOf(ctx, asked);
  const keys = await registeredKeys(ctx);
  const statement = canonicalize(await statementOf(ctx, unit));
  if (statement === undefined) throw new TypeError('the statement has no canonical form');
  const row: store.CertificateRow = {
    id: newId(),
    unit_id: unit.id,
    unit_path: unit.unit_path,
    unit_name: unit.name,
    issued_by: ctx.actor.id,
    issued_name: ctx.actor.name,
    issued_at: ctx.clock.now(),
    statement,
    public_key: keys.publicPem,
    ...signStatement(statement, keys.privateKey),
  };
  await store.insertCertificate(ctx, row);
  await recordAudit(ctx, {
    action: 'logs.issue_certificate',
    subject: `log_certificate:${row.id}`,
    unitPath: row.unit_path,
    after: { unit: unit.name, sha256: row.sha256 },
  });
  return row;
}

interface Unit {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly unit_path: string;
}

async function unitOf(
  ctx: Ctx,
  { unitId, unitCode }: { unitId?: string | undefined; unitCode?: string | undefined },
): Promise<Unit> {
  const own = unitId === undefined && unitCode === undefined;
  const path = own ? ctx.actor.unitPath || (await cityPath(ctx)) : null;
  const id = unitId ?? (path === null ? undefined : (await unitAtPath(ctx, path))?.id);
  const unit =
    id !== undefined
      ? await findUnit(ctx, { id })
      : unitCode === undefined
        ? undefined
        : await findUnit(ctx, { code: unitCode });
  // A unit above the caller is visible, but what it holds is not the caller's to certify.
  const { scope } = ctx.actor;
  const isBelow =
    unit && (scope === '*' || unit.unit_path === scope || unit.unit_path.startsWith(`${scope}.`));
  return isBelow ? unit : fail('base.not_found', { what: `unit ${unitId ?? unitCode ?? ''}` });
}

async function statementOf(ctx: Ctx, unit: Unit): Promise<RetentionStatement> {
  const now = ctx.clock.now();
  const sources = await store.heldSources(ctx, unit.unit_path);
  const gaps = await store.heldGaps(ctx, unit.unit_path, mostGaps);
  const heads = await chainHeads(ctx);
  return retentionStatement.parse({
    version: 1,
    installation: await installationId(ctx),
    unit: { id: unit.id, code: unit.code, name: unit.name },
    issuedAt: now,
    issuedBy: ctx.actor.name,
    basis,
    sources: sources.map((source) => sourceFacts(source, now)),
    gaps,
    heads: heads.map(({ chain, chain_seq: chainSeq, link }) => ({ chain, chainSeq, link })),
  });
}

function sourceFacts(source: store.HeldSource, now: Date) {
  const daysHeld = source.oldest ? Math.floor((now.getTime() - source.oldest.getTime()) / dayMs) : 0;
  return {
    id: source.id,
    name: source.name,
    unitName: source.unit_name,
    format: source.format,
    dutyDays: source.duty_days,
    oldest: source.oldest,
    newest: source.newest,
    daysHeld,
    records: source.records,
    segments: source.segments,
    state: retentionStateOf(source, daysHeld),
    gaps: source.gaps,
    openGaps: source.open_gaps,
    lost: source.lost,
  };
}

function retentionStateOf(source: store.HeldSource, daysHeld: number) {
  const { oldest, first_ever: first, duty_days: duty } = source;
  if (!oldest) return first ? 'short' : 'none';
  if (daysHeld >= duty) return 'met';
  // Nothing was dropped since its first record: it is only younger than its duty.
  return first && oldest.getTime() <= first.getTime() ? 'growing' : 'short';
}
