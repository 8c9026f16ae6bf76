import { halfOf } from '#base/contract';
import { currentLanguage } from './i18n.ts';

/** One field that the server or the schema refused. `path` is dotted, as in `contact.phone`. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

type Words = Readonly<{ zh: string; en: string }>;

/** A refused or failed request: a stable code, the words for a person in both languages, and details. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly words: Words;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, words: Words, details: Readonly<Record<string, unknown>> = {}) {
    super(words.en);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.words = words;
    this.details = details;
  }

  /** The fields that were refused, empty when the error is about something else. */
  get fields(): FieldProblem[] {
    const list = this.details.issues ?? this.details.fields;
    if (!Array.isArray(list)) return [];
    return list.flatMap((item: unknown) => {
      if (typeof item !== 'object' || item === null) return [];
      const { path, message } = item as { path?: unknown; message?: unknown };
      const dotted = Array.isArray(path) ? path.join('.') : String(path ?? '');
      const clean = dotted.replace(/^(body|query|params)\./, '');
      return clean === '' ? [] : [{ path: clean, message: wordsOf(message)[currentLanguage()] }];
    });
  }
}

/** Reads the server's error body `{code, message, details}`; a body of another shape still becomes an error. */
export function readErrorBody(status: number, body: unknown): ApiError {
  const nested = isObject(body) && isObject(body.error) ? body.error : body;
  const { code, message, details } = (isObject(nested) ? nested : {}) as ErrorBody;
  if (typeof code !== 'string') return unexpectedReply(status);
  return new ApiError(status, code, wordsOf(message), isObject(details) ? details : {});
}

/** No reply at all: the server is away or the network is down. */
export function unreachable(): ApiError {
  return new ApiError(0, 'web.unreachable', {
    zh: '连不上服务器。请检查网络，稍后重试；已填写的内容还在。',
    en: 'The server cannot be reached. Check the network and try again; what you typed is still here.',
  });
}

function unexpectedReply(status: number): ApiError {
  return new ApiError(status, 'web.unexpected_reply', {
    zh: `服务器的回复无法识别（HTTP ${status}），操作可能没有完成。请刷新后核对。`,
    en: `The server's reply was not understood (HTTP ${status}). Reload and check whether it was done.`,
  });
}

/** Words for any thrown value: the server's for an ApiError, a plain apology with the cause for a bug. */
export function wordsForError(error: unknown): Words {
  if (error instanceof ApiError) return error.words;
  const cause = error instanceof Error ? error.message : String(error);
  return { zh: `页面出错：${cause}`, en: `The page failed: ${cause}` };
}

/** The stable code that a user can read out to support. */
export function codeOfError(error: unknown): string {
  return error instanceof ApiError ? error.code : 'web.bug';
}

function wordsOf(message: unknown): Words {
  if (isObject(message) && typeof message.zh === 'string') {
    return { zh: message.zh, en: typeof message.en === 'string' ? message.en : message.zh };
  }
  const text = typeof message === 'string' ? message : '';
  return { zh: halfOf(text, 'zh'), en: halfOf(text, 'en') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an address from a mail is no good: cut off, made up, or no longer valid. */
export function isWrongLink(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 404);
}
