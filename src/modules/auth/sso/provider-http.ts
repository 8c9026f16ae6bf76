/** Requests to an identity system: the outbound rules of the house, no redirects, small answers, short waits. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AppError, fail } from '#base/errors';
import { type AllowedHost, type OutboundResult, outboundFetch } from '#base/outbound';
import { isPublicAddress } from '#base/outbound/addresses';

/** The host that the approved settings name, and its address if it is an internal one. */
export interface RegisteredHost {
  readonly url: string;
  readonly internalAddress?: string | undefined;
  readonly caPem?: string | undefined;
}

export interface ProviderRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const maxBytes = 512 * 1024;
const timeoutMs = 10_000;

/** An internal address is reached for the registered host and port only (rule 11 of the design). */
function allowed(host: RegisteredHost): AllowedHost[] {
  if (!host.internalAddress) return [];
  const url = new URL(host.url);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return [{ host: url.hostname, address: host.internalAddress, port }];
}

/** Sends one request. Throws `auth.sso_unreachable` when no whole answer came; any status is an answer. */
export async function askProvider(
  host: RegisteredHost,
  address: URL | string,
  request: ProviderRequest = {},
): Promise<OutboundResult> {
  const { method, headers, body } = request;
  const result = await outboundFetch(String(address), {
    allow: allowed(host),
    ...(method && { method }),
    ...(headers && { headers }),
    ...(body !== undefined && { body: typeof body === 'string' ? Buffer.from(body) : body }),
    ...(host.caPem && { ca: host.caPem }),
    maxBytes,
    timeoutMs,
    maxRedirects: 0,
  });
  if (result.error) fail('auth.sso_unreachable', { reason: result.error.message, code: result.error.code });
  if (result.truncated) fail('auth.sso_bad_answer', { reason: 'the answer is too long' });
  return result;
}

/** Sends one request and reads the JSON object of a 2xx answer. Throws `auth.sso_bad_answer` for anything else. */
export async function askJson(
  host: RegisteredHost,
  address: URL | string,
  request: ProviderRequest = {},
): Promise<Record<string, unknown>> {
  const headers = { accept: 'application/json', ...request.headers };
  const result = await askProvider(host, address, { ...request, headers });
  return readJson(result);
}

/** POST with a JSON body. */
export function postJson(
  host: RegisteredHost,
  address: URL | string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  return askJson(host, address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

function readJson(result: OutboundResult): Record<string, unknown> {
  const { status } = result;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(result.body).toString('utf8'));
  } catch (error) {
    return fail('auth.sso_bad_answer', { reason: `HTTP ${status}, not JSON` }, error);
  }
  if (status < 200 || status > 299 || typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('auth.sso_bad_answer', { reason: `HTTP ${status}` });
  }
  return value as Record<string, unknown>;
}

/**
 * The address of a host for a connection of our own (LDAP), under the same rule: the registered internal address,
 * or a public one. Throws `auth.sso_unreachable`.
 */
export async function addressOf(hostname: string, internalAddress: string | undefined): Promise<string> {
  if (internalAddress) return internalAddress;
  const answers = isIP(hostname)
    ? [hostname]
    : await lookup(hostname, { all: true })
        .then((found) => found.map(({ address }) => address))
        .catch((error: NodeJS.ErrnoException) =>
          fail('auth.sso_unreachable', { code: 'outbound.dns_failed', reason: error.code }, error),
        );
  const first = answers.find(isPublicAddress);
  if (first) return first;
  const error = new AppError('outbound.forbidden_address', { host: hostname, address: answers.join(', ') });
  return fail('auth.sso_unreachable', { code: error.code, reason: error.message });
}

/** A text of an answer: a string, or a number as one (some systems send ids as numbers); else undefined. */
export function textOf(value: unknown, max = 300): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  return trimmed === '' || trimmed.length > max || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(trimmed)
    ? undefined
    : trimmed;
}

/** The member of an object in an answer; an empty object when there is none. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
