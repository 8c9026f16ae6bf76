/** In which order questions are asked, and how many at once. Pure. */
import type { TraceQuestion } from '../engine/facts.ts';

type Asked = Pick<TraceQuestion, 'ip' | 'port' | 'at'>;

/** Lines of five days around each question are read: with so much of the time at once, most is read twice at the most. */
const bucketMs = 8 * 86_400_000;

/**
 * For each question its place: by about a week, then by address and port, as the log store is sorted. A thousand
 * neighbours touch a small part of it; a thousand in no order touch nearly all of it.
 */
export function placesOf(questions: readonly Asked[]): number[] {
  const places = questions.map(() => 0);
  const week = ({ at }: Asked) => Math.floor(at / bucketMs);
  const compare = (a: Asked, b: Asked) =>
    week(a) - week(b) ||
    (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0) ||
    (a.port ?? 0) - (b.port ?? 0) ||
    a.at - b.at;
  const sorted = questions.map((one, n) => ({ one, n })).sort((a, b) => compare(a.one, b.one));
  for (const [place, { n }] of sorted.entries()) places[n] = place;
  return places;
}

/** A question without a port reads the lines of every port of its address. */
const anyPort = 100;

/** The first of them that are asked together: `most`, fewer when they are heavy, but one always. */
export function batchOf<T extends { readonly question: Pick<Asked, 'port'> }>(
  rows: readonly T[],
  most: number,
): readonly T[] {
  let weight = 0;
  const end = rows.findIndex(({ question }) => {
    weight += question.port === null ? anyPort : 1;
    return weight > most;
  });
  return end < 0 ? rows : rows.slice(0, Math.max(1, end));
}
