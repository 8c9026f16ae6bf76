/** From an address bar's address to the one socket address that a request may use. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { fail } from '#base/errors';
import { isPublicAddress } from '#base/outbound/addresses';

/**
 * A host that may be reached although its address is not public, or that has an address of its own for us (split
 * DNS). Only this address is used. With `port`, only that port: an address without a port is sent there, one with
 * another port is refused. Without `port`, only 80 and 443.
 */
export interface AllowedHost {
  readonly host: string;
  readonly address: string;
  readonly port?: number;
}

/** What the name stood for when we looked: the answers are pinned to the connection. */
export interface DnsFacts {
  readonly host: string;
  readonly answers: readonly string[];
  /** `register`: named by `allow`; `literal`: the address itself stood there. */
  readonly via: 'lookup' | 'register' | 'literal';
}

export interface Target {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly dns: DnsFacts;
}

/** Resolves a name to addresses; may fail. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The system's resolver: hosts file and DNS. */
export const systemResolve: Resolve = async (host) => {
  const answers = await lookup(host, { all: true, order: 'verbatim' });
  return answers.map((answer) => answer.address);
};

/**
 * Resolves the URL's host once. Fails with `outbound.dns_failed`, or `outbound.forbidden_address` when no answer may
 * be used. Answers that may not be used are left out, so a name with a public and a private one stays reachable.
 */
export async function findTarget(url: URL, allow: readonly AllowedHost[], resolve: Resolve): Promise<Target> {
  const host = plainHost(url.hostname);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const registered = allow.filter((entry) => plainHost(entry.host) === host);
  if (registered.length > 0) return registeredTarget(url, host, port, registered);
  const literal = isIP(host) !== 0;
  const answers = literal ? [host] : await ask(host, resolve);
  const addresses = answers.filter(isPublicAddress);
  if (addresses.length === 0) fail('outbound.forbidden_address', { host, address: answers.join(', ') });
  return { addresses, port, dns: { host, answers, via: literal ? 'literal' : 'lookup' } };
}

function registeredTarget(url: URL, host: string, port: number, entries: readonly AllowedHost[]): Target {
  const fits = (entry: AllowedHost) => (entry.port ? entry.port === port : port === 80 || port === 443);
  const chosen = entries.find(fits) ?? (url.port === '' ? entries.find((entry) => entry.port) : undefined);
  if (!chosen || isIP(chosen.address) === 0) {
    const address = entries.map((entry) => `${entry.address}:${entry.port ?? '80, 443'}`).join(', ');
    fail('outbound.forbidden_address', { host: `${host}:${port}`, address });
  }
  const { address } = chosen;
  return {
    addresses: [address],
    port: chosen.port ?? port,
    dns: { host, answers: [address], via: 'register' },
  };
}

async function ask(host: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    const answers = await resolve(host);
    if (answers.length > 0) return answers;
  } catch (error) {
    fail(
      'outbound.dns_failed',
      { host, reason: (error as NodeJS.ErrnoException).code ?? String(error) },
      error,
    );
  }
  return fail('outbound.dns_failed', { host, reason: 'no address' });
}

function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
