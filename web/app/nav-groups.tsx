import {
  AimOutlined,
  AlertOutlined,
  ApartmentOutlined,
  ApiOutlined,
  AppstoreOutlined,
  AuditOutlined,
  BarChartOutlined,
  BellOutlined,
  CalculatorOutlined,
  CalendarOutlined,
  CarryOutOutlined,
  CheckSquareOutlined,
  CloudUploadOutlined,
  ClusterOutlined,
  ControlOutlined,
  DeploymentUnitOutlined,
  DesktopOutlined,
  EyeOutlined,
  FileSearchOutlined,
  FontColorsOutlined,
  FormOutlined,
  FundOutlined,
  GlobalOutlined,
  HistoryOutlined,
  IdcardOutlined,
  IssuesCloseOutlined,
  KeyOutlined,
  LoginOutlined,
  NodeIndexOutlined,
  PhoneOutlined,
  RadarChartOutlined,
  RiseOutlined,
  SafetyCertificateOutlined,
  SafetyOutlined,
  ScheduleOutlined,
  SendOutlined,
  StopOutlined,
  TeamOutlined,
  ToolOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { zh } from '../words/zh/index.ts';

export interface NavItem {
  readonly to: string;
  /** A key of the `nav` words. */
  readonly word: keyof (typeof zh)['nav'];
  readonly icon: ReactNode;
  /** Hidden from those who lack it; of several: from those who lack one. */
  readonly permission?: string | readonly string[];
}

/** Whether the navigation shows an item to somebody. */
export function mayOpen({ permission = [] }: NavItem, can: (permission: string) => boolean): boolean {
  return [permission].flat().every((one) => can(one));
}

export interface NavGroup {
  readonly word:
    | 'work'
    | 'register'
    | 'handle'
    | 'watch'
    | 'respond'
    | 'inspect'
    | 'training'
    | 'system'
    | 'auditGroup';
  readonly items: readonly NavItem[];
}

/** The navigation in its order. What a role cannot use is not shown, nor a group with nothing in it. */
export const navGroups: readonly NavGroup[] = [
  {
    word: 'work',
    items: [
      { to: '/', word: 'home', icon: <CarryOutOutlined aria-hidden="true" /> },
      {
        to: '/tasks',
        word: 'tasks',
        icon: <CheckSquareOutlined aria-hidden="true" />,
        permission: 'tasks.work',
      },
      { to: '/messages', word: 'messages', icon: <BellOutlined aria-hidden="true" /> },
    ],
  },
  {
    word: 'register',
    items: [
      {
        to: '/units',
        word: 'units',
        icon: <ApartmentOutlined aria-hidden="true" />,
        permission: 'units.read',
      },
      { to: '/people', word: 'people', icon: <TeamOutlined aria-hidden="true" />, permission: 'people.read' },
      {
        to: '/five-in-place',
        word: 'fiveInPlace',
        icon: <SafetyCertificateOutlined aria-hidden="true" />,
        permission: 'people.read',
      },
      {
        to: '/certificates',
        word: 'certificates',
        icon: <IdcardOutlined aria-hidden="true" />,
        permission: 'people.read',
      },
      {
        to: '/call-backs',
        word: 'callBacks',
        icon: <PhoneOutlined aria-hidden="true" />,
        permission: 'people.read',
      },
      { to: '/sites', word: 'sites', icon: <GlobalOutlined aria-hidden="true" />, permission: 'sites.read' },
      {
        to: '/devices',
        word: 'devices',
        icon: <DesktopOutlined aria-hidden="true" />,
        permission: 'addresses.read',
      },
      {
        to: '/allocations',
        word: 'allocations',
        icon: <ClusterOutlined aria-hidden="true" />,
        permission: 'addresses.read',
      },
    ],
  },
  {
    word: 'handle',
    items: [
      {
        to: '/tasks/requests',
        word: 'taskRequests',
        icon: <SendOutlined aria-hidden="true" />,
        permission: 'tasks.team',
      },
      {
        to: '/tasks/progress',
        word: 'taskProgress',
        icon: <BarChartOutlined aria-hidden="true" />,
        permission: 'tasks.team',
      },
      {
        to: '/findings/orders',
        word: 'findingOrders',
        icon: <ToolOutlined aria-hidden="true" />,
        permission: 'findings.read',
      },
    ],
  },
  {
    word: 'watch',
    items: [
      { to: '/watch', word: 'wall', icon: <AppstoreOutlined aria-hidden="true" />, permission: 'sites.read' },
      {
        to: '/findings',
        word: 'findings',
        icon: <IssuesCloseOutlined aria-hidden="true" />,
        permission: 'findings.read',
      },
      {
        to: '/campaigns',
        word: 'campaigns',
        icon: <DeploymentUnitOutlined aria-hidden="true" />,
        permission: 'sites.read',
      },
      { to: '/logs', word: 'logs', icon: <FileSearchOutlined aria-hidden="true" />, permission: 'logs.read' },
      {
        to: '/logs/sources',
        word: 'logSources',
        icon: <ApiOutlined aria-hidden="true" />,
        permission: 'logs.read',
      },
      {
        to: '/logs/completeness',
        word: 'logCompleteness',
        icon: <CalendarOutlined aria-hidden="true" />,
        permission: 'logs.read',
      },
      {
        to: '/logs/retention',
        word: 'logRetention',
        icon: <HistoryOutlined aria-hidden="true" />,
        permission: 'logs.retention',
      },
      {
        to: '/logs/forward',
        word: 'logForward',
        icon: <CloudUploadOutlined aria-hidden="true" />,
        // Counties and schools have nothing to do there: who answers for the sealed logs of all does.
        permission: ['logs.read', 'logs.verify'],
      },
      {
        to: '/addresses/pollers',
        word: 'pollers',
        icon: <RadarChartOutlined aria-hidden="true" />,
        permission: 'addresses.poll',
      },
      {
        to: '/documents',
        word: 'documents',
        icon: <FileSearchOutlined aria-hidden="true" />,
      },
      {
        to: '/words',
        word: 'words',
        icon: <FontColorsOutlined aria-hidden="true" />,
        permission: 'words.read',
      },
    ],
  },
  {
    word: 'respond',
    items: [
      {
        to: '/incidents',
        word: 'incidents',
        icon: <AlertOutlined aria-hidden="true" />,
        permission: 'incidents.read',
      },
      {
        to: '/trace',
        word: 'trace',
        icon: <NodeIndexOutlined aria-hidden="true" />,
        permission: 'trace.run',
      },
      {
        to: '/trace/report',
        word: 'traceReport',
        icon: <EyeOutlined aria-hidden="true" />,
        permission: 'trace.report',
      },
      {
        to: '/trace/drills',
        word: 'traceDrills',
        icon: <AimOutlined aria-hidden="true" />,
        permission: 'trace.run',
      },
      {
        to: '/trace/coverage',
        word: 'traceCoverage',
        icon: <FundOutlined aria-hidden="true" />,
        permission: 'trace.run',
      },
      {
        to: '/tools/nat-sizing',
        word: 'natSizing',
        icon: <CalculatorOutlined aria-hidden="true" />,
        permission: 'trace.run',
      },
      { to: '/shield', word: 'shield', icon: <StopOutlined aria-hidden="true" />, permission: 'shield.read' },
    ],
  },
  { word: 'inspect', items: [] },
  { word: 'training', items: [] },
  {
    word: 'system',
    items: [
      { to: '/permissions', word: 'permissions', icon: <KeyOutlined aria-hidden="true" /> },
      { to: '/users', word: 'users', icon: <UserOutlined aria-hidden="true" />, permission: 'accounts.read' },
      {
        to: '/sign-in-security',
        word: 'signInSecurity',
        icon: <SafetyOutlined aria-hidden="true" />,
        permission: 'accounts.read',
      },
      {
        to: '/sign-in-methods',
        word: 'signInMethods',
        icon: <LoginOutlined aria-hidden="true" />,
        permission: 'sso.read',
      },
      {
        to: '/policy',
        word: 'policy',
        icon: <ControlOutlined aria-hidden="true" />,
        permission: 'incidents.policy',
      },
      {
        to: '/tasks/rules',
        word: 'taskRules',
        icon: <ScheduleOutlined aria-hidden="true" />,
        permission: 'tasks.policy',
      },
      {
        to: '/channels',
        word: 'channels',
        icon: <SendOutlined aria-hidden="true" />,
        permission: 'notify.channels',
      },
      {
        to: '/message-templates',
        word: 'messageTemplates',
        icon: <FormOutlined aria-hidden="true" />,
        permission: 'notify.templates',
      },
      {
        to: '/escalation',
        word: 'escalation',
        icon: <RiseOutlined aria-hidden="true" />,
        permission: 'notify.chains',
      },
    ],
  },
  {
    word: 'auditGroup',
    items: [
      { to: '/audit', word: 'audit', icon: <AuditOutlined aria-hidden="true" />, permission: 'audit.read' },
    ],
  },
];

/** The item whose page an address belongs to: the longest one that the path starts with. */
export function activeItem(path: string): string {
  const all = navGroups.flatMap((group) => group.items.map((item) => item.to));
  const fitting = all.filter((to) => (to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? '';
}
