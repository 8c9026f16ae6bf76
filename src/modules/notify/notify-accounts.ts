import { z } from 'zod';
import { type Ctx, systemActor } from '#base/app';
import { defineJob } from '#base/jobs';
import { channelKind, messageKind } from './contract.ts';
import type { Words } from './rules.ts';
import { recipientOfAccount, recipientsAbove } from './store/recipient-store.ts';
import { type Message, makeComposer, tellGroups, tellRecipient } from './tell-recipient.ts';

export interface AppMessage extends Message {
  readonly unitPath: string;
  readonly roles: readonly string[];
}

export interface AccountMessage extends Message {
  readonly accountId: string;
}

/**
 * Tells everyone with one of `roles` in the unit or above it: in the app, and by mail and short message as their
 * preferences have it; and the group channels that carry the kind. The same key reaches a reader once.
 * As the system it returns how many accounts that is (0: nobody holds such a role); asked for in a user's
 * transaction it is done by a job, and the answer is 0.
 */
export async function notifyAccounts(ctx: Ctx, message: AppMessage): Promise<number> {
  if (ctx.actor.scope !== '*') {
    await ctx.enqueue(composeJob, {
      ...jobOf(message),
      unitPath: message.unitPath,
      roles: [...message.roles],
    });
    return 0;
  }
  const composer = makeComposer(ctx, message);
  const recipients = await recipientsAbove(ctx, message.unitPath, message.roles);
  for (const recipient of recipients) await tellRecipient(composer, recipient);
  await tellGroups(composer, message.unitPath);
  return recipients.length;
}

/**
 * Tells one account. False: it does not exist or is disabled. In a user's transaction it is done by a job, and
 * the answer is true.
 */
export async function notifyAccount(ctx: Ctx, message: AccountMessage): Promise<boolean> {
  if (ctx.actor.scope !== '*') {
    await ctx.enqueue(composeJob, { ...jobOf(message), accountId: message.accountId });
    return true;
  }
  const recipient = await recipientOfAccount(ctx, message.accountId);
  if (recipient) await tellRecipient(makeComposer(ctx, message), recipient);
  return recipient !== undefined;
}

function jobOf({ key, kind, subject, body, link, urgent, except }: Message) {
  return { key, kind, subject, body, link, urgent, except: except && [...except] };
}

const words = z.union([z.string(), z.object({ zh: z.string(), en: z.string() })]) satisfies z.ZodType<Words>;

/** A user sees their own unit only; whom a message reaches is found by the system. */
export const composeJob = defineJob({
  name: 'notify.compose',
  payload: z.object({
    key: z.string(),
    kind: messageKind.optional(),
    unitPath: z.string().optional(),
    roles: z.array(z.string()).optional(),
    accountId: z.uuid().optional(),
    subject: words,
    body: words,
    link: z.string().nullable(),
    urgent: z.boolean(),
    except: z.array(channelKind).optional(),
  }),
  run: async (app, { unitPath, roles, accountId, kind, except, ...rest }) => {
    const message = { ...rest, ...(kind && { kind }), ...(except && { except }) };
    await app.run(systemActor('notify.compose'), async (ctx) => {
      if (accountId !== undefined) await notifyAccount(ctx, { ...message, accountId });
      else await notifyAccounts(ctx, { ...message, unitPath: unitPath ?? '', roles: roles ?? [] });
    });
  },
});
