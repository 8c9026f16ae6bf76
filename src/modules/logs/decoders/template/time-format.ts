import { fixedOffset, monthOf, toUtc, type WallTime } from '../time.ts';

export interface ReadTime {
  /** UTC milliseconds, -1 when the date does not exist. */
  readonly ts: number;
  /** Where the text of the time ends. */
  readonly end: number;
}

/** Reads a time at a place of a line; `null` when there is none of the format. */
export type TimeReader = (
  text: string,
  at: number,
  around: { zone: string; recvAt: Date; year?: number | undefined },
) => ReadTime | null;

interface Parts extends Partial<Record<keyof WallTime, number>> {
  epoch?: number;
  offset?: string;
}

type Part = (text: string, at: number, parts: Parts) => number;

const digits =
  (key: keyof WallTime, least: number, most: number, turn = (value: number) => value): Part =>
  (text, at, parts) => {
    let end = at;
    while (end < at + most && isDigit(text, end)) end += 1;
    if (end - at < least) return -1;
    parts[key] = turn(Number(text.slice(at, end)));
    return end;
  };

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

const monthName: Part = (text, at, parts) => {
  const month = monthOf(text.slice(at, at + 3));
  if (month < 0) return -1;
  parts.month = month;
  return at + 3;
};

const paddedDay: Part = (text, at, parts) => digits('day', 1, 2)(text, text[at] === ' ' ? at + 1 : at, parts);

const fraction: Part = (text, at, parts) => {
  let end = at;
  while (end < at + 9 && isDigit(text, end)) end += 1;
  if (end === at) return -1;
  parts.ms = Number(text.slice(at, end).slice(0, 3).padEnd(3, '0'));
  return end;
};

const offset: Part = (text, at, parts) => {
  const found = /^(?:Z|[+-]\d\d:?\d\d)/.exec(text.slice(at, at + 6))?.[0];
  if (found === undefined || !fixedOffset(found)) return -1;
  parts.offset = found;
  return at + found.length;
};

const epochSeconds: Part = (text, at, parts) => {
  let end = at;
  while (end < at + 10 && isDigit(text, end)) end += 1;
  if (end - at < 9) return -1;
  parts.epoch = Number(text.slice(at, end)) * 1000;
  return end;
};

const parts: Readonly<Record<string, Part>> = {
  Y: digits('year', 4, 4),
  y: digits('year', 2, 2, (value) => 2000 + value),
  m: digits('month', 1, 2),
  b: monthName,
  d: digits('day', 1, 2),
  e: paddedDay,
  H: digits('hour', 1, 2),
  M: digits('minute', 2, 2),
  S: digits('second', 2, 2),
  f: fraction,
  z: offset,
  s: epochSeconds,
};

const long: Readonly<Record<string, string>> = { F: '%Y-%m-%d', T: '%H:%M:%S' };

/**
 * A reader of times written as strftime writes them: %Y %y %m %b %d %e %H %M %S %f (fraction) %z %s (epoch) %F %T %%.
 * It needs a day and a month, or %s. `undefined` when the format is not understood.
 */
export function compileTime(format: string): TimeReader | undefined {
  const written = format.replace(/%([FT])/g, (_, letter: string) => long[letter]!);
  const steps: (Part | string)[] = [];
  const used = new Set<string>();
  for (let i = 0; i < written.length; i += 1) {
    if (written[i] !== '%') {
      steps.push(written[i]!);
      continue;
    }
    i += 1;
    const letter = written[i] ?? '';
    if (letter === '%') steps.push('%');
    else if (Object.hasOwn(parts, letter)) {
      steps.push(parts[letter]!);
      used.add(letter);
    } else return undefined;
  }
  const isWhole =
    used.has('s') || ((used.has('m') || used.has('b')) && (used.has('d') || used.has('e')) && used.has('H'));
  return isWhole ? (text, at, around) => read(steps, text, at, around) : undefined;
}

function read(
  steps: readonly (Part | string)[],
  text: string,
  from: number,
  { zone, recvAt, year }: { zone: string; recvAt: Date; year?: number | undefined },
): ReadTime | null {
  const found: Parts = {};
  let at = from;
  for (const step of steps) {
    if (typeof step !== 'string') at = step(text, at, found);
    else at = text[at] === step ? at + 1 : -1;
    if (at < 0) return null;
  }
  if (found.epoch !== undefined) return { ts: found.epoch + (found.ms ?? 0), end: at };
  const wall = {
    year: found.year ?? -1,
    month: found.month ?? 1,
    day: found.day ?? 1,
    hour: found.hour ?? 0,
    minute: found.minute ?? 0,
    second: found.second ?? 0,
    ms: found.ms ?? 0,
  };
  return { ts: toUtc(wall, found.offset ?? zone, recvAt, year), end: at };
}
