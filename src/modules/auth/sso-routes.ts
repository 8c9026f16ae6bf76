/** Routes of single sign-on: the way in, the connectors, the bindings. */
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { type Exchange, type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { isAdministrator } from './roles.ts';
import { answerEntry } from './session-routes.ts';
import { clearSessionCookie } from './sessions/session-cookie.ts';
import { endSessions } from './sessions/session-store.ts';
import { type BindingRow, findBinding, listBindings } from './sso/binding-store.ts';
import {
  type ConnectorRow,
  findConnector,
  listConnectors,
  listReady,
  standingVersions,
  type VersionRow,
} from './sso/connector-store.ts';
import { chooseAccount, decideBinding, endBinding } from './sso/decide-binding.ts';
import { endAddress, endByLogoutRequest } from './sso/end-sso-session.ts';
import { finishFlow, passDirectory, startFlow } from './sso/pass-through.ts';
import {
  changeConnector,
  createConnector,
  decideConnector,
  switchOffConnector,
} from './sso/propose-connector.ts';
import { callbackUrlOf, providerOf } from './sso/provider-of.ts';
import { readForm } from './sso/read-form.ts';

const versionOf = (row: VersionRow): z.input<typeof contract.connectorVersion> => ({
  id: row.id,
  nameZh: row.name_zh,
  nameEn: row.name_en,
  settings: row.settings,
  hasSecret: row.secret !== null,
  state: row.state,
  proposedBy: row.proposed_by_name,
  proposedById: row.proposed_by,
  proposedAt: row.proposed_at,
  decidedBy: row.decided_by_name,
  decidedAt: row.decided_at,
});

function connectorOf(
  app: App,
  row: ConnectorRow,
  versions: readonly VersionRow[],
): z.input<typeof contract.connector> {
  const own = versions.filter((version) => version.connector_id === row.id);
  const inState = (state: VersionRow['state']) => {
    const found = own.find((version) => version.state === state);
    return found ? versionOf(found) : null;
  };
  return {
    id: row.id,
    kind: row.kind,
    unitName: row.unit_name,
    active: inState('approved'),
    proposed: inState('proposed'),
    latest: versionOf(own[0]!),
    boundAccounts: row.bound,
    callbackUrl: callbackUrlOf(app, row.id),
  };
}

async function readConnector(ctx: Ctx, id: string): Promise<z.input<typeof contract.connector>> {
  const row = (await findConnector(ctx, id)) ?? fail('base.not_found', { what: id });
  return connectorOf(ctx.app, row, await standingVersions(ctx, [id]));
}

const bindingOf = (row: BindingRow): z.input<typeof contract.binding> => ({
  id: row.id,
  connectorId: row.connector_id,
  connectorZh: row.connector_zh,
  connectorEn: row.connector_en,
  subject: row.subject,
  displayName: row.display_name,
  employeeNo: row.employee_no,
  phoneMasked: row.phone_masked,
  account: row.account_id
    ? {
        id: row.account_id,
        username: row.username ?? '',
        name: row.account_name ?? '',
        unitName: row.account_unit ?? '',
        administrator: isAdministrator(row.account_roles ?? []),
      }
    : null,
  matchedBy: row.matched_by,
  state: row.state,
  askedAt: row.asked_at,
  chosenById: row.chosen_by,
  decidedBy: row.decided_by_name,
  decidedAt: row.decided_at,
  lastSignInAt: row.last_sign_in_at,
});

async function readBinding(ctx: Ctx, id: string): Promise<z.input<typeof contract.binding>> {
  return bindingOf((await findBinding(ctx, id)) ?? fail('base.not_found', { what: id }));
}

/** The page that tells how it went. What is secret stands behind `#`: no server and no log sees it. */
function toResult(
  reply: FastifyReply,
  query: Record<string, string>,
  secret?: Record<string, string>,
): FastifyReply {
  const fragment = secret ? `#${new URLSearchParams(secret)}` : '';
  return reply.redirect(`/sso-result?${new URLSearchParams(query)}${fragment}`, 303);
}

/** An error of the way in as a page, for a browser that came by a redirect; bugs go on as bugs. */
function toRefusal(reply: FastifyReply, error: unknown): FastifyReply {
  if (!isAppError(error)) throw error;
  return toResult(reply, { code: error.code });
}

function linkerOf(actor: Actor, wanted: boolean): string | undefined {
  if (!wanted) return undefined;
  if (actor.kind !== 'user' || actor.readOnly || actor.limited) fail('base.unauthenticated');
  return actor.id;
}

async function finish(app: App, connectorId: string, exchange: Exchange): Promise<FastifyReply> {
  const { request, reply } = exchange;
  try {
    const { admission, flow } = await finishFlow(app, connectorId, request, reply);
    if (admission.kind === 'pending') return toResult(reply, { code: 'auth.sso_pending' });
    const { factor } = await answerEntry(app, admission.entry, exchange);
    if (!factor) return reply.redirect(flow.returnTo, 303);
    const { ticket, kinds } = factor;
    return toResult(reply, { code: 'factor' }, { ticket, kinds: kinds.join(','), to: flow.returnTo });
  } catch (error) {
    return toRefusal(reply, error);
  }
}

const wayIn: Handler[] = [
  handleRaw(contract.listSignInMethods, async (app) => {
    const ready = await app.run(systemActor('auth.sso'), listReady);
    return {
      items: ready.map(({ id, kind, version }) => ({
        id,
        kind,
        nameZh: version.name_zh,
        nameEn: version.name_en,
        form: kind === 'ldap',
      })),
    };
  }),
  handleRaw(contract.startSso, async (app, actor, { params, query }, { reply }) => {
    try {
      const linkAccountId = linkerOf(actor, query.link === '1');
      const address = await startFlow(app, params.id, reply, { to: query.to, linkAccountId });
      return reply.redirect(address.href, 303);
    } catch (error) {
      return toRefusal(reply, error);
    }
  }),
  handleRaw(contract.finishSso, (app, _actor, { params }, exchange) => finish(app, params.id, exchange)),
  handleRaw(contract.signInByDirectory, async (app, actor, { params, body }, exchange) => {
    const linkAccountId = linkerOf(actor, body.link);
    const admission = await passDirectory(app, params.id, exchange.request, { ...body, linkAccountId });
    if (admission.kind === 'pending') return { pending: true, entry: null };
    return { pending: false, entry: await answerEntry(app, admission.entry, exchange) };
  }),
  handleRaw(contract.endBySso, async (app, _actor, { params }, { request, reply }) => {
    await endByLogoutRequest(app, params.id, await readForm(request.body));
    // The same answer whether the ticket was known or not.
    return reply.status(204).send();
  }),
  handleRaw(contract.signOutEverywhere, async (app, actor, _input, { reply }) => {
    const { sessionId } = actor;
    const redirect = sessionId ? await endAddress(app, sessionId) : null;
    if (sessionId) {
      // Whoever looks as another leaves the own session: that other person did nothing.
      const system = { ...systemActor('auth'), id: actor.viewer?.id ?? actor.id };
      await app.run(system, (ctx) => endSessions(ctx, { id: sessionId }, 'signed_out'));
    }
    clearSessionCookie(app, reply);
    return { redirect };
  }),
];

async function testConnector(app: App, actor: Actor, id: string): Promise<{ steps: contract.TestStep[] }> {
  const { kind, version } = await app.run(actor, async (ctx) => {
    const connector = (await findConnector(ctx, id)) ?? fail('base.not_found', { what: id });
    const versions = await standingVersions(ctx, [id]);
    const chosen = versions.find(({ state }) => state === 'proposed') ?? versions[0]!;
    return { kind: connector.kind, version: chosen };
  });
  const steps = await (await providerOf(app, kind, version)).test();
  await app.run(actor, (ctx) =>
    recordAudit(ctx, {
      action: 'auth.sso_test',
      subject: `sso_connector:${id}`,
      after: { versionId: version.id, ok: steps.every(({ ok }) => ok) },
    }),
  );
  return { steps };
}

const administration: Handler[] = [
  handle(contract.listConnectors, async (ctx, { query }) => {
    const { items, ...count } = await listConnectors(ctx, query);
    const versions = await standingVersions(
      ctx,
      items.map(({ id }) => id),
    );
    return { ...count, items: items.map((row) => connectorOf(ctx.app, row, versions)) };
  }),
  handle(contract.createConnector, async (ctx, { body }) =>
    readConnector(ctx, await createConnector(ctx, body)),
  ),
  handle(contract.changeConnector, async (ctx, { params, body }) => {
    await changeConnector(ctx, params.id, body);
    return readConnector(ctx, params.id);
  }),
  handle(contract.decideConnector, async (ctx, { params, body }) => {
    await decideConnector(ctx, params.id, body);
    return readConnector(ctx, params.id);
  }),
  handle(contract.switchOffConnector, async (ctx, { params }) => {
    await switchOffConnector(ctx, params.id);
    return readConnector(ctx, params.id);
  }),
  handleRaw(contract.testConnector, (app, actor, { params }) => testConnector(app, actor, params.id)),
  handle(contract.listBindings, async (ctx, { query }) => {
    const { items, ...count } = await listBindings(ctx, query);
    return { ...count, items: items.map(bindingOf) };
  }),
  handle(contract.chooseAccount, async (ctx, { params, body }) => {
    await chooseAccount(ctx, params.id, body.username);
    return readBinding(ctx, params.id);
  }),
  handle(contract.decideBinding, async (ctx, { params, body }) => {
    await decideBinding(ctx, params.id, body);
    return readBinding(ctx, params.id);
  }),
  handle(contract.endBinding, async (ctx, { params }) => {
    await endBinding(ctx, params.id);
    return readBinding(ctx, params.id);
  }),
  // One's own, whatever unit's connector it came through: the account is the limit, not the scope.
  handleRaw(contract.listOwnBindings, (app, actor, { query }) =>
    app.run({ ...actor, scope: '*' }, async (ctx) => {
      if (actor.kind !== 'user') return { items: [], total: 0 };
      const { items, ...count } = await listBindings(ctx, { ...query, accountId: actor.id });
      return { ...count, items: items.map(ownBindingOf) };
    }),
  ),
  handleRaw(contract.endOwnBinding, async (app, actor, { params }, { reply }) => {
    await app.run({ ...actor, scope: '*' }, (ctx) => endBinding(ctx, params.id, true));
    return reply.status(204).send();
  }),
];

const ownBindingOf = (row: BindingRow) => ({
  id: row.id,
  connectorZh: row.connector_zh,
  connectorEn: row.connector_en,
  displayName: row.display_name,
  state: row.state,
  lastSignInAt: row.last_sign_in_at,
});

export const ssoRoutes: Handler[] = [...wayIn, ...administration];
