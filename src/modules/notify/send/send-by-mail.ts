import type { App } from '#base/app';
import { isAppError } from '#base/errors';
import type { Outcome, Outgoing } from './outcome.ts';

/** Connecting, speaking and storing together; a worker's lane must not hang longer. */
const deliveryMilliseconds = 60_000;

/**
 * Hands a mail to a server. A server that is away is away for everyone; a 4xx answer is about this mail as far as
 * one can tell (greylisting, a full mailbox), so the others go on.
 */
export async function sendByMail(
  app: App,
  server: { url: string; from: string },
  outgoing: Outgoing,
): Promise<Outcome> {
  // Loaded with the first mail: every role would pay for it at start.
  const { createMailer } = await import('../send-mail.ts');
  let mailer: ReturnType<typeof createMailer>;
  try {
    mailer = createMailer({ ...server, deliveryMilliseconds });
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { outcome: 'unreachable', detail: error.messages().zh, left: false };
  }
  try {
    const attachments = await Promise.all(
      outgoing.attachments.map(async ({ fileName, sha256, contentType }) => ({
        fileName,
        contentType,
        content: await app.files.read(sha256),
      })),
    );
    const receipt = await mailer.send({
      to: outgoing.to,
      subject: outgoing.subject,
      text: outgoing.text,
      attachments,
      messageId: `<${outgoing.batchId}@jiaodun.invalid>`,
    });
    return { outcome: 'accepted', detail: receipt.response };
  } catch (error) {
    const detail = (error as Error).message;
    if (isAppError(error, 'notify.smtp_refused') || isAppError(error, 'base.invalid_input')) {
      return { outcome: 'permanent', detail, left: false };
    }
    if (!isAppError(error, 'notify.smtp_unreachable')) {
      app.log.error({ err: error, batch: outgoing.batchId }, 'a mail could not be made');
      return { outcome: 'permanent', detail, left: false };
    }
    const answered = /\b4\d\d[ -]/.test(String(error.details.reason ?? ''));
    return { outcome: answered ? 'temporary' : 'unreachable', detail, left: false };
  }
}
