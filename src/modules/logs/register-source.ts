import { X509Certificate } from 'node:crypto';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import type { newSource } from './contract.ts';
import { isZone } from './decoders/time.ts';
import * as catalogue from './store/catalogue.ts';
import { insertSource, type SourceValues } from './store/sources.ts';

type NewSource = z.output<typeof newSource>;

/**
 * Registers a log source under the caller's unit or one below it. Fails with `logs.unknown_zone`,
 * `logs.bad_certificate`, `logs.duplicate_source`, `logs.sender_taken`, or `base.not_found` for a unit out of reach.
 */
export async function registerSource(ctx: Ctx, input: NewSource): Promise<catalogue.SourceRow> {
  const values = await valuesOf(ctx, input);
  const id = await tellTaken(values, () => insertSource(ctx, values));
  await recordAudit(ctx, {
    action: 'logs.register_source',
    subject: `log_source:${id}`,
    unitPath: values.unit_path,
    after: values,
  });
  return (await catalogue.findSource(ctx, { id }))!;
}

/** What is kept of a new source. Checks zones, certificates and the unit. */
export async function valuesOf(ctx: Ctx, input: NewSource): Promise<SourceValues> {
  for (const zone of [input.zone, ...Object.values(input.fieldZones ?? {})]) demandZone(zone);
  return {
    name: input.name,
    unit_path: await pathOf(ctx, input.unitCode),
    format: input.format,
    realm: input.realm,
    zone: input.zone,
    lease_seconds: input.leaseSeconds ?? null,
    host: hostOf(input.host),
    fixed_year: input.fixedYear ?? null,
    tolerance_seconds: input.toleranceSeconds,
    senders: input.senders,
    certificates: fingerprintsOf(input.certificates ?? []),
    field_zones: input.fieldZones ?? {},
    expected_per_hour: input.expectedPerHour ?? null,
    // Logs of a school's public website are kept a year unless somebody says that this one is none.
    retention: input.retention ?? (input.format === 'access' ? 'school_site' : 'other'),
    note: input.note ?? '',
  };
}

/** Fails with `logs.unknown_zone`. */
export function demandZone(zone: string): void {
  if (!isZone(zone)) fail('logs.unknown_zone', { zone });
}

/** The path of a unit by its code, the caller's own without one. Fails with `base.not_found`. */
export async function pathOf(ctx: Ctx, code: string | undefined): Promise<string> {
  if (code === undefined) return ctx.actor.unitPath || (await catalogue.cityPath(ctx));
  const unit = await findUnit(ctx, { code });
  // A unit above the caller is visible, but not the caller's to give sources to.
  if (!unit || !isBelow(unit.unit_path, ctx.actor.scope)) fail('base.not_found', { what: `unit ${code}` });
  return unit.unit_path;
}

function isBelow(path: string, scope: string): boolean {
  return scope === '*' || path === scope || path.startsWith(`${scope}.`);
}

export function hostOf(host: string | null | undefined): string | null {
  return host ? host.toLowerCase() : null;
}

/** SHA-256 of each certificate, given as PEM or as that number itself. Fails with `logs.bad_certificate`. */
export function fingerprintsOf(certificates: readonly string[]): string[] {
  return [...new Set(certificates.map(fingerprintOf))];
}

function fingerprintOf(text: string, at: number): string {
  const bare = text.replace(/[\s:]/g, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(bare)) return bare;
  try {
    return new X509Certificate(text).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch (error) {
    return fail('logs.bad_certificate', { number: at + 1, field: 'certificates' }, error);
  }
}

/** Says which unique thing was taken: `logs.duplicate_source`, `logs.sender_taken`. */
export async function tellTaken<T>(values: SourceValues, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'source_name_key') fail('logs.duplicate_source', { name: values.name }, error);
    if (constraint === 'one_sender') {
      const senders = [...values.senders, ...values.certificates].join(', ');
      fail('logs.sender_taken', { senders }, error);
    }
    throw error;
  }
}
