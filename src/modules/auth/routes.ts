import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { findUnit, peopleByNumber } from '#units';
import { findAccountsOf } from './account-custody-store.ts';
import * as contract from './contract.ts';
import { decideRole, proposeRole } from './decide-role.ts';
import { type GrantRow, listGrants } from './grant-store.ts';
import { hashPassword } from './password-hash.ts';
import { demandGoodPassword } from './policy/check-password.ts';
import { currentPolicy } from './policy/policy-store.ts';
import { activeComposedRoles } from './rights/rights-store.ts';
import { roles } from './roles.ts';
import { describeAccount } from './sessions/describe-account.ts';
import { endSessions } from './sessions/session-store.ts';
import * as store from './store.ts';

function grantOf(row: GrantRow): z.input<typeof contract.roleGrant> {
  return {
    id: row.id,
    accountId: row.account_id,
    username: row.username,
    name: row.name,
    role: row.role,
    state: row.state,
    proposedBy: row.proposed_by_name,
    proposedAt: row.proposed_at,
    decidedBy: row.decided_by_name,
    revokedBy: row.revoked_by_name,
    revokeReason: row.revoke_reason,
  };
}

async function unitByCode(ctx: Ctx, code: string) {
  const unit = (await findUnit(ctx, { code })) ?? fail('units.unknown_unit', { code });
  return { id: unit.id, path: unit.unit_path };
}

/** A registered person, who has no account of that unit yet. */
async function personFor(ctx: Ctx, personNo: string, unitId: string): Promise<string> {
  const person = (await peopleByNumber(ctx, [personNo])).get(personNo);
  if (!person) return fail('auth.unknown_person', { personNo, field: 'personNo' });
  const held = (await findAccountsOf(ctx, person.id, 100)).find((account) => account.unitId === unitId);
  if (held) fail('auth.person_has_account', { personNo, username: held.title, field: 'personNo' });
  return person.id;
}

async function createAccount(ctx: Ctx, body: z.output<NonNullable<typeof contract.createAccount.body>>) {
  const unit = await unitByCode(ctx, body.unitCode);
  await demandGoodPassword(ctx, body.password, [body.username, body.name], 'password');
  const personId = body.personNo && (await personFor(ctx, body.personNo, unit.id));
  const hash = await hashPassword(body.password);
  try {
    const id = await store.insertAccount(ctx, {
      username: body.username,
      name: body.name,
      unitId: unit.id,
      unitPath: unit.path,
      hash,
      mustChange: body.mustChangePassword,
      ...(personId && { personId }),
    });
    await recordAudit(ctx, {
      action: 'auth.create_account',
      subject: `account:${id}`,
      unitPath: unit.path,
      after: { username: body.username, unit: body.unitCode, personNo: body.personNo ?? null },
    });
    return describeAccount(ctx, await currentPolicy(ctx), (await store.findAccount(ctx, { id }))!);
  } catch (error) {
    if (violatedConstraint(error) === 'account_username_key') fail('auth.duplicate_username', body, error);
    throw error;
  }
}

/**
 * Whose account it is can be told once: another person behind it would inherit what was done with it. The roles of all
 * accounts of a person count together (`auth.exclusive_role`).
 */
async function tieAccount(ctx: Ctx, id: string, personNo: string) {
  const account = (await store.findAccount(ctx, { id })) ?? fail('base.not_found', { what: id });
  const personId = await personFor(ctx, personNo, account.unit_id);
  try {
    if (!(await store.setPerson(ctx, id, personId)))
      fail('auth.account_has_person', { username: account.username });
  } catch (error) {
    if (violatedConstraint(error) === 'exclusive_role') fail('auth.exclusive_role', {}, error);
    throw error;
  }
  await recordAudit(ctx, {
    action: 'auth.tie_account',
    subject: `account:${id}`,
    unitPath: account.unit_path,
    after: { username: account.username, personNo },
  });
  return describeAccount(ctx, await currentPolicy(ctx), (await store.findAccount(ctx, { id }))!);
}

/** Disabling ends the account's sessions. The last audit administrator stays (`auth.last_auditor`). */
async function setAccountState(ctx: Ctx, id: string, disabled: boolean): Promise<void> {
  try {
    if (!(await store.setDisabled(ctx, id, disabled))) fail('base.not_found', { what: id });
  } catch (error) {
    if (violatedConstraint(error) === 'last_auditor') fail('auth.last_auditor', {}, error);
    throw error;
  }
  if (disabled) await endSessions(ctx, { accountId: id }, 'disabled');
  await recordAudit(ctx, { action: 'auth.set_account_state', subject: `account:${id}`, after: { disabled } });
}

const accountRoutes: Handler[] = [
  handle(contract.listAccounts, async (ctx, { query }) => {
    const page = await store.listAccounts(ctx, query);
    const policy = await currentPolicy(ctx);
    return { ...page, items: page.items.map((row) => describeAccount(ctx, policy, row)) };
  }),
  handle(contract.createAccount, (ctx, { body }) => createAccount(ctx, body)),
  handle(contract.setAccountState, async (ctx, { params, body }, { reply }) => {
    await setAccountState(ctx, params.id, body.disabled);
    reply.status(204);
    return undefined;
  }),
  handle(contract.tieAccount, (ctx, { params, body }) => tieAccount(ctx, params.id, body.personNo)),
  handle(contract.listRoleGrants, async (ctx, { query }) => {
    const page = await listGrants(ctx, query);
    return { ...page, items: page.items.map(grantOf) };
  }),
  handle(contract.proposeRole, async (ctx, { body }) => grantOf(await proposeRole(ctx, body))),
  handle(contract.decideRole, async (ctx, { params, body }) =>
    grantOf(await decideRole(ctx, params.id, body.approve)),
  ),
  handle(contract.listRoles, async (ctx) => [
    ...Object.entries(roles).map(([role, { zh, en, permissions }]) => ({
      role: role as contract.RoleName,
      zh,
      en,
      builtIn: true,
      permissions: [...new Set(permissions)],
    })),
    ...(await activeComposedRoles(ctx)).map(({ name, ...role }) => ({ role: name, builtIn: false, ...role })),
  ]),
];

export const routes: Handler[] = accountRoutes;
