/** Sign-in through other systems: connectors, bindings, and the way in. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { signedIn } from './session.ts';
import { connectorInput, connectorKind } from './sso-settings.ts';

export * from './sso-settings.ts';

/** A way in, as the sign-in page shows it. `form`: user name and password are typed here. */
export const signInMethod = z.object({
  id: z.uuid(),
  kind: connectorKind,
  nameZh: z.string(),
  nameEn: z.string(),
  form: z.boolean(),
});

export const listSignInMethods = route({
  method: 'GET',
  path: '/api/sso/methods',
  summary: 'The other systems through which one can sign in.',
  access: 'public',
  reply: z.object({ items: z.array(signInMethod) }),
});

export const startSso = route({
  method: 'GET',
  path: '/api/sso/:id/start',
  summary:
    'Leads the browser to the other system; `link` binds it to the signed-in account instead of signing in.',
  access: 'public',
  params: idParams,
  query: z.object({ to: z.string().max(2000).optional(), link: z.enum(['1']).optional() }),
});

export const finishSso = route({
  method: 'GET',
  path: '/api/sso/:id/callback',
  summary: 'Where the other system sends the browser back to.',
  access: 'public',
  params: idParams,
});

export const signInByDirectory = route({
  method: 'POST',
  path: '/api/sso/:id/password',
  summary: 'Signs in with the user name and password of a directory (LDAP, Active Directory).',
  access: 'public',
  params: idParams,
  body: z.object({
    username: z
      .string()
      .trim()
      .min(1)
      .max(128)
      .regex(/^\P{Cc}+$/u, '用户名里有不可见字符 / invisible characters in the user name'),
    password: z.string().min(1).max(512),
    link: z.boolean().default(false),
  }),
  /** `entry` as after a password; null: the request is with the administrator. */
  reply: z.object({ pending: z.boolean(), entry: signedIn.nullable() }),
  // As the sign-in by a password of ours: all schools of a bureau may come through one exit, and every name has its
  // own count of failed tries.
  limit: { calls: 120, minutes: 1, of: 'address' },
});

export const endBySso = route({
  method: 'POST',
  path: '/api/sso/:id/callback',
  summary: 'CAS tells that a session ended there (back-channel logoutRequest); the session here ends too.',
  access: 'public',
  params: idParams,
  accepts: 'stream',
  fromOutside: true,
  limit: { calls: 600, minutes: 1, of: 'address' },
});

export const signOutEverywhere = route({
  method: 'POST',
  path: '/api/sso/sign-out',
  summary:
    'Signs out here; answers with the address at which to sign out of the other system, if it offers one.',
  access: 'session',
  whileViewing: true,
  reply: z.object({ redirect: z.string().nullable() }),
});

export const connectorVersion = z.object({
  id: z.uuid(),
  nameZh: z.string(),
  nameEn: z.string(),
  settings: z.record(z.string(), z.unknown()),
  /** Whether a secret is on file; it is never shown. */
  hasSecret: z.boolean(),
  state: z.enum(['proposed', 'withdrawn', 'approved', 'refused', 'replaced', 'switched_off']),
  proposedBy: z.string(),
  proposedById: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
});

export const connector = z.object({
  id: z.uuid(),
  kind: connectorKind,
  unitName: z.string(),
  /** What works now; null: switched off, or never approved. */
  active: connectorVersion.nullable(),
  /** What waits for a second person. */
  proposed: connectorVersion.nullable(),
  /** The newest, whatever became of it. */
  latest: connectorVersion,
  boundAccounts: z.number().int(),
  /** The address to register at the other system. */
  callbackUrl: z.string(),
});

export const listConnectors = route({
  method: 'GET',
  path: '/api/sso/connectors',
  summary: 'Connectors to other systems, with what works and what waits for approval.',
  access: 'sso.read',
  query: listQuery,
  reply: listOf(connector),
});

export const createConnector = route({
  method: 'POST',
  path: '/api/sso/connectors',
  summary: 'Proposes a connector; it lets nobody in before a second person approves it.',
  access: 'sso.propose',
  body: connectorInput,
  reply: connector,
});

export const changeConnector = route({
  method: 'POST',
  path: '/api/sso/connectors/:id/changes',
  summary: 'Proposes other settings; the present ones work until a second person approves.',
  access: 'sso.propose',
  params: idParams,
  body: connectorInput,
  reply: connector,
});

export const decideConnector = route({
  method: 'POST',
  path: '/api/sso/connectors/:id/decision',
  summary: 'Approves or refuses the proposed settings; never the proposer.',
  access: 'sso.approve',
  params: idParams,
  /** `versionId` says what was looked at: another proposal that came meanwhile is not approved by it. */
  body: z.object({ versionId: z.uuid(), approve: z.boolean() }),
  reply: connector,
});

export const switchOffConnector = route({
  method: 'POST',
  path: '/api/sso/connectors/:id/off',
  summary: 'Switches a connector off at once and ends the sessions that came through it.',
  access: 'sso.read',
  params: idParams,
  reply: connector,
});

export const testStep = z.object({ ok: z.boolean(), zh: z.string(), en: z.string() });
export type TestStep = z.output<typeof testStep>;

export const testConnector = route({
  method: 'POST',
  path: '/api/sso/connectors/:id/test',
  summary: 'Tries the proposed settings, else those that work, without signing anybody in.',
  access: 'sso.read',
  params: idParams,
  reply: z.object({ steps: z.array(testStep) }),
  limit: { calls: 20, minutes: 5, of: 'actor' },
});

export const bindingState = z.enum(['pending', 'bound', 'refused', 'unbound']);
export const matchGround = z.enum(['employee_no', 'phone', 'holder', 'administrator']);

export const binding = z.object({
  id: z.uuid(),
  connectorId: z.uuid(),
  connectorZh: z.string(),
  connectorEn: z.string(),
  subject: z.string(),
  displayName: z.string(),
  employeeNo: z.string().nullable(),
  phoneMasked: z.string().nullable(),
  account: z
    .object({
      id: z.uuid(),
      username: z.string(),
      name: z.string(),
      unitName: z.string(),
      administrator: z.boolean(),
    })
    .nullable(),
  matchedBy: matchGround.nullable(),
  state: bindingState,
  askedAt: time,
  chosenById: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  lastSignInAt: time.nullable(),
});

export const listBindings = route({
  method: 'GET',
  path: '/api/sso/bindings',
  summary: 'Identities of other systems: those that wait, and those bound to accounts.',
  access: 'sso.read',
  query: listQuery.extend({ state: bindingState.optional(), connectorId: z.uuid().optional() }),
  reply: listOf(binding),
});

export const chooseAccount = route({
  method: 'POST',
  path: '/api/sso/bindings/:id/account',
  summary: 'Names the account of a waiting identity that matched none; another person approves.',
  access: 'sso.propose',
  params: idParams,
  body: z.object({ username: z.string().trim().toLowerCase().min(3).max(40) }),
  reply: binding,
});

export const decideBinding = route({
  method: 'POST',
  path: '/api/sso/bindings/:id/decision',
  summary: 'Approves or refuses that an identity is an account; never the account’s holder or who named it.',
  access: 'sso.bind',
  params: idParams,
  /** `accountId` says which account was looked at. */
  body: z.object({ approve: z.boolean(), accountId: z.uuid().optional() }),
  reply: binding,
});

export const endBinding = route({
  method: 'POST',
  path: '/api/sso/bindings/:id/end',
  summary: 'Ends a binding and the sessions that came through it.',
  access: 'sso.read',
  params: idParams,
  reply: binding,
});

export const listOwnBindings = route({
  method: 'GET',
  path: '/api/session/bindings',
  summary: 'The other systems that one’s own account is bound to.',
  access: 'signed-in',
  query: listQuery,
  reply: listOf(
    z.object({
      id: z.uuid(),
      connectorZh: z.string(),
      connectorEn: z.string(),
      displayName: z.string(),
      state: bindingState,
      lastSignInAt: time.nullable(),
    }),
  ),
});

export const endOwnBinding = route({
  method: 'DELETE',
  path: '/api/session/bindings/:id',
  summary: 'Ends a binding of one’s own account.',
  access: 'signed-in',
  params: idParams,
});
