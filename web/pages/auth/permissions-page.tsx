import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { ComposedRoles } from './composed-roles.tsx';
import { DelegationList } from './delegation-list.tsx';
import { OwnRights } from './own-rights.tsx';
import { RoleMatrix } from './role-matrix.tsx';

const tabs = ['mine', 'matrix', 'delegations', 'composed'] as const;

/** Who may do what: one's own permissions and where they come from, every role, delegation, composed roles. */
export function PermissionsPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const tab = tabs.find((name) => name === state.tab) ?? 'mine';
  return (
    <>
      <PageHeader title={t('rights.title')} description={t('rights.hint')} />
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === 'mine' ? '' : key })}
        items={tabs.map((key) => ({ key, label: t(`rights.${key}`) }))}
      />
      {tab === 'mine' ? <OwnRights /> : null}
      {tab === 'matrix' ? <RoleMatrix /> : null}
      {tab === 'delegations' ? <DelegationList /> : null}
      {tab === 'composed' ? <ComposedRoles /> : null}
    </>
  );
}
