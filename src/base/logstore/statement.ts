/** What kind of statement a request holds: it decides where the body goes and how the answer is sent. */
import { StoreError } from './errors.ts';
import { type SqlWord, sqlWords } from './sql-words.ts';

/** `INSERT … FORMAT X` whose rows are in the body (or follow the statement). */
export interface DataInsert {
  readonly kind: 'data-insert';
  /** Up to the table and columns. */
  readonly head: string;
  /** `SETTINGS …` as written, or empty. */
  readonly settings: string;
  readonly format: string;
  /** Where rows may follow in the statement's own text. */
  readonly dataStart: number;
}

interface PlainStatement {
  /** `read`: can be streamed. `insert`: its rows come from the statement itself. `command`: all else. */
  readonly kind: 'read' | 'insert' | 'command';
  /** The FORMAT clause's name, as written. */
  readonly format?: string;
}

export type Statement = DataInsert | PlainStatement;

/**
 * Reads a statement's kind. Throws a StoreError for several statements in one request, as ClickHouse's HTTP
 * interface does: the engine would run them all.
 */
export function readStatement(sql: string): Statement {
  const words: SqlWord[] = [];
  let ended = false;
  for (const word of sqlWords(sql)) {
    if (ended) throw new StoreError(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed');
    ended = word.text === ';';
    words.push(word);
    const insert = words[0]?.text === 'INSERT' ? dataInsert(sql, words, word) : undefined;
    if (insert) return insert;
  }
  const first = words[0]?.text;
  if (first === undefined) throw new StoreError(62, 'SYNTAX_ERROR', 'Empty query');
  if (first === 'INSERT') return { kind: 'insert' };
  const formatAt = words.findLastIndex((word) => word.text === 'FORMAT' && word.depth === 0);
  const name = formatAt > 0 ? words[formatAt + 1] : undefined;
  const format = name ? { format: sql.slice(name.start, name.end) } : {};
  const reads = ['SELECT', 'WITH', '('].includes(first) && !words.some((word) => word.text === 'INSERT');
  return { kind: reads ? 'read' : 'command', ...format };
}

/** Looks only until FORMAT and its name: what follows is data and may be long. */
function dataInsert(sql: string, words: readonly SqlWord[], name: SqlWord): DataInsert | undefined {
  const format = words.at(-2);
  if (format?.text !== 'FORMAT' || format.depth !== 0 || words.length < 4) return undefined;
  const other = words.find(
    (w) => (w.depth === 0 && ['FROM', 'VALUES', 'WITH'].includes(w.text)) || w.text === 'SELECT',
  );
  if (other) return undefined;
  const settings = words.find((w) => w.text === 'SETTINGS' && w.depth === 0);
  return {
    kind: 'data-insert',
    head: sql.slice(0, settings?.start ?? format.start),
    settings: settings ? sql.slice(settings.start, format.start) : '',
    format: sql.slice(name.start, name.end),
    dataStart: name.end,
  };
}

/** The statement that reads the rows from a staged file instead. */
export function insertFromFile(insert: DataInsert, path: string): string {
  return `${insert.head} FROM INFILE ${quoteSql(path)} COMPRESSION 'none' ${insert.settings} FORMAT ${insert.format}`;
}

/** A string literal of ClickHouse's SQL. */
export function quoteSql(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}
