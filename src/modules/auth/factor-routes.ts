import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handleRaw } from '#base/http';
import { actorOfAccount } from './authenticate.ts';
import * as contract from './contract.ts';
import { countRecoveryCodes, listFactors } from './factors/factor-store.ts';
import { requireFreshProof } from './factors/fresh-factor.ts';
import {
  addPasskey,
  addTotp,
  offerTotp,
  removeOwnFactor,
  renewRecoveryCodes,
} from './factors/manage-factors.ts';
import { offerPasskey } from './factors/passkey.ts';
import { renewSecret } from './session-routes.ts';
import { needsFactor } from './sessions/session-rules.ts';
import { type AccountRow, findAccount } from './store.ts';

/**
 * Works on one's own factors, as the system in one's name: marks of used states belong to no unit. What is
 * looked at and changed is the actor's account only.
 */
function asOneself<T>(
  app: App,
  actor: Actor,
  work: (ctx: Ctx, account: AccountRow) => Promise<T>,
): Promise<T> {
  if (actor.kind !== 'user' || !actor.sessionId) fail('base.unauthenticated');
  if (actor.limited === 'auth.factor_needed') fail('auth.factor_needed');
  return app.run({ ...actor, scope: '*' }, async (ctx) => {
    const account = (await findAccount(ctx, { id: actor.id })) ?? fail('base.unauthenticated');
    return work(ctx, account);
  });
}

async function isRequired(ctx: Ctx, account: AccountRow): Promise<boolean> {
  return needsFactor(ctx.app.config, account.roles, (await actorOfAccount(ctx, account)).permissions);
}

export const factorRoutes: Handler[] = [
  handleRaw(contract.getFactors, (app, actor) =>
    app.run({ ...systemActor('auth'), id: actor.id }, async (ctx) => {
      const account = (await findAccount(ctx, { id: actor.id })) ?? fail('base.unauthenticated');
      const factors = await listFactors(ctx, account.id);
      return {
        items: factors.map((one) => ({
          id: one.id,
          kind: one.kind,
          name: one.name,
          addedAt: one.added_at,
          lastUsedAt: one.last_used_at,
        })),
        recoveryCodesLeft: await countRecoveryCodes(ctx, account.id),
        required: await isRequired(ctx, account),
      };
    }),
  ),
  handleRaw(contract.offerTotp, (app, actor) => asOneself(app, actor, offerTotp)),
  handleRaw(contract.addTotp, async (app, actor, { body }, { reply }) => {
    const codes = await asOneself(app, actor, (ctx, account) => addTotp(ctx, account, body));
    await renewSecret(app, actor, reply, { proved: true, factor: true });
    return { recoveryCodes: codes };
  }),
  handleRaw(contract.offerPasskey, (app, actor) =>
    asOneself(app, actor, async (ctx, account) => {
      await requireFreshProof(ctx);
      const { options, state } = await offerPasskey(ctx, account);
      return { options: { ...options }, state };
    }),
  ),
  handleRaw(contract.addPasskey, async (app, actor, { body }, { reply }) => {
    const codes = await asOneself(app, actor, (ctx, account) => addPasskey(ctx, account, body));
    await renewSecret(app, actor, reply, { proved: true, factor: true });
    return { recoveryCodes: codes };
  }),
  handleRaw(contract.removeFactor, async (app, actor, { params }, { reply }) => {
    await asOneself(app, actor, async (ctx, account) =>
      removeOwnFactor(ctx, account, params.id, await isRequired(ctx, account)),
    );
    return reply.status(204).send();
  }),
  handleRaw(contract.renewRecoveryCodes, async (app, actor) => ({
    recoveryCodes: await asOneself(app, actor, renewRecoveryCodes),
  })),
];
