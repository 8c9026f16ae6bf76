import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import type * as contract from '../contract.ts';
import * as store from '../store/calendar.ts';
import { type GapRow, gapsTouching } from '../store/gaps.ts';
import { type Standing, standingsOf } from '../store/standing.ts';
import { presentGap } from './present-gap.ts';
import { addDays, dayOf, dueIn, hourMs, startOfDay } from './rules.ts';
import { stateOf } from './rules-state.ts';

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
  const books = await openBooks(ctx, ids, span, window);
  const items = found.items.map((row) => ({
    sourceId: row.source_id,
    name: row.name,
    unitName: row.unit_name,
    format: row.format,
    openGaps: row.open_gaps,
    lost: row.lost,
    days: daysIn(span).map((day) => readDay(books, row.source_id, day, ctx.clock.now().getTime())),
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
  const window = { from: new Date(startOfDay(span.from)), to: new Date(startOfDay(addDays(span.to, 1))) };
  const books = await openBooks(ctx, [sourceId], span, window);
  if (!books.standings.has(sourceId)) fail('base.not_found', { what: `log source ${sourceId}` });
  const now = ctx.clock.now().getTime();
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
}

async function openBooks(
  ctx: Ctx,
  ids: readonly number[],
  span: Span,
  window: { from: Date; to: Date },
): Promise<Books> {
  const rows = await store.ledgerDays(ctx, ids, span.from, span.to);
  return {
    standings: await standingsOf(ctx, ids),
    days: new Map(rows.map((row) => [`${row.source_id} ${row.day}`, row])),
    gaps: await gapsTouching(ctx, ids, window.from, window.to),
  };
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
  return { day, ...figures, expected, state: stateOf(figures, touching(own, from, Math.min(to, now))) };
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
  const own = touching(gapsOf(books, sourceId), from, Math.min(to, now));
  return { day, hour, ...figures, expected, state: stateOf(figures, own) };
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
