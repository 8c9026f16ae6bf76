/**
 * Filing numbers that a page shows, wherever in it and however long it is: footers stand at the end. Pure; runs in the
 * confined process. The text comes in pieces and is looked at in windows, so that nothing grows with the page.
 */
import { findFilingNumbers } from '#scan';

export interface ShownFiling {
  readonly kind: 'icp' | 'police';
  /** In one spelling, as `findFilingNumbers` of `scan` gives it. */
  readonly number: string;
  /** Where the link on the number leads; null without one. */
  readonly link: string | null;
}

const WINDOW = 16_384;
/** Longer than any spelling of a number: one that begins in the last characters is read with the next window. */
const LAP = 200;
/** So many from each end of the page: a footer's is not pushed out by a list of the numbers of others. */
const KEPT = 10;
/** Cheaper than the reading itself, and never false where that finds something. */
const MARK = /[pPｐＰ][\s\u200b-\u200d]{0,4}[备備证證]|安[\s\u200b-\u200d]{0,4}[备備]/;

interface Anchor {
  readonly start: number;
  /** Open as long as it is infinite. */
  end: number;
  readonly href: string;
}

export function createFilingReader() {
  const first: ShownFiling[] = [];
  const last: ShownFiling[] = [];
  const known = new Set<string>();
  let text = '';
  // Asked of the string itself, every border would copy the whole window.
  let isAtGap = true;
  let anchors: Anchor[] = [];

  const note = (filing: ShownFiling) => {
    const key = `${filing.number}\n${filing.link ?? ''}`;
    if (first.length < KEPT) {
      if (!known.has(key)) first.push(filing);
      known.add(key);
      return;
    }
    if (known.has(key)) return;
    last.push(filing);
    if (last.length > KEPT) last.shift();
  };
  /** Reads what begins before `until` and forgets what lies before it. */
  const read = (until: number) => {
    if (MARK.test(text)) {
      for (const { kind, number, start, end } of findFilingNumbers(text)) {
        if (start >= until) continue;
        const anchor = anchors.find((one) => one.start < end && one.end > start);
        note({ kind, number, link: anchor?.href ?? null });
      }
    }
    text = text.slice(until);
    anchors = anchors
      .filter(({ end }) => end > until)
      .map((one) => ({ ...one, start: one.start - until, end: one.end - until }));
  };
  return {
    text: (piece: string) => {
      if (piece !== '') isAtGap = false;
      for (let at = 0; at < piece.length; at += WINDOW) {
        text += piece.slice(at, at + WINDOW);
        if (text.length > 2 * WINDOW) read(text.length - LAP);
      }
    },
    /** A border of blocks: a number may go on behind it, a digit before it is not part of one after it. */
    gap: () => {
      if (!isAtGap) text += '\n';
      isAtGap = true;
    },
    openLink: (href: string) => {
      anchors.push({ start: text.length, end: Number.POSITIVE_INFINITY, href });
    },
    closeLink: () => {
      const open = anchors.at(-1);
      if (!open || open.end !== Number.POSITIVE_INFINITY) return;
      open.end = text.length;
      if (open.end === open.start) anchors.pop();
    },
    result: (): ShownFiling[] => {
      read(text.length);
      const seen = new Set(last.map((one) => `${one.number}\n${one.link ?? ''}`));
      const later = [...seen].map(
        (key) => last.findLast((one) => `${one.number}\n${one.link ?? ''}` === key)!,
      );
      return [...first, ...later];
    },
  };
}
