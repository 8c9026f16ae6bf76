import {
  type FieldType,
  fieldsOf,
  fieldTypes,
  fits,
  type TemplateRow,
} from '../../contract/template-fields.ts';
import { compileTime, type TimeReader } from './time-format.ts';

/** One line's shape, as its owner writes it. */
export interface Pattern {
  readonly row: TemplateRow;
  /** Which of the row's meanings such a line has (`destroy`, `release`); absent: the first of them. */
  readonly means?: string | undefined;
  readonly pattern: string;
}

export interface FieldStep {
  /** '' for a skipped field. */
  readonly name: string;
  readonly type: FieldType;
  readonly time?: TimeReader | undefined;
  /** Where it stands in the pattern, from 1. */
  readonly column: number;
}

/** Literal text is cut at its blanks: each stands for one or more blanks of the line. */
export interface LiteralStep {
  readonly literal: readonly string[];
  readonly column: number;
}

export type Step = FieldStep | LiteralStep;

const problems = {
  empty: { zh: '没有任何字段', en: 'it has no field' },
  long: { zh: '超过 2000 个字符', en: 'it is longer than 2,000 characters' },
  unclosed: { zh: '左花括号没有配对的右花括号', en: 'an opening brace is not closed' },
  brace: { zh: '单独的右花括号请写成 }}', en: 'a closing brace alone is written }}' },
  name: {
    zh: '字段名只能由小写字母、数字和下划线组成',
    en: 'a field is named by small letters, digits and underscores',
  },
  unknown: { zh: '这种记录没有这个字段', en: 'rows of this kind have no such field' },
  type: {
    zh: '未知的类型；可用 ip、port、mac、number、proto、word、text、rest 或 %Y-%m-%d 这样的时间格式',
    en: 'unknown type: use ip, port, mac, number, proto, word, text, rest, or a time format such as %Y-%m-%d',
  },
  misfit: { zh: '这个字段不能用这种类型', en: 'the field cannot be of this type' },
  time: { zh: '时间格式无法识别', en: 'the time format is not understood' },
  twice: { zh: '同一个字段出现了两次', en: 'the field occurs twice' },
  adjacent: {
    zh: '两个字段之间要有文字，否则无法知道前一个在哪里结束',
    en: 'between two fields there must be text, or the end of the first cannot be told',
  },
  last: { zh: 'rest 只能是最后一个字段', en: 'rest can only be the last field' },
  missing: { zh: '缺少必需的字段', en: 'a required field is missing' },
  meaning: { zh: '这种记录没有这个含义', en: 'rows of this kind cannot mean that' },
} as const;
export type Problem = keyof typeof problems;

/** Why a pattern cannot be used, and where. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly column: number;
  readonly zh: string;
  readonly en: string;

  constructor(problem: Problem, column: number, subject = '') {
    const { zh, en } = problems[problem];
    super(en);
    this.column = column;
    this.zh = subject ? `${zh}：${subject}` : zh;
    this.en = subject ? `${en}: ${subject}` : en;
  }
}

const maxLength = 2000;
/** These end by themselves, whatever follows. */
const selfEnding: readonly FieldType[] = ['ip', 'port', 'mac', 'number', 'time'];

/** Reads a pattern into steps. Throws PatternError. */
export function parsePattern(given: Pattern): Step[] {
  const { pattern, row, means } = given;
  if (pattern.length > maxLength) throw new PatternError('long', maxLength);
  const { required, meanings } = fieldsOf(row);
  if (means !== undefined && !meanings.includes(means)) throw new PatternError('meaning', 1, means);
  const steps = split(pattern).map((piece) =>
    'text' in piece ? { literal: piece.text.split(/[ \t]+/), column: piece.column } : readField(piece, row),
  );
  checkOrder(steps);
  const names = steps.flatMap((step) => ('name' in step && step.name !== '' ? [step.name] : []));
  if (names.length === 0) throw new PatternError('empty', 1);
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new PatternError('missing', pattern.length, missing.join(', '));
  return steps;
}

type Piece = { text: string; column: number } | { field: string; column: number };

/** Braces are doubled to stand for themselves. */
function split(pattern: string): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  let column = 1;
  const endText = () => {
    if (text !== '') pieces.push({ text, column });
    text = '';
  };
  for (let i = 0; i < pattern.length; ) {
    const two = pattern.slice(i, i + 2);
    if (text === '') column = i + 1;
    if (two === '{{' || two === '}}') {
      text += two[0];
      i += 2;
    } else if (pattern[i] === '}') {
      throw new PatternError('brace', i + 1);
    } else if (pattern[i] === '{') {
      endText();
      const close = pattern.indexOf('}', i);
      if (close < 0) throw new PatternError('unclosed', i + 1);
      pieces.push({ field: pattern.slice(i + 1, close), column: i + 1 });
      i = close + 1;
    } else {
      text += pattern[i];
      i += 1;
    }
  }
  endText();
  return pieces;
}

function readField({ field, column }: { field: string; column: number }, row: TemplateRow): FieldStep {
  const colon = field.indexOf(':');
  const name = colon < 0 ? field : field.slice(0, colon);
  const spec = colon < 0 ? undefined : field.slice(colon + 1);
  if (!/^[a-z_][a-z0-9_]{0,30}$/.test(name)) throw new PatternError('name', column, name);
  const { type, time } = typeOf(spec, column);
  if (name === '_') return { name: '', type: type ?? 'text', time, column };
  const { fields, open } = fieldsOf(row);
  const wanted = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (wanted === undefined) {
    if (!open) throw new PatternError('unknown', column, `${name} (${Object.keys(fields).join(', ')})`);
    return { name, type: type ?? 'word', time, column };
  }
  if (wanted === 'time' && !time) throw new PatternError('time', column, name);
  if (type !== undefined && !fits[wanted].includes(type))
    throw new PatternError('misfit', column, `${name}:${type}`);
  return { name, type: type ?? wanted, time, column };
}

function typeOf(spec: string | undefined, column: number): { type?: FieldType; time?: TimeReader } {
  if (spec === undefined) return {};
  if (spec.includes('%')) {
    const time = compileTime(spec);
    if (!time) throw new PatternError('time', column, spec);
    return { type: 'time', time };
  }
  const type = fieldTypes.find((known) => known === spec && known !== 'time');
  if (!type) throw new PatternError('type', column, spec);
  return { type };
}

function checkOrder(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const [i, step] of steps.entries()) {
    if ('literal' in step) continue;
    if (step.name !== '' && seen.has(step.name)) throw new PatternError('twice', step.column, step.name);
    seen.add(step.name);
    const next = steps[i + 1];
    if (step.type === 'rest' && next) throw new PatternError('last', step.column, step.name);
    if (next && 'type' in next && !selfEnding.includes(step.type))
      throw new PatternError('adjacent', next.column);
  }
}
