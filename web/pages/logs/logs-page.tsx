import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { IngestButton } from './ingest-button.tsx';
import { LogSearch } from './log-search.tsx';
import { SourceList } from './source-list.tsx';

/** Searching the logs, and what each source has sent. */
export function LogsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  return (
    <>
      <PageHeader
        title={t('logs.title')}
        description={t('logs.hint')}
        actions={can('logs.ingest') ? <IngestButton /> : null}
      />
      <Tabs
        activeKey={state.tab === 'sources' ? 'sources' : 'search'}
        onChange={(tab) => change({ q: '', sort: '', filters: {}, tab: tab === 'sources' ? tab : '' })}
        items={[
          { key: 'search', label: t('logs.search') },
          { key: 'sources', label: t('logs.sources') },
        ]}
      />
      {state.tab === 'sources' ? <SourceList /> : <LogSearch />}
    </>
  );
}
