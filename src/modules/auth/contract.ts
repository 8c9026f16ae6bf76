import { exportsErrors } from './contract/exports.ts';
import { factorsErrors } from './contract/factors.ts';
import { rightsErrors, rightsPermissions } from './contract/permissions.ts';
import { phoneErrors, phonePermissions } from './contract/phones.ts';
import { policyErrors, policyPermissions } from './contract/policy.ts';
import { preferencesErrors } from './contract/preferences.ts';
import { sessionsErrors, sessionsPermissions } from './contract/sessions.ts';
import { ssoErrors, ssoPermissions } from './contract/sso-errors.ts';
import { tokenErrors } from './contract/tokens.ts';

export * from './contract/accounts.ts';
export * from './contract/exports.ts';
export * from './contract/factors.ts';
export * from './contract/find.ts';
export * from './contract/grant-events.ts';
export * from './contract/permissions.ts';
export * from './contract/phones.ts';
export * from './contract/policy.ts';
export * from './contract/preferences.ts';
export * from './contract/session.ts';
export * from './contract/sessions.ts';
export * from './contract/sso.ts';
export * from './contract/sso-events.ts';
export * from './contract/tokens.ts';

export const permissions = {
  ...rightsPermissions,
  ...phonePermissions,
  ...ssoPermissions,
  ...policyPermissions,
  ...sessionsPermissions,
  'accounts.read': { zh: '查看账号', en: 'Read accounts' },
  'accounts.write': { zh: '管理账号', en: 'Manage accounts' },
  'roles.propose': { zh: '提出授权', en: 'Propose roles' },
  'roles.approve': { zh: '批准授权', en: 'Approve roles' },
} as const;

export const errors = {
  ...rightsErrors,
  ...phoneErrors,
  ...tokenErrors,
  ...preferencesErrors,
  ...factorsErrors,
  ...policyErrors,
  ...sessionsErrors,
  ...exportsErrors,
  ...ssoErrors,
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
  'auth.unknown_person': {
    status: 422,
    zh: '人员册里没有编号为 {personNo} 的人员；请先登记或改正编号',
    en: 'The register has no person with number {personNo}; register the person first, or correct the number',
  },
  'auth.person_has_account': {
    status: 409,
    zh: '编号 {personNo} 的人员在该单位已有账号 {username}；请用那个账号，或先停用它',
    en: 'Person {personNo} has an account of this unit already: {username}; use that one, or disable it first',
  },
  'auth.account_has_person': {
    status: 409,
    zh: '账号 {username} 已关联在册人员，不能改成别人；换了人请停用它，另建账号',
    en: 'Account {username} belongs to a registered person already and stays theirs; for another person disable it and create a new one',
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
  'auth.namesake': {
    status: 409,
    zh: '账号 {username} 的持有人也叫“{name}”，并担任与此互斥的角色。三名管理员必须是三个人；确实是两个人的，请先把两个账号都关联到各自的在册人员',
    en: 'Account {username} is held by a “{name}”, too, in a role that excludes this one. Three administrators are three people; if they are two, tie both accounts to their registered persons first',
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
