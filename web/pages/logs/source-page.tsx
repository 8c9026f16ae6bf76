import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { getSource, type LogSource } from '#logs/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useCan } from '../../app/session.ts';
import { useListState } from '../../ui/list-state.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SourceActs } from './source-acts.tsx';
import { useSourceName } from './source-name.ts';
import { useSourceTabs } from './source-tabs.tsx';

/** One log source: what it is and how it does, a tab for each side of it. */
export function SourcePage() {
  const { t } = useTranslation();
  const nameOf = useSourceName();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['logs', 'source', id],
    queryFn: ({ signal }) => call(getSource, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10}>
      {(source) => (
        <>
          <PageHeader
            title={nameOf(source.name)}
            tag={<EnumTag name="logSourceState" value={source.state} />}
            description={source.unitName ?? source.unitPath}
            back={{ to: '/logs/sources', label: t('logSources.back') }}
            actions={<SourceActs source={source} />}
          />
          <SourceTabs source={source} />
        </>
      )}
    </QueryView>
  );
}

function SourceTabs({ source }: { source: LogSource }) {
  const can = useCan();
  const [state, change] = useListState();
  const tabs = useSourceTabs().filter(
    (tab) => (tab.permission === undefined || can(tab.permission)) && (tab.fits?.(source) ?? true),
  );
  const open = tabs.find((tab) => tab.key === state.tab) ?? tabs[0]!;
  return (
    <>
      {tabs.length > 1 ? (
        <Tabs
          activeKey={open.key}
          onChange={(tab) => change({ tab, q: '', sort: '', filters: {} })}
          items={tabs.map(({ key, label }) => ({ key, label }))}
        />
      ) : null}
      {open.show(source)}
    </>
  );
}
