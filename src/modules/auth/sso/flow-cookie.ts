/** The cookie that binds a sign-in under way to the browser that began it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '#base/app';
import { isReachedByTls } from '#base/config';
import { newSecret } from '#base/id';
import { openSealer } from '#base/seal';
import type { Flow } from './identity-provider.ts';

const minutes = 10;

/** Lax, not Strict: it must come along when the other system sends the browser back. */
function attributes(app: App) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: isReachedByTls(app.config) } as const;
}

function cookieName(app: App): string {
  return isReachedByTls(app.config) ? '__Host-jiaodun_sso' : 'jiaodun_sso';
}

/** Starts a flow: fresh state, nonce and verifier of 256 bits each, good for ten minutes. */
export function newFlow(
  app: App,
  parts: Pick<Flow, 'connectorId' | 'versionId' | 'returnTo' | 'linkAccountId'>,
): Flow {
  const expiresAt = app.clock.now().getTime() + minutes * 60_000;
  return { ...parts, state: newSecret(), nonce: newSecret(), verifier: newSecret(), expiresAt };
}

export async function writeFlow(app: App, reply: FastifyReply, flow: Flow): Promise<void> {
  const sealer = await openSealer(app.config.dataDir, 'auth sso flow');
  const sealed = sealer.seal(JSON.stringify(flow), flow.connectorId);
  reply.setCookie(cookieName(app), sealed, { ...attributes(app), maxAge: minutes * 60 });
}

export function clearFlow(app: App, reply: FastifyReply): void {
  reply.clearCookie(cookieName(app), attributes(app));
}

/**
 * The flow that this browser began at this connector, if its state is the one that came back and it is in time.
 * Undefined for anything else: no cookie, another connector's, a changed one, an old one.
 */
export async function readFlow(
  app: App,
  request: FastifyRequest,
  connectorId: string,
  state: string | null,
): Promise<Flow | undefined> {
  const cookie = request.cookies[cookieName(app)];
  if (!cookie || !state) return undefined;
  const sealer = await openSealer(app.config.dataDir, 'auth sso flow');
  const text = sealer.open(cookie, connectorId);
  if (text === undefined) return undefined;
  const flow = JSON.parse(text) as Flow;
  const isInTime = flow.expiresAt > app.clock.now().getTime();
  return isInTime && flow.state === state ? flow : undefined;
}
