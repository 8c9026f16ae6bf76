import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { language, messageKind, outerKind } from './kinds.ts';

/** How a short-message gateway is asked, and how its answer is read. */
export const smsSettings = z.object({
  /** JSON of the request; `{phone}`, `{text}`, `{id}` are filled in as JSON text. */
  template: z.string().min(2).max(4000),
  /** Name of the header that carries the secret, e.g. `X-Api-Key`; empty: none. */
  secretHeader: z
    .string()
    .regex(/^([A-Za-z][A-Za-z0-9-]{0,60})?$/)
    .default(''),
  /** Field of the answer that tells success, e.g. `code` or `data.status`, and its value then. */
  okField: z.string().max(100),
  okValue: z.string().max(100),
  /** Field with the gateway’s id of the message, by which its delivery report names it. */
  idField: z.string().max(100).default(''),
  /** Values of `okField` after which trying again is useless. */
  permanentValues: z.array(z.string().max(100)).max(50).default([]),
});
export type SmsSettings = z.infer<typeof smsSettings>;

export const channelSettings = z.object({
  /** Kinds that a group channel carries; a channel to persons carries what they chose. */
  kinds: z.array(messageKind).default([]),
  urgentOnly: z.boolean().default(false),
  /** `subject`: only the subject and the link leave the house; `full`: the text too. */
  detail: z.enum(['subject', 'full']).default('subject'),
  language: language.default('zh'),
  /** At most so many messages in any minute. */
  perMinute: z.number().int().min(1).max(6000).optional(),
  /** The one internal address that the host may stand for: `10.1.2.3` or `10.1.2.3:8080`. */
  internalAddress: z
    .string()
    .regex(/^$|^(\[[0-9a-fA-F:]+\]|[0-9.]+)(:\d{1,5})?$/)
    .default(''),
  /** Sender of a mail channel. */
  from: z.string().max(200).default(''),
  sms: smsSettings.optional(),
});
export type ChannelSettings = z.infer<typeof channelSettings>;

export const channel = z.object({
  id: z.uuid(),
  kind: outerKind,
  name: z.string(),
  unit: z.string(),
  host: z.string(),
  hasSecret: z.boolean(),
  settings: channelSettings,
  enabled: z.boolean(),
  waiting: z.number().int(),
  dead: z.number().int(),
  /** Since when nobody can be reached by it. */
  brokenSince: time.nullable(),
  lastError: z.string().nullable(),
  testedAt: time.nullable(),
  testedOk: z.boolean().nullable(),
  testedDetail: z.string().nullable(),
});
export type Channel = z.infer<typeof channel>;

export const listChannels = route({
  method: 'GET',
  path: '/api/channels',
  summary: 'Message channels and how they are doing. Secrets are never shown.',
  access: 'notify.channels',
  query: listQuery.extend({ kind: outerKind.optional() }),
  reply: listOf(channel),
});

const url = z.string().trim().min(8).max(2000);

export const newChannel = z.object({
  kind: outerKind,
  name: z.string().trim().min(1).max(100),
  /** Whose channel it is: messages of this unit and below go by it. */
  unitCode: z.string().min(1).max(60),
  /** Webhook address, gateway address, or smtp://user:password@host:port. Kept encrypted. */
  url,
  /** Signing key (webhook, DingTalk, Feishu) or the gateway’s key. Kept encrypted. */
  secret: z.string().max(500).default(''),
  settings: channelSettings,
});

export const createChannel = route({
  method: 'POST',
  path: '/api/channels',
  summary: 'Sets a channel up.',
  access: 'notify.channels',
  body: newChannel,
  reply: z.object({ id: z.uuid() }),
});

export const changedChannel = z.object({
  name: z.string().trim().min(1).max(100).optional(),
  /** Left out: stays as it is. */
  url: url.optional(),
  secret: z.string().max(500).optional(),
  settings: channelSettings.optional(),
  enabled: z.boolean().optional(),
});

export const changeChannel = route({
  method: 'PATCH',
  path: '/api/channels/:id',
  summary: 'Changes a channel; what is left out stays.',
  access: 'notify.channels',
  params: idParams,
  body: changedChannel,
});

export const testChannel = route({
  method: 'POST',
  path: '/api/channels/:id/test',
  summary: 'Sends a test message by the channel and tells what the other side answered.',
  access: 'notify.channels',
  params: idParams,
  /** `to`: an address or telephone number, for mail and SMS. */
  body: z.object({ to: z.string().trim().max(254).optional() }),
  reply: z.object({ ok: z.boolean(), zh: z.string(), en: z.string() }),
});

/** Delivery report of a short-message gateway. Signed: see the operator’s guide. */
export const reportSms = route({
  method: 'POST',
  path: '/api/sms-reports/:id',
  summary:
    'Delivery report of an SMS gateway, signed with the channel’s key over `timestamp.message.status`.',
  access: 'public',
  fromOutside: true,
  params: idParams,
  body: z.object({
    /** The gateway’s id of the message. */
    message: z.string().min(1).max(200),
    status: z.enum(['delivered', 'failed']),
    detail: z.string().max(500).default(''),
    /** Unix seconds; refused when more than five minutes off. */
    timestamp: z.number().int(),
    /** HMAC-SHA256, hex. */
    signature: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});

/** Nobody can be reached by a channel: told once per outage. */
export const channelBroken = event(
  'notify.channel_broken',
  z.object({
    lane: z.string(),
    name: z.string(),
    kind: outerKind,
    unitPath: z.string(),
    since: time,
    failures: z.number().int(),
    error: z.string(),
  }),
);

export type BrokenChannel = z.output<typeof channelBroken.payload>;

export const channelErrors = {
  'notify.duplicate_channel': {
    status: 409,
    zh: '这个单位已有名为“{name}”的通道，请换一个名称',
    en: 'The unit has a channel named {name} already; choose another name',
  },
  'notify.bad_channel': {
    status: 422,
    zh: '{field}：{zh}',
    en: '{field}: {en}',
  },
  'notify.bad_report': {
    status: 403,
    zh: '短信回执签名不对，或时间戳相差超过 5 分钟',
    en: 'The delivery report’s signature is wrong, or its timestamp is more than 5 minutes off',
  },
} as const;

export const channelPermissions = {
  'notify.channels': { zh: '管理消息通道', en: 'Manage message channels' },
} as const;
