/** Routes about rights: permissions, composed roles, delegation, looking as another, tokens, phone numbers. */
import type { z } from 'zod';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { revokeRole } from './decide-role.ts';
import { composeRole, decideComposedRole, retireRole } from './rights/compose-role.ts';
import { answerDelegation, endDelegation, offerDelegation } from './rights/delegate.ts';
import { type DelegationRow, listDelegations, listRecipients } from './rights/delegation-store.ts';
import { catalogueOf, explainRefusal } from './rights/explain-refusal.ts';
import { revealPhone } from './rights/reveal-phone.ts';
import { listRevealsOf } from './rights/reveal-store.ts';
import { rightsOf } from './rights/rights.ts';
import { activeComposedRoles } from './rights/rights-store.ts';
import { type ComposedRow, listComposed } from './rights/role-store.ts';
import { listTokens, type TokenRow } from './rights/token-store.ts';
import { createToken, decideToken, revokeToken, rotateToken } from './rights/tokens.ts';
import { endViewAs, startViewAs } from './rights/view-as.ts';
import { listViewsOf } from './rights/view-store.ts';
import { permissionsOf, roles } from './roles.ts';
import { findAccount } from './store.ts';

const composedOf = (row: ComposedRow): z.input<typeof contract.composedRole> => ({
  id: row.id,
  name: row.name,
  version: row.version,
  zh: row.zh,
  en: row.en,
  permissions: row.permissions,
  reason: row.reason,
  state: row.state,
  proposedBy: row.proposed_by_name,
  proposedAt: row.proposed_at,
  decidedBy: row.decided_by_name,
});

const delegationOf = (row: DelegationRow): z.input<typeof contract.delegation> => ({
  id: row.id,
  from: { id: row.from_account, name: row.from_name, unitName: row.from_unit },
  to: { id: row.to_account, name: row.to_name, unitName: row.to_unit },
  permissions: row.permissions,
  role: row.role,
  reason: row.reason,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  state: row.state,
  endedBy: row.ended_by_name,
});

const tokenOf = (row: TokenRow): z.input<typeof contract.apiToken> => ({
  id: row.id,
  name: row.name,
  unitName: row.unit_name,
  permissions: row.permissions,
  allowedFrom: row.allowed_from,
  createdBy: row.created_by_name,
  state: row.state,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  lastUsedFrom: row.last_used_from,
});

const readingRoutes: Handler[] = [
  handle(contract.listPermissions, async (ctx) => catalogueOf(ctx.app)),
  handle(contract.listHolders, async (ctx, { params }) => {
    const permission =
      catalogueOf(ctx.app).find(({ key }) => key === params.key) ??
      fail('base.not_found', { what: params.key });
    return { permission, ...(await explainRefusal(ctx.app, ctx.actor, params.key)) };
  }),
  handle(contract.listOwnRights, async (ctx) => {
    const account = ctx.actor.kind === 'user' ? await findAccount(ctx, { id: ctx.actor.id }) : undefined;
    if (!account) {
      const rights = [...ctx.actor.permissions].map((permission) => ({
        permission,
        roles: [],
        lentBy: null,
      }));
      return { unitName: null, rights };
    }
    const composed = await activeComposedRoles(ctx);
    const words = (role: string) => {
      const own = composed.find(({ name }) => name === role);
      return {
        role,
        zh: own?.zh ?? roles[role as contract.RoleName]?.zh ?? role,
        en: own?.en ?? roles[role as contract.RoleName]?.en ?? role,
      };
    };
    const { lent, composed: held } = await rightsOf(ctx, account);
    const rights = [...ctx.actor.permissions].sort().map((permission) => {
      const one = lent.get(permission);
      const grounds = account.roles.filter(
        (role) =>
          permissionsOf([role]).has(permission) ||
          held.some((ground) => ground.role === role && ground.permission === permission),
      );
      return {
        permission,
        roles: grounds.map(words),
        lentBy: one ? { id: one.from_id, name: one.from_name, until: one.ends_at } : null,
      };
    });
    return { unitName: account.unit_name, rights };
  }),
];

const roleRoutes: Handler[] = [
  handle(contract.listComposedRoles, async (ctx, { query }) => {
    const page = await listComposed(ctx, query);
    return { ...page, items: page.items.map(composedOf) };
  }),
  handle(contract.composeRole, async (ctx, { body }) => composedOf(await composeRole(ctx, body))),
  handle(contract.decideComposedRole, async (ctx, { params, body }) =>
    composedOf(await decideComposedRole(ctx, params.id, body.approve)),
  ),
  handle(contract.retireRole, async (ctx, { params, body }) =>
    composedOf(await retireRole(ctx, params.id, body.reason)),
  ),
  handle(contract.revokeRole, async (ctx, { params, body }, { reply }) => {
    await revokeRole(ctx, params.id, body.reason);
    reply.status(204);
    return undefined;
  }),
];

const delegationRoutes: Handler[] = [
  handle(contract.listDelegations, async (ctx, { query }) => {
    const all = query.all === true && ctx.actor.permissions.has('accounts.read');
    if (!all && ctx.actor.kind !== 'user') return { items: [], total: 0 };
    const page = await listDelegations(ctx, query, all ? null : ctx.actor.id);
    return { ...page, items: page.items.map(delegationOf) };
  }),
  handle(contract.listRecipients, async (ctx, { query }) => {
    const page = await listRecipients(ctx, query);
    return {
      ...page,
      items: page.items.map(({ id, name, unit_name }) => ({ id, name, unitName: unit_name })),
    };
  }),
  handle(contract.offerDelegation, async (ctx, { body }) => {
    if (ctx.actor.kind !== 'user') fail('auth.bad_recipient');
    return delegationOf(await offerDelegation(ctx, body));
  }),
  handle(contract.answerDelegation, async (ctx, { params, body }) =>
    delegationOf(await answerDelegation(ctx, params.id, body.accept)),
  ),
  handle(contract.endDelegation, async (ctx, { params }) =>
    delegationOf(await endDelegation(ctx, params.id)),
  ),
];

const viewRoutes: Handler[] = [
  handle(contract.startViewAs, async (ctx, { body }, { reply }) => {
    await startViewAs(ctx, body);
    reply.status(204);
    return undefined;
  }),
  handleRaw(contract.endViewAs, async (app, actor, _input, { reply }) => {
    await endViewAs(app, actor);
    return reply.status(204).send();
  }),
  handle(contract.listViewsOfMe, async (ctx, { query }) => {
    if (ctx.actor.kind !== 'user') return { items: [], total: 0 };
    const page = await listViewsOf(ctx, ctx.actor.id, query);
    const items = page.items.map((row) => ({
      viewer: row.viewer_name,
      reason: row.reason,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      looked: row.looked,
    }));
    return { ...page, items };
  }),
];

const tokenRoutes: Handler[] = [
  handle(contract.listTokens, async (ctx, { query }) => {
    const page = await listTokens(ctx, query);
    return { ...page, items: page.items.map(tokenOf) };
  }),
  handle(contract.createToken, (ctx, { body }) => createToken(ctx, body)),
  handle(contract.rotateToken, (ctx, { params, body }) => rotateToken(ctx, params.id, body.graceMinutes)),
  handle(contract.decideToken, async (ctx, { params, body }, { reply }) => {
    await decideToken(ctx, params.id, body.approve);
    reply.status(204);
    return undefined;
  }),
  handle(contract.revokeToken, async (ctx, { params }, { reply }) => {
    await revokeToken(ctx, params.id);
    reply.status(204);
    return undefined;
  }),
];

const phoneRoutes: Handler[] = [
  handle(contract.revealPhone, (ctx, { params, body }) =>
    revealPhone(ctx, { personId: params.id, reason: body.reason }),
  ),
  handle(contract.listMyReveals, async (ctx, { query }) => {
    if (ctx.actor.kind !== 'user') return { items: [], total: 0 };
    const page = await listRevealsOf(ctx, ctx.actor.id, query);
    const items = page.items.map(({ id, account_name, account_unit, reason, at }) => ({
      id,
      by: account_name,
      unit: account_unit,
      reason,
      at,
    }));
    return { ...page, items };
  }),
];

export const permissionRoutes: Handler[] = [
  ...readingRoutes,
  ...roleRoutes,
  ...delegationRoutes,
  ...viewRoutes,
  ...tokenRoutes,
  ...phoneRoutes,
];
