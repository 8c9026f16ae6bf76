/** Roles and what they may do (governance §5; 三员分立 of 等保). Where a role acts is decided by its unit. */
import type { RoleName } from './contract.ts';

interface RoleDefinition {
  readonly zh: string;
  readonly en: string;
  readonly permissions: readonly string[];
}

const readWork = [
  'units.read',
  'people.read',
  'sites.read',
  'addresses.read',
  'findings.read',
  'shield.read',
  'incidents.read',
  'evidence.read',
  'words.read',
  'tasks.work',
];

const schoolWork = [
  ...readWork,
  'people.write',
  'sites.write',
  'addresses.write',
  'addresses.probe',
  'findings.work',
  'watch.check',
  'logs.read',
  'logs.ingest',
  'logs.sources',
  'logs.gaps',
  'logs.export',
  'logs.reveal_request',
  'trace.run',
  'incidents.report',
  'incidents.send',
];

const officerWork = [
  ...schoolWork,
  'addresses.allocate',
  'addresses.poll',
  'units.write',
  'units.reorganise',
  'units.approve_uscc',
  'posts.except',
  'certificates.verify',
  'people.reveal',
  'sites.inside',
  'findings.judge',
  'findings.order',
  'sites.retire',
  'watch.rescan',
  'shield.write',
  'trace.reveal_request',
  'trace.reveal_approve',
  'trace.bag',
  'trace.report',
  'trace.destinations',
  'trace.drill',
  'logs.gaps_decide',
  'logs.reveal_approve',
  'logs.retention',
  'logs.retention_rules',
  'logs.hold',
  'logs.hold_lift',
  'incidents.decide',
  'notify.deliveries',
  'notify.retry',
  'notify.chains',
  'tasks.team',
  'tasks.ask',
];

const columnWork = [
  'units.read',
  'sites.read',
  'findings.read',
  'incidents.read',
  'incidents.report',
  'tasks.work',
];

export const roles: Readonly<Record<RoleName, RoleDefinition>> = {
  system_admin: {
    zh: '系统管理员',
    en: 'System administrator',
    permissions: [
      'units.read',
      'units.write',
      'people.read',
      'accounts.read',
      'accounts.write',
      'roles.propose',
      'sso.read',
      'sso.propose',
      'tasks.work',
      'roles.revoke',
      'roles.confirm',
      'sessions.read',
      'sessions.end',
      'accounts.unlock',
      'resets.propose',
      'resets.approve',
      'policy.approve',
      'notify.deliveries',
      'notify.retry',
      'notify.channels',
      'notify.templates',
      'logs.retention',
      'logs.retention_confirm',
      'addresses.poll',
    ],
  },
  security_admin: {
    zh: '安全管理员',
    en: 'Security administrator',
    permissions: [
      'units.read',
      'accounts.read',
      'tasks.work',
      'roles.approve',
      'sso.read',
      'sso.approve',
      'sso.bind',
      'roles.revoke',
      'roles.compose',
      'accounts.view_as',
      'sessions.read',
      'sessions.end',
      'accounts.unlock',
      'resets.propose',
      'resets.approve',
      'policy.propose',
      'policy.approve',
    ],
  },
  audit_admin: {
    zh: '审计管理员',
    en: 'Audit administrator',
    permissions: [
      'units.read',
      'accounts.read',
      'sessions.read',
      'tasks.work',
      'audit.read',
      'audit.seal',
      'audit.witness',
      'logs.verify',
      'logs.retention',
      'logs.retention_approve',
    ],
  },
  city_officer: {
    zh: '市局经办人',
    en: 'City officer',
    permissions: [
      ...officerWork,
      'incidents.policy',
      'words.write',
      'words.approve',
      'watch.rules',
      'findings.policy',
      'notify.templates',
      'tasks.policy',
      'logs.verify',
    ],
  },
  county_officer: { zh: '县局经办人', en: 'County officer', permissions: officerWork },
  school_teacher: { zh: '学校网络教师', en: 'School network teacher', permissions: schoolWork },
  leader: {
    zh: '单位负责人',
    en: 'Leader',
    permissions: [
      ...readWork,
      'certificates.verify',
      'tasks.team',
      'people.reveal',
      'logs.read',
      'logs.gaps_decide',
      'trace.run',
      'trace.report',
      'incidents.report',
      'incidents.send',
    ],
  },
  police_liaison: {
    zh: '公安联络员',
    en: 'Police liaison',
    permissions: [
      'incidents.read',
      'evidence.read',
      'shield.read',
      'trace.run',
      'trace.reveal_request',
      'trace.bag',
      'tasks.work',
    ],
  },
  column_owner: { zh: '栏目负责人', en: 'Column owner', permissions: [...columnWork, 'findings.work'] },
  moderator: { zh: '版主', en: 'Moderator', permissions: columnWork },
  reviewer: {
    zh: '信息审核员',
    en: 'Reviewer',
    permissions: [...columnWork, 'people.read', 'evidence.read', 'words.read'],
  },
  // The inspection office of one bureau or school: reads what was done below its unit, and nothing else.
  unit_auditor: {
    zh: '单位审计员',
    en: 'Auditor of a unit',
    permissions: ['units.read', 'audit.read', 'trace.report'],
  },
  support: {
    zh: '技术支持',
    en: 'Support',
    permissions: ['units.read', 'accounts.read', 'accounts.view_as'],
  },
  machine: {
    zh: '机器账号',
    en: 'Machine',
    permissions: [
      'logs.ingest',
      'logs.forward',
      'shield.read',
      'audit.witness',
      'addresses.probe',
      'watch.scan',
    ],
  },
};

/** Decisions that only a person takes: no token may hold them (rule 2). */
export const humanOnly: readonly string[] = [
  'logs.gaps_decide',
  'logs.hold_lift',
  'logs.retention_confirm',
  'logs.retention_approve',
  'posts.except',
  'certificates.verify',
  'incidents.decide',
  'findings.judge',
  'words.approve',
  'trace.reveal_approve',
  'trace.destinations',
  'logs.reveal_request',
  'logs.reveal_approve',
  'roles.approve',
  'policy.propose',
  'policy.approve',
  'resets.approve',
  'trace.reveal_request',
  'sso.propose',
  'sso.approve',
  'sso.bind',
  'roles.revoke',
  'roles.compose',
  'roles.confirm',
  'accounts.view_as',
  'people.reveal',
];

export function permissionsOf(held: readonly string[]): Set<string> {
  return new Set(held.flatMap((role) => roles[role as RoleName]?.permissions ?? []));
}

/** Roles that exclude every other one on one person (三员分立, and the auditor of a unit). */
const exclusiveRoles: readonly string[] = ['system_admin', 'security_admin', 'audit_admin', 'unit_auditor'];

/** The three administrators: nobody looks through their eyes, and they lend and borrow nothing. */
export function isAdministrator(held: readonly string[]): boolean {
  return held.some((role) => exclusiveRoles.includes(role));
}

const ofBusiness = new Set(
  Object.entries(roles).flatMap(([role, { permissions }]) =>
    exclusiveRoles.includes(role) || role === 'support' ? [] : permissions,
  ),
);

/** What a composed role may hold: everything that a built-in business role holds. */
export function isBusinessPermission(permission: string): boolean {
  return ofBusiness.has(permission);
}

/** What one person may pass on to another for a while, and a token may hold: no decision that is a person's own. */
export function isPassable(permission: string): boolean {
  return ofBusiness.has(permission) && !humanOnly.includes(permission);
}
