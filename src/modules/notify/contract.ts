import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

/** How far a message got. Only `acknowledged` fulfils an obligation. */
export const receiptLevel = z.enum(['composed', 'sent', 'accepted', 'opened', 'acknowledged', 'failed']);

export const message = z.object({
  id: z.uuid(),
  at: time,
  subject: z.string(),
  body: z.string(),
  link: z.string().nullable(),
  urgent: z.boolean(),
  readAt: time.nullable(),
});

export const listMessages = route({
  method: 'GET',
  path: '/api/messages',
  summary: 'The caller’s messages, newest first.',
  access: 'signed-in',
  query: listQuery.extend({ unread: z.stringbool().optional() }),
  reply: listOf(message).extend({ unread: z.number().int() }),
});

export const readMessage = route({
  method: 'POST',
  path: '/api/messages/:id/read',
  summary: 'Marks one of the caller’s messages as read.',
  access: 'signed-in',
  params: idParams,
});

export const delivery = z.object({
  id: z.uuid(),
  at: time,
  to: z.string(),
  subject: z.string(),
  level: receiptLevel,
  error: z.string().nullable(),
  attempts: z.number().int(),
});

export const listDeliveries = route({
  method: 'GET',
  path: '/api/deliveries',
  summary: 'Mails and how far they got.',
  access: 'notify.deliveries',
  query: listQuery.extend({ level: receiptLevel.optional() }),
  reply: listOf(delivery),
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

export const permissions = {
  'notify.deliveries': { zh: '查看邮件送达情况', en: 'Read mail deliveries' },
} as const;

export const errors = {
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
    zh: '没有配置邮件服务器（smtpUrl）',
    en: 'No mail server is configured (smtpUrl)',
  },
} as const;
