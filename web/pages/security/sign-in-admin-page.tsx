import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { OnlineUsers } from './online-users.tsx';
import { PolicyPanel } from './policy-panel.tsx';
import { ResetList } from './reset-list.tsx';

const tabs = ['online', 'resets', 'rules'] as const;

/** What administrators look after: who is signed in, resets that two people decide, the sign-in policy. */
export function SignInAdminPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const shown = tabs.filter((name) => name !== 'online' || can('sessions.read'));
  const tab = shown.find((name) => name === state.tab) ?? shown[0]!;
  return (
    <>
      <PageHeader title={t('signInAdmin.title')} description={t('signInAdmin.hint')} />
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === shown[0] ? '' : key })}
        items={shown.map((key) => ({ key, label: t(`signInAdmin.${key}`) }))}
      />
      {tab === 'online' ? <OnlineUsers /> : tab === 'resets' ? <ResetList /> : <PolicyPanel />}
    </>
  );
}
