import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { carrySourceJob } from './carry-source.ts';
import { lockedFacts } from './change-source.ts';
import type { newSource } from './contract.ts';
import { startRedecode } from './redecode.ts';
import { tellTaken, valuesOf } from './register-source.ts';
import { othersName, quarantinedSender, senderParts } from './rules.ts';
import { updateSource } from './store/sources.ts';

/** A segment that was being sealed while its source changed owner is registered by then. */
const stragglersMs = 60_000;

/**
 * Makes a quarantined sender a source, known by that sender and what else is given. It keeps its number, so that every
 * link of the chain stays true; what it sent goes along to the new owner and is read. Fails like a registration, and
 * with `logs.not_quarantined` and `logs.adopt_others`.
 */
export async function adoptSource(ctx: Ctx, id: number, input: z.output<typeof newSource>): Promise<void> {
  const before = await lockedFacts(ctx, id);
  if (before.format !== 'unknown') fail('logs.not_quarantined', { name: before.name });
  if (before.name === othersName) fail('logs.adopt_others');
  if (before.retired) fail('logs.source_retired', { name: before.name });
  const own = senderParts(quarantinedSender(before.name));
  const values = await valuesOf(ctx, {
    ...input,
    senders: [...new Set([...input.senders, ...own.senders])],
    certificates: [...new Set([...(input.certificates ?? []), ...own.certificates])],
  });
  await tellTaken(values, () => updateSource(ctx, id, values, true));
  await recordAudit(ctx, {
    action: 'logs.adopt_source',
    subject: `log_source:${id}`,
    unitPath: values.unit_path,
    before: { name: before.name, records: before.records },
    after: values,
  });
  await ctx.enqueue(carrySourceJob, { sourceId: id }, { key: `logs.carry:${id}` });
  const later = new Date(ctx.clock.now().getTime() + stragglersMs);
  await ctx.enqueue(carrySourceJob, { sourceId: id }, { key: `logs.carry-late:${id}`, runAt: later });
  await readEarlierLines(ctx, id);
}

/** Nothing sealed yet, or a template that is still to be written: there is nothing to read now. */
async function readEarlierLines(ctx: Ctx, id: number): Promise<void> {
  try {
    await startRedecode(ctx, id, false);
  } catch (error) {
    if (isAppError(error, 'logs.nothing_to_redecode') || isAppError(error, 'logs.nobody_reads')) return;
    throw error;
  }
}
