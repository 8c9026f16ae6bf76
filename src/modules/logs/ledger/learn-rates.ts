/** What is usual of each source, learned each night from the ledger; and what was usual kept with each day that is over. */
import { type App, type Ctx, systemActor } from '#base/app';
import { every } from '#base/jobs';
import { ledgerDays } from '../store/calendar.ts';
import * as rates from '../store/rates.ts';
import { addDays, dayOf, hourMs, hourOfWeek, learnRates, startOfDay } from './rules.ts';

const actor = systemActor('logs.learn');
const weeksLearned = 8;
const fewestWeeks = 2;
const sourcesAtOnce = 50;

/** At 01:40 in China: the day before is over, and late segments of it are mostly in. */
export const learnUsual = every('logs.learn-rates', '40 17 * * *', async (app: App) => {
  const today = dayOf(app.clock.now().getTime());
  for (let after = 0; ; ) {
    const ids = await app.run(actor, (ctx) =>
      rates.sourcesWithDays(ctx, addDays(today, -7 * weeksLearned), after, sourcesAtOnce),
    );
    if (ids.length === 0) return;
    await app.run(actor, async (ctx) => {
      // First: a day keeps what was usual before it was learned from.
      await rates.keepExpected(ctx, ids, today);
      for (const id of ids) await learnSource(ctx, id, today);
    });
    after = ids.at(-1)!;
  }
});

async function learnSource(ctx: Ctx, sourceId: number, today: string): Promise<void> {
  const first = addDays(today, -7 * weeksLearned);
  const days = await ledgerDays(ctx, [sourceId], first, addDays(today, -1));
  const oldest = days[0]?.day;
  if (oldest === undefined) return;
  const weeks: number[][] = [];
  for (let start = first; start < today; start = addDays(start, 7)) {
    if (start < oldest) continue;
    weeks.push(weekFrom(days, start));
  }
  if (weeks.length < fewestWeeks) return;
  await rates.saveRates(ctx, sourceId, learnRates(weeks), weeks.length);
}

/** Seven days from `start` as the 168 hours of a week from Monday. */
function weekFrom(days: readonly { day: string; received: number[] }[], start: string): number[] {
  const week = Array.from({ length: 168 }, () => 0);
  for (const { day, received } of days) {
    if (day < start || day >= addDays(start, 7)) continue;
    const from = startOfDay(day);
    for (const [hour, count] of received.entries()) week[hourOfWeek(from + hour * hourMs)] = count;
  }
  return week;
}
