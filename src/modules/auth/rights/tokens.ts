import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newSecret } from '#base/id';
import { findUnit } from '#units';
import type { createToken as createRoute } from '../contract.ts';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import { isPassable, roles } from '../roles.ts';
import * as store from './token-store.ts';

type Input = z.output<NonNullable<(typeof createRoute)['body']>>;
type Shown = { id: string; token: string; state: 'proposed' | 'active' };

const newTokenSecret = () => `jd_${newSecret()}`;

/**
 * Makes a token and its secret, which nobody can see again. What goes beyond the machine role would give a machine
 * the rights of an officer by one person's hand: it works only when the security administrator has approved.
 * Fails with `auth.unknown_permission` for what no token may hold.
 */
export async function createToken(ctx: Ctx, input: Input): Promise<Shown> {
  const wrong = input.permissions.find((one) => !isPassable(one));
  if (wrong) fail('auth.unknown_permission', { permission: wrong });
  const unit =
    (await findUnit(ctx, { code: input.unitCode })) ?? fail('units.unknown_unit', { code: input.unitCode });
  const isPlain = input.permissions.every((one) => roles.machine.permissions.includes(one));
  const state = isPlain ? 'active' : 'proposed';
  const token = newTokenSecret();
  const { name, permissions, allowedFrom, days } = input;
  const row = { name, permissions, allowedFrom, days, secret: token, state } as const;
  const id = await store.insertToken(ctx, { ...row, unitId: unit.id, unitPath: unit.unit_path });
  await recordAudit(ctx, {
    action: 'auth.create_token',
    subject: `token:${id}`,
    unitPath: unit.unit_path,
    after: { name, permissions, allowedFrom, days, state },
  });
  return { id, token, state };
}

async function demandToken(ctx: Ctx, id: string): Promise<store.TokenRow> {
  return (await store.findToken(ctx, id)) ?? fail('base.not_found', { what: id });
}

/** Approves or refuses a token; never by its creator. */
export async function decideToken(ctx: Ctx, id: string, approve: boolean): Promise<void> {
  const row = await demandToken(ctx, id);
  if (row.created_by === ctx.actor.id) fail('auth.own_proposal');
  await requireFreshFactor(ctx);
  if (!(await store.decideToken(ctx, id, approve))) fail('auth.token_state');
  await recordAudit(ctx, {
    action: approve ? 'auth.approve_token' : 'auth.refuse_token',
    subject: `token:${id}`,
    unitPath: row.unit_path,
    after: { permissions: row.permissions },
  });
}

/** A new secret for the same token. */
export async function rotateToken(ctx: Ctx, id: string, graceMinutes: number): Promise<Shown> {
  const row = await demandToken(ctx, id);
  const token = newTokenSecret();
  if (!(await store.rotateToken(ctx, id, token, graceMinutes))) fail('auth.token_state');
  await recordAudit(ctx, {
    action: 'auth.rotate_token',
    subject: `token:${id}`,
    unitPath: row.unit_path,
    after: { graceMinutes },
  });
  return { id, token, state: row.state === 'proposed' ? 'proposed' : 'active' };
}

/** Ends a token: its next request is refused. */
export async function revokeToken(ctx: Ctx, id: string): Promise<void> {
  const row = await demandToken(ctx, id);
  if (!(await store.revokeToken(ctx, id))) fail('auth.token_state');
  await recordAudit(ctx, { action: 'auth.revoke_token', subject: `token:${id}`, unitPath: row.unit_path });
}
