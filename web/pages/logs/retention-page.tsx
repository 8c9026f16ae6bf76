import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { HoldList } from './hold-list.tsx';
import { PlacesPanel } from './places-panel.tsx';
import { PlanFromAddress } from './plan-drawer.tsx';
import { PlanList } from './plan-list.tsx';
import { RetentionClasses } from './retention-classes.tsx';

/** How long logs are kept, what may be dropped, what cases hold, and where segments lie. */
export function RetentionPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const tabs = [
    { key: 'classes', label: t('logRetention.classes'), show: <RetentionClasses /> },
    { key: 'plans', label: t('logRetention.plans'), show: <PlanList /> },
    { key: 'holds', label: t('logRetention.holds'), show: <HoldList /> },
    { key: 'places', label: t('logRetention.places'), show: <PlacesPanel /> },
  ];
  const open = tabs.find((tab) => tab.key === state.tab) ?? tabs[0]!;
  return (
    <>
      <PageHeader title={t('logRetention.title')} description={t('logRetention.hint')} />
      <Tabs
        activeKey={open.key}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab: tab === 'classes' ? '' : tab })}
        items={tabs.map(({ key, label }) => ({ key, label }))}
      />
      {open.show}
      <PlanFromAddress />
    </>
  );
}
