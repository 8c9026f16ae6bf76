import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import type * as contract from '../contract.ts';
import * as store from '../store/calendar.ts';
import { type GapRow, gapsTouching } from '../store/gaps.ts';
import { type Standing, standingsOf } from '../store/standing.ts';
import { presentGap } from './present-gap.ts';
import { isKnown, silenceRule } from './rely-on.ts';
import { addDays, dayOf, dueIn, hourMs, hourOf, startOfDay } from './rules.ts';
import { stateOf } from './rules-state.ts';
import { type Silence, silencesIn } from './silent-hours.ts';

const mostDays = 62;
const usualDays = 28;

interface Span {
  readonly from: string;
  readonly to: string;
}

/** The days asked for. Fails with `logs.bad_range` and `logs.too_many_days`. */
function spanOf(ctx: Ctx, asked: { from?: string | undefined; to?: string | undefined }): Span {
  const to = asked.to ?? dayOf(ctx.clock.now().getTime());
  const from = asked.from ?? addDays(to, 1 - usualDays);
  if (from > to) fail('logs.bad_range');
  if (addDays(from, mostDays) <= to) fail('logs.too_many_days', { most: mostDays });
  return { from, to };
}

function daysIn({ from, to }: Span): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Sources × days, the worst sources first. */
export async function readCalendar(ctx: Ctx, query: z.output<NonNullable<typeof contract.calendar.query>>) {
  const span = spanOf(ctx, query);
  const window = { from: new Date(startOfDay(span.from)), to: new Date(startOfDay(addDays(span.to, 1))) };
  const unit = query.unitId === undefined ? null : await findUnit(ctx, { id: query.unitId });
  if (unit === undefined) fail('base.not_found', { what: `unit ${query.unitId}` });
  const { page, pageSize, q } = query;
  const found = await store.calendarSources(ctx, { page, pageSize, q, ...window, unitPath: unit?.unit_path });
  const ids = found.items.map((row) => row.source_id);
  const now = ctx.clock.now().getTime();
  const books = await openBooks(ctx, ids, span, now);
  const items = found.items.map((row) => ({
    sourceId: row.source_id,
    name: row.name,
    unitName: row.unit_name,
    format: row.format,
    openGaps: row.open_gaps,
    lost: row.lost,
    days: daysIn(span).map((day) => readDay(books, row.source_id, day, now)),
  }));
  return { ...found, items, ...span };
}

/** The hours of one source. Fails with `base.not_found`. */
export async function readSourceLedger(
  ctx: Ctx,
  sourceId: number,
  asked: { from?: string | undefined; to?: string | undefined },
) {
  const span = spanOf(ctx, asked);
  const now = ctx.clock.now().getTime();
  const books = await openBooks(ctx, [sourceId], span, now);
  if (!books.standings.has(sourceId)) fail('base.not_found', { what: `log source ${sourceId}` });
  const hours = daysIn(span).flatMap((day) =>
    Array.from({ length: 24 }, (_, hour) => readHour(books, sourceId, day, hour, now)),
  );
  const gaps = gapsOf(books, sourceId);
  const learned = await store.learnedOf(ctx, sourceId);
  return { ...span, hours, gaps: gaps.map(presentGap), learnedWeeks: learned?.weeks ?? 0 };
}

interface Books {
  readonly standings: ReadonlyMap<number, Standing>;
  readonly days: ReadonlyMap<string, store.DayRow>;
  readonly gaps: readonly GapRow[];
  /** By source; none of a source of which nothing is learned or agreed. */
  readonly silences: ReadonlyMap<number, readonly Silence[]>;
}

async function openBooks(ctx: Ctx, ids: readonly number[], span: Span, now: number): Promise<Books> {
  const end = startOfDay(addDays(span.to, 1));
  const days = await store.ledgerDays(ctx, ids, span.from, span.to);
  const standings = await standingsOf(ctx, ids);
  const gaps = await gapsTouching(ctx, ids, new Date(startOfDay(span.from)), new Date(end));
  const heard = hoursOf([...(await store.lastDaysBefore(ctx, ids, span.from)), ...days]);
  const waiting = await store.waitingSince(ctx, ids);
  const silences = new Map<number, readonly Silence[]>();
  for (const [id, standing] of standings) {
    if (!isJudged(standing)) continue;
    const until = [end, now, standing.retired?.getTime(), waiting.get(id)?.getTime()];
    const known = until.filter((one) => one !== undefined);
    const found = silencesIn(heard.get(id) ?? [], Math.min(...known), silenceRule(standing));
    silences.set(
      id,
      found.filter((one) => !isAnswered(one, id, gaps)),
    );
  }
  return {
    standings,
    days: new Map(days.map((row) => [`${row.source_id} ${row.day}`, row])),
    gaps,
    silences,
  };
}

/** Who sends only now and then has agreed to no rhythm, and from the unlearned nothing is due. */
function isJudged(standing: Standing | undefined): standing is Standing {
  return isKnown(standing) && !standing.quiet;
}

/** Numbers of the hours in which anything came, ascending, by source. */
function hoursOf(
  days: readonly { readonly source_id: number; readonly day: string; readonly received: readonly number[] }[],
): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { source_id, day, received } of days) {
    const list = found.get(source_id) ?? [];
    found.set(source_id, list);
    const first = hourOf(startOfDay(day));
    for (const [hour, count] of received.entries()) if (count > 0) list.push(first + hour);
  }
  return found;
}

function isAnswered({ from, to }: Silence, sourceId: number, gaps: readonly GapRow[]): boolean {
  return gaps.some(
    (gap) =>
      gap.source_id === sourceId &&
      gap.proof === 'silence' &&
      gap.accepted === true &&
      (to === null || gap.began.getTime() < to) &&
      (gap.ended === null || gap.ended.getTime() > from),
  );
}

/** A file that nobody has brought yet is no silence of the days after it. */
function isSilent({ silences, standings }: Books, sourceId: number, from: number, to: number): boolean {
  const isLive = standings.get(sourceId)?.last_live != null;
  return (silences.get(sourceId) ?? []).some(
    (one) => one.from < to && (one.to ?? Infinity) > from && (one.to !== null || isLive || one.from >= from),
  );
}

/** A restart is over sooner; it is told of an hour but colours no day of a whole city. */
const shortCollectorGapMs = 120_000;

function gapsOf({ gaps, standings }: Books, sourceId: number, leastMs = 0): GapRow[] {
  const isLive = standings.get(sourceId)?.last_live != null;
  return gaps.filter((gap) => {
    if (gap.source_id !== null) return gap.source_id === sourceId;
    const lasted = (gap.ended?.getTime() ?? Number.POSITIVE_INFINITY) - gap.began.getTime();
    return isLive && (gap.proof !== 'collector' || lasted >= leastMs);
  });
}

const figureNames = ['received', 'parsed', 'ignored', 'unparsable', 'lost'] as const;

function readDay(books: Books, sourceId: number, day: string, now: number) {
  const row = books.days.get(`${sourceId} ${day}`);
  const sum = (name: (typeof figureNames)[number]) => row?.[name].reduce((total, n) => total + n, 0) ?? 0;
  const from = startOfDay(day);
  const to = startOfDay(addDays(day, 1));
  const own = gapsOf(books, sourceId, shortCollectorGapMs);
  const figures = Object.fromEntries(figureNames.map((name) => [name, sum(name)])) as Record<
    (typeof figureNames)[number],
    number
  >;
  const expected = row?.expected
    ? row.expected.reduce((total, n) => total + n, 0)
    : dueOf(books.standings.get(sourceId), from, Math.min(to, now));
  return {
    day,
    ...figures,
    expected,
    state: stateIn(books, sourceId, figures, own, { from, to: Math.min(to, now) }),
  };
}

function readHour(books: Books, sourceId: number, day: string, hour: number, now: number) {
  const row = books.days.get(`${sourceId} ${day}`);
  const from = startOfDay(day) + hour * hourMs;
  const to = from + hourMs;
  const figures = Object.fromEntries(figureNames.map((name) => [name, row?.[name][hour] ?? 0])) as Record<
    (typeof figureNames)[number],
    number
  >;
  const expected = row?.expected?.[hour] ?? dueOf(books.standings.get(sourceId), from, Math.min(to, now));
  const own = gapsOf(books, sourceId);
  const state = stateIn(books, sourceId, figures, own, { from, to: Math.min(to, now) });
  return { day, hour, ...figures, expected, state };
}

function stateIn(
  books: Books,
  sourceId: number,
  figures: Readonly<Record<(typeof figureNames)[number], number>>,
  gaps: readonly GapRow[],
  { from, to }: { readonly from: number; readonly to: number },
) {
  return stateOf({
    ...figures,
    gaps: touching(gaps, from, to),
    isSilent: isSilent(books, sourceId, from, to),
    isKnown: isJudged(books.standings.get(sourceId)),
  });
}

function dueOf(standing: Standing | undefined, from: number, to: number): number | null {
  if (to <= from) return null;
  return dueIn(from, to, standing?.usual ?? null, standing?.expected_per_hour ?? null);
}

function touching(gaps: readonly GapRow[], from: number, to: number): GapRow[] {
  return gaps.filter(
    ({ began, ended }) => began.getTime() < to && (ended?.getTime() ?? Number.POSITIVE_INFINITY) > from,
  );
}
