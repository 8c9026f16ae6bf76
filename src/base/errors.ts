/**
 * Errors with stable codes. A code is declared once, in a module's contract, with its HTTP status and its
 * Chinese and English message; the server, the CLI and the web UI all show that one text.
 */
import type { ErrorCode } from '#base/contract';

const registry = new Map<string, ErrorCode>();

/** Codes that belong to no module. */
export const baseErrors = {
  'base.invalid_input': { status: 400, zh: '输入有误：{summary}', en: 'Invalid input: {summary}' },
  'base.not_found': { status: 404, zh: '没有找到：{what}', en: 'Not found: {what}' },
  'base.forbidden': { status: 403, zh: '没有权限：{permission}', en: 'Not allowed: {permission}' },
  'base.narrow_token': {
    status: 403,
    zh: '这个令牌只能用于 {permissions}；要用别的接口，请系统管理员另建令牌',
    en: 'This token is good for {permissions} only; for other routes ask the system administrator for another token',
  },
  'base.unauthenticated': { status: 401, zh: '请先登录', en: 'Please sign in' },
  'base.csrf': {
    status: 403,
    zh: '请求缺少 x-requested-with 头，已拒绝',
    en: 'The request has no x-requested-with header and was refused',
  },
  'base.foreign_origin': {
    status: 403,
    zh: '请求来自另一个网站（{origin}），已拒绝',
    en: 'The request came from another site ({origin}) and was refused',
  },
  'base.unknown_host': {
    status: 421,
    zh: '本系统不叫 {host}；请用正确的网址访问，或由运维把这个名字写进 JIAODUN_PUBLIC_URL 或 JIAODUN_HOST_NAMES',
    en: 'This system is not called {host}; use its right address, or let the operator add the name to JIAODUN_PUBLIC_URL or JIAODUN_HOST_NAMES',
  },
  'base.too_many': {
    status: 429,
    zh: '操作太频繁，请 {seconds} 秒后再试',
    en: 'Too many requests; try again in {seconds} seconds',
  },
  'base.read_only': {
    status: 403,
    zh: '你正以 {name} 的身份查看，只能看，不能改动、下载或打开密封内容；请先退出查看',
    en: 'You are viewing as {name}: you can look, but not change, download or open what is sealed; stop viewing first',
  },
  'base.too_large': { status: 413, zh: '内容过大，上限 {limit}', en: 'Too large; the limit is {limit}' },
  'base.not_json': {
    status: 415,
    zh: '这里只收 JSON：请求的 Content-Type 应为 application/json（收到的：{type}）',
    en: 'JSON only: send the body with Content-Type application/json (received: {type})',
  },
  'base.unavailable': {
    status: 503,
    zh: '{what} 暂时不可用，请稍后再试',
    en: '{what} is unavailable; try again later',
  },
  'base.conflict': { status: 409, zh: '与现有数据冲突：{what}', en: 'Conflicts with existing data: {what}' },
  'base.migration_changed': {
    status: 500,
    zh: '数据目录由另一版程序建立（{name} 已改变），不能用这一版打开；请用原版本，或换一个新的数据目录',
    en: 'The data directory was made by another version of the program ({name} has changed); use that version, or a new data directory',
  },
  'base.database_newer': {
    status: 500,
    zh: '数据库比这个程序新（{names}），请升级程序',
    en: 'The database is newer than this program ({names}); upgrade the program',
  },
  'base.bug': {
    status: 500,
    zh: '系统内部错误，编号 {incident}；操作没有保存',
    en: 'Internal error {incident}; nothing was saved',
  },
} as const satisfies Record<string, ErrorCode>;

/** Makes a contract's codes known. Throws when one code is declared twice with different texts. */
export function registerErrors(codes: Readonly<Record<string, ErrorCode>>): void {
  for (const [code, declared] of Object.entries(codes)) {
    const known = registry.get(code);
    if (known && known !== declared) throw new Error(`error code ${code} is declared twice`);
    registry.set(code, declared);
  }
}
registerErrors(baseErrors);

const things = new Map<string, string>();

/** What kinds of things are called in Chinese, for `base.not_found { what: 'log source 7' }`. */
export function registerThings(names: Readonly<Record<string, string>>): void {
  for (const [english, chinese] of Object.entries(names)) things.set(english, chinese);
}

/** All codes that are registered in this process, sorted: what `docs/reference/errors.md` is printed from. */
export function listErrors(): [string, ErrorCode][] {
  return [...registry].sort(([a], [b]) => (a < b ? -1 : 1));
}

export type Details = Readonly<Record<string, unknown>>;

/** A failure that its reader can act on. Anything else that is thrown is a bug. */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Details;

  constructor(code: string, details: Details = {}, cause?: unknown) {
    const declared = registry.get(code);
    super(fill(declared?.en ?? code, details, 'en'), cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.status = declared?.status ?? 500;
    this.details = details;
  }

  /** The message in both languages, with the details filled in. */
  messages(): { zh: string; en: string } {
    const declared = registry.get(this.code);
    return { zh: fill(declared?.zh ?? this.code, this.details, 'zh'), en: this.message };
  }
}

/** Throws the declared error; never returns. */
export function fail(code: string, details: Details = {}, cause?: unknown): never {
  throw new AppError(code, details, cause);
}

export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

function fill(text: string, details: Details, language: 'zh' | 'en'): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => {
    if (!(name in details)) return mark;
    const value = details[name];
    if (isBilingual(value)) return value[language];
    return language === 'zh' && name === 'what' ? inChinese(String(value)) : String(value);
  });
}

/** A detail with words of its own for each language: each message takes its half. */
function isBilingual(value: unknown): value is { zh: string; en: string } {
  if (typeof value !== 'object' || value === null) return false;
  return (
    typeof (value as { zh?: unknown }).zh === 'string' && typeof (value as { en?: unknown }).en === 'string'
  );
}

/** `log source 7`, `unit`: the kind of thing in Chinese, with what tells the one apart from the others behind it. */
function inChinese(what: string): string {
  const whole = things.get(what);
  if (whole !== undefined) return whole;
  const space = what.lastIndexOf(' ');
  const kind = things.get(what.slice(0, Math.max(0, space)));
  return kind === undefined ? what : kind + what.slice(space);
}
