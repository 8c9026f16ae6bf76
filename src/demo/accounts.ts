/** The people who try the demonstration. Their passwords are documented and good for nothing else. */
import type { RoleName } from '#auth/contract';

export interface DemoAccount {
  readonly username: string;
  readonly name: string;
  readonly unitCode: string;
  readonly role: RoleName;
  /** What this account is for, as the terminal says it. */
  readonly purpose: string;
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
  },
  {
    username: 'county.yunqi',
    name: '方志远',
    unitCode: 'yunqi',
    role: 'county_officer',
    purpose: '云栖县教育局：出事学校的主管',
  },
  {
    username: 'county.bilan',
    name: '苏文婷',
    unitCode: 'bilan',
    role: 'county_officer',
    purpose: '碧澜县教育局：看不到云栖县的任何内容',
  },
  {
    username: 'teacher.school07',
    name: '许雨涵',
    unitCode: 'school-07',
    role: 'school_teacher',
    purpose: '云栖县第一中学：兼职网管老师',
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
