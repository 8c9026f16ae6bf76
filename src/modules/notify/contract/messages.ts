import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, sortBy, time } from '#base/contract';
import { channelKind, deliveryState, messageKind, personalChannel, receiptLevel } from './kinds.ts';

export const message = z.object({
  id: z.uuid(),
  at: time,
  kind: messageKind,
  subject: z.string(),
  body: z.string(),
  link: z.string().nullable(),
  urgent: z.boolean(),
  readAt: time.nullable(),
  /** Somebody waits for a click on “received”. */
  wantsAcknowledgement: z.boolean(),
  acknowledgedAt: time.nullable(),
});

export const listMessages = route({
  method: 'GET',
  path: '/api/messages',
  summary: 'The caller’s messages, newest first.',
  access: 'signed-in',
  query: listQuery.extend({ unread: z.stringbool().optional(), kind: messageKind.optional() }),
  reply: listOf(message).extend({ unread: z.number().int() }),
});

export const readMessage = route({
  method: 'POST',
  path: '/api/messages/:id/read',
  summary: 'Marks one of the caller’s messages as read.',
  access: 'signed-in',
  params: idParams,
});

export const acknowledgeMessage = route({
  method: 'POST',
  path: '/api/messages/:id/acknowledge',
  summary: 'The caller has taken note of a message; an escalation that it belongs to stops.',
  access: 'signed-in',
  params: idParams,
});

export const delivery = z.object({
  id: z.uuid(),
  at: time,
  channel: channelKind,
  /** Name of the configured channel; null: in the app, or the mail server of the configuration. */
  channelName: z.string().nullable(),
  kind: messageKind,
  urgent: z.boolean(),
  /** Telephone numbers are masked. */
  to: z.string(),
  subject: z.string(),
  level: receiptLevel,
  state: deliveryState,
  /** When it is tried next, while it waits. */
  dueAt: time.nullable(),
  error: z.string().nullable(),
  attempts: z.number().int(),
  givenUpReason: z.string().nullable(),
});
export type Delivery = z.infer<typeof delivery>;

const deliveryFilter = {
  level: receiptLevel.optional(),
  state: deliveryState.optional(),
  channel: channelKind.optional(),
  kind: messageKind.optional(),
};

export const listDeliveries = route({
  method: 'GET',
  path: '/api/deliveries',
  summary: 'Messages on their way and how far they got; state=dead are the dead letters.',
  access: 'notify.deliveries',
  query: listQuery.extend({ ...deliveryFilter, sort: sortBy('at') }),
  reply: listOf(delivery),
});

export const getDelivery = route({
  method: 'GET',
  path: '/api/deliveries/:id',
  summary: 'One delivery with its attempts and its receipts, each with time and proof.',
  access: 'notify.deliveries',
  params: idParams,
  reply: delivery.extend({
    key: z.string(),
    receipts: z.array(
      z.object({ level: receiptLevel, at: time, attempt: z.number().int(), proof: z.string() }),
    ),
    attemptList: z.array(
      z.object({
        attempt: z.number().int(),
        begunAt: time,
        endedAt: time.nullable(),
        outcome: z.enum(['accepted', 'permanent', 'temporary', 'unreachable', 'unknown']).nullable(),
        detail: z.string().nullable(),
      }),
    ),
  }),
});

export const retryDelivery = route({
  method: 'POST',
  path: '/api/deliveries/:id/retry',
  summary: 'Tries a dead letter again.',
  access: 'notify.retry',
  params: idParams,
});

export const retryDeliveries = route({
  method: 'POST',
  path: '/api/deliveries/retry',
  summary: 'Tries all dead letters again that the caller sees, or those of one channel.',
  access: 'notify.retry',
  body: z.object({ channel: channelKind.optional() }),
  reply: z.object({ count: z.number().int() }),
});

export const giveUpDelivery = route({
  method: 'POST',
  path: '/api/deliveries/:id/give-up',
  summary: 'Gives a dead letter up, with the reason.',
  access: 'notify.retry',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
});

export const rerouteDelivery = route({
  method: 'POST',
  path: '/api/deliveries/:id/reroute',
  summary: 'Sends a dead letter to the same person by another channel.',
  access: 'notify.retry',
  params: idParams,
  body: z.object({ channel: personalChannel }),
  reply: z.object({ id: z.uuid() }),
});

export const receivedParams = z.object({ token: z.string().regex(/^[\w-]{43}$/) });

export const viewReceived = route({
  method: 'GET',
  path: '/api/received/:token',
  summary: 'What the link in a message asks to acknowledge. Looking at it changes nothing.',
  access: 'public',
  // Mail gateways open every link once; more than this from one address is somebody who guesses.
  limit: { calls: 120, minutes: 1, of: 'address' },
  params: receivedParams,
  reply: z.object({
    subject: z.string(),
    at: time,
    acknowledgedAt: time.nullable(),
    acknowledgedBy: z.string().nullable(),
  }),
});

export const confirmReceived = route({
  method: 'POST',
  path: '/api/received/:token',
  summary: 'Acknowledges by the link of a message.',
  access: 'public',
  limit: { calls: 60, minutes: 1, of: 'address' },
  params: receivedParams,
});

/** Server-sent events: `{name, unitPath}` of every domain event in the caller’s scope, and `time` each 15 s. */
export const liveEvents = route({
  method: 'GET',
  path: '/api/events',
  summary: 'Live events (server-sent events) for screens to refresh.',
  access: 'signed-in',
  produces: 'events',
});

/** What became of a queued mail; `key` is the one it was queued with. */
export const mailProgress = event(
  'notify.mail_progress',
  z.object({
    mailId: z.uuid(),
    key: z.string(),
    level: z.enum(['accepted', 'failed']),
    detail: z.string().nullable(),
  }),
);

export const messageErrors = {
  'notify.smtp_refused': {
    status: 502,
    zh: '邮件服务器拒收：{response}',
    en: 'The mail server refused: {response}',
  },
  'notify.smtp_unreachable': {
    status: 503,
    zh: '连不上邮件服务器：{reason}',
    en: 'The mail server cannot be reached: {reason}',
  },
  'notify.no_smtp': {
    status: 503,
    zh: '没有配置邮件服务器：请在“消息通道”中添加邮件通道，或设置 smtpUrl',
    en: 'No mail server is configured: add a mail channel, or set smtpUrl',
  },
  'notify.not_dead': {
    status: 409,
    zh: '这条消息没有投递失败（现在是：{state}），不能重发或放弃',
    en: 'This message has not failed (it is {state}); there is nothing to try again or give up',
  },
  'notify.no_address': {
    status: 422,
    zh: '收件人没有可用于“{channel}”的地址：请先在人员档案中补上，或换一个通道',
    en: 'The recipient has no address for {channel}: add it to the person’s record, or choose another channel',
  },
} as const;

export const messagePermissions = {
  'notify.deliveries': { zh: '查看消息送达情况', en: 'Read message deliveries' },
  'notify.retry': { zh: '处理投递失败的消息', en: 'Handle dead letters' },
} as const;
