import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import { findAccount } from '../store.ts';
import { mayBeViewed } from './rights.ts';
import { endViewOf, insertView } from './view-store.ts';

/** Starts to look as another account, in this session only. Fails with `auth.cannot_view_as`. */
export async function startViewAs(ctx: Ctx, input: { accountId: string; reason: string }): Promise<void> {
  const session = ctx.actor.sessionId;
  const viewer = await findAccount(ctx, { id: ctx.actor.id });
  const target = await findAccount(ctx, { id: input.accountId });
  if (!viewer || !target || !session || !mayBeViewed(viewer, target)) fail('auth.cannot_view_as');
  await requireFreshFactor(ctx);
  const { name: targetName, unit_path: unitPath } = target;
  const started = await insertView(ctx, {
    session,
    targetId: target.id,
    targetName,
    unitPath,
    reason: input.reason,
  });
  if (!started) fail('auth.cannot_view_as');
  await recordAudit(ctx, {
    action: 'auth.view_as',
    subject: `account:${target.id}`,
    unitPath,
    after: { name: targetName, reason: input.reason },
  });
}

/** Back to one's own eyes. Fails with `auth.not_viewing`. */
export async function endViewAs(app: App, actor: Actor): Promise<void> {
  const session = actor.sessionId;
  await app.run(systemActor('auth.view_as'), async (ctx) => {
    const ended = session ? await endViewOf(ctx, session) : undefined;
    if (!ended) fail('auth.not_viewing');
    const viewer = actor.viewer ?? actor;
    await recordAudit(
      { ...ctx, actor: { ...ctx.actor, id: viewer.id, name: viewer.name } },
      {
        action: 'auth.end_view_as',
        subject: `account:${ended.target_id}`,
        unitPath: ended.unit_path,
        after: { name: ended.target_name, looked: ended.looked },
      },
    );
  });
}
