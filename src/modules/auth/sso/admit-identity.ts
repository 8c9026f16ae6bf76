/** From “the other system says who it is” to a session, a second step, or a request to the administrator. */
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { AppError, fail } from '#base/errors';
import { ssoAsked } from '../contract.ts';
import { isAdministrator } from '../roles.ts';
import { type Entrance, type Entry, enter, openSession, personAt } from '../sessions/open-session.ts';
import { type AccountRow, digestOf, findAccount } from '../store.ts';
import {
  type BindingRow,
  type Candidate,
  findCandidate,
  findIdentity,
  insertBinding,
  insertLogin,
  isStillOpen,
  keepIdToken,
  lockIdentity,
  noteSignIn,
  sessionsOfLogin,
  setCandidate,
} from './binding-store.ts';
import type { ReadyConnector } from './connector-store.ts';
import { findReady } from './connector-store.ts';
import { endThrough } from './end-sso-session.ts';
import type { ExternalIdentity } from './identity-provider.ts';
import { maskMobile, plainMobile } from './match-phone.ts';
import { ssoSealer } from './provider-of.ts';

export type Admission = { readonly kind: 'pending' } | { readonly kind: 'entered'; readonly entry: Entry };

type Standing =
  | { readonly kind: 'pending' }
  | { readonly kind: 'refused'; readonly error: AppError }
  | { readonly kind: 'bound'; readonly account: AccountRow; readonly loginId: string };

const system = systemActor('auth.sso');

/**
 * Lets a bound identity in, and turns any other into a request that waits for approval. `linkAccountId`: the
 * signed-in account that asks to be bound. Throws `auth.sso_refused`, `auth.sso_account_disabled`,
 * `auth.sso_holder_only`, `auth.sso_already_bound`, `auth.sso_outside`, `auth.sso_off`.
 */
export async function admitIdentity(
  app: App,
  connector: ReadyConnector,
  found: ExternalIdentity,
  way: { remote: string; userAgent: string; linkAccountId?: string | undefined },
): Promise<Admission> {
  const identity = { ...found, ...(found.phone && { phone: plainMobile(found.phone) }) } as ExternalIdentity;
  // The refusals are committed with their audit entry, so they are thrown after the transaction.
  const standing = await app.run(system, (ctx) => findStanding(ctx, connector, identity, way.linkAccountId));
  if (standing.kind === 'refused') throw standing.error;
  if (standing.kind === 'pending') return standing;
  const { account, loginId } = standing;
  const entrance = { remote: way.remote, userAgent: way.userAgent, method: `sso:${loginId}` };
  const entry = identity.secondFactor
    ? await enterTrusted(app, account, entrance)
    : await enter(app, account, entrance);
  await demandOpen(app, loginId);
  return { kind: 'entered', entry };
}

/** Between the recognition and the session the binding may have ended: then the session ends too. */
async function demandOpen(app: App, loginId: string): Promise<void> {
  const isOpen = await app.run(system, async (ctx) => {
    if (await isStillOpen(ctx, loginId)) return true;
    await endThrough(ctx, await sessionsOfLogin(ctx, loginId), 'kicked', 'the binding was ended');
    return false;
  });
  if (!isOpen) fail('auth.sso_off');
}

/** The other system's second factor stands for ours: only where the approved settings say so. */
async function enterTrusted(app: App, account: AccountRow, entrance: Entrance): Promise<Entry> {
  const opened = await app.run(personAt(account), (ctx) => openSession(ctx, account, entrance, true));
  return { account, ...opened };
}

async function findStanding(
  ctx: Ctx,
  connector: ReadyConnector,
  identity: ExternalIdentity,
  linkAccountId: string | undefined,
): Promise<Standing> {
  await lockIdentity(ctx, connector.id, identity);
  // Between the redirect and now it may have been switched off.
  if (!(await findReady(ctx, connector.id))) return refuse('auth.sso_off');
  const binding = await findIdentity(ctx, connector.id, identity);
  const holder = linkAccountId ? await findAccount(ctx, { id: linkAccountId }) : undefined;
  if (linkAccountId) return linkHolder(ctx, connector, identity, binding, holder);
  if (binding?.state === 'bound') return enterBound(ctx, connector, binding, identity);
  if (binding?.state === 'pending') return { kind: 'pending' };
  if (binding?.refused_lately) return refuse('auth.sso_refused');
  await ask(ctx, connector, identity, await findCandidate(ctx, connector.unit_path, identity));
  return { kind: 'pending' };
}

function refuse(code: string, details: Record<string, unknown> = {}): Standing {
  return { kind: 'refused', error: new AppError(code, details) };
}

async function enterBound(
  ctx: Ctx,
  connector: ReadyConnector,
  binding: BindingRow,
  identity: ExternalIdentity,
): Promise<Standing> {
  const account = (await findAccount(ctx, { id: binding.account_id! }))!;
  const code = whyNot(account, connector, binding);
  if (code) {
    await recordAudit(ctx, {
      action: 'auth.sign_in_refused',
      subject: `account:${account.id}`,
      unitPath: account.unit_path,
      after: { connector: connector.version.name_zh, connectorId: connector.id, code },
    });
    return refuse(code, { username: account.username });
  }
  const ticketSha256 = identity.ticket ? digestOf(identity.ticket) : null;
  const loginId = await insertLogin(ctx, { binding, ticketSha256 });
  if (identity.idToken) {
    await keepIdToken(ctx, loginId, (await ssoSealer(ctx.app)).sealBytes(identity.idToken, loginId));
  }
  await noteSignIn(ctx, binding.id);
  await recordAudit(ctx, {
    action: 'auth.sso_recognised',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
    after: { connector: connector.version.name_zh, connectorId: connector.id, login: loginId },
  });
  return { kind: 'bound', account, loginId };
}

/** What became of the account since it was bound. */
function whyNot(account: AccountRow, connector: ReadyConnector, binding: BindingRow): string | undefined {
  if (account.disabled) return 'auth.sso_account_disabled';
  const isInside = `${account.unit_path}.`.startsWith(`${connector.unit_path}.`);
  if (!isInside) return 'auth.sso_outside';
  // Whoever runs the other system could name any account; an administrator's needs its holder's own act.
  if (isAdministrator(account.roles) && binding.matched_by !== 'holder') return 'auth.sso_holder_only';
  return undefined;
}

async function linkHolder(
  ctx: Ctx,
  connector: ReadyConnector,
  identity: ExternalIdentity,
  binding: BindingRow | undefined,
  holder: AccountRow | undefined,
): Promise<Standing> {
  if (!holder || holder.disabled) return refuse('auth.sso_account_disabled');
  if (!`${holder.unit_path}.`.startsWith(`${connector.unit_path}.`)) {
    return refuse('auth.sso_outside', { username: holder.username });
  }
  if (binding?.state === 'bound') return refuse('auth.sso_already_bound');
  const candidate = { accountId: holder.id, unitPath: holder.unit_path, ground: 'holder' as const };
  if (binding?.state === 'pending') {
    await setCandidate(ctx, binding.id, candidate, null);
    await audit(ctx, 'auth.sso_ask', binding.id, holder.unit_path, connector, identity, 'holder');
  } else {
    await ask(ctx, connector, identity, candidate);
  }
  return { kind: 'pending' };
}

async function ask(
  ctx: Ctx,
  connector: ReadyConnector,
  identity: ExternalIdentity,
  candidate: Candidate | undefined,
): Promise<void> {
  const phoneMasked = identity.phone ? maskMobile(identity.phone) : null;
  const row = { connectorId: connector.id, unitPath: connector.unit_path, identity, phoneMasked, candidate };
  const id = await insertBinding(ctx, row);
  const unitPath = candidate?.unitPath ?? connector.unit_path;
  const askedBy = candidate?.ground === 'holder' ? candidate.accountId : null;
  await ctx.emit(ssoAsked, { what: 'binding', id, name: identity.displayName, askedBy }, unitPath);
  await audit(ctx, 'auth.sso_ask', id, unitPath, connector, identity, candidate?.ground ?? null);
}

async function audit(
  ctx: Ctx,
  action: string,
  bindingId: string,
  unitPath: string,
  connector: ReadyConnector,
  identity: ExternalIdentity,
  ground: string | null,
): Promise<void> {
  await recordAudit(ctx, {
    action,
    subject: `sso_binding:${bindingId}`,
    unitPath,
    after: {
      connector: connector.version.name_zh,
      issuer: identity.issuer,
      subject: identity.subject,
      name: identity.displayName,
      ground,
    },
  });
}
