/** The cookies of a browser: its session, and the mark of a device on which a sign-in once succeeded. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '#base/app';
import { type Config, isReachedByTls } from '#base/config';
import { newSecret } from '#base/id';
import { openSealer } from '#base/seal';

const deviceSeconds = 180 * 86_400;

/**
 * Behind TLS the name says `__Host-`: browsers then take it only when it is Secure, for the whole host and for no
 * other one (RFC 6265bis §4.1.3.2), so that a neighbouring subdomain cannot plant a session.
 */
export function cookieName(config: Pick<Config, 'tlsProxy' | 'tlsCert'>): string {
  return isReachedByTls(config) ? '__Host-jiaodun_session' : 'jiaodun_session';
}

function deviceCookie(config: Config): string {
  return isReachedByTls(config) ? '__Host-jiaodun_device' : 'jiaodun_device';
}

/** No page needs the session on its way in from another site: the application asks once it is loaded. */
function attributes(config: Config) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isReachedByTls(config) } as const;
}

export function readSessionCookie(app: App, request: FastifyRequest): string | undefined {
  return request.cookies[cookieName(app.config)];
}

/** Puts the session's secret, and the mark of a known device, into the reply. */
export async function writeSessionCookie(
  app: App,
  reply: FastifyReply,
  secret: string,
  accountId?: string,
): Promise<void> {
  reply.setCookie(cookieName(app.config), secret, attributes(app.config));
  if (accountId === undefined) return;
  const sealer = await openSealer(app.config.dataDir, 'auth device');
  const mark = sealer.seal(newSecret().slice(0, 16), accountId);
  reply.setCookie(deviceCookie(app.config), `${accountId}.${mark}`, {
    ...attributes(app.config),
    maxAge: deviceSeconds,
  });
}

export function clearSessionCookie(app: App, reply: FastifyReply): void {
  reply.clearCookie(cookieName(app.config), attributes(app.config));
}

/**
 * The mark of a device from which this account signed in before, or undefined. Failed tries are counted for it
 * apart: whoever guesses from elsewhere can neither lock its owner out nor gain tries by it.
 */
export async function knownDevice(
  app: App,
  request: FastifyRequest,
  accountId: string | undefined,
): Promise<string | undefined> {
  const value = request.cookies[deviceCookie(app.config)];
  const sealer = await openSealer(app.config.dataDir, 'auth device');
  const owner = value?.slice(0, 36) ?? '';
  const mark = value ? sealer.open(value.slice(37), owner) : undefined;
  return mark !== undefined && owner === accountId ? mark : undefined;
}
