import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import type { newSource } from './contract.ts';
import { isZone } from './decoders/time.ts';
import * as catalogue from './store/catalogue.ts';

/**
 * Registers a log source under the caller's unit or one below it. Fails with `logs.unknown_zone`,
 * `logs.duplicate_source`, `logs.sender_taken`, or `base.not_found` for a unit out of reach.
 */
export async function registerSource(
  ctx: Ctx,
  input: z.output<typeof newSource>,
): Promise<catalogue.SourceRow> {
  if (!isZone(input.zone)) fail('logs.unknown_zone', { zone: input.zone });
  const unitPath = await pathOf(ctx, input.unitCode);
  const id = await insert(ctx, input, unitPath);
  await recordAudit(ctx, {
    action: 'logs.register_source',
    subject: `log_source:${id}`,
    unitPath,
    after: input,
  });
  return (await catalogue.findSource(ctx, { id }))!;
}

async function pathOf(ctx: Ctx, code: string | undefined): Promise<string> {
  if (code === undefined) return ctx.actor.unitPath || (await catalogue.cityPath(ctx));
  const unit = await findUnit(ctx, { code });
  // A unit above the caller is visible, but not the caller's to give sources to.
  if (!unit || !isBelow(unit.unit_path, ctx.actor.scope)) fail('base.not_found', { what: `unit ${code}` });
  return unit.unit_path;
}

function isBelow(path: string, scope: string): boolean {
  return scope === '*' || path === scope || path.startsWith(`${scope}.`);
}

async function insert(ctx: Ctx, input: z.output<typeof newSource>, unitPath: string): Promise<number> {
  try {
    return await catalogue.insertSource(ctx, {
      name: input.name,
      unit_path: unitPath,
      format: input.format,
      realm: input.realm,
      zone: input.zone,
      lease_seconds: input.leaseSeconds ?? null,
      host: input.host?.toLowerCase() ?? null,
      fixed_year: input.fixedYear ?? null,
      tolerance_seconds: input.toleranceSeconds,
      senders: [...input.senders],
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'source_name_key') fail('logs.duplicate_source', { name: input.name }, error);
    if (constraint === 'one_sender') fail('logs.sender_taken', { senders: input.senders.join(', ') }, error);
    throw error;
  }
}
