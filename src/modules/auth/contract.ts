import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
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

export const account = z.object({
  id: z.uuid(),
  username: z.string(),
  name: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  roles: z.array(roleName),
  disabled: z.boolean(),
  lastSignInAt: time.nullable(),
});

export const listAccounts = route({
  method: 'GET',
  path: '/api/accounts',
  summary: 'Accounts in the caller’s scope.',
  access: 'accounts.read',
  query: listQuery,
  reply: listOf(account),
});

export const createAccount = route({
  method: 'POST',
  path: '/api/accounts',
  summary: 'Creates an account without any role; its first password must be changed at the first sign-in.',
  access: 'accounts.write',
  body: z.object({
    username,
    name: z.string().trim().min(2).max(40),
    unitCode,
    password,
    mustChangePassword: z.boolean().default(true),
  }),
  reply: account,
});

export const setAccountState = route({
  method: 'PATCH',
  path: '/api/accounts/:id',
  summary: 'Disables or enables an account; disabling ends its sessions.',
  access: 'accounts.write',
  params: idParams,
  body: z.object({ disabled: z.boolean() }),
});

export const roleGrant = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  username: z.string(),
  name: z.string(),
  role: roleName,
  state: z.enum(['proposed', 'approved', 'refused']),
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
});

export const listRoleGrants = route({
  method: 'GET',
  path: '/api/role-grants',
  summary: 'Role grants and their state.',
  access: 'accounts.read',
  query: listQuery.extend({ state: z.enum(['proposed', 'approved', 'refused']).optional() }),
  reply: listOf(roleGrant),
});

export const proposeRole = route({
  method: 'POST',
  path: '/api/role-grants',
  summary: 'Proposes a role for an account; another administrator decides.',
  access: 'roles.propose',
  body: z.object({ accountId: z.uuid(), role: roleName }),
  reply: roleGrant,
});

export const decideRole = route({
  method: 'POST',
  path: '/api/role-grants/:id/decision',
  summary: 'Approves or refuses a proposed role; never the proposer.',
  access: 'roles.approve',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: roleGrant,
});

export const listRoles = route({
  method: 'GET',
  path: '/api/roles',
  summary: 'Roles and what they may do.',
  access: 'signed-in',
  reply: z.array(
    z.object({ role: roleName, zh: z.string(), en: z.string(), permissions: z.array(z.string()) }),
  ),
});

export const apiToken = z.object({
  id: z.uuid(),
  name: z.string(),
  unitName: z.string(),
  expiresAt: time,
  lastUsedAt: time.nullable(),
  revoked: z.boolean(),
});

export const listTokens = route({
  method: 'GET',
  path: '/api/tokens',
  summary: 'API tokens of machines.',
  access: 'accounts.read',
  query: listQuery,
  reply: listOf(apiToken),
});

export const createToken = route({
  method: 'POST',
  path: '/api/tokens',
  summary: 'Creates an API token for a machine; its secret is shown once.',
  access: 'accounts.write',
  body: z.object({
    name: z.string().trim().min(2).max(60),
    unitCode,
    permissions: z.array(z.string()).min(1),
    days: z.number().int().min(1).max(366).default(90),
  }),
  reply: z.object({ id: z.uuid(), token: z.string() }),
});

export const revokeToken = route({
  method: 'DELETE',
  path: '/api/tokens/:id',
  summary: 'Ends an API token.',
  access: 'accounts.write',
  params: idParams,
});

export const permissions = {
  'accounts.read': { zh: '查看账号', en: 'Read accounts' },
  'accounts.write': { zh: '管理账号', en: 'Manage accounts' },
  'roles.propose': { zh: '提出授权', en: 'Propose roles' },
  'roles.approve': { zh: '批准授权', en: 'Approve roles' },
} as const;

export const errors = {
  'auth.bad_credentials': { status: 401, zh: '用户名或密码不对', en: 'User name or password is wrong' },
  'auth.locked': {
    status: 429,
    zh: '尝试次数过多，请 {minutes} 分钟后再试',
    en: 'Too many tries; try again in {minutes} minutes',
  },
  'auth.setup_done': { status: 409, zh: '首次设置已经完成', en: 'The first set-up was already done' },
  'auth.bad_setup_token': {
    status: 403,
    zh: '设置口令不对，请看启动时终端里的那一行',
    en: 'The set-up token is wrong; see the line that the terminal showed at start',
  },
  'auth.three_people': {
    status: 422,
    zh: '三个管理员必须是三个不同的人',
    en: 'The three administrators must be three different people',
  },
  'auth.duplicate_username': {
    status: 409,
    zh: '用户名 {username} 已被使用',
    en: 'User name {username} is taken',
  },
  'auth.own_proposal': {
    status: 409,
    zh: '提出人不能自己批准',
    en: 'A proposal cannot be decided by its proposer',
  },
  'auth.exclusive_role': {
    status: 409,
    zh: '系统、安全、审计管理员不能由同一人兼任，也不能再担任业务角色',
    en: 'System, security and audit administrator exclude each other and every business role',
  },
  'auth.already_decided': { status: 409, zh: '这条授权已经处理过', en: 'This grant was already decided' },
  'auth.wrong_password': { status: 422, zh: '当前密码不对', en: 'The current password is wrong' },
  'auth.password_expired': {
    status: 403,
    zh: '请先修改初始密码',
    en: 'Change the first password before anything else',
  },
  'auth.same_password': {
    status: 422,
    zh: '新密码不能与旧密码相同',
    en: 'The new password must differ from the old one',
  },
} as const;
