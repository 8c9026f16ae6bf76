/** Errors as replies: what the caller can act on, in both languages; never a stack, a statement or a path. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, App } from '#base/app';
import { sqlState } from '#base/db';
import { AppError } from '#base/errors';
import { jsonLimit } from '#base/http-body';

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

function toAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 413) return new AppError('base.too_large', { limit: limitOf(error) });
  if (status !== undefined && status < 500) {
    return new AppError('base.invalid_input', { summary: (error as Error).message });
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
