import {
  AlertOutlined,
  ApartmentOutlined,
  AuditOutlined,
  BellOutlined,
  CarryOutOutlined,
  ClusterOutlined,
  ControlOutlined,
  DesktopOutlined,
  FileSearchOutlined,
  FontColorsOutlined,
  GlobalOutlined,
  IssuesCloseOutlined,
  NodeIndexOutlined,
  StopOutlined,
  TeamOutlined,
  UserOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';

export interface NavItem {
  readonly to: string;
  readonly word:
    | 'home'
    | 'messages'
    | 'units'
    | 'people'
    | 'sites'
    | 'devices'
    | 'allocations'
    | 'findings'
    | 'logs'
    | 'words'
    | 'incidents'
    | 'trace'
    | 'shield'
    | 'users'
    | 'policy'
    | 'audit';
  readonly icon: ReactNode;
  /** Hidden from those who lack it. */
  readonly permission?: string;
}

export interface NavGroup {
  readonly word: 'work' | 'register' | 'watch' | 'respond' | 'system' | 'auditGroup';
  readonly items: readonly NavItem[];
}

/** The navigation in its order; what a role cannot use is not shown. */
export const navGroups: readonly NavGroup[] = [
  {
    word: 'work',
    items: [
      { to: '/', word: 'home', icon: <CarryOutOutlined /> },
      { to: '/messages', word: 'messages', icon: <BellOutlined /> },
    ],
  },
  {
    word: 'respond',
    items: [
      { to: '/incidents', word: 'incidents', icon: <AlertOutlined />, permission: 'incidents.read' },
      { to: '/trace', word: 'trace', icon: <NodeIndexOutlined />, permission: 'trace.run' },
      { to: '/shield', word: 'shield', icon: <StopOutlined />, permission: 'shield.read' },
    ],
  },
  {
    word: 'watch',
    items: [
      { to: '/findings', word: 'findings', icon: <IssuesCloseOutlined />, permission: 'findings.read' },
      { to: '/logs', word: 'logs', icon: <FileSearchOutlined />, permission: 'logs.read' },
      { to: '/words', word: 'words', icon: <FontColorsOutlined />, permission: 'words.read' },
    ],
  },
  {
    word: 'register',
    items: [
      { to: '/units', word: 'units', icon: <ApartmentOutlined />, permission: 'units.read' },
      { to: '/people', word: 'people', icon: <TeamOutlined />, permission: 'people.read' },
      { to: '/sites', word: 'sites', icon: <GlobalOutlined />, permission: 'sites.read' },
      { to: '/devices', word: 'devices', icon: <DesktopOutlined />, permission: 'addresses.read' },
      { to: '/allocations', word: 'allocations', icon: <ClusterOutlined />, permission: 'addresses.read' },
    ],
  },
  {
    word: 'system',
    items: [
      { to: '/users', word: 'users', icon: <UserOutlined />, permission: 'accounts.read' },
      { to: '/policy', word: 'policy', icon: <ControlOutlined />, permission: 'incidents.policy' },
    ],
  },
  {
    word: 'auditGroup',
    items: [{ to: '/audit', word: 'audit', icon: <AuditOutlined />, permission: 'audit.read' }],
  },
];

/** The item whose page an address belongs to: the longest one that the path starts with. */
export function activeItem(path: string): string {
  const all = navGroups.flatMap((group) => group.items.map((item) => item.to));
  const fitting = all.filter((to) => (to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? '';
}
