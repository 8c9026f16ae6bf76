/** Text that was read out of a source, with the way back: which units of the source each unit came from. */

/** What collects text in pieces and remembers where each came from. */
export interface MappedText {
  /** Appends source units as they are: text offset and source offset advance together. */
  addPlain(text: string, from: number): void;
  /** Appends units that stand for the source range [from, to): an entity, an escape. */
  addDecoded(text: string, from: number, to: number): void;
  /** Units so far. */
  length(): number;
  /** Pieces so far, and what was added behind so many of them. */
  pieces(): number;
  textBehind(pieces: number): string;
  /** Closes the collection. */
  finish(): { text: string; locate: (start: number, end: number) => [start: number, end: number] };
}

/** Creates an empty collection. */
export function createMappedText(): MappedText {
  const parts: string[] = [];
  const starts: number[] = [];
  const sources: number[] = [];
  /** End of the source range of a decoded piece; -1 for a plain one. */
  const ends: number[] = [];
  let length = 0;
  const add = (text: string, from: number, to: number) => {
    if (text === '') return;
    const last = starts.length - 1;
    const follows =
      to === -1 && last >= 0 && ends[last] === -1 && sources[last]! + length - starts[last]! === from;
    if (!follows) {
      starts.push(length);
      sources.push(from);
      ends.push(to);
    }
    parts.push(text);
    length += text.length;
  };
  return {
    addPlain: (text, from) => add(text, from, -1),
    addDecoded: (text, from, to) => add(text, from, to),
    length: () => length,
    pieces: () => parts.length,
    textBehind: (pieces) => (parts.length === pieces + 1 ? parts[pieces]! : parts.slice(pieces).join('')),
    finish: () => ({
      text: parts.join(''),
      locate: (start, end) => {
        if (starts.length === 0) return [0, 0];
        const first = pieceAt(starts, start);
        const from = ends[first] === -1 ? sources[first]! + start - starts[first]! : sources[first]!;
        const last = pieceAt(starts, Math.max(start, end - 1));
        const to = ends[last] === -1 ? sources[last]! + end - starts[last]! : ends[last]!;
        return [from, Math.max(from, to)];
      },
    }),
  };
}

function pieceAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
