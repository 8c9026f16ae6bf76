/** Errors as replies: what the caller can act on, in both languages; never a stack, a statement or a path. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, App } from '#base/app';
import { sqlState } from '#base/db';
import { AppError } from '#base/errors';
import { jsonLimit } from '#base/http-body';
import { secureReply } from '#base/http-headers';

/** Who a request came from, for the explanation of a refusal. */
export const actors = new WeakMap<FastifyRequest, Actor>();

export async function sendError(
  app: App,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const known = toAppError(error);
  if (known?.code === 'base.forbidden') return sendRefusal(app, known, request, reply);
  if (known) {
    return reply
      .status(known.status)
      .send({ code: known.code, message: known.messages(), details: known.details });
  }
  const bug = new AppError('base.bug', { incident: request.id });
  app.log.error(
    { err: error, request: request.id, method: request.method, url: request.routeOptions.url },
    'bug',
  );
  return reply.status(500).send({ code: bug.code, message: bug.messages(), details: bug.details });
}

/** A refusal names the permission in words, and who holds it. */
async function sendRefusal(
  app: App,
  error: AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = String(error.details.permission ?? '');
  const words = app.modules.find((module) => module.permissions?.[key])?.permissions?.[key];
  const actor = actors.get(request);
  const explain = app.modules.find((module) => module.explainRefusal)?.explainRefusal;
  const told =
    words && actor && explain
      ? await explain(app, actor, key).catch((cause: unknown) => {
          app.log.error({ err: cause, permission: key }, 'a refusal cannot be explained');
          return {};
        })
      : {};
  const message = words
    ? {
        zh: `你没有“${words.zh}”的权限（${key}）`,
        en: `You are not allowed to: ${words.en} (${key})`,
      }
    : error.messages();
  return reply.status(error.status).send({
    code: error.code,
    message,
    details: { ...error.details, ...(words && { name: words }), ...told },
  });
}

/** What the framework refuses before any code of ours, in words: its own are English and for programmers. */
const framework: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  FST_ERR_BAD_URL: {
    zh: '网址里有无法识别的编码（% 后面不对）',
    en: 'the address has an encoding that is none (after a %)',
  },
  FST_ERR_MAX_PARAM_LENGTH: { zh: '网址里有一段太长', en: 'a part of the address is too long' },
  FST_ERR_CTP_INVALID_JSON_BODY: { zh: '请求的内容不是有效的 JSON', en: 'the body is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    zh: '请求的内容与所写的长度（Content-Length）不符',
    en: 'the body is not as long as its Content-Length says',
  },
};

/** Answers what the router itself refuses, with the headers of every reply: no hook runs for it. */
export function answerFrameworkErrors(
  app: App,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (error, request, reply) => {
    secureReply(app, request, reply);
    await sendError(app, error, request, reply);
  };
}

function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const { code = '' } = error as { code?: string };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError('base.not_json', { type: { zh: '写法不对', en: 'malformed' } });
  }
  const words =
    framework[code] ?? (error instanceof SyntaxError ? framework.FST_ERR_CTP_INVALID_JSON_BODY : null);
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 413) return new AppError('base.too_large', { limit: limitOf(error) });
  if (status !== undefined && status < 500) {
    const summary = words ?? { zh: `请求的格式不对（${code || status}）`, en: (error as Error).message };
    return new AppError('base.invalid_input', { summary });
  }
  const state = sqlState(error);
  if (state === '42501')
    return new AppError('base.forbidden', { permission: '超出管理范围 outside your scope' });
  if (state?.startsWith('08') || state?.startsWith('57P')) {
    return new AppError('base.unavailable', { what: 'PostgreSQL' });
  }
  return undefined;
}

function limitOf(error: unknown): string {
  const bytes = (error as { limit?: number }).limit ?? jsonLimit;
  return `${Math.round((bytes / 1024 / 1024) * 10) / 10} MiB`;
}
