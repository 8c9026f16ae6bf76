/** Who is signed in, and how they got in. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { unitCode } from '#units/contract';

/**
 * Length, and three of four kinds of character: the least that any sign-in policy asks for (等保, GB/T 22239-2019).
 * The policy in force may ask for more; the server says so at the field.
 */
export const password = z
  .string()
  .min(8, '密码至少 8 位 / at least 8 characters')
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
  'column_owner',
  'moderator',
  'reviewer',
  'unit_auditor',
  'support',
  'machine',
]);
export type RoleName = z.infer<typeof roleName>;

/** A role that somebody holds: a built-in one, or one that the administrators composed (`own_…`). */
export const heldRole = z.union([roleName, z.templateLiteral(['own_', z.string()])]);
export type HeldRole = z.infer<typeof heldRole>;

export const sessionUser = z.object({
  id: z.string(),
  username: z.string(),
  name: z.string(),
  unitId: z.uuid().nullable(),
  unitName: z.string().nullable(),
  unitPath: z.string(),
  roles: z.array(heldRole),
  permissions: z.array(z.string()),
  mustChangePassword: z.boolean(),
  /** The error code of what must be done before anything else: change the password, enrol or give a factor. */
  mustFirst: z.string().nullable(),
  /** Days until the password must be changed, when it is time to say so; null: not yet. */
  passwordDaysLeft: z.number().int().nullable(),
  /** Somebody else looks at the system as this account. */
  viewedBy: z.object({ name: z.string(), until: time }).nullable(),
});

export const endReason = z.enum([
  'signed_out',
  'ended',
  'kicked',
  'limit',
  'password',
  'disabled',
  'reset',
  'expired',
]);

export const getSession = route({
  method: 'GET',
  path: '/api/session',
  summary: 'Who is signed in, the server’s time, and whether the first set-up is still to be done.',
  access: 'public',
  reply: z.object({
    user: sessionUser.nullable(),
    /** Why the session that this browser had has ended. */
    ended: z.object({ reason: endReason, at: time }).nullable(),
    serverTime: time,
    setupNeeded: z.boolean(),
    demo: z.boolean(),
  }),
});

/** What a first step leads to: a session, or the demand for a second step. */
export const signedIn = z.object({
  user: sessionUser.nullable(),
  /** The second step: `POST /api/session/factor` with this ticket, within five minutes. */
  factor: z
    .object({ ticket: z.string(), kinds: z.array(z.enum(['totp', 'passkey', 'recovery'])) })
    .nullable(),
  /** How many older sessions of the account ended, because it may have only so many. */
  endedSessions: z.number().int(),
});

export const signIn = route({
  method: 'POST',
  path: '/api/session',
  summary: 'Signs in with user name and password; answers with a ticket when a second factor is to follow.',
  access: 'public',
  limit: { calls: 120, minutes: 1, of: 'address' },
  body: z.object({ username, password: z.string().min(1).max(200) }),
  reply: signedIn,
});

export const signOut = route({
  method: 'DELETE',
  path: '/api/session',
  summary: 'Signs out.',
  access: 'session',
  whileViewing: true,
});

export const changePassword = route({
  method: 'POST',
  path: '/api/session/password',
  summary: 'Changes one’s own password; every other session of the account ends.',
  access: 'session',
  body: z.object({ current: z.string().min(1).max(200), next: password }),
});

const administrator = z.object({
  username,
  name: z.string().trim().min(2).max(40),
  password,
  /** Somebody else typed the password: its owner chooses another at the first sign-in. */
  mustChangePassword: z.boolean().default(true),
});

export const setUp = route({
  method: 'POST',
  path: '/api/setup',
  summary: 'First set-up: the city bureau and three administrators, three different people.',
  access: 'public',
  limit: { calls: 10, minutes: 1, of: 'address' },
  body: z.object({
    token: z.string().min(1),
    city: z.object({ code: unitCode, name: z.string().trim().min(2).max(100) }),
    systemAdmin: administrator,
    securityAdmin: administrator,
    auditAdmin: administrator,
  }),
});
