/** Opens the socket of one request: the pinned address, and TLS with its facts. */
import { constants } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { AppError, fail } from '#base/errors';
import { startDeadline } from '#base/outbound/deadline';
import type { Target } from '#base/outbound/find-target';

/** What the server's side of TLS said. `authorized` is false for a certificate that does not verify. */
export interface TlsFacts {
  readonly protocol: string;
  readonly cipher: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly fingerprint256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly authorized: boolean;
  readonly authorizationError: string | null;
  /** The server's own certificate, DER, base64. */
  readonly certificate: string;
}

/** `record`: an untrusted certificate or old protocol is noted; `refuse`: nothing is sent to such a server. */
export type InsecureTls = 'record' | 'refuse';

const ADDRESSES_MAX = 3;
const CONNECT_TIMEOUT_MS = 10_000;

/** Connects to the first address of the target that answers. Fails with `outbound.connect_failed`. */
export async function openSocket(target: Target, signal: AbortSignal): Promise<Socket> {
  let last: unknown;
  for (const address of target.addresses.slice(0, ADDRESSES_MAX)) {
    try {
      return await openOne(address, target.port, signal);
    } catch (error) {
      signal.throwIfAborted();
      last = error;
    }
  }
  const reason = (last as NodeJS.ErrnoException).code ?? String(last);
  return fail(
    'outbound.connect_failed',
    { address: `${target.addresses[0]}`, port: target.port, reason },
    last,
  );
}

function openOne(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { signal: limit, end } = startDeadline(CONNECT_TIMEOUT_MS, signal);
  return new Promise<Socket>((resolve, reject) => {
    // `host` is a literal address: nothing is looked up a second time.
    const socket = connectTcp({ host, port });
    const onAbort = () => socket.destroy(limit.reason instanceof Error ? limit.reason : new Error('aborted'));
    limit.addEventListener('abort', onAbort, { once: true });
    if (limit.aborted) onAbort();
    socket.once('connect', () => {
      limit.removeEventListener('abort', onAbort);
      socket.setNoDelay(true);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  }).finally(end);
}

/**
 * TLS over `socket` for `host`. With `record`, protocols down to TLS 1.0 and weak keys are accepted too: a neglected
 * server must still be seen. Fails with `outbound.tls_failed`, or with `outbound.tls_untrusted` under `refuse`.
 */
export function openTls(
  socket: Socket,
  host: string,
  mode: InsecureTls,
  signal: AbortSignal,
  ca?: string,
): Promise<{ socket: TLSSocket; facts: TlsFacts }> {
  const old = {
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  } as const;
  return new Promise((resolve, reject) => {
    const secure = connectTls({
      socket,
      ...(isIP(host) ? {} : { servername: host }),
      rejectUnauthorized: false,
      ...(ca ? { ca } : {}),
      ALPNProtocols: ['http/1.1'],
      ...(mode === 'record' ? old : {}),
    });
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      secure.off('error', onError);
      secure.off('close', onClose);
      act();
    };
    const onError = (error: Error) => {
      secure.destroy();
      settle(() => reject(tlsFailure(host, error)));
    };
    const onClose = () => onError(new Error('closed during the handshake'));
    const onAbort = () => onError(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    secure.once('error', onError);
    secure.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    secure.once('secureConnect', () => {
      const facts = tlsFacts(secure);
      if (mode === 'record' || facts.authorized) return settle(() => resolve({ socket: secure, facts }));
      secure.destroy();
      settle(() => reject(untrusted(host, facts)));
    });
  });
}

function tlsFailure(host: string, error: Error): AppError {
  const reason = (error as NodeJS.ErrnoException).code ?? error.message;
  return new AppError('outbound.tls_failed', { host, reason }, error);
}

function untrusted(host: string, facts: TlsFacts): AppError {
  return new AppError('outbound.tls_untrusted', { host, reason: facts.authorizationError ?? '' });
}

function tlsFacts(secure: TLSSocket): TlsFacts {
  const certificate: Partial<DetailedPeerCertificate> = secure.getPeerCertificate(true) ?? {};
  // Declared as Error, documented and delivered as a code string.
  const problem = secure.authorizationError as unknown as string | Error | undefined;
  return {
    protocol: secure.getProtocol() ?? '',
    cipher: secure.getCipher().standardName ?? secure.getCipher().name,
    validFrom: certificate.valid_from ?? '',
    validTo: certificate.valid_to ?? '',
    fingerprint256: certificate.fingerprint256 ?? '',
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    authorized: secure.authorized,
    authorizationError: problem ? String((problem as Error).message ?? problem) : null,
    certificate: certificate.raw?.toString('base64') ?? '',
  };
}

function nameOf(name: unknown): string {
  return Object.entries((name ?? {}) as Record<string, string | string[]>)
    .map(([key, value]) => `${key}=${[value].flat().join('+')}`)
    .join(', ');
}
