import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { IngestButton } from './ingest-button.tsx';
import { LogLive } from './log-live.tsx';
import { LogRequests } from './log-requests.tsx';
import { LogSearch } from './log-search.tsx';
import './logs.css';

const shown = { search: LogSearch, live: LogLive, requests: LogRequests };
type Tab = keyof typeof shown;

/** Searching the logs, watching them arrive, and what two people decide about them. */
export function LogsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const tab: Tab = state.tab in shown ? (state.tab as Tab) : 'search';
  const Shown = shown[tab];
  return (
    <>
      <PageHeader
        title={t('logs.title')}
        description={t('logs.hint')}
        actions={can('logs.ingest') ? <IngestButton /> : null}
      />
      <Tabs
        activeKey={tab}
        onChange={(next) =>
          change({ q: '', sort: '', filters: {}, cols: '', tab: next === 'search' ? '' : next })
        }
        items={[
          { key: 'search', label: t('logs.search') },
          { key: 'live', label: t('logSearch.tabLive') },
          { key: 'requests', label: t('logSearch.tabRequests') },
        ]}
      />
      <Shown />
    </>
  );
}
