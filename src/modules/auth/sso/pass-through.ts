/** The two ways through another system: by redirect and back, or by a form of ours (a directory). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { recordAudit } from '#audit';
import { type App, systemActor } from '#base/app';
import { type AppError, fail, isAppError } from '#base/errors';
import { beginTry } from '../sessions/count-tries.ts';
import { succeedTry } from '../sessions/try-store.ts';
import { digestOf } from '../store.ts';
import { type Admission, admitIdentity } from './admit-identity.ts';
import { findReady, type ReadyConnector, spend } from './connector-store.ts';
import { clearFlow, newFlow, readFlow, writeFlow } from './flow-cookie.ts';
import type { Flow } from './identity-provider.ts';
import { insidePath } from './inside-path.ts';
import { providerOf } from './provider-of.ts';

const system = systemActor('auth.sso');

async function readyConnector(app: App, id: string): Promise<ReadyConnector> {
  return (await app.run(system, (ctx) => findReady(ctx, id))) ?? fail('auth.sso_off');
}

/** Sends the browser on its way. `linkAccountId`: the signed-in account that asks to be bound. */
export async function startFlow(
  app: App,
  connectorId: string,
  reply: FastifyReply,
  way: { to?: string | undefined; linkAccountId?: string | undefined },
): Promise<URL> {
  const connector = await readyConnector(app, connectorId);
  const provider = await providerOf(app, connector.kind, connector.version);
  const flow = newFlow(app, {
    connectorId,
    versionId: connector.version.id,
    returnTo: insidePath(way.to),
    ...(way.linkAccountId && { linkAccountId: way.linkAccountId }),
  });
  const address = await provider.start(flow);
  if (address === 'form') fail('auth.sso_off');
  await writeFlow(app, reply, flow);
  return address;
}

export interface Passed {
  readonly admission: Admission;
  readonly flow: Flow;
}

/** Takes what the other system sent back. Each state, code and ticket is taken once. */
export async function finishFlow(
  app: App,
  connectorId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Passed> {
  const query = new URL(request.url, 'http://inside.invalid').searchParams;
  const flow = await readFlow(app, request, connectorId, onlyOne(query, 'state'));
  clearFlow(app, reply);
  if (!flow) fail('auth.sso_expired');
  await spendOnce(app, `state ${connectorId} ${flow.state}`);
  const connector = await readyConnector(app, connectorId);
  // The settings changed while the person was away: what comes back belongs to the former ones.
  if (connector.version.id !== flow.versionId) fail('auth.sso_expired');
  for (const name of ['code', 'authCode', 'ticket']) {
    for (const value of query.getAll(name)) await spendOnce(app, `${name} ${connectorId} ${value}`);
  }
  const provider = await providerOf(app, connector.kind, connector.version);
  const identity = await provider
    .finish({ kind: 'redirect', query, flow })
    .catch((error: unknown) => noteRefusal(app, connector, error));
  const { ip: remote } = request;
  const way = { remote, userAgent: agentOf(request), linkAccountId: flow.linkAccountId };
  return { admission: await admitIdentity(app, connector, identity, way), flow };
}

function onlyOne(query: URLSearchParams, name: string): string | null {
  const values = query.getAll(name);
  return values.length === 1 ? values[0]! : null;
}

async function spendOnce(app: App, what: string): Promise<void> {
  const first = await app.run(system, (ctx) => spend(ctx, digestOf(`sso ${what}`)));
  if (!first) fail('auth.sso_expired');
}

export function agentOf(request: FastifyRequest): string {
  return request.headers['user-agent'] ?? '';
}

/** Leaves the reason, which is not for the screen of whoever tries, to the auditor; and throws on. */
async function noteRefusal(app: App, connector: ReadyConnector, error: unknown): Promise<never> {
  if (isAppError(error) && error.code !== 'auth.bad_credentials') {
    const after = { connector: connector.version.name_zh, code: error.code, reason: reasonOf(error) };
    await app.run(system, (ctx) =>
      recordAudit(ctx, {
        action: 'auth.sso_failed',
        subject: `sso_connector:${connector.id}`,
        unitPath: connector.unit_path,
        after,
      }),
    );
    app.log.warn({ ...after, connectorId: connector.id }, 'a sign-in through another system failed');
  }
  throw error;
}

function reasonOf(error: AppError): string {
  return String(error.details.reason ?? '').slice(0, 300);
}

/**
 * Signs in at a directory with what was typed. Throws `auth.bad_credentials` for an unknown name and a wrong
 * password alike, and `auth.locked` after as many failures of that name as the policy allows a local one.
 */
export async function passDirectory(
  app: App,
  connectorId: string,
  request: FastifyRequest,
  typed: { username: string; password: string; linkAccountId?: string | undefined },
): Promise<Admission> {
  const connector = await readyConnector(app, connectorId);
  if (connector.kind !== 'ldap') fail('auth.sso_off');
  const provider = await providerOf(app, connector.kind, connector.version);
  const username = `sso:${connectorId}:${typed.username.toLowerCase()}`;
  const tryId = await app.run(system, (ctx) =>
    beginTry(ctx, { username, device: undefined, remote: request.ip }),
  );
  const identity = await provider
    .finish({ kind: 'form', username: typed.username, password: typed.password })
    .catch(async (error: unknown) => {
      // A directory that does not answer is no wrong password.
      if (!isAppError(error, 'auth.bad_credentials')) await app.run(system, (ctx) => succeedTry(ctx, tryId));
      return noteRefusal(app, connector, error);
    });
  await app.run(system, (ctx) => succeedTry(ctx, tryId));
  const way = { remote: request.ip, userAgent: agentOf(request), linkAccountId: typed.linkAccountId };
  return admitIdentity(app, connector, identity, way);
}
