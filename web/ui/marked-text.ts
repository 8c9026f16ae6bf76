/** A place in a text: UTF-16 offsets, `end` exclusive. */
export interface TextMark {
  readonly start: number;
  readonly end: number;
}

export interface Piece {
  readonly start: number;
  readonly text: string;
  readonly marked: boolean;
}

/**
 * Cuts `text` into marked and plain pieces, keeping `around` characters before the first and after the last
 * mark. Overlapping marks are joined; marks outside the text are cut to it or dropped.
 */
export function cutAround(text: string, marks: readonly TextMark[], around: number): Piece[] {
  const places = joinMarks(marks, text.length);
  const first = places[0];
  const last = places.at(-1);
  if (first === undefined || last === undefined) return plain(text, 0, Math.min(text.length, around * 2));
  const pieces: Piece[] = [];
  let at = Math.max(0, first.start - around);
  for (const place of places) {
    pieces.push(...plain(text, at, place.start));
    pieces.push({ start: place.start, text: text.slice(place.start, place.end), marked: true });
    at = place.end;
  }
  pieces.push(...plain(text, at, Math.min(text.length, last.end + around)));
  return pieces;
}

function joinMarks(marks: readonly TextMark[], length: number): TextMark[] {
  const joined: TextMark[] = [];
  const sorted = marks
    .map(({ start, end }) => ({ start: Math.max(0, start), end: Math.min(length, end) }))
    .filter(({ start, end }) => end > start)
    .sort((a, b) => a.start - b.start);
  for (const mark of sorted) {
    const previous = joined.at(-1);
    if (previous !== undefined && mark.start <= previous.end) {
      joined[joined.length - 1] = { start: previous.start, end: Math.max(previous.end, mark.end) };
    } else {
      joined.push(mark);
    }
  }
  return joined;
}

function plain(text: string, start: number, end: number): Piece[] {
  return end > start ? [{ start, text: text.slice(start, end), marked: false }] : [];
}

/**
 * Where a finding's text stands in its context: the exact occurrence nearest to the middle, because a context
 * is cut evenly around its match. No mark when the text (rewritten by a view, say) is not in it.
 */
export function marksInContext(context: string, text: string): TextMark[] {
  if (text === '') return [];
  const middle = (context.length - text.length) / 2;
  let best: number | undefined;
  for (let at = context.indexOf(text); at >= 0; at = context.indexOf(text, at + 1)) {
    if (best === undefined || Math.abs(at - middle) < Math.abs(best - middle)) best = at;
  }
  return best === undefined ? [] : [{ start: best, end: best + text.length }];
}
