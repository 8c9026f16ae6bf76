/** One POST through `#base/outbound`, and what an answer of HTTP itself means. */
import type { App } from '#base/app';
import { type AllowedHost, outboundFetch } from '#base/outbound';
import type { OpenChannel } from '../open-channel.ts';
import { lineOf, type Outcome } from './outcome.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The JSON of the answer, or null. */
  readonly json: unknown;
}

const timeoutMs = 10_000;
const brokenStatuses = [401, 403, 404, 405, 407, 408, 410, 425];

/** Posts; gives the answer of a 2xx, or the outcome that anything else is. Redirects are not followed. */
export async function postJson(
  app: App,
  channel: OpenChannel,
  request: { url?: string; body: string; headers?: Readonly<Record<string, string>> },
): Promise<{ answer: Answer } | { failure: Exclude<Outcome, { outcome: 'accepted' }> }> {
  const url = request.url ?? channel.url;
  const result = await outboundFetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': 'jiaodun',
      ...request.headers,
    },
    body: Buffer.from(request.body),
    allow: allowedOf(url, channel.settings.internalAddress),
    maxBytes: 256 * 1024,
    maxRedirects: 0,
    timeoutMs,
    clock: app.clock,
  });
  const left = result.exchanges.some((one) => one.rawRequest.byteLength > 0);
  if (result.error) {
    // The message of an error may repeat the address, which holds the robot's key.
    const detail = lineOf(withoutSecrets(result.error.message, channel));
    return { failure: { outcome: 'unreachable', detail, left } };
  }
  const text = Buffer.from(result.body).toString('utf8');
  const detail = lineOf(withoutSecrets(`HTTP ${result.status} ${text}`, channel));
  if (result.status >= 200 && result.status < 300)
    return { answer: { status: result.status, text, json: jsonOf(text) } };
  if (result.status === 429 || result.status === 503) {
    return {
      failure: { outcome: 'temporary', detail, left, pauseSeconds: restOf(result.headers['retry-after']) },
    };
  }
  // 400, 413, 422 and the like are about this message; a redirect, a refused key or a missing page are about all.
  const aboutThis = result.status >= 400 && result.status < 500 && !brokenStatuses.includes(result.status);
  return { failure: { outcome: aboutThis ? 'permanent' : 'unreachable', detail, left } };
}

/** RFC 9110 section 10.2.3, in seconds; dates are rare here and count as a minute. At most an hour. */
function restOf(header: string | undefined): number {
  const seconds = Number(header ?? '');
  return Number.isInteger(seconds) && seconds > 0 ? Math.min(seconds, 3600) : 60;
}

/** An internal host is reached only at the address that the channel registers for it. */
export function allowedOf(url: string, internalAddress: string): AllowedHost[] {
  if (internalAddress === '' || !URL.canParse(url)) return [];
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([0-9.]+))(?::(\d+))?$/.exec(internalAddress) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) return [];
  const { hostname, port: own } = new URL(url);
  const chosen = port ?? own;
  return [{ host: hostname, address, ...(chosen ? { port: Number(chosen) } : {}) }];
}

function withoutSecrets(text: string, channel: OpenChannel): string {
  const parsed = URL.canParse(channel.url) ? new URL(channel.url) : undefined;
  const hidden = [
    channel.url,
    channel.secret,
    parsed?.search.slice(1) ?? '',
    ...(parsed?.searchParams.values() ?? []),
    parsed && parsed.pathname.length > 12 ? (parsed.pathname.split('/').at(-1) ?? '') : '',
  ];
  return hidden.filter((one) => one.length >= 8).reduce((all, one) => all.replaceAll(one, '***'), text);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The value at `a.b.c` of a JSON answer, as text; undefined when it is not there. */
export function fieldOf(json: unknown, path: string): string | undefined {
  let value = json;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value === null || typeof value === 'object' ? undefined : String(value);
}
