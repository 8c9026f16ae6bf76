/**
 * State that a client carries from one step to the next, sealed: nothing is stored for whoever only knocks. It is
 * bound to a purpose and an account, lives five minutes, and opens once.
 */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { openSealer } from '#base/seal';
import { currentPolicy } from '../policy/policy-store.ts';
import { markUsed } from './factor-store.ts';

const lifeMs = 5 * 60_000;

export async function sealState(
  ctx: Ctx,
  purpose: string,
  accountId: string,
  value: string,
): Promise<string> {
  const { now } = await currentPolicy(ctx);
  const sealer = await openSealer(ctx.app.config.dataDir, 'auth state');
  return sealer.seal(JSON.stringify([now.getTime() + lifeMs, value]), `${purpose} ${accountId}`);
}

/** The value, once. Throws `auth.step_over` for a state that is too old, was used, or is another one's. */
export async function openState(
  ctx: Ctx,
  purpose: string,
  accountId: string,
  state: string,
): Promise<string> {
  const value = await peekState(ctx, purpose, accountId, state);
  if (!(await markUsed(ctx, `${purpose} ${value}`))) fail('auth.step_over');
  return value;
}

/** The value without using it up. */
export async function peekState(
  ctx: Ctx,
  purpose: string,
  accountId: string,
  state: string,
): Promise<string> {
  const sealer = await openSealer(ctx.app.config.dataDir, 'auth state');
  const text = sealer.open(state, `${purpose} ${accountId}`) ?? fail('auth.step_over');
  const [until, value] = JSON.parse(text) as [number, string];
  const { now } = await currentPolicy(ctx);
  if (until < now.getTime()) fail('auth.step_over');
  return value;
}
