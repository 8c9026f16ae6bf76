import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { type RequestRow, requestRows } from '../store/request-rows.ts';

export type { RequestRow };

export interface ProxyQuestion {
  readonly realm: string;
  readonly from: Date;
  readonly to: Date;
  /** Inside address of the client. */
  readonly clientIp?: string | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * Proxy requests of a realm by client, host or path, newest first. A proxy writes a line when the request
 * ENDS; `took` (ms) before `at` is when it began.
 */
export async function findProxyRequests(ctx: Ctx, question: ProxyQuestion): Promise<RequestRow[]> {
  const sources = [...(await catalogue.visibleSources(ctx)).values()];
  const sourceIds = sources.filter((source) => source.realm === question.realm).map((source) => source.id);
  if (sourceIds.length === 0) return [];
  return requestRows(ctx.app.logstore, {
    ...question,
    kind: 'proxy',
    sourceIds,
    hidden: await hiddenRows(ctx),
    limit: question.limit ?? 1000,
  });
}

export interface SiteQuestion {
  readonly host: string;
  readonly from: Date;
  readonly to: Date;
  /** Such as `['POST', 'PUT']`; absent: all. */
  readonly methods?: readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly limit?: number | undefined;
}

/** Requests that a website's own access log shows, newest first, with the caller's address and source port. */
export async function findSiteRequests(ctx: Ctx, question: SiteQuestion): Promise<RequestRow[]> {
  const sourceIds = [...(await catalogue.visibleSources(ctx)).keys()];
  if (sourceIds.length === 0) return [];
  return requestRows(ctx.app.logstore, {
    ...question,
    kind: 'site',
    sourceIds,
    hidden: await hiddenRows(ctx),
    limit: question.limit ?? 1000,
  });
}
