import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { isAppError } from '#base/errors';
import { defineJob } from '#base/jobs';
import { mailProgress } from './contract.ts';
import { type Attachment, findMail, insertMail, type MailRow, recordProgress } from './store.ts';

export interface OutgoingMail {
  /** (obligation, step, recipient, attempt): the same key is sent once. */
  readonly key: string;
  readonly unitPath: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly attachments?: readonly Attachment[];
}

/** Composes a mail in the caller's transaction. Returns its id, or undefined when it was composed before. */
export async function queueMail(ctx: Ctx, mail: OutgoingMail): Promise<string | undefined> {
  const id = await insertMail(ctx, {
    key: mail.key,
    unitPath: mail.unitPath,
    recipient: mail.to,
    subject: mail.subject,
    body: mail.text,
    attachments: mail.attachments ?? [],
  });
  if (id) await ctx.enqueue(sendMailJob, { mailId: id });
  return id;
}

/** Delivers one mail. An unreachable server is tried again by the queue; a refusal is final. */
export const sendMailJob = defineJob({
  name: 'notify.send-mail',
  payload: z.object({ mailId: z.uuid() }),
  maxAttempts: 25,
  run: async (app, { mailId }) => {
    const system = systemActor('notify.send-mail');
    const mail = await app.run(system, (ctx) => findMail(ctx, mailId));
    if (mail?.level !== 'composed') return;
    const outcome = await deliver(app, mail);
    await app.run(system, async (ctx) => {
      await recordProgress(ctx, mailId, outcome);
      if (outcome.level === 'composed') return;
      await ctx.emit(
        mailProgress,
        { mailId, key: mail.key, level: outcome.level, detail: outcome.error ?? outcome.response },
        mail.unit_path,
      );
    });
    if (outcome.level === 'composed') throw new Error(outcome.error ?? 'not delivered');
  },
});

type Outcome = Parameters<typeof recordProgress>[2];

async function deliver(app: App, mail: MailRow): Promise<Outcome> {
  if (!app.config.smtpUrl) return { level: 'composed', error: 'smtpUrl is not configured', response: null };
  try {
    // Loaded with the first mail: every role would pay for it at start.
    const { createMailer } = await import('./send-mail.ts');
    const mailer = createMailer({ url: app.config.smtpUrl, from: app.config.mailFrom });
    const attachments = await Promise.all(
      mail.attachments.map(async ({ fileName, sha256, contentType }) => ({
        fileName,
        contentType,
        content: await app.files.read(sha256),
      })),
    );
    const { response } = await mailer.send({
      to: mail.recipient,
      subject: mail.subject,
      text: mail.body,
      attachments,
      messageId: `<${mail.id}@jiaodun.invalid>`,
    });
    return { level: 'accepted', error: null, response };
  } catch (error) {
    const permanent = isAppError(error, 'notify.smtp_refused') || isAppError(error, 'base.invalid_input');
    app.log.warn({ err: error, mail: mail.id, permanent }, 'a mail was not delivered');
    return { level: permanent ? 'failed' : 'composed', error: (error as Error).message, response: null };
  }
}
