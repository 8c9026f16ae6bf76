import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { ChannelKind } from './contract.ts';
import { wakeLane } from './pump.ts';
import * as store from './store/delivery-store.ts';
import { findRecipientAddress } from './store/recipient-store.ts';

/** Puts one dead letter back into its queue. Throws `base.not_found`, `notify.not_dead`. */
export async function retryOne(ctx: Ctx, id: string): Promise<void> {
  await lockDead(ctx, id);
  await revive(ctx, { id });
}

/** The same for all that the caller sees, or those of one channel. Returns how many. */
export async function retryAll(ctx: Ctx, channel: ChannelKind | undefined): Promise<number> {
  return revive(ctx, { channel });
}

async function revive(ctx: Ctx, which: Parameters<typeof store.reviveDeliveries>[1]): Promise<number> {
  const revived = await store.reviveDeliveries(ctx, which);
  for (const lane of new Set(revived.map((one) => one.lane))) await wakeLane(ctx, lane);
  for (const { id, unit_path: unitPath } of revived) {
    await recordAudit(ctx, { action: 'notify.retry', subject: `delivery:${id}`, unitPath });
  }
  return revived.length;
}

/** Closes a dead letter; who and why are kept. Throws `base.not_found`, `notify.not_dead`. */
export async function giveUp(ctx: Ctx, id: string, reason: string): Promise<void> {
  const dead = await lockDead(ctx, id);
  await store.giveUpDelivery(ctx, id, reason);
  await recordAudit(ctx, {
    action: 'notify.give_up',
    subject: `delivery:${id}`,
    unitPath: dead.unit_path,
    after: { reason },
  });
}

/**
 * Sends a dead letter to the same person by another channel and closes it. Returns the new delivery's id. Throws
 * `base.not_found`, `notify.not_dead`, `notify.no_address`.
 */
export async function reroute(ctx: Ctx, id: string, channel: 'app' | 'mail' | 'sms'): Promise<string> {
  const dead = await lockDead(ctx, id);
  const to = dead.account_id ? await findRecipientAddress(ctx, dead.account_id, channel) : null;
  const channelId = channel === 'app' ? null : await store.channelFor(ctx, channel, dead.unit_path);
  const isSetUp = channelId !== null || (channel === 'mail' && ctx.app.config.smtpUrl !== undefined);
  if (!to || channel === 'app' || !isSetUp || channel === dead.channel)
    return fail('notify.no_address', { channel });
  const queued = await store.insertDelivery(ctx, {
    key: `${dead.key}:by:${channel}`,
    unitPath: dead.unit_path,
    channel,
    channelId,
    kind: dead.kind,
    urgent: dead.urgent,
    recipient: to,
    subject: dead.subject,
    body: channel === 'sms' ? `${dead.subject} ${dead.link ?? ''}`.trim() : dead.body,
    link: dead.link,
    accountId: dead.account_id,
    messageId: dead.message_id,
    chainRunId: dead.chain_run_id,
  });
  if (!queued) return fail('base.conflict', { what: `${dead.key} → ${channel}` });
  await wakeLane(ctx, queued.lane);
  await giveUp(ctx, id, `改用其他通道 sent by ${channel}`);
  return queued.id;
}

async function lockDead(ctx: Ctx, id: string): Promise<store.DeliveryRow> {
  const row = await store.lockDelivery(ctx, id);
  if (!row) return fail('base.not_found', { what: id });
  if (row.state !== 'dead') return fail('notify.not_dead', { state: row.state });
  return row;
}
