import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { listPrecision } from '#findings/contract';
import { listSites } from '#sites/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { listSource } from '../../app/list-source.ts';
import { useRuleWords } from '../../app/rule-words.ts';
import { serverNow } from '../../app/server-clock.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { PageHeader } from '../../ui/page-header.tsx';

type Row = RouteReply<typeof listPrecision>['items'][number];

const dayMs = 86_400_000;
const percent = (share: number) => `${Math.round(100 * share)}%`;

/** How often each rule was right, by what people decided. */
export function PrecisionPage() {
  const { t } = useTranslation();
  const can = useCan();
  const blocked = useQuery({
    queryKey: ['sites', 'blocked-count'],
    queryFn: ({ signal }) => call(listSites, { query: { health: 'blocked', pageSize: 1 } }, { signal }),
    enabled: can('sites.read'),
  });
  const since = (days: number) => new Date(serverNow() - days * dayMs).toISOString().slice(0, 10);
  return (
    <>
      <PageHeader
        title={t('findingWork.precision')}
        description={t('findingWork.precisionHint')}
        back={{ to: '/findings', label: t('findings.title') }}
      />
      {blocked.data && blocked.data.total > 0 ? (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 16 }}
          title={t('findingWork.blocked', { count: blocked.data.total })}
        />
      ) : null}
      <ListPage
        name="rule-precision"
        label={t('findingWork.precision')}
        search={t('findingWork.precisionSearch')}
        source={listSource(listPrecision, ['from', 'to'])}
        rowKey={(row) => row.rule}
        filters={[
          {
            key: 'from',
            label: t('findingWork.span'),
            options: [
              { value: since(30), label: t('findingWork.span30') },
              { value: since(90), label: t('findingWork.span90') },
            ],
          },
        ]}
        columns={useColumns()}
        empty={
          <EmptyState title={t('findingWork.precisionEmpty')} hint={t('findingWork.precisionEmptyHint')} />
        }
      />
    </>
  );
}

function useColumns(): ListColumn<Row>[] {
  const { t } = useTranslation();
  const ruleWords = useRuleWords();
  const count = (
    key: 'seen' | 'open' | 'closed' | 'falseAlarms' | 'suppressed' | 'decisions',
    title: string,
  ) => ({
    key,
    title,
    render: (row: Row) => <span className="jd-num">{row[key]}</span>,
  });
  return [
    {
      key: 'rule',
      title: t('findingWork.rule'),
      card: 'title',
      render: (row) => (
        <Link to="/findings" search={{ rule: row.rule } as never} title={row.rule}>
          {ruleWords(row.rule)}
        </Link>
      ),
    },
    {
      key: 'precision',
      title: t('findingWork.share'),
      render: (row) =>
        row.precision === null ? (
          <span className="jd-faint">{t('findingWork.noDecision')}</span>
        ) : (
          <span className="jd-num">
            {t('findingWork.shareOf', {
              share: percent(row.precision),
              low: percent(row.low ?? 0),
              high: percent(row.high ?? 1),
            })}{' '}
            {row.few ? <span className="jd-faint">{t('findingWork.few')}</span> : null}
          </span>
        ),
    },
    count('decisions', t('findingWork.decisions')),
    count('falseAlarms', t('findingWork.falseAlarms')),
    count('seen', t('findingWork.seen')),
    count('open', t('findingWork.open')),
    count('closed', t('findingWork.closed')),
    count('suppressed', t('findingWork.times')),
  ];
}
