import { type App, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { openChannel } from './open-channel.ts';
import { isReportSigned } from './send/signatures.ts';
import { findChannel } from './store/channel-store.ts';
import { addReceipt, buryReported, deliveryOfCarrier } from './store/delivery-store.ts';

const windowSeconds = 300;

/**
 * Takes a gateway's delivery report: `delivered`, or `failed` although it had accepted. Repeated reports change
 * nothing. Throws `notify.bad_report` (also for a channel that does not exist), `base.not_found`.
 */
export async function takeSmsReport(
  app: App,
  channelId: string,
  report: {
    message: string;
    status: 'delivered' | 'failed';
    detail: string;
    timestamp: number;
    signature: string;
  },
): Promise<void> {
  const system = systemActor('notify.sms-report');
  const row = await app.run(system, (ctx) => findChannel(ctx, channelId));
  if (row?.kind !== 'sms') return fail('notify.bad_report');
  const channel = await openChannel(app, row);
  const age = Math.abs(app.clock.now().getTime() / 1000 - report.timestamp);
  if (age > windowSeconds || !isReportSigned(channel.secret, report)) fail('notify.bad_report');
  await app.run(system, async (ctx) => {
    const delivery = await deliveryOfCarrier(ctx, channelId, report.message);
    if (!delivery) return fail('base.not_found', { what: report.message });
    const proof = `短信网关回执 delivery report: ${report.status} ${report.detail}`.trim();
    await addReceipt(ctx, delivery.id, {
      level: report.status,
      attempt: delivery.attempts,
      proof,
    });
    if (report.status === 'failed') await buryReported(ctx, delivery.id, proof);
  });
}
