import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { BindingList } from './binding-list.tsx';
import { AddConnector } from './connector-form.tsx';
import { ConnectorList } from './connector-list.tsx';

/** The other systems through which people sign in, and whose identity there is whose account here. */
export function SignInMethodsPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const tab = state.tab === 'bindings' ? 'bindings' : 'methods';
  return (
    <>
      <PageHeader title={t('sso.title')} description={t('sso.hint')} actions={<AddConnector />} />
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === 'methods' ? '' : key })}
        items={(['methods', 'bindings'] as const).map((key) => ({ key, label: t(`sso.${key}`) }))}
      />
      {tab === 'methods' ? <ConnectorList /> : <BindingList />}
    </>
  );
}
