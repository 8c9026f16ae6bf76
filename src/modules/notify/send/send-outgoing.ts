import type { App } from '#base/app';
import { AppError } from '#base/errors';
import type { OpenChannel } from '../open-channel.ts';
import type { Outcome, Outgoing } from './outcome.ts';
import { sendByMail } from './send-by-mail.ts';
import { sendRobot } from './send-robot.ts';
import { sendSms } from './send-sms.ts';
import { sendWebhook } from './send-webhook.ts';

/** Sends by a configured channel; null is the mail server of the configuration. Never throws. */
export async function sendOutgoing(
  app: App,
  channel: OpenChannel | null,
  outgoing: Outgoing,
): Promise<Outcome> {
  if (channel === null) {
    const { smtpUrl, mailFrom } = app.config;
    if (smtpUrl) return sendByMail(app, { url: smtpUrl, from: mailFrom }, outgoing);
    return { outcome: 'unreachable', detail: new AppError('notify.no_smtp').messages().zh, left: false };
  }
  switch (channel.kind) {
    case 'mail':
      return sendByMail(
        app,
        { url: channel.url, from: channel.settings.from || app.config.mailFrom },
        outgoing,
      );
    case 'sms':
      return sendSms(app, channel, outgoing);
    case 'webhook':
      return sendWebhook(app, channel, outgoing);
    default:
      return sendRobot(app, { ...channel, kind: channel.kind }, outgoing);
  }
}
