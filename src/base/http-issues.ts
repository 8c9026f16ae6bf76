/** Refused input in words, in both languages: Zod's own texts speak to programmers (“期望 string >=2 字符”). */
import { z } from 'zod';
import { halfOf } from '#base/contract';

/** One value that was refused. */
interface Issue {
  /** Dotted, as `contact.phone`; '' for the whole. */
  readonly path: string;
  /** `Chinese / English`. */
  readonly message: string;
}

interface Refused {
  readonly issues: readonly Issue[];
  /** All of them in one line for each language. */
  readonly summary: { readonly zh: string; readonly en: string };
}

const chinese = z.locales.zhCN().localeError;
const english = z.locales.en().localeError;

/** The value as its schema gives it, or what is wrong with it; `part` names it when no field does. */
export function checkInput<S extends z.ZodType>(
  part: string,
  schema: S,
  value: unknown,
): { readonly data: z.output<S> } | Refused {
  const general = new Set<string>();
  const error = (issue: z.core.$ZodRawIssue) => {
    const told = tellIssue(issue);
    general.add(told);
    return told;
  };
  const result = schema.safeParse(value, { error });
  if (result.success) return { data: result.data };
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const named = ({ path, message }: Issue) =>
    // What a contract says in its own words names the thing itself: “检索语句太长”.
    general.has(message) || !halfOf(message, 'zh').match(/\p{Script=Han}/u) ? path || part : '';
  const inLanguage = (language: 'zh' | 'en', colon: string, end: string) =>
    issues
      .map((issue) => [named(issue), halfOf(issue.message, language)].filter(Boolean).join(colon))
      .join(end);
  return { issues, summary: { zh: inLanguage('zh', '：', '；'), en: inLanguage('en', ': ', '; ') } };
}

/** What is wrong with a value, as `Chinese / English`; a schema's own words come before these. */
function tellIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type' && (issue.input === undefined || issue.input === null))
    return '必须填写 / is required';
  if (issue.code === 'too_small') return tellSmall(issue.origin, String(issue.minimum));
  if (issue.code === 'too_big') return tellBig(issue.origin, String(issue.maximum));
  const plain = tellFormat(issue);
  if (plain) return plain;
  const text = (told: string | { message: string } | undefined | null) =>
    typeof told === 'string' ? told : (told?.message ?? '');
  return `${text(chinese(issue))} / ${text(english(issue))}`;
}

/** What a value is to be, in words; the names are Zod's. */
const kinds: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  string: ['文字', 'text'],
  number: ['数字', 'a number'],
  int: ['整数', 'a whole number'],
  bigint: ['整数', 'a whole number'],
  boolean: ['是或否（true 或 false）', 'true or false'],
  object: ['对象（{…}）', 'an object ({…})'],
  record: ['对象（{…}）', 'an object ({…})'],
  array: ['数组（[…]）', 'a list ([…])'],
  tuple: ['数组（[…]）', 'a list ([…])'],
  date: ['时间', 'a time'],
};

const formats: Readonly<Record<string, string>> = {
  uuid: '编号不对：应为系统给出的编号（UUID） / is not an identifier of this system (UUID)',
  url: '不是网址：应以 http:// 或 https:// 开头 / is not an address: it begins with http:// or https://',
  email: '不是电子邮箱地址 / is not an e-mail address',
  datetime: '不是时间：应如 2026-01-31T08:00:00Z / is not a time such as 2026-01-31T08:00:00Z',
  date: '不是日期：应如 2026-01-31 / is not a date such as 2026-01-31',
  ipv4: '不是 IPv4 地址 / is not an IPv4 address',
  ipv6: '不是 IPv6 地址 / is not an IPv6 address',
};

/** What is not of the wanted kind, has parts that nobody knows, or is none of the choices; undefined for the rest. */
function tellFormat(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    const [zh, en] = kinds[issue.expected] ?? ['另一种内容', `something else (${issue.expected})`];
    return `应为${zh} / must be ${en}`;
  }
  if (issue.code === 'invalid_union') return '不合任何一种写法 / has none of the forms that are known';
  if (issue.code === 'unrecognized_keys') {
    const keys = (issue.keys as readonly string[]).map((key) => key.slice(0, 60)).join(', ');
    return `有不认识的项：${keys} / has parts that are not known: ${keys}`;
  }
  if (issue.code === 'invalid_value') {
    const values = (issue.values as readonly unknown[]).map(String);
    if (values.length === 0 || values.length > 12) return '不在可选的范围内 / is none of the choices';
    return `只能是 ${values.join('、')} / must be one of ${values.join(', ')}`;
  }
  if (issue.code === 'invalid_format')
    return formats[String(issue.format)] ?? '格式不对 / has the wrong form';
  return undefined;
}

function tellSmall(origin: string | undefined, least: string): string {
  const isText = origin === 'string';
  const isList = origin === 'array' || origin === 'set';
  if (isText && least === '1') return '不能为空 / must not be empty';
  if (isText) return `太短：至少 ${least} 个字符 / is too short: at least ${least} characters`;
  if (isList) return `至少要有 ${least} 项 / needs at least ${least} items`;
  return `不能小于 ${least} / must not be less than ${least}`;
}

function tellBig(origin: string | undefined, most: string): string {
  if (origin === 'string') return `太长：最多 ${most} 个字符 / is too long: at most ${most} characters`;
  if (origin === 'array' || origin === 'set') return `最多只能有 ${most} 项 / takes at most ${most} items`;
  return `不能大于 ${most} / must not be more than ${most}`;
}
