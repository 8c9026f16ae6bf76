/** Phone numbers: masked everywhere, opened one at a time with a reason, and the person sees by whom. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

export const phonePermissions = {
  'people.reveal': { zh: '查看完整手机号', en: 'Open a whole phone number' },
} as const;

export const phoneErrors = {
  'auth.no_phone': {
    status: 404,
    zh: '这个人没有登记手机号',
    en: 'This person has no phone number on record',
  },
  'auth.reveal_limit': {
    status: 429,
    zh: '24 小时内最多查看 {limit} 个号码，已用完；确有需要请联系上级单位',
    en: 'At most {limit} numbers may be opened within 24 hours, and they are used up',
  },
} as const;

export const revealPhone = route({
  method: 'POST',
  path: '/api/people/:id/phone',
  summary: 'Opens one person’s phone number; who, when and why is recorded and shown to that person.',
  access: 'people.reveal',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(4, '请写明用途，至少 4 个字 / say what for').max(200) }),
  limit: { calls: 10, minutes: 1, of: 'actor' },
  reply: z.object({ phone: z.string(), left: z.number().int() }),
});

export const listMyReveals = route({
  method: 'GET',
  path: '/api/session/phone-reveals',
  summary: 'Who opened the caller’s own phone number, when and why.',
  access: 'signed-in',
  query: listQuery,
  reply: listOf(z.object({ id: z.uuid(), by: z.string(), unit: z.string(), reason: z.string(), at: time })),
});
