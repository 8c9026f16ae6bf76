/** Looks at a server's certificate and at what it would agree to, by handshakes of our own. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type DetailedPeerCertificate,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { isAppError } from '#base/errors';
import type { AllowedHost } from '#base/outbound';
import { findTarget, systemResolve } from '#base/outbound/find-target';
import type { SiteFacts } from '../contract.ts';
import { failureText } from '../failure-text.ts';
import { inBoth } from '../reason-words.ts';
import { type Look, unread } from './look.ts';
import { judgeTls, type TlsSight } from './tls-rules.ts';

export type TlsFacts = NonNullable<SiteFacts['tls']>;

export interface TlsLookOptions {
  readonly allow: readonly AllowedHost[];
  readonly now: Date;
  readonly expiryDays: readonly number[];
  readonly signal: AbortSignal;
  /** Certificates (PEM) to trust instead of the usual ones. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

const HANDSHAKE_MS = 10_000;
/** Suites without secrecy: no encryption, or anybody's key. What this runtime cannot speak (3DES, RC4) is not tested. */
const BROKEN_SUITES = 'eNULL:aNULL:@SECLEVEL=0';

/** Looks at `url`'s server twice when the first look finds faults: only what both saw is told (a load balancer has several). */
export async function lookAtTls(url: URL, options: TlsLookOptions): Promise<Look<TlsFacts>> {
  const first = await lookOnce(url, options);
  if (first.unread !== null || first.remarks.length === 0) return first;
  const again = await lookOnce(url, options);
  if (again.unread !== null) return again;
  const rules = new Set(first.remarks.map((one) => one.rule));
  return { ...again, remarks: again.remarks.filter((one) => rules.has(one.rule)) };
}

async function lookOnce(url: URL, options: TlsLookOptions): Promise<Look<TlsFacts>> {
  let place: { host: string; port: number };
  try {
    const target = await findTarget(url, options.allow, systemResolve);
    place = { host: target.addresses[0]!, port: target.port };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return unread(failureText(error));
  }
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const lax: ConnectionOptions = { ...place, minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };
  const main = await shake(name, lax, options, (socket) => readSight(socket, name));
  if ('failure' in main) {
    options.signal.throwIfAborted();
    if (main.isSilent) return unread(inBoth(`TLS 握手失败：${main.failure}`, `TLS failed: ${main.failure}`));
    const sight = { host: name, failure: main.failure };
    return { facts: undefined, remarks: judgeTls(sight, options), unread: null };
  }
  const old: string[] = [];
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    if (await accepts(name, { ...place, ...only(version), ciphers: 'ALL:@SECLEVEL=0' }, options))
      old.push(version);
  }
  const broken = await accepts(
    name,
    { ...place, minVersion: 'TLSv1', maxVersion: 'TLSv1.2', ciphers: BROKEN_SUITES },
    options,
  );
  options.signal.throwIfAborted();
  const sight: TlsSight = { ...main.value, oldProtocols: old, brokenSuites: broken };
  return { facts: factsOf(name, sight), remarks: judgeTls(sight, options), unread: null };
}

const only = (version: SecureVersion) => ({ minVersion: version, maxVersion: version });

async function accepts(name: string, to: ConnectionOptions, options: TlsLookOptions): Promise<boolean> {
  const answer = await shake(name, to, options, () => true);
  return !('failure' in answer);
}

type Shaken<T> = { readonly value: T } | { readonly failure: string; readonly isSilent: boolean };

/** One handshake; `isSilent`: the server did not answer at all, or never ended it. */
function shake<T>(
  name: string,
  to: ConnectionOptions,
  { signal, ca, timeoutMs = HANDSHAKE_MS }: TlsLookOptions,
  read: (socket: TLSSocket) => T,
): Promise<Shaken<T>> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((resolve) => {
    const socket = connect({
      ...to,
      ...(isIP(name) ? {} : { servername: name }),
      ...(ca ? { ca } : {}),
      rejectUnauthorized: false,
    });
    const end = (answer: Shaken<T>) => {
      limit.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answer);
    };
    const onAbort = () => end({ failure: '超时', isSilent: true });
    limit.addEventListener('abort', onAbort, { once: true });
    if (limit.aborted) return onAbort();
    socket.once('secureConnect', () => end({ value: read(socket) }));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end({ failure: error.code ?? error.message, isSilent: error.syscall === 'connect' }),
    );
    socket.once('close', () => end({ failure: '握手中断', isSilent: false }));
  });
}

function readSight(socket: TLSSocket, name: string): Omit<TlsSight, 'oldProtocols' | 'brokenSuites'> {
  const chain = socket.getPeerCertificate(true);
  // Declared as Error, documented and delivered as a code string.
  const problem = socket.authorizationError as unknown as string | Error | undefined;
  const own = chain.raw ? new X509Certificate(chain.raw) : undefined;
  return {
    host: name,
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName ?? socket.getCipher().name,
    subject: own?.subject.replaceAll('\n', ', ') ?? '',
    issuer: own?.issuer.replaceAll('\n', ', ') ?? '',
    validFrom: own ? new Date(own.validFrom) : new Date(0),
    validTo: own ? new Date(own.validTo) : new Date(0),
    fingerprint: own?.fingerprint256 ?? '',
    keyType: own?.publicKey.asymmetricKeyType ?? '',
    keyBits: bitsOf(own),
    signature: (own?.signatureAlgorithm ?? '').toLowerCase(),
    hasIssuer: sentIssuer(chain),
    problem: problem ? String((problem as Error).message ?? problem) : null,
    nameProblem: checkServerIdentity(name, chain)?.message ?? null,
  };
}

function bitsOf(own: X509Certificate | undefined): number {
  const details = own?.publicKey.asymmetricKeyDetails;
  if (details?.modulusLength) return details.modulusLength;
  return own?.toLegacyObject().bits ?? 0;
}

/** Whether the server sent the certificate of its certificate's issuer. */
function sentIssuer(chain: DetailedPeerCertificate): boolean {
  const above = chain.issuerCertificate;
  return above !== undefined && above !== null && above.raw !== undefined && !above.raw.equals(chain.raw);
}

function factsOf(host: string, sight: TlsSight): TlsFacts {
  return {
    host,
    protocol: sight.protocol,
    cipher: sight.cipher,
    subject: sight.subject,
    issuer: sight.issuer,
    validFrom: sight.validFrom.toISOString(),
    validTo: sight.validTo.toISOString(),
    key: `${sight.keyType.toUpperCase()} ${sight.keyBits}`,
    signature: sight.signature,
    fingerprint: sight.fingerprint,
    trusted: sight.problem === null && sight.nameProblem === null,
    problem: sight.nameProblem ?? sight.problem,
    oldProtocols: [...sight.oldProtocols],
  };
}
