import { toProtocol } from '../build-row.ts';
import type { SourceSettings } from '../row.ts';
import { toAddress, toMac, toPort } from '../text.ts';
import type { FieldStep, LiteralStep, Step } from './parse-pattern.ts';

/** Fields by name: text as bytes of the line; times as milliseconds. */
export interface Match {
  readonly values: ReadonlyMap<string, string>;
  readonly times: ReadonlyMap<string, number>;
}

/** Where a line stopped fitting: the column of the line from 1, and the step that did not fit. */
export interface Misfit {
  readonly column: number;
  readonly step: Step | 'end';
}

const isBlank = (text: string, at: number) => text[at] === ' ' || text[at] === '\t';

/**
 * Fits the steps to `text` from `from` on, without ever going back: each field ends where its characters end, or at the
 * first place where what follows it fits. So the time grows with the length of the line only.
 */
export function matchLine(
  steps: readonly Step[],
  line: string,
  from: number,
  around: { source: SourceSettings; recvAt: Date },
): Match | Misfit {
  const text = withoutEndBlanks(line, from);
  const values = new Map<string, string>();
  const times = new Map<string, number>();
  let at = from;
  for (const [i, step] of steps.entries()) {
    if ('literal' in step) {
      const end = endOfLiteral(step.literal, text, at);
      if (end < 0) return { column: at + 1, step };
      at = end;
      continue;
    }
    const next = steps[i + 1];
    const end = step.time
      ? readTime(step, text, at, around, times)
      : endOfField(step, text, at, next && 'literal' in next ? next : undefined);
    if (end < 0) return { column: at + 1, step };
    if (step.name !== '' && !step.time) values.set(step.name, text.slice(at, end));
    at = end;
  }
  return at < text.length ? { column: at + 1, step: 'end' } : { values, times };
}

function withoutEndBlanks(line: string, from: number): string {
  let end = line.length;
  while (end > from && isBlank(line, end - 1)) end -= 1;
  return end === line.length ? line : line.slice(0, end);
}

function readTime(
  step: FieldStep,
  text: string,
  at: number,
  { source, recvAt }: { source: SourceSettings; recvAt: Date },
  times: Map<string, number>,
): number {
  const zone = source.fieldZones?.[step.name] ?? source.zone;
  const found = step.time!(text, at, { zone, recvAt, year: source.year });
  if (!found || found.ts < 0) return -1;
  if (step.name !== '') times.set(step.name, found.ts);
  return found.end;
}

/** The place behind the literal, which begins at `at`; -1 when it does not. */
function endOfLiteral(literal: readonly string[], text: string, at: number): number {
  let end = at;
  for (const [i, word] of literal.entries()) {
    if (i > 0) {
      if (!isBlank(text, end)) return -1;
      while (isBlank(text, end)) end += 1;
    }
    if (!text.startsWith(word, end)) return -1;
    end += word.length;
  }
  return end;
}

/** The first place from `at` on where the literal fits; -1 when there is none. */
function findLiteral({ literal }: LiteralStep, text: string, at: number): number {
  const first = literal[0]!;
  for (let place = at; place <= text.length; place += 1) {
    if (first !== '') {
      place = text.indexOf(first, place);
      if (place < 0) return -1;
    } else {
      while (place < text.length && !isBlank(text, place)) place += 1;
      if (place >= text.length) return -1;
    }
    if (endOfLiteral(literal, text, place) >= 0) return place;
    // A literal that begins with a blank takes the whole run: the next try is behind it.
    if (first === '') while (isBlank(text, place + 1)) place += 1;
  }
  return -1;
}

function endOfField(step: FieldStep, text: string, at: number, next: LiteralStep | undefined): number {
  switch (step.type) {
    case 'ip':
      return endOfAddress(text, at);
    case 'mac': {
      const end = runOf(macCharacters, text, at, 17);
      return toMac(text.slice(at, end)) === '' ? -1 : end;
    }
    case 'number':
    case 'port': {
      const end = runOf(digits, text, at, 15);
      const isSound = end > at && (step.type === 'number' || toPort(text.slice(at, end)) >= 0);
      return isSound ? end : -1;
    }
    case 'rest':
      return text.length;
    default:
      return endOfWord(step, text, at, next);
  }
}

function endOfWord(step: FieldStep, text: string, at: number, next: LiteralStep | undefined): number {
  const end = next ? findLiteral(next, text, at) : text.length;
  if (end < 0 || step.type === 'text') return end;
  const word = text.slice(at, end);
  if (word.includes(' ') || word.includes('\t')) return -1;
  return step.type === 'proto' && toProtocol(word) < 0 ? -1 : end;
}

const digits = /[0-9]/;
const macCharacters = /[0-9A-Fa-f:.-]/;
const addressCharacters = /[0-9A-Fa-f:.]/;
const ipv4Characters = /[0-9.]/;

function runOf(characters: RegExp, text: string, at: number, most: number): number {
  let end = at;
  while (end < at + most && end < text.length && characters.test(text[end]!)) end += 1;
  return end;
}

/** An IPv4 address may be followed by `:port`, which looks like more of an address. */
function endOfAddress(text: string, at: number): number {
  const whole = runOf(addressCharacters, text, at, 45);
  if (toAddress(text.slice(at, whole)) !== '') return whole;
  const four = runOf(ipv4Characters, text, at, 15);
  if (toAddress(text.slice(at, four)) !== '') return four;
  // A colon or full stop behind it belongs to the text.
  return toAddress(text.slice(at, whole - 1)) === '' ? -1 : whole - 1;
}
