/** Who is signed in, and how they got in. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { unitCode } from '#units/contract';

/** Length, and three of four kinds of character: the password rule that 等保 (GB/T 22239-2019) asks for. */
export const password = z
  .string()
  .min(10, '密码至少 10 位 / at least 10 characters')
  .max(200)
  .refine(
    (text) => [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length >= 3,
    '密码要含大写、小写、数字、符号中的三种 / three of: upper case, lower case, digit, symbol',
  );

export const username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{2,39}$/, '用户名为 3–40 位小写字母、数字、. _ - / 3–40 of a–z 0–9 . _ -');

export const roleName = z.enum([
  'system_admin',
  'security_admin',
  'audit_admin',
  'city_officer',
  'county_officer',
  'school_teacher',
  'leader',
  'police_liaison',
  'machine',
]);
export type RoleName = z.infer<typeof roleName>;

export const sessionUser = z.object({
  id: z.string(),
  username: z.string(),
  name: z.string(),
  unitId: z.uuid().nullable(),
  unitName: z.string().nullable(),
  unitPath: z.string(),
  roles: z.array(roleName),
  permissions: z.array(z.string()),
  mustChangePassword: z.boolean(),
});

export const getSession = route({
  method: 'GET',
  path: '/api/session',
  summary: 'Who is signed in, the server’s time, and whether the first set-up is still to be done.',
  access: 'public',
  reply: z.object({
    user: sessionUser.nullable(),
    serverTime: time,
    setupNeeded: z.boolean(),
    demo: z.boolean(),
  }),
});

export const signIn = route({
  method: 'POST',
  path: '/api/session',
  summary: 'Signs in with user name and password.',
  access: 'public',
  body: z.object({ username, password: z.string().min(1).max(200) }),
  reply: z.object({ user: sessionUser }),
});

export const signOut = route({
  method: 'DELETE',
  path: '/api/session',
  summary: 'Signs out.',
  access: 'signed-in',
});

export const changePassword = route({
  method: 'POST',
  path: '/api/session/password',
  summary: 'Changes one’s own password.',
  access: 'signed-in',
  body: z.object({ current: z.string().min(1).max(200), next: password }),
});

const administrator = z.object({ username, name: z.string().trim().min(2).max(40), password });

export const setUp = route({
  method: 'POST',
  path: '/api/setup',
  summary: 'First set-up: the city bureau and three administrators, three different people.',
  access: 'public',
  body: z.object({
    token: z.string().min(1),
    city: z.object({ code: unitCode, name: z.string().trim().min(2).max(100) }),
    systemAdmin: administrator,
    securityAdmin: administrator,
    auditAdmin: administrator,
  }),
});
