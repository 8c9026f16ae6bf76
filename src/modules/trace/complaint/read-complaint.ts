/** The text of a complaint as questions, each with what is still missing. Pure. */

import type { Protocol } from '../engine/facts.ts';
import { maxUnread, type Unread, unreadAround, unreadOf } from './find-unread.ts';
import { type LetterCase, readCase } from './read-case.ts';
import { findEnds, type PortFault, refang } from './read-ends.ts';
import { readAccess, readPacket } from './read-lines.ts';
import { decodeText, isMail, readMail } from './read-mail.ts';
import { readProse } from './read-prose.ts';
import { type Found, type FoundEnd, type NoteCode, readAcns, readXarf } from './read-reports.ts';
import { findStatedZone, momentOf, type TimeAnswers, type TimeGap } from './read-when.ts';

export type GapCode = TimeGap | PortFault | 'no_time' | 'no_port' | 'in_future' | 'broken';

export interface Entry {
  readonly source: Found['source'];
  readonly line: number;
  readonly text: string;
  readonly ends: Found['ends'];
  /** Null: the text names none. */
  readonly proto: Protocol | null;
  /** Epoch milliseconds; null while something is missing. */
  readonly at: number | null;
  /** The time as it stands in the text, for whoever has to name the zone. */
  readonly written: string | null;
  readonly toleranceSeconds: number | null;
  readonly url: string | null;
  /** Addresses that stand in a header like X-Forwarded-For. */
  readonly forwarded: readonly string[];
  readonly gaps: readonly GapCode[];
  readonly notes: readonly NoteCode[];
}

export interface ReadComplaint extends LetterCase {
  readonly isMail: boolean;
  readonly entries: readonly Entry[];
  /** What looks like an address, a port or a time and is in none of them. */
  readonly unread: Unread[];
  /** There are more than were read. */
  readonly isCut: boolean;
}

/** More belong into a table (bulk). */
export const maxEntries = 500;
const maxLines = 50_000;
const maxLine = 4000;

/** Reads bytes (an .eml file, a text in any charset) or a pasted text. Never throws, whatever it is. */
export function readComplaint(
  content: Uint8Array | string,
  answers: TimeAnswers,
  now: number,
): ReadComplaint {
  const text = typeof content === 'string' ? content : decodeText(content);
  const mail = isMail(text.trimStart());
  const latin1 = Buffer.from(content).toString('latin1').trimStart();
  const mailParts = mail ? readMail(latin1) : [];
  const parts = mail ? mailParts.flatMap((part) => part.text ?? []) : [text];
  const found: Found[] = [];
  const unread: Unread[] = mailParts.flatMap(({ text: read, name }) =>
    read === null ? [{ line: 0, text: name, holds: ['attachment'] }] : [],
  );
  const seen = new Set<string>();
  let stated: number | null = null;
  let isLong = false;
  for (const part of parts) {
    const lines = part.split(/\r?\n/, maxLines + 1);
    stated ??= statedIn(lines);
    const read = readPart(part);
    found.push(...read.found);
    unread.push(...read.unread);
    isLong ||= lines.length > maxLines || lines.some((line) => line.length > maxLine);
  }
  const entries = found
    .map((one) => settle(one, answers, stated, now))
    .filter((entry) => {
      // The plain and the HTML part of a mail say the same, and reports repeat what the letter says.
      const key = JSON.stringify([entry.ends[0], entry.at ?? entry.written]);
      return !seen.has(key) && seen.add(key);
    });
  return {
    ...readCase(parts.join('\n')),
    isMail: mail,
    entries: entries.slice(0, maxEntries),
    unread: distinct(unread).slice(0, maxUnread),
    isCut: isLong || entries.length > maxEntries,
  };
}

/** The zone that a text states for all its times; null where it states none, or several. */
function statedIn(lines: readonly string[]): number | null {
  const zones = new Set(lines.map((line) => findStatedZone(line.slice(0, maxLine).normalize('NFKC'))));
  zones.delete(null);
  return zones.size === 1 ? [...zones][0]! : null;
}

/** The plain and the HTML part of a mail leave the same. */
function distinct(unread: readonly Unread[]): Unread[] {
  const once = new Map(unread.map((one) => [one.text, one]));
  return [...once.values()];
}

/** Numbers in circles are of a list, and no digits of what follows; what has no width hides in addresses that were copied. */
function plain(raw: string): string {
  return refang(
    raw
      .replace(/[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]/g, ' ')
      .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
      .normalize('NFKC'),
  );
}

interface ReadPart {
  readonly found: readonly Found[];
  readonly unread: readonly Unread[];
}

function readPart(raw: string): ReadPart {
  const text = plain(raw);
  const split = text.split(/\r?\n/, maxLines).map((line) => line.slice(0, maxLine));
  const starts = lineStarts(text);
  const acns = readAcns(text, (at) => lineAt(starts, at));
  if (acns.length > 0) return { found: acns, unread: unreadAround(split, acns) };
  const xarf = readXarf(text, 1);
  if (xarf) return { found: [xarf], unread: unreadAround(split, [xarf]) };
  const machine = new Map<number, Found>();
  for (const [index, line] of split.entries()) {
    const one = readPacket(line, index + 1) ?? readAccess(line, index + 1);
    if (one) machine.set(index + 1, one);
    if (machine.size > maxEntries) break;
  }
  const prose = readProse(
    split.map((line, index) => ({ number: index + 1, text: machine.has(index + 1) ? '' : line })),
  );
  const all = [...machine.values(), ...prose.found].sort((a, b) => a.line - b.line);
  // What comes behind the last that is listed is told by that there is more.
  return { found: all.slice(0, maxEntries + 1), unread: all.length > maxEntries ? [] : unreadOf(prose) };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], at: number): number {
  return starts.findLastIndex((start) => start <= at) + 1;
}

function settle(found: Found, answers: TimeAnswers, stated: number | null, now: number): Entry {
  const gaps: GapCode[] = [];
  const notes: NoteCode[] = [...found.notes, ...(isForwarded(found.text) ? (['forwarded'] as const) : [])];
  let at: number | null = null;
  if (!found.written) gaps.push('no_time');
  else {
    const moment = momentOf(found.written, answers, stated);
    if ('gap' in moment) gaps.push(moment.gap);
    else if (moment.at > now) gaps.push('in_future');
    else at = moment.at;
    if (at !== null && found.written.offset === null && answers.offset === undefined)
      notes.push('zone_stated');
  }
  // What has a port is none of those without ports, whatever word stands beside it.
  const named = found.ends[0]!.port !== null && isPortless(found.proto) ? null : found.proto;
  if (found.isBroken) gaps.push('broken');
  if (named === null) notes.push('no_proto');
  if (found.written?.night === 'midnight') notes.push('midnight');
  return {
    source: found.source,
    line: found.line,
    text: found.text,
    ends: found.ends,
    proto: named,
    at,
    written: found.written && tellWritten(found.written),
    toleranceSeconds: found.written?.isCoarse ? 60 : null,
    url: found.url ?? null,
    forwarded: forwardedIn(found.text),
    gaps: [...gaps, ...portGaps(found.ends[0]!, named)],
    notes,
  };
}

/** What is missing of the port of an end; nothing where the protocol has none. */
export function portGaps({ port, fault }: FoundEnd, proto: Protocol | null): (PortFault | 'no_port')[] {
  if (port !== null || isPortless(proto)) return [];
  return [fault ?? 'no_port'];
}

export function isPortless(proto: Protocol | null): boolean {
  return proto !== null && proto !== 'tcp' && proto !== 'udp';
}

/** Names a header that tells a client behind somebody, or is a log line that ends with one. */
function isForwarded(text: string): boolean {
  return forwardedHeader.test(text) || /" "[0-9a-f.:]{7,45}(?:, ?[0-9a-f.:]{7,45})*"(?: |$)/i.test(text);
}

const header = String.raw`\b(?:x-forwarded-for|xff|x-real-ip|true-client-ip|cdn-src-ip|ali-cdn-real-ip)\b`;
const forwardedHeader = new RegExp(header, 'i');
const one = String.raw`\[?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})\]?(?::\d{1,5})?`;
/** The addresses after it, with few words between. */
const headerValue = new RegExp(`${header}[^\\d\\n;；。|]{0,20}?(${one}(?:\\s*,\\s*${one})*)`, 'gi');

function forwardedIn(text: string): string[] {
  return [...text.matchAll(headerValue)].flatMap((match) => findEnds(match[1]!).map(({ ip }) => ip));
}

function tellWritten({
  date,
  hour,
  minute,
  second,
  isCoarse,
  epoch,
  zoneName,
}: NonNullable<Found['written']>): string {
  if (epoch !== null) return String(epoch / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = date ? `${date.year ?? '????'}-${two(date.month)}-${two(date.day)} ` : '';
  return `${day}${two(hour)}:${two(minute)}${isCoarse ? '' : `:${two(second)}`}${zoneName ? ` ${zoneName}` : ''}`;
}
