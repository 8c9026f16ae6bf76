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
];

const schoolWork = [
  ...readWork,
  'people.write',
  'sites.write',
  'addresses.write',
  'findings.work',
  'watch.check',
  'logs.read',
  'logs.ingest',
  'logs.sources',
  'trace.run',
  'incidents.report',
  'incidents.send',
];

const officerWork = [
  ...schoolWork,
  'units.write',
  'units.reorganise',
  'findings.judge',
  'shield.write',
  'trace.reveal_request',
  'trace.reveal_approve',
  'incidents.decide',
  'notify.deliveries',
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
    ],
  },
  security_admin: {
    zh: '安全管理员',
    en: 'Security administrator',
    permissions: ['units.read', 'accounts.read', 'roles.approve'],
  },
  audit_admin: {
    zh: '审计管理员',
    en: 'Audit administrator',
    permissions: ['units.read', 'accounts.read', 'audit.read', 'audit.seal', 'audit.witness'],
  },
  city_officer: {
    zh: '市局经办人',
    en: 'City officer',
    permissions: [...officerWork, 'incidents.policy', 'words.write'],
  },
  county_officer: { zh: '县局经办人', en: 'County officer', permissions: officerWork },
  school_teacher: { zh: '学校网络教师', en: 'School network teacher', permissions: schoolWork },
  leader: {
    zh: '单位负责人',
    en: 'Leader',
    permissions: [...readWork, 'logs.read', 'trace.run', 'incidents.report', 'incidents.send'],
  },
  police_liaison: {
    zh: '公安联络员',
    en: 'Police liaison',
    permissions: ['incidents.read', 'evidence.read', 'shield.read', 'trace.run', 'trace.reveal_request'],
  },
  machine: { zh: '机器账号', en: 'Machine', permissions: ['logs.ingest', 'shield.read', 'audit.witness'] },
};

/** Decisions that only a person takes: no token may hold them (rule 2). */
export const humanOnly: readonly string[] = [
  'incidents.decide',
  'trace.reveal_approve',
  'roles.approve',
  'trace.reveal_request',
];

export function permissionsOf(held: readonly string[]): Set<string> {
  return new Set(held.flatMap((role) => roles[role as RoleName]?.permissions ?? []));
}
