import type { Actor, App, Ctx } from '#base/app';
import { systemActor } from '#base/app';
import { fail } from '#base/errors';
import { acknowledgeChain } from './start-chain.ts';
import { findRun } from './store/chain-store.ts';
import { addReceipt, deliveriesOfMessage, deliveryOfToken } from './store/delivery-store.ts';
import { markAcknowledged, markRead } from './store.ts';
import { digestOf } from './tell-recipient.ts';

/** The reader opened a message in the app: a receipt, once. Throws `base.not_found`. */
export async function openMessage(ctx: Ctx, id: string): Promise<void> {
  const read = await markRead(ctx, id);
  if (!read) fail('base.not_found', { what: id });
  if (!read.first) return;
  await addToApp(ctx, id, 'opened', `${ctx.actor.name} 在系统内打开 opened it in the app`);
}

/** The reader says “received”; a chain that waits for it stops. Throws `base.not_found`. */
export async function acknowledgeOwn(app: App, actor: Actor, id: string): Promise<void> {
  // The chain may belong to a unit that its reader does not see.
  await app.run({ ...actor, scope: '*' }, async (ctx) => {
    const done = await markAcknowledged(ctx, id);
    if (!done) fail('base.not_found', { what: id });
    await addToApp(ctx, id, 'opened', `${actor.name} 在系统内打开 opened it in the app`);
    await addToApp(ctx, id, 'acknowledged', `${actor.name} 在系统内签收 acknowledged in the app`);
    for (const { chain_run_id: runId } of await deliveriesOfMessage(ctx, id)) {
      if (runId) await acknowledgeChain(ctx, runId, actor.name, '系统内签收 in the app');
    }
  });
}

async function addToApp(
  ctx: Ctx,
  messageId: string,
  level: 'opened' | 'acknowledged',
  proof: string,
): Promise<void> {
  for (const delivery of await deliveriesOfMessage(ctx, messageId)) {
    if (delivery.channel === 'app') await addReceipt(ctx, delivery.id, { level, proof });
  }
}

/** What a link asks for. Mail filters follow links: looking is no receipt. Throws `base.not_found`. */
export async function viewByToken(app: App, token: string) {
  return app.run(systemActor('notify.received'), async (ctx) => {
    const delivery = await deliveryOfToken(ctx, digestOf(token));
    const run = delivery?.chain_run_id ? await findRun(ctx, delivery.chain_run_id) : undefined;
    if (!delivery || !run) return fail('base.not_found', { what: 'link' });
    return {
      subject: delivery.subject,
      at: delivery.at,
      acknowledgedAt: run.acknowledged_at,
      acknowledgedBy: run.acknowledged_by,
    };
  });
}

/** The click on the page behind a link; `remote` is where it came from. Throws `base.not_found`. */
export async function acknowledgeByToken(app: App, token: string, remote: string): Promise<void> {
  await app.run(systemActor('notify.received'), async (ctx) => {
    const delivery = await deliveryOfToken(ctx, digestOf(token));
    if (!delivery?.chain_run_id) return fail('base.not_found', { what: 'link' });
    const proof = `点击消息中的链接签收，来自 by the link in the message, from ${remote}`;
    await addReceipt(ctx, delivery.id, { level: 'acknowledged', proof });
    await acknowledgeChain(ctx, delivery.chain_run_id, delivery.recipient, proof);
  });
}
