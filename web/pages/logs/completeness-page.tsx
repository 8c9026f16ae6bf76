import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { AlarmList } from './alarm-list.tsx';
import { CertificateList } from './certificate-list.tsx';
import { GapFromAddress } from './gap-drawer.tsx';
import { GapList } from './gap-list.tsx';
import { SourceCalendar } from './source-calendar.tsx';

/** How complete the logs are: sources by day, gaps, alarms, certificates. */
export function CompletenessPage() {
  const { t } = useTranslation();
  const [state, change] = useListState();
  const tabs = [
    { key: 'calendar', label: t('logLedger.calendar'), show: <SourceCalendar /> },
    { key: 'gaps', label: t('logLedger.gaps'), show: <GapList /> },
    { key: 'alarms', label: t('logLedger.alarms'), show: <AlarmList /> },
    { key: 'certificates', label: t('logLedger.certificates'), show: <CertificateList /> },
  ];
  const open = tabs.find((tab) => tab.key === state.tab) ?? tabs[0]!;
  return (
    <>
      <PageHeader title={t('logLedger.title')} description={t('logLedger.hint')} />
      <Tabs
        activeKey={open.key}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab: tab === 'calendar' ? '' : tab })}
        items={tabs.map(({ key, label }) => ({ key, label }))}
      />
      {open.show}
      <GapFromAddress />
    </>
  );
}
