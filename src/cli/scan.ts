/** `jiaodun scan`: files, folders, addresses or standard input, without a running server. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, isAppError } from '#base/errors';
import {
  createRuleset,
  createScanPool,
  decodeBytes,
  type Ruleset,
  scanBytesConfined,
  starterTermList,
} from '#scan';
import { explainPlace, type Finding, type TermList, termListSchema, termSchema } from '#scan/contract';
import { fileWords } from './file-words.ts';
import { ruleWords } from './rule-words.ts';
import { listTargets, type OpenTarget } from './scan-targets.ts';
import { usageWords } from './usage-words.ts';

export interface CommandIo {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  stdin: NodeJS.ReadableStream;
}

interface TargetReport {
  readonly target: string;
  readonly findings: readonly Finding[];
  readonly error?: { readonly code: string; readonly message: string };
}

const HELP = `用法 Usage: jiaodun scan TARGET… [--json] [--terms FILE]… [--starter] [--name NAME]

检查文件、文件夹、网址或标准输入（-）中的有害词语、隐藏链接、个人信息和密级标志。
Scans files (.txt .html .docx .xlsx .pptx .doc .xls .ppt .wps .odt .rtf .pdf .ofd .eml .jpg .zip .rar .7z …, text in pictures too), folders, http(s) addresses or standard input (-).

  --json         JSON：{targets:[{target, findings:[…], error?}]}；位置是文件里的原名 places by their names in the file
  --terms FILE   词表 word list instead of the starter list; .json ({id, version, source, terms} or an array)
                 or .txt (one term a line; optional columns after a tab: category, tier ban|context|review)
  --starter      同时使用起始词表 also use the starter list
  --name NAME    标准输入的文件名 file name of standard input, e.g. page.html
  --help

退出码 Exit code: 0 没有发现 nothing found, 1 有发现 findings, 2 用法或输入错误，或一个文件也没有扫描 usage or input error, or no file scanned
`;

/**
 * Runs the command. Returns 0 (clean), 1 (findings) or 2 (wrong usage, or a target that could not be read;
 * the other targets are scanned all the same).
 */
export async function scanCommand(argv: string[], io: CommandIo): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  let ruleset: Ruleset;
  try {
    options = readOptions(argv);
    if (options.values.help) {
      io.stdout(HELP);
      return 0;
    }
    if (options.positionals.length === 0) throw new TypeError('没有写要检查什么 / no TARGET given');
    ruleset = await readRuleset(options.values.terms ?? [], options.values.starter ?? false);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    io.stderr(`${HELP}\njiaodun scan: ${wrongUse(error)}\n`);
    return 2;
  }
  const { json, name } = options.values;
  const pool = createScanPool({ onNotice: (notice) => io.stderr(`jiaodun scan: ${notice}\n`) });
  const reports: TargetReport[] = [];
  const skipped: string[] = [];
  try {
    for await (const target of listTargets(options.positionals, io.stdin, name, (path) =>
      skipped.push(path),
    )) {
      const { report, shown, isEmpty } = await scanOne(target, ruleset, pool);
      if (json) reports.push(report);
      else {
        reports.push({ ...report, findings: report.findings.slice(0, 1) });
        io.stdout(shown);
        if (isEmpty) io.stderr(`${nothingIn(report.target)}\n`);
        if (report.error) io.stderr(`${report.target}: ${report.error.message} [${report.error.code}]\n`);
      }
    }
  } finally {
    await pool.close();
  }
  if (json) io.stdout(`${JSON.stringify({ targets: reports, skipped }, null, 2)}\n`);
  else io.stderr(summaryOf(reports, skipped));
  // A gate that looked at nothing must not open.
  if (reports.length === 0 || reports.some((report) => report.error)) return 2;
  return reports.some((report) => report.findings.length > 0) ? 1 : 0;
}

/** Why nothing was scanned, in both languages: a wrong flag, a word list that is not there or is none. */
function wrongUse(error: NodeJS.ErrnoException): string {
  const words = usageWords(error) ?? (error.path === undefined ? undefined : fileWords(error));
  if (!words) return error.message;
  const file = error.path === undefined ? '' : `${error.path}: `;
  return `${file}${words.zh} / ${words.en}`;
}

/** How much was read: without it, silence could mean clean or not looked at. */
function summaryOf(reports: readonly TargetReport[], skipped: readonly string[]): string {
  const unread = reports.filter((report) => report.error).length;
  const lines = [`已扫描 scanned: ${reports.length - unread}`];
  if (unread > 0) lines.push(`没能读 could not read: ${unread}`);
  if (skipped.length > 0) {
    const names = skipped.slice(0, 5).map(printable).join(', ');
    lines.push(
      `跳过（不认识的类型或链接）skipped: ${skipped.length} (${names}${skipped.length > 5 ? ', …' : ''})`,
    );
  }
  return `${lines.join('；')}\n`;
}

function readOptions(argv: string[]) {
  return parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      terms: { type: 'string', multiple: true },
      starter: { type: 'boolean' },
      name: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

async function readRuleset(files: readonly string[], withStarter: boolean): Promise<Ruleset> {
  const lists: TermList[] = files.length === 0 || withStarter ? [starterTermList] : [];
  for (const file of files) lists.push(readTermList(await readFile(file), file));
  return createRuleset(lists);
}

/** Reads a word list file. Throws with the place and the remedy when it is not one. */
export function readTermList(bytes: Uint8Array, file: string): TermList {
  const { text } = decodeBytes(bytes);
  const terms =
    extname(file).toLowerCase() === '.json' ? readJsonTerms(text, file) : readTextTerms(text, file);
  if (!Array.isArray(terms)) return terms;
  return { id: file, version: '1', source: file, terms };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: 不是有效的 JSON / is not valid JSON (${(error as Error).message})`, {
      cause: error,
    });
  }
}

function readJsonTerms(text: string, file: string): TermList | TermList['terms'] {
  const value = parseJson(text, file);
  const terms = (entry: unknown) => (typeof entry === 'string' ? { term: entry } : entry);
  const read = Array.isArray(value)
    ? termSchema.array().max(100_000).safeParse(value.map(terms))
    : termListSchema.safeParse(
        value && typeof value === 'object' && 'terms' in value && Array.isArray(value.terms)
          ? { id: file, version: '1', source: file, ...value, terms: value.terms.map(terms) }
          : value,
      );
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`${file}: ${issue?.path.join('.') || 'the whole file'}: ${issue?.message}`);
}

function readTextTerms(text: string, file: string): TermList['terms'] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [term, category, tier] = line.split('\t').map((column) => column.trim());
    const read = termSchema.safeParse({ term, ...(category ? { category } : {}), ...(tier ? { tier } : {}) });
    if (read.success) return [read.data];
    const [issue] = read.error.issues;
    throw new Error(`${file}:${at + 1}: ${issue?.path.join('.')}: ${issue?.message}`);
  });
}

async function scanOne(target: OpenTarget, ruleset: Ruleset, pool: ReturnType<typeof createScanPool>) {
  try {
    const opened = await target.open();
    const result = await scanBytesConfined(pool, opened, ruleset);
    const findings = result.findings;
    const isEmpty = opened.bytes.length === 0;
    const text =
      result.charset === undefined
        ? null
        : decodeBytes(opened.bytes, { contentType: opened.contentType }).text;
    const shown = findings.map((finding) => showFinding(target.target, finding, text)).join('');
    return { report: { target: target.target, findings }, shown, isEmpty };
  } catch (error) {
    return {
      report: { target: target.target, findings: [], error: explain(target.target, error) },
      shown: '',
      isEmpty: false,
    };
  }
}

/** What an empty text says, in the words of the page that checks documents. */
function nothingIn(name: string): string {
  const { zh, en } = new AppError('scan.nothing', { name }).messages();
  return `${zh} / ${en}`;
}

/** What an unreadable target says; anything that is not about the target is a bug and goes up. */
function explain(target: string, error: unknown): { code: string; message: string } {
  let known = error;
  if (error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code))) {
    const words = fileWords(error as NodeJS.ErrnoException);
    known = new AppError(
      'scan.unreadable',
      { target, reason: words?.zh ?? error.message, reason_en: words?.en ?? error.message },
      error,
    );
  }
  if (!isAppError(known)) throw error;
  const { zh, en } = known.messages();
  return { code: known.code, message: `${zh} / ${en}` };
}

function showFinding(target: string, finding: Finding, text: string | null): string {
  const place = finding.part
    ? ` ${placeWords(finding.part)}`
    : text === null
      ? ''
      : lineAndColumn(text, finding.start);
  const more = finding.href ? ` → ${printable(finding.href)}` : '';
  return `${target}:${place}  ${finding.severity}  ${printable(ruleWords(finding.rule))}  ${printable(finding.context)}${more}\n`;
}

/** Where in a file, in both languages; what has no words of its own (the name of a file in an archive) stands once. */
function placeWords(part: string): string {
  const { zh, en } = explainPlace(part);
  return printable(zh === en ? zh : `${zh} / ${en}`);
}

/** Line and column, both from 1; the column counts UTF-16 units. */
function lineAndColumn(text: string, offset: number): string {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    start = at + 1;
  }
  return `${line}:${offset - start + 1}`;
}

/** Without control characters: what a page says must not command the terminal. */
const printable = (text: string) => text.replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, ' ');
