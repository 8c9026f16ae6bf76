/** What people write: lines that hold all, or paragraphs in which address, port and time stand one below the other. Pure. */
import { readUrl } from '../read-url.ts';
import { isOver, readBoth, type TextLine } from './join-broken.ts';
import { type End, findEnds, findPorts, findProto, type LonePort } from './read-ends.ts';
import type { Found } from './read-reports.ts';
import { findTimes, type Written } from './read-when.ts';

export interface Line extends TextLine {
  readonly ends: readonly End[];
  readonly times: readonly Written[];
  readonly ports: readonly LonePort[];
}

export interface ReadProse {
  readonly found: readonly Found[];
  /** All lines, with what stands in them. */
  readonly lines: readonly Line[];
  /** What became part of a question. */
  readonly used: ReadonlySet<End | Written | LonePort>;
}

type Used = Set<End | Written | LonePort>;

export function readProse(lines: readonly { readonly number: number; readonly text: string }[]): ReadProse {
  const { joined, asWritten, isCut } = readBoth(lines);
  const best = readLines(joined);
  if (!isCut) return best;
  const keyOf = ({ ends: [own] }: Found) => `${own!.ip} ${own!.port}`;
  const known = new Set(best.found.map(keyOf));
  // The other reading of what is cut is offered beside it, wherever it is an address of its own.
  const others = readLines(asWritten).found.filter((one) => one.isBroken && !known.has(keyOf(one)));
  return { ...best, found: [...best.found, ...others] };
}

function readLines(lines: readonly TextLine[]): ReadProse {
  const read = lines.map((line): Line => {
    const ends = findEnds(line.text);
    const plain = mask(line.text, ends);
    return { ...line, ends, times: findTimes(plain), ports: findPorts(plain) };
  });
  const used: Used = new Set();
  return { found: paragraphsOf(read).flatMap((one) => readParagraph(one, used)), lines: read, used };
}

/** Addresses are blanked out before times are looked for: `::1` is no time of day. */
function mask(text: string, ends: readonly End[]): string {
  return ends.reduce((rest, { at, end }) => rest.slice(0, at) + ' '.repeat(end - at) + rest.slice(end), text);
}

const written = /(?:https?:\/\/[^\s，。；、“”"'<>（）()]{1,2000})/i;
const labelledUrl =
  /(?:网址|链接|域名|访问(?:的)?(?:网站|页面|地址)|URL|URI|host(?:name)?|domain)\s*(?:为|是|is)?\s*[:：=]\s*([^\s，。；、“”"'<>（）()]{3,2000})/i;

/** A page or host that the text calls one; a web address in the head of a letter is nobody's request. */
function urlOf(lines: readonly string[], isOneLine: boolean): string | undefined {
  for (const line of lines) {
    const found = labelledUrl.exec(line)?.[1] ?? (isOneLine ? written.exec(line)?.[0] : undefined);
    const url = found === undefined ? undefined : readUrl(found);
    if (url) return url.text;
  }
  return undefined;
}

/** Lines without a blank one between them; a letter that has one address in all is one paragraph. */
function paragraphsOf(lines: readonly Line[]): Line[][] {
  const full = lines.some(isComplete);
  const addresses = new Set(lines.flatMap((line) => line.ends.map(({ ip }) => ip)));
  if (!full && addresses.size === 1) return [[...lines]];
  const paragraphs: Line[][] = [[]];
  for (const line of lines) {
    if (line.text.trim() === '') paragraphs.push([]);
    else paragraphs.at(-1)!.push(line);
  }
  return paragraphs;
}

const isSource = (end: End) => end.role !== 'destination';

function isComplete(line: Line): boolean {
  return line.ends.some(isSource) && line.times.length > 0;
}

function readParagraph(lines: readonly Line[], used: Used): Found[] {
  const complete = lines.filter(isComplete);
  if (complete.length > 0) return complete.flatMap((line) => readLine(line, used));
  const addressed = lines.filter((line) => line.ends.length > 0);
  const times = lines.flatMap((line) => line.times);
  const own = portIn(lines, false);
  const proto = findProto(lines.map((line) => line.text).join('\n'));
  const sources = addressed.filter((line) => line.ends.some(isSource));
  const [only, ...others] = sources;
  if (!only) return [];
  if (others.length === 0 && only.ends.filter(isSource).length <= 2) {
    const text = lines
      .map((line) => line.quote.trim())
      .join(' ')
      .slice(0, 300);
    const url = urlOf(
      lines.map((line) => line.text),
      false,
    );
    const common = { source: 'text' as const, line: only.number, text, proto, url };
    const far = portIn(lines, true);
    const groups = groupsOf(
      addressed.flatMap((line) => line.ends.map((end) => ({ end, line }))),
      only.text,
    );
    return groups.flatMap((ends): Found[] => {
      const side = sidesOf(ends, own, far, used);
      if (times.length === 0) return [{ ...common, ...side, written: null, notes: [] }];
      return lines.flatMap((line) =>
        line.times.map((time) => {
          used.add(time);
          return {
            ...common,
            ...side,
            isBroken: side.isBroken || isTimeOver(line, time),
            written: time,
            notes: [],
          };
        }),
      );
    });
  }
  // Several addresses and times that stand apart: which belongs to which is for the reader to say.
  const shared = times.length === 1 ? times[0]! : null;
  const timed = lines.find((line) => line.times.length > 0);
  if (shared) used.add(shared);
  return sources.flatMap((line) => {
    const near = portIn([line], false) ?? (times.length === 1 ? null : own);
    const groups = groupsOf(
      line.ends.map((end) => ({ end, line })),
      line.text,
    );
    return groups.map((ends): Found => {
      const side = sidesOf(ends, near, portIn([line], true), used);
      return {
        source: 'text',
        line: line.number,
        text: line.quote.trim().slice(0, 300),
        ...side,
        isBroken: side.isBroken || (shared !== null && isTimeOver(timed!, shared)),
        proto,
        written: shared,
        notes: times.length > 1 ? ['times_unclear'] : [],
      };
    });
  });
}

function isTimeOver(line: Line, { at, length }: Written): boolean {
  return isOver(line, { at, end: at + length });
}

interface Placed<T> {
  readonly line: Line;
  readonly end: T;
}

function portIn(lines: readonly Line[], isFar: boolean): Placed<LonePort> | null {
  for (const line of lines) {
    const end = line.ports.find((one) => one.isFar === isFar);
    if (end) return { line, end };
  }
  return null;
}

/** A line that holds all. Several addresses are ends of one connection unless roles or commas say otherwise. */
function readLine(line: Line, used: Used): Found[] {
  const [time] = line.times;
  const common = {
    source: 'text' as const,
    line: line.number,
    text: line.quote.trim().slice(0, 300),
    proto: findProto(line.text),
    url: urlOf([line.text], true),
    written: time!,
  };
  for (const one of line.times) used.add(one); // Of several the first is taken, which a note tells.
  const placed = line.ends.map((end) => ({ end, line }));
  return groupsOf(placed, line.text).map((ends) => {
    const side = sidesOf(ends, portIn([line], false), portIn([line], true), used);
    const isUnclear = ends.length > 1 && ends.every(({ end }) => end.role === null) && !arrow.test(line.text);
    return {
      ...common,
      ...side,
      isBroken: side.isBroken || isTimeOver(line, time!),
      notes: [
        ...(line.times.length > 1 ? (['several_times'] as const) : []),
        ...(isUnclear ? (['side_unclear'] as const) : []),
      ],
    };
  });
}

const arrow = /->|→|=>|>/;
const forwarding = /x-forwarded-for|\bxff\b|x-real-ip|client-ip|src-ip|real-ip/i;

/** The ends that make one question each: two are a connection, unless they are enumerated; more are so many questions. */
function groupsOf(placed: readonly Placed<End>[], text: string): Placed<End>[][] {
  const distinct = placed.filter(
    ({ end }, index) =>
      placed.findIndex(({ end: one }) => one.ip === end.ip && one.port === end.port) === index,
  );
  const far = distinct.filter(({ end }) => !isSource(end));
  const own = distinct.filter(({ end }) => isSource(end)).sort((a, b) => rank(a.end) - rank(b.end));
  const named = own.filter(({ end }) => end.role === 'source');
  if (own.length === 0) return [];
  // A chain of forwarders is one question: which address of it was connected is decided later.
  if (forwarding.test(text) && distinct.length <= 4) return [[...own, ...far]];
  const isPair = own.length === 2 && far.length === 0 && named.length < 2 && !isEnumerated(own, text);
  if (own.length === 1 || isPair) return [[...own, ...far.slice(0, 1)]];
  if (arrow.test(text) && far.length === 0 && named.length < 2) return [own.slice(0, 2)];
  return own.map((one) => [one, ...(far.length === 1 ? far : [])]);
}

/** `A、B`, `A和B`: each of them did something. */
function isEnumerated([one, other]: readonly Placed<End>[], text: string): boolean {
  if (one!.line !== other!.line) return false;
  const [from, to] = [one!.end, other!.end].sort((a, b) => a.at - b.at) as [End, End];
  return /^\s*(?:、|和|及|以及|与|或|&|and)\s*(?:ip)?\s*(?:地址)?\s*[:：]?\s*\[?$/i.test(
    text.slice(from.end, to.at),
  );
}

function rank(end: End): number {
  return end.role === 'source' ? 0 : end.role === null ? 1 : 2;
}

/** The ends with the source first; a port that stands apart is the source's, one that is called so the far end's. */
function sidesOf(
  placed: readonly Placed<End>[],
  own: Placed<LonePort> | null,
  far: Placed<LonePort> | null,
  used: Used,
): Pick<Found, 'ends' | 'isBroken'> {
  let isBroken = false;
  const ends = placed.map(({ end, line }, index) => {
    used.add(end);
    const apart = index === 0 ? own : index === 1 ? far : null;
    const isApart = apart !== null && end.port === null && end.fault === null;
    if (isApart) used.add(apart.end);
    isBroken ||= isOver(line, end) || (isApart && isOver(apart.line, apart.end));
    const { port, fault } = isApart ? apart.end : end;
    return { ip: end.ip, port, fault, isSource: index === 0 };
  });
  return { ends, isBroken };
}
