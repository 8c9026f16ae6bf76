import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import type { composeRole as composeRoute } from '../contract.ts';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import { isBusinessPermission, roles } from '../roles.ts';
import {
  type ComposedRow,
  decideComposed,
  findComposed,
  insertComposed,
  lockRoles,
  mirrorRole,
  retireComposed,
} from './role-store.ts';

type Input = z.output<NonNullable<(typeof composeRoute)['body']>>;

/** Proposes a role of business permissions. Fails with `auth.unknown_permission` and `auth.role_exists`. */
export async function composeRole(ctx: Ctx, input: Input): Promise<ComposedRow> {
  const permissions = [...new Set(input.permissions)].sort();
  const wrong = permissions.find((one) => !isBusinessPermission(one));
  if (wrong) fail('auth.unknown_permission', { permission: wrong });
  try {
    const id = await insertComposed(ctx, { ...input, permissions });
    const { name, zh, reason } = input;
    await recordAudit(ctx, {
      action: 'auth.compose_role',
      subject: `role:${name}`,
      after: { zh, permissions, reason },
    });
    return (await findComposed(ctx, id))!;
  } catch (error) {
    const violated = violatedConstraint(error);
    if (violated === 'one_proposed_role' || violated === 'role_name_version_key') {
      fail('auth.role_exists', { name: input.name }, error);
    }
    throw error;
  }
}

/** Puts a proposed role into force or refuses it; never its proposer. */
export async function decideComposedRole(ctx: Ctx, id: string, approve: boolean): Promise<ComposedRow> {
  const row = (await findComposed(ctx, id)) ?? fail('base.not_found', { what: id });
  if (row.proposed_by === ctx.actor.id) fail('auth.own_proposal');
  await requireFreshFactor(ctx);
  if (!(await decideComposed(ctx, row, approve))) fail('auth.already_decided');
  await recordAudit(ctx, {
    action: approve ? 'auth.confirm_role' : 'auth.refuse_composed_role',
    subject: `role:${row.name}`,
    after: { version: row.version, permissions: row.permissions },
  });
  return (await findComposed(ctx, id))!;
}

/** Takes a role out of force, at once. */
export async function retireRole(ctx: Ctx, id: string, reason: string): Promise<ComposedRow> {
  const row = (await findComposed(ctx, id)) ?? fail('base.not_found', { what: id });
  if (!(await retireComposed(ctx, id))) fail('auth.unknown_role', { role: row.zh });
  await recordAudit(ctx, {
    action: 'auth.retire_role',
    subject: `role:${row.name}`,
    before: { version: row.version, permissions: row.permissions },
    after: { reason },
  });
  return (await findComposed(ctx, id))!;
}

/** At each start: the built-in roles as rows, for queries and for the record of what they were when. */
export async function writeBuiltInRoles(app: App): Promise<void> {
  await app.run(systemActor('auth.roles'), async (ctx) => {
    await lockRoles(ctx);
    for (const [name, role] of Object.entries(roles)) await mirrorRole(ctx, { name, ...role });
  });
}
