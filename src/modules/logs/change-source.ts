import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { carrySourceJob } from './carry-source.ts';
import type { sourceChange } from './contract.ts';
import { demandZone, fingerprintsOf, hostOf, pathOf, tellTaken } from './register-source.ts';
import * as sources from './store/sources.ts';

type Change = z.output<typeof sourceChange>;

/**
 * Changes a source in use. What is not named stays. A new owner takes along what the source has sent. Lines already
 * indexed keep the reading of their time until they are read again. Fails like a registration, and with
 * `logs.source_quarantined` and `logs.source_retired`.
 */
export async function changeSource(ctx: Ctx, id: number, change: Change): Promise<void> {
  const before = await lockedFacts(ctx, id);
  if (before.format === 'unknown') fail('logs.source_quarantined', { name: before.name });
  if (before.retired) fail('logs.source_retired', { name: before.name });
  const kept = valuesOfFacts(before);
  const values = await changed(ctx, kept, change);
  await tellTaken(values, () => sources.updateSource(ctx, id, values));
  await recordAudit(ctx, {
    action: 'logs.change_source',
    subject: `log_source:${id}`,
    unitPath: values.unit_path,
    before: kept,
    after: values,
  });
  if (values.unit_path !== kept.unit_path)
    await ctx.enqueue(carrySourceJob, { sourceId: id }, { key: `logs.carry:${id}` });
}

async function changed(ctx: Ctx, kept: sources.SourceValues, change: Change): Promise<sources.SourceValues> {
  for (const zone of [change.zone, ...Object.values(change.fieldZones ?? {})]) if (zone) demandZone(zone);
  const given: Partial<sources.SourceValues> = {
    name: change.name,
    format: change.format,
    unit_path: change.unitCode === undefined ? undefined : await pathOf(ctx, change.unitCode),
    realm: change.realm,
    zone: change.zone,
    lease_seconds: change.leaseSeconds,
    host: change.host === undefined ? undefined : hostOf(change.host),
    fixed_year: change.fixedYear,
    tolerance_seconds: change.toleranceSeconds,
    senders: change.senders,
    certificates: change.certificates && fingerprintsOf(change.certificates),
    field_zones: change.fieldZones,
    expected_per_hour: change.expectedPerHour,
    retention: change.retention,
    note: change.note,
  } as Partial<sources.SourceValues>;
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...kept, ...Object.fromEntries(named) };
}

/** Ends a source, or dismisses a quarantined sender. Fails with `logs.source_retired` when that was done before. */
export async function retireSource(ctx: Ctx, id: number, reason: string): Promise<void> {
  const before = await lockedFacts(ctx, id);
  if (before.retired) fail('logs.source_retired', { name: before.name });
  await sources.setRetired(ctx, id, true);
  await recordAudit(ctx, {
    action: 'logs.retire_source',
    subject: `log_source:${id}`,
    unitPath: before.unit_path,
    after: { name: before.name, reason },
  });
}

/** Takes it into use again. Fails with `logs.source_in_use` and `logs.sender_taken`. */
export async function resumeSource(ctx: Ctx, id: number): Promise<void> {
  const before = await lockedFacts(ctx, id);
  if (!before.retired) fail('logs.source_in_use', { name: before.name });
  await tellTaken(valuesOfFacts(before), () => sources.setRetired(ctx, id, false));
  await recordAudit(ctx, {
    action: 'logs.resume_source',
    subject: `log_source:${id}`,
    unitPath: before.unit_path,
    after: { name: before.name },
  });
}

/** The source, locked until the transaction ends. Fails with `base.not_found`. */
export async function lockedFacts(ctx: Ctx, id: number): Promise<sources.SourceFacts> {
  await sources.lockSource(ctx, id);
  return (await sources.findSourceFacts(ctx, id)) ?? fail('base.not_found', { what: `log source ${id}` });
}

function valuesOfFacts(row: sources.SourceFacts): sources.SourceValues {
  return {
    name: row.name,
    unit_path: row.unit_path,
    format: row.format,
    realm: row.realm,
    zone: row.zone,
    lease_seconds: row.lease_seconds,
    host: row.host,
    fixed_year: row.fixed_year,
    tolerance_seconds: Number(row.tolerance_seconds),
    senders: row.senders,
    certificates: row.certificates,
    field_zones: row.field_zones,
    expected_per_hour: row.expected_per_hour,
    retention: row.retention,
    note: row.note,
  };
}
