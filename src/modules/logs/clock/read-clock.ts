/** What somebody read off a source's clock: the only measure of one whose logs come as files. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { lockedFacts } from '../change-source.ts';
import { looksLikeZone, type newClockReading } from '../contract.ts';
import { parseIso } from '../decoders/time.ts';
import * as store from '../store/clocks.ts';

/** Whoever compares may look at his own clock a little late. */
const aheadMs = 60_000;

/**
 * Keeps how far the display was from the right time. Fails with `base.not_found`, `logs.source_quarantined`,
 * `logs.clock_shown_unreadable`, `logs.clock_zone_differs`, `logs.clock_read_ahead` and `logs.clock_read_twice`.
 */
export async function readClock(
  ctx: Ctx,
  id: number,
  { shown, at: told, withinSeconds, note }: z.output<typeof newClockReading>,
): Promise<store.OffsetRow> {
  const source = await lockedFacts(ctx, id);
  // Nobody has said yet in which zone its times are.
  if (source.format === 'unknown') fail('logs.source_quarantined', { name: source.name });
  const at = new Date(told);
  const display = parseIso(shown, source.zone, at);
  if (display < 0) fail('logs.clock_shown_unreadable', { shown });
  if (at.getTime() > ctx.app.clock.now().getTime() + aheadMs)
    fail('logs.clock_read_ahead', { at: at.toISOString() });
  const offsetMs = display - at.getTime();
  // To take another zone for a wrong clock would move lines that write seconds of the epoch, too.
  if (looksLikeZone(offsetMs))
    fail('logs.clock_zone_differs', {
      hours: (Math.abs(offsetMs) / 3_600_000).toFixed(1),
      zone: source.zone,
    });
  const row = await store.insertReading(ctx, source, {
    at,
    offsetMs,
    // The display has whole seconds: what it shows is up to one second behind what it means.
    spreadMs: Math.round(withinSeconds * 1000) + 1000,
    note,
    toldBy: ctx.actor.name,
  });
  if (!row) fail('logs.clock_read_twice');
  await recordAudit(ctx, {
    action: 'logs.read_clock',
    subject: `log_source:${id}`,
    unitPath: source.unit_path,
    after: { name: source.name, shown, at, offsetMs: row.offsetMs, withinSeconds, note },
  });
  return row;
}

/** Takes a reading back. Fails with `base.not_found` when there is none that counts. */
export async function withdrawReading(
  ctx: Ctx,
  { id, reading }: { readonly id: number; readonly reading: number },
  reason: string,
): Promise<store.OffsetRow> {
  const source = await lockedFacts(ctx, id);
  const row = await store.withdrawReading(ctx, id, reading);
  if (!row) fail('base.not_found', { what: `clock reading ${reading}` });
  await recordAudit(ctx, {
    action: 'logs.withdraw_clock_reading',
    subject: `log_source:${id}`,
    unitPath: source.unit_path,
    before: { at: row.at, offsetMs: row.offsetMs, note: row.note },
    after: { reason },
  });
  return row;
}
