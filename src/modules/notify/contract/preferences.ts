import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';
import { language, messageKind, personalChannel } from './kinds.ts';

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const byKind = z.partialRecord(messageKind, z.array(personalChannel));

export const preferenceBody = z
  .object({
    language,
    /** China time; `22:00` to `07:00` is across midnight. Both or neither. */
    quietFrom: clockTime.nullable(),
    quietTo: clockTime.nullable(),
    channels: byKind,
  })
  .refine((value) => (value.quietFrom === null) === (value.quietTo === null), {
    path: ['quietTo'],
    message: '免打扰的开始与结束要么都填，要么都不填 give both ends of the quiet hours, or neither',
  })
  .refine((value) => value.quietFrom === null || value.quietFrom !== value.quietTo, {
    path: ['quietTo'],
    message: '免打扰的开始与结束不能相同 the two ends of the quiet hours must differ',
  });
export type Preference = z.infer<typeof preferenceBody>;

export const getPreference = route({
  method: 'GET',
  path: '/api/messages/preference',
  summary: 'By which channels the caller is told of what, and their quiet hours.',
  access: 'signed-in',
  reply: z.object({
    language,
    quietFrom: clockTime.nullable(),
    quietTo: clockTime.nullable(),
    /** Every kind with what is in force, the defaults included. */
    channels: z.record(messageKind, z.array(personalChannel)),
    /** Masked; null: none is known for the account’s person. */
    email: z.string().nullable(),
    phone: z.string().nullable(),
  }),
});

export const setPreference = route({
  method: 'PUT',
  path: '/api/messages/preference',
  summary: 'Sets the caller’s own preferences. Incidents and obligations cannot be switched off.',
  access: 'signed-in',
  body: preferenceBody,
});

export const templateBody = z.object({
  kind: messageKind,
  language,
  /** Of a mail, and in the app. */
  subject: z.string().trim().min(1).max(300),
  body: z.string().trim().min(1).max(10_000),
  /** For short messages. */
  short: z.string().trim().min(1).max(500),
});

export const template = templateBody.extend({
  version: z.number().int(),
  setBy: z.string().nullable(),
  from: time.nullable(),
});
export type Template = z.infer<typeof template>;

export const listTemplates = route({
  method: 'GET',
  path: '/api/message-templates',
  summary: 'The wording in force for each kind and language; with history=true every version.',
  access: 'notify.templates',
  query: listQuery.extend({
    kind: messageKind.optional(),
    language: language.optional(),
    history: z.stringbool().optional(),
  }),
  reply: listOf(template),
});

export const setTemplate = route({
  method: 'POST',
  path: '/api/message-templates',
  summary: 'Sets a new version of a wording. Unknown placeholders are refused.',
  access: 'notify.templates',
  body: templateBody,
  reply: z.object({ version: z.number().int() }),
});

export const previewTemplate = route({
  method: 'POST',
  path: '/api/message-templates/preview',
  summary: 'Shows a wording filled with an example, as each channel would carry it.',
  access: 'notify.templates',
  body: templateBody,
  reply: z.object({
    app: z.object({ subject: z.string(), body: z.string() }),
    mail: z.object({ subject: z.string(), body: z.string() }),
    sms: z.string(),
    group: z.string(),
  }),
});

/** What a template may name. */
export const placeholders = ['subject', 'body', 'link', 'unit', 'person', 'time', 'kind'] as const;

export const preferenceErrors = {
  'notify.unknown_placeholder': {
    status: 422,
    zh: '{field}：没有占位符 {placeholder}；可用的是 {known}',
    en: '{field}: there is no placeholder {placeholder}; known are {known}',
  },
  'notify.mandatory_kind': {
    status: 422,
    zh: '“{kind}”类消息不能关闭任何通道',
    en: 'Messages of the kind {kind} cannot be switched off for any channel',
  },
} as const;

export const preferencePermissions = {
  'notify.templates': { zh: '编辑消息模板', en: 'Edit message templates' },
} as const;
