import { CheckCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { countByUnit } from '#findings/contract';
import { listUnits } from '#units/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { dateOnly } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { ages, kindsShown } from './finding-filters.ts';

type Row = RouteReply<typeof countByUnit>['items'][number];

/** What each school still has to mend, the worst first. */
export function BySchoolPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const counties = useQuery({
    queryKey: ['units', 'counties'],
    queryFn: ({ signal }) => call(listUnits, { query: { kind: 'county', pageSize: 100 } }, { signal }),
    enabled: can('units.read'),
  });
  return (
    <>
      <PageHeader
        title={t('findingWork.bySchool')}
        description={t('findingWork.bySchoolHint')}
        back={{ to: '/findings', label: t('findings.title') }}
      />
      <ListPage
        name="findings-by-unit"
        label={t('findingWork.bySchool')}
        search={t('findingWork.bySchoolSearch')}
        source={listSource(countByUnit, ['under', 'kind', 'rule', 'olderThanDays', 'overdue'])}
        rowKey={(row) => row.unitId}
        filters={[
          {
            key: 'under',
            label: t('findingWork.county'),
            options: (counties.data?.items ?? []).map((unit) => ({ value: unit.id, label: unit.name })),
          },
          {
            key: 'kind',
            label: t('findings.kind'),
            options: optionsOf(words, 'findingKind', kindsShown),
          },
          {
            key: 'olderThanDays',
            label: t('findingWork.age'),
            options: ages.map((days) => ({
              value: String(days),
              label: t('findingWork.olderThan', { days }),
            })),
          },
          {
            key: 'overdue',
            label: t('findingWork.late'),
            options: [{ value: 'true', label: t('findingWork.lateOnly') }],
          },
        ]}
        columns={useColumns()}
        empty={
          <EmptyState
            icon={<CheckCircleOutlined aria-hidden="true" />}
            title={t('findingWork.bySchoolEmpty')}
            hint={t('findingWork.bySchoolEmptyHint')}
          />
        }
      />
    </>
  );
}

/** Each in a column of its own: with those that wait for another look they make the sum. */
const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;

function useColumns(): ListColumn<Row>[] {
  const { t } = useTranslation();
  const words = useEnumWords();
  const figure = (row: Row, count: number, search: Record<string, string>) =>
    count === 0 ? (
      <span className="jd-num jd-faint">0</span>
    ) : (
      <Link to="/findings" search={{ unitId: row.unitId, ...search } as never} className="jd-num">
        {count}
      </Link>
    );
  return [
    {
      key: 'unit',
      field: 'unitName',
      title: t('findings.unit'),
      card: 'title',
      render: (row) => (
        <Link to="/findings" search={{ unitId: row.unitId } as never}>
          {row.unitName}
        </Link>
      ),
      text: (row) => row.unitName,
    },
    {
      key: 'bureau',
      field: 'bureauName',
      title: t('findingWork.bureau'),
      render: (row) => row.bureauName ?? '—',
      text: (row) => row.bureauName,
    },
    {
      key: 'standing',
      sort: 'standing',
      title: t('findingWork.standing'),
      render: (row) => <span className="jd-num">{row.standing}</span>,
    },
    ...severities.map((severity) => ({
      key: severity,
      title: words('severity', severity),
      render: (row: Row) => figure(row, row[severity], { severity, state: 'open' }),
      text: (row: Row) => String(row[severity]),
    })),
    {
      key: 'fixed',
      title: t('findingWork.waitRetest'),
      render: (row) => figure(row, row.fixed, { state: 'fixed' }),
      text: (row) => String(row.fixed),
    },
    {
      key: 'overdue',
      sort: 'overdue',
      title: t('findingWork.overdueCount'),
      render: (row) => figure(row, row.overdue, { overdue: 'true' }),
      text: (row) => String(row.overdue),
    },
    {
      key: 'oldestAt',
      sort: 'oldestAt',
      title: t('findingWork.oldest'),
      render: (row) => <span className="jd-num">{dateOnly(row.oldestAt)}</span>,
      text: (row) => dateOnly(row.oldestAt),
    },
  ];
}
