/** Addresses, ports and times that a space or the end of a line has cut. Both readings are kept, none is chosen. Pure. */
import { findEnds, findPorts } from './read-ends.ts';
import { findTimes } from './read-when.ts';

export interface TextLine {
  readonly number: number;
  readonly text: string;
  /** As it is written, with the ends of lines that were taken out. */
  readonly quote: string;
  /** Where digits that stand on both sides of a cut were put together, or (as written) where they are cut. */
  readonly cuts: readonly number[];
}

/** A number behind a cut that begins something of its own: a time, a date, a count. */
const ownBeginning =
  /^(?:\d{1,4}\s*[年月日号时点時分秒次个台条人名家天]|(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|\d{1,4}[-/]\d|\d{4}\.\d{1,2}\.\d{1,2}(?![\d.])|\d{1,2} [A-Z][a-z]{2}\b)/;
const numbered = /^\s*[(]?(\d{1,3})[、.)]/;

/** `1、…` and below it `2、…`: the number of a list is not the rest of what stands above. */
function isNextOfList(head: string, tail: string): boolean {
  const [, here] = numbered.exec(head) ?? [];
  const [, next] = numbered.exec(tail) ?? [];
  return here !== undefined && Number(next) === Number(here) + 1;
}

/** No address, port or time is longer. */
const reach = 80;

/** Whether an address or a port goes over the cut when head and tail are put together. */
function isAddressOver(head: string, tail: string): boolean {
  if (ownBeginning.test(tail) || (/^[a-z]/i.test(tail) && !/^[a-f]+\d/i.test(tail) && !/[.:]$/.test(head)))
    return false;
  const whole = head + tail;
  const cut = head.length;
  const isOver = findEnds(whole).some(({ at, end, ip, fault }) => {
    if (fault === 'bad_port' || at >= cut || cut >= end) return false;
    // An address of its own behind the cut: `…:22` above `203.0.113.8:22`, or the number of a row before it.
    const isApart = findEnds(tail)[0]?.at === 0;
    return !isApart || (cut < at + ip.length && !/^\s*\d{1,4}$/.test(head));
  });
  return isOver || findPorts(whole).some((one) => one.fault === null && one.at < cut && cut < one.end);
}

/** Whether the end of a line and the beginning of the next are one address, port or time. */
function isOneThing(line: string, next: string): boolean {
  const [head, tail] = [line.slice(-reach), next.slice(0, reach)];
  const isDigits = /[0-9a-f]$/i.test(head) && /^[0-9a-f]/i.test(tail);
  const mayBe = isDigits || /[.:]$/.test(head) || /^[.:]/.test(tail);
  if (mayBe && !isNextOfList(line, next)) {
    if (isAddressOver(head, tail)) return true;
    // Half of an address: the next line goes on with it.
    const isHalf = /(?<![\w.])\d{1,3}\.\d{1,3}\.(?:\d{1,3}\.)?$/.test(head);
    if (isHalf && /^\d{1,3}(?:\.|[^\w.]|$)/.test(tail)) return true;
  }
  return findTimes(head + tail).some(
    ({ at, length, epoch, isWrong }) =>
      epoch === null && !isWrong && at < head.length && head.length < at + length,
  );
}

/** Whether the cut goes through digits: then both readings may be meant. */
function isHard(head: string, tail: string): boolean {
  if (/^[0-9a-f.:]/i.test(tail) && /[0-9a-f]$/i.test(head)) return true;
  return /[.:]$/.test(head) && /^[0-9a-f]/i.test(tail) && !/[^0-9a-f.:\]]:$/i.test(head);
}

/** A line from which spaces are taken, and where each of its characters stood. */
class Shrinking {
  line: string;
  readonly cuts: number[] = [];
  readonly marks: number[] = [];
  #origin: number[] | undefined;

  constructor(line: string) {
    this.line = line;
  }

  take(at: number, length: number): void {
    this.#origin ??= Array.from(this.line, (_, index) => index);
    this.marks.push(this.#origin[at]!);
    this.#origin.splice(at, length);
    this.line = this.line.slice(0, at) + this.line.slice(at + length);
    for (const [n, cut] of this.cuts.entries()) if (cut > at) this.cuts[n] = cut - length;
    this.cuts.push(at);
  }
}

/** `203. 0. 113. 130`: no part of it is an address before all its spaces are gone. */
const loose = /(?<![\w.:])\d{1,3}(?: ?\. ?\d{1,3}){3}(?![\w]|\.\d)/g;

const mostGaps = 60;

/** One line without the spaces inside its addresses and ports. */
function joinSpaces(text: string): Shrinking {
  const made = new Shrinking(text);
  for (const [match] of text.matchAll(loose)) {
    if (!match.includes(' ') || findEnds(match.replaceAll(' ', '')).length === 0) continue;
    const from = made.line.indexOf(match);
    for (let at = made.line.indexOf(' ', from), left = match.split(' ').length - 1; left > 0; left -= 1) {
      made.take(at, 1);
      at = made.line.indexOf(' ', at);
    }
  }
  const gap = /(?<=[0-9a-f.:]) +(?=[0-9a-f.:])/gi;
  // Where no dot, colon or port is near, there is no address; a line with more of them is no letter's.
  let left = mostGaps;
  for (let match = gap.exec(made.line); match && left > 0; match = gap.exec(made.line)) {
    const near = made.line.slice(Math.max(0, match.index - 24), match.index + 24);
    if (!/\d\.\d|:|口|port/i.test(near)) continue;
    left -= 1;
    const head = made.line.slice(0, match.index);
    const tail = made.line.slice(match.index + match[0].length);
    const isColon = head.endsWith(':') || tail.startsWith(':');
    // `203.0.113.7: 51234` is whole on both sides.
    const isWhole =
      isColon && /^:?\d{4,5}(?!\d)/.test(tail) && findEnds(head.slice(-reach).replace(/:$/, '')).length > 0;
    if (isWhole || !isHard(head, tail) || !isAddressOver(head.slice(-reach), tail.slice(0, reach))) continue;
    made.take(match.index, match[0].length);
    gap.lastIndex = match.index;
  }
  return made;
}

export interface BothReadings {
  readonly joined: readonly TextLine[];
  readonly asWritten: readonly TextLine[];
  readonly isCut: boolean;
}

/** The lines with what was cut put together, and as they stand, each with the places of the cuts. */
export function readBoth(lines: readonly { readonly number: number; readonly text: string }[]): BothReadings {
  const joined: TextLine[] = [];
  const asWritten: TextLine[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    const head = last?.text.trimEnd() ?? '';
    const made = joinSpaces(line.text);
    const own = made.line.trimStart();
    const isGoingOn = mayGoOn(head, own) && isOneThing(head, own);
    asWritten.push({ ...line, quote: line.text, cuts: made.marks });
    if (!last || !isGoingOn) {
      joined.push({ ...line, text: made.line, quote: line.text, cuts: made.cuts });
      continue;
    }
    const hard = isHard(head, own);
    const before = asWritten.at(-2)!;
    if (hard) {
      asWritten[asWritten.length - 2] = { ...before, cuts: [...before.cuts, before.text.trimEnd().length] };
      // Over it lies what begins the next line, too.
      const begin = line.text.length - line.text.trimStart().length + 1;
      asWritten[asWritten.length - 1] = { ...line, quote: line.text, cuts: [begin, ...made.marks] };
    }
    const shift = head.length - (made.line.length - own.length);
    const cuts = [...last.cuts, ...(hard ? [head.length] : []), ...made.cuts.map((cut) => cut + shift)];
    const quote = `${last.quote.trim()}⏎${line.text.trim()}`;
    joined[joined.length - 1] = { number: last.number, text: head + own, quote, cuts };
  }
  return { joined, asWritten, isCut: [...joined, ...asWritten].some((line) => line.cuts.length > 0) };
}

/** Only what ends in the middle of something goes on in the next line. */
function mayGoOn(head: string, tail: string): boolean {
  return /[0-9a-f.:日号时点時分T]$/i.test(head) && /^[0-9a-f.:]/i.test(tail) && head.length < 4000;
}

/** Whether what was read lies over a cut. */
export function isOver({ cuts }: TextLine, one: { readonly at: number; readonly end: number }): boolean {
  return cuts.some((cut) => one.at < cut && cut <= one.end);
}
