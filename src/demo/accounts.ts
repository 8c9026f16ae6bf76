/** The people who try the demonstration. Their passwords are documented and good for nothing else. */
import type { RoleName } from '#auth/contract';
import type { City, Post } from './city-model.ts';

export interface DemoAccount {
  readonly username: string;
  readonly name: string;
  readonly unitCode: string;
  readonly role: RoleName;
  /** What this account is for, as the terminal says it. */
  readonly purpose: string;
  /** The post of the unit that its person holds. */
  readonly post?: Post;
}

/** One password for all: the demonstration listens on this machine only. */
export const DEMO_PASSWORD = 'Jiaodun-demo-2026';

/** 三员: made by the first set-up. */
export const ADMINISTRATORS = {
  systemAdmin: { username: 'sys.admin', name: '系统管理员甲', password: DEMO_PASSWORD },
  securityAdmin: { username: 'sec.admin', name: '安全管理员乙', password: DEMO_PASSWORD },
  auditAdmin: { username: 'audit.admin', name: '审计管理员丙', password: DEMO_PASSWORD },
} as const;

export const CITY_OFFICER: DemoAccount = {
  username: 'city.officer',
  name: '章明华',
  unitCode: 'example',
  role: 'city_officer',
  purpose: '市教育局：看全市，处置事件',
};

/** In the order in which they are made; the first one feeds the registers. */
export const ACCOUNTS: readonly DemoAccount[] = [
  CITY_OFFICER,
  {
    username: 'city.second',
    name: '柳清宁',
    unitCode: 'example',
    role: 'city_officer',
    purpose: '市教育局第二人：批准揭示姓名',
    post: 'security_officer',
  },
  {
    username: 'county.yunqi',
    name: '方志远',
    unitCode: 'yunqi',
    role: 'county_officer',
    purpose: '云栖县教育局：出事学校的主管',
    post: 'network_admin',
  },
  {
    username: 'county.bilan',
    name: '苏文婷',
    unitCode: 'bilan',
    role: 'county_officer',
    purpose: '碧澜县教育局：看不到云栖县的任何内容',
    post: 'network_admin',
  },
  {
    username: 'teacher.school07',
    name: '许雨涵',
    unitCode: 'school-07',
    role: 'school_teacher',
    purpose: '云栖县第一中学：兼职网管老师',
    post: 'network_admin',
  },
  {
    username: 'police.liaison',
    name: '韩建峰',
    unitCode: 'example',
    role: 'police_liaison',
    purpose: '公安联络员：只看移送的事件',
  },
];

export const BUREAU_MAILBOX = 'bureau@example.org';
export const POLICE_MAILBOX = 'police@example.org';

/** One account for whoever runs the network of each other school and county: a city where tasks find somebody. */
export function staffAccounts(city: City): DemoAccount[] {
  return city.units
    .filter(({ code, kind }) => kind !== 'city' && !ACCOUNTS.some(({ unitCode }) => unitCode === code))
    .map(({ code, kind, name }) => ({
      username: kind === 'school' ? `teacher.${code.replace('-', '')}` : `county.${code}`,
      name: city.people.find((person) => person.unitCode === code && person.post === 'network_admin')!.name,
      unitCode: code,
      role: kind === 'school' ? 'school_teacher' : 'county_officer',
      purpose: name,
      post: 'network_admin',
    }));
}
