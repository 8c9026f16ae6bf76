import { assertWithin, issue, unreadable } from './issues.ts';
import type { SheetIssue, SheetLimits } from './types.ts';

export interface CsvRecord {
  /** Record number from 1: the row that Excel shows, however many lines the record's cells span. */
  readonly row: number;
  readonly cells: string[];
  /** The record starts with an unquoted `#` that is neither a whole cell (a number column) nor an Excel error. */
  readonly comment: boolean;
}

export interface CsvTable {
  readonly delimiter: string;
  readonly records: CsvRecord[];
  readonly issues: SheetIssue[];
}

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Reads RFC 4180 text: quoted cells, doubled quotes, line breaks inside quotes, CRLF, LF or CR line ends; the
 * separator (`,` `;` or tab) is the commonest one in the first record unless `delimiter` or Excel's `sep=`
 * line names it. A quote in the middle of a bare cell is text (section 2 rule 5 leaves it undefined);
 * characters after a closing quote are kept and told. A quote that never closes is `sheet.unreadable` with
 * its line, because the rest of the file would vanish into one cell.
 */
export function parseCsv(text: string, file: string, limits: SheetLimits, delimiter?: string): CsvTable {
  const announced = /^sep=(.)\r?\n/.exec(text);
  const separator = announced?.[1] ?? delimiter ?? detectDelimiter(text);
  const start = announced ? announced[0].length : 0;
  const reader = new CsvReader(text, start, separator, file);
  const records: CsvRecord[] = [];
  for (let record = reader.next(); record; record = reader.next()) {
    records.push(record);
    assertWithin('rows', records.length, limits.rows + 10);
    assertWithin('columns', record.cells.length, limits.columns);
  }
  return { delimiter: separator, records, issues: reader.issues };
}

function detectDelimiter(text: string): string {
  const counts = { ',': 0, ';': 0, '\t': 0 };
  let quoted = false;
  let seen = false;
  for (let at = 0; at < text.length && at < 65_536; at++) {
    const char = text[at]!;
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '\n' || char === '\r') {
      if (seen) break;
    } else {
      seen = true;
      if (char === ',' || char === ';' || char === '\t') counts[char]++;
    }
  }
  if (counts['\t'] > counts[','] && counts['\t'] >= counts[';']) return '\t';
  return counts[';'] > counts[','] ? ';' : ',';
}

/** Walks the text once; `indexOf` carries it over long cells. */
class CsvReader {
  readonly issues: SheetIssue[] = [];
  private readonly text: string;
  private readonly separator: string;
  private readonly separatorCode: number;
  private readonly file: string;
  private at: number;
  private row = 0;

  constructor(text: string, start: number, separator: string, file: string) {
    this.text = text;
    this.at = start;
    this.separator = separator;
    this.separatorCode = separator.charCodeAt(0);
    this.file = file;
  }

  next(): CsvRecord | undefined {
    if (this.at >= this.text.length) return undefined;
    this.row++;
    const cells: string[] = [];
    const comment = this.startsComment();
    for (;;) {
      cells.push(this.text.charCodeAt(this.at) === QUOTE && !comment ? this.quotedCell() : this.bareCell());
      if (this.text.charCodeAt(this.at) !== this.separatorCode) break;
      this.at++;
    }
    this.endLine();
    return { row: this.row, cells, comment };
  }

  private startsComment(): boolean {
    if (this.text[this.at] !== '#') return false;
    const next = this.text.charCodeAt(this.at + 1);
    if (next === this.separatorCode || next === LF || next === CR || Number.isNaN(next)) return false;
    return !/^#(N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!)/.test(this.text.slice(this.at, this.at + 8));
  }

  private bareCell(): string {
    const from = this.at;
    while (this.at < this.text.length) {
      const code = this.text.charCodeAt(this.at);
      if (code === this.separatorCode || code === LF || code === CR) break;
      this.at++;
    }
    return this.text.slice(from, this.at);
  }

  private quotedCell(): string {
    const opened = this.at;
    let cell = '';
    this.at++;
    for (;;) {
      const close = this.text.indexOf('"', this.at);
      if (close < 0) return this.neverClosed(opened);
      cell += this.text.slice(this.at, close);
      this.at = close + 1;
      if (this.text.charCodeAt(this.at) !== QUOTE) break;
      cell += '"';
      this.at++;
    }
    const rest = this.bareCell();
    if (rest.trim() !== '') {
      this.issues.push(issue(this.row, '', 'sheet.bad_quote'));
      cell += rest;
    }
    return cell;
  }

  private neverClosed(opened: number): never {
    const line = this.text.slice(0, opened).split(/\r\n|\n|\r/).length;
    return unreadable(
      this.file,
      `第 ${line} 行的引号没有配对`,
      `a quote that opens in line ${line} never closes (separator ${JSON.stringify(this.separator)})`,
    );
  }

  private endLine(): void {
    if (this.text.charCodeAt(this.at) === CR) this.at++;
    else if (this.text.charCodeAt(this.at) === LF) {
      this.at++;
      return;
    }
    if (this.text.charCodeAt(this.at) === LF && this.text.charCodeAt(this.at - 1) === CR) this.at++;
  }
}
