/** A lexer that knows just enough of ClickHouse's SQL to see where words stand: strings and comments are no words. */

export interface SqlWord {
  /** Upper case for words; one character for symbols; `'` for any quoted thing. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many brackets are open around it. */
  readonly depth: number;
}

const space = /\s+/y;
const lineComment = /(?:--|#!|#\s)[^\n]*/y;
const word = /[\p{L}\p{N}_$]+/uy;

/** The words and symbols of a query in order. An unfinished string or comment ends it: the engine will object. */
export function* sqlWords(sql: string): Generator<SqlWord> {
  let depth = 0;
  let at = 0;
  while (at < sql.length) {
    const skipped = skip(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const character = sql[at]!;
    const end = endOf(sql, at);
    if (character === ')') depth--;
    yield { text: textOf(sql, at, end), start: at, end, depth };
    if (character === '(') depth++;
    at = end;
  }
}

function skip(sql: string, at: number): number {
  for (const pattern of [space, lineComment]) {
    pattern.lastIndex = at;
    if (pattern.test(sql)) return pattern.lastIndex;
  }
  if (!sql.startsWith('/*', at)) return at;
  const end = sql.indexOf('*/', at + 2);
  return end < 0 ? sql.length : end + 2;
}

function textOf(sql: string, start: number, end: number): string {
  if (/['"`$]/.test(sql[start]!) && end - start > 1) return "'";
  return sql.slice(start, end).toUpperCase();
}

function endOf(sql: string, at: number): number {
  const character = sql[at]!;
  if (character === "'" || character === '"' || character === '`') return endOfQuoted(sql, at, character);
  if (character === '$') {
    const tag = /\$\w*\$/y;
    tag.lastIndex = at;
    const opened = tag.exec(sql)?.[0];
    if (opened) {
      const close = sql.indexOf(opened, at + opened.length);
      return close < 0 ? sql.length : close + opened.length;
    }
  }
  word.lastIndex = at;
  return word.test(sql) ? word.lastIndex : at + 1;
}

/** Both ways to write a quote inside: doubled, and after a backslash. */
function endOfQuoted(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === '\\') at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return sql.length;
}
