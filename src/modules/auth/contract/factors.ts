/** Second factors: authenticator apps, passkeys, recovery codes; and the fresh proof that sensitive acts demand. */
import { z } from 'zod';
import { idParams, route, time } from '#base/contract';
import { signedIn } from './session.ts';

/** What a browser's Web Authentication answers; its inside is checked by the library that verifies it. */
const passkeyAnswer = z.object({
  state: z.string().max(2000),
  response: z.looseObject({ id: z.string().min(1).max(2000) }),
});

/** Options that a browser's Web Authentication is called with, and the state that comes back with its answer. */
const passkeyOptions = z.object({ options: z.record(z.string(), z.unknown()), state: z.string() });

const code = z
  .string()
  .trim()
  .min(6, '动态码是 6 位数字，恢复码是 16 位 / 6 digits, or a recovery code of 16 letters')
  .max(40);

export const giveFactor = route({
  method: 'POST',
  path: '/api/session/factor',
  summary: 'The second step of a sign-in: a code (of the app, or a recovery code) or a passkey’s answer.',
  access: 'public',
  body: z.object({
    ticket: z.string().min(1).max(200),
    code: code.optional(),
    passkey: passkeyAnswer.optional(),
  }),
  reply: signedIn,
});

export const challengePasskey = route({
  method: 'POST',
  path: '/api/session/passkey-challenge',
  summary:
    'A challenge for a passkey: of the ticket’s account, of the signed-in one, or of whoever holds it.',
  access: 'public',
  body: z.object({ ticket: z.string().max(200).optional() }),
  reply: passkeyOptions,
});

export const signInByPasskey = route({
  method: 'POST',
  path: '/api/session/passkey',
  summary: 'Signs in with a passkey alone: it is possession and finger, face or PIN in one.',
  access: 'public',
  body: passkeyAnswer,
  reply: signedIn,
});

export const stepUp = route({
  method: 'POST',
  path: '/api/session/step-up',
  summary: 'Proves again who is at the keyboard; needed for the most sensitive acts every ten minutes.',
  access: 'session',
  body: z.object({
    code: code.optional(),
    password: z.string().min(1).max(200).optional(),
    passkey: passkeyAnswer.optional(),
  }),
});

export const factor = z.object({
  id: z.uuid(),
  kind: z.enum(['totp', 'passkey']),
  name: z.string(),
  addedAt: time,
  lastUsedAt: time.nullable(),
});

export const getFactors = route({
  method: 'GET',
  path: '/api/my/factors',
  summary: 'One’s own second factors, and how many recovery codes are left.',
  access: 'session',
  reply: z.object({
    items: z.array(factor),
    recoveryCodesLeft: z.number().int(),
    /** The rights of this account need a second factor: the last one cannot be removed. */
    required: z.boolean(),
  }),
});

const factorName = z.string().trim().min(1).max(40);

/** The ten recovery codes, with the first factor only; they are not shown again. */
const added = z.object({ recoveryCodes: z.array(z.string()).nullable() });

export const offerTotp = route({
  method: 'POST',
  path: '/api/my/factors/totp/offer',
  summary: 'A secret for an authenticator app; it counts once a code of it is given.',
  access: 'session',
  reply: z.object({ secret: z.string(), uri: z.string(), state: z.string() }),
});

export const addTotp = route({
  method: 'POST',
  path: '/api/my/factors/totp',
  summary: 'Adds the offered authenticator app, with the code that it shows.',
  access: 'session',
  body: z.object({
    state: z.string().max(2000),
    name: factorName,
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, '动态码是 6 位数字 / six digits'),
  }),
  reply: added,
});

export const offerPasskey = route({
  method: 'POST',
  path: '/api/my/factors/passkey/offer',
  summary: 'What a browser makes a new passkey from.',
  access: 'session',
  reply: passkeyOptions,
});

export const addPasskey = route({
  method: 'POST',
  path: '/api/my/factors/passkey',
  summary: 'Adds the passkey that the browser made.',
  access: 'session',
  body: passkeyAnswer.extend({ name: factorName }),
  reply: added,
});

export const removeFactor = route({
  method: 'DELETE',
  path: '/api/my/factors/:id',
  summary: 'Removes one of one’s own second factors.',
  access: 'signed-in',
  params: idParams,
});

export const renewRecoveryCodes = route({
  method: 'POST',
  path: '/api/my/recovery-codes',
  summary: 'Ten new recovery codes, shown once; the old ones end.',
  access: 'signed-in',
  reply: z.object({ recoveryCodes: z.array(z.string()) }),
});

export const factorsErrors = {
  'auth.factor_needed': {
    status: 403,
    zh: '这一步要先验证身份，请用验证器、通行密钥或恢复码',
    en: 'Prove first who you are: authenticator app, passkey or recovery code',
  },
  'auth.factor_enrol': {
    status: 403,
    zh: '您的权限要求第二因素，请先在“账号安全”里绑定验证器或通行密钥',
    en: 'Your rights need a second factor; set one up under “Account security” first',
  },
  'auth.bad_factor': {
    status: 422,
    zh: '验证码不对，或已经用过；请等下一个码再试，并检查手机时间',
    en: 'The code is wrong or was used before; wait for the next one and check the telephone’s clock',
  },
  'auth.ticket_over': {
    status: 401,
    zh: '这次登录已超过五分钟或试错太多，请从用户名和密码重新开始',
    en: 'This sign-in is older than five minutes or had too many tries; begin again with name and password',
  },
  'auth.step_over': {
    status: 409,
    zh: '这一步已经过期或用过，请重新开始这一步',
    en: 'This step has expired or was used; begin it again',
  },
  'auth.passkey_refused': {
    status: 422,
    zh: '通行密钥没有通过验证（{why}），请重试，或改用另一种方式',
    en: 'The passkey was not accepted ({why}); try again, or use another way',
  },
  'auth.passkey_unavailable': {
    status: 409,
    zh: '通行密钥要求用 https 和域名访问本系统，现在的网址是 {url}；请让运维设置 JIAODUN_PUBLIC_URL',
    en: 'Passkeys need https and a host name, and this system is {url}; the operator sets JIAODUN_PUBLIC_URL',
  },
  'auth.one_app': {
    status: 409,
    zh: '已绑定一个验证器；要换手机，请先移除原来的',
    en: 'There is an authenticator app already; to change the telephone, remove that one first',
  },
  'auth.last_factor': {
    status: 409,
    zh: '您的权限要求第二因素，不能移除最后一个；请先添加新的',
    en: 'Your rights need a second factor, so the last one stays; add another one first',
  },
} as const;
