import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { listTimeline } from '#watch/contract';
import { call } from '../../app/api.ts';
import { type EnumName, useEnumWords } from '../../app/enum-words.ts';
import { told } from '../../app/told.ts';
import { toneOf } from '../../app/tones.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Timeline } from '../../ui/timeline.tsx';
import { useDuration } from './use-duration.ts';

type Entry = z.output<NonNullable<typeof listTimeline.reply>>['items'][number];

/** Which words the code of an entry belongs to. */
const codes: Readonly<Record<Entry['kind'], EnumName>> = {
  check: 'checkState',
  outage: 'probeResult',
  recovered: 'probeResult',
  change: 'siteChange',
  finding: 'severity',
  closed: 'severity',
};

const pageSize = 15;

/** Checks, outages, changes and findings of a site in one list, the newest first. */
export function SiteTimeline({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ['sites', siteId, 'timeline'],
    queryFn: ({ pageParam, signal }) =>
      call(listTimeline, { params: { id: siteId }, query: { page: pageParam, pageSize } }, { signal }),
    initialPageParam: 1,
    getNextPageParam: (last, all) => (all.length * pageSize < last.total ? all.length + 1 : undefined),
  });
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title={t('siteWatch.timeline')}>
      {query.isPending ? <Loading rows={4} /> : null}
      {query.isError ? <ErrorView error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && entries.length === 0 ? (
        <EmptyState title={t('siteWatch.timelineNone')} hint={t('siteWatch.timelineNoneHint')} />
      ) : null}
      <Entries entries={entries} />
      {query.hasNextPage ? (
        <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('siteWatch.more')}
        </Button>
      ) : null}
    </Panel>
  );
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const duration = useDuration();
  if (entries.length === 0) return null;
  return (
    <Timeline
      items={entries.map((entry) => ({
        key: entry.id,
        at: entry.at,
        tone: entry.kind === 'check' ? toneOf('checkState', entry.code) : toneOf('timelineKind', entry.kind),
        title: `${words('timelineKind', entry.kind)} · ${words(codes[entry.kind], entry.code)}`,
        body: (
          <span className="jd-break">
            {entry.seconds === null ? '' : t('siteWatch.lasted', { time: duration(entry.seconds) })}
            {entry.findingId === null ? (
              told(entry.text)
            ) : (
              <Link to="/findings/$id" params={{ id: entry.findingId }}>
                {entry.text}
              </Link>
            )}
          </span>
        ),
      }))}
    />
  );
}
