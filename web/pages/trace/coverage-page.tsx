import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { coverageProblem, listCoverage, refreshCoverage } from '#trace/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Row = RouteReply<typeof listCoverage>['items'][number];
type Kind = 'nat' | 'lease' | 'sighting';

const tones = { covered: 'ok', gap: 'warn', unknown: 'warn', none: 'danger' } as const;

/** What a trace of each school could rest on, those with most problems first. */
export function CoveragePage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const state = (key: Kind, title: string) => ({
    key,
    coded: 'coverState' as const,
    title,
    render: (row: Row) => <StatusTag tone={tones[row[key]]}>{words('coverState', row[key])}</StatusTag>,
    text: (row: Row) => words('coverState', row[key]),
  });
  const clock = (row: Row) =>
    row.clockMs === null
      ? t('traceCoverage.clockUnknown')
      : t('traceCoverage.seconds', { seconds: (row.clockMs / 1000).toFixed(1) });
  return (
    <>
      <PageHeader
        title={t('traceCoverage.title')}
        description={t('traceCoverage.hint')}
        actions={can('trace.drill') ? <Refresh /> : null}
      />
      <ListPage
        name="trace-coverage"
        label={t('traceCoverage.title')}
        search={t('traceCoverage.search')}
        source={listSource(listCoverage, ['problem'])}
        rowKey={(row) => row.unitId}
        filters={[
          {
            key: 'problem',
            label: t('traceCoverage.problems'),
            options: optionsOf(words, 'coverageProblem', coverageProblem.options),
          },
        ]}
        columns={[
          {
            key: 'school',
            field: 'unitName',
            title: t('traceCoverage.school'),
            card: 'title',
            render: (row) => row.unitName,
            text: (row) => row.unitName,
          },
          {
            key: 'problems',
            coded: 'coverageProblem',
            sort: 'problems',
            title: t('traceCoverage.problems'),
            render: (row) => <Problems row={row} />,
            text: (row) => row.problems.map((one) => words('coverageProblem', one)).join('、'),
          },
          state('nat', t('traceCoverage.nat')),
          state('lease', t('traceCoverage.lease')),
          state('sighting', t('traceCoverage.sighting')),
          {
            key: 'register',
            field: 'seenRegistered',
            title: t('traceCoverage.register'),
            render: (row) => <span className="jd-num">{`${row.seenRegistered} / ${row.seen}`}</span>,
            text: (row) => `${row.seenRegistered} / ${row.seen}`,
          },
          {
            key: 'devices',
            title: t('traceCoverage.devices'),
            render: (row) => <span className="jd-num">{row.devices}</span>,
            text: (row) => row.devices,
          },
          {
            key: 'gapHours',
            sort: 'gapHours',
            title: t('traceCoverage.gaps'),
            render: (row) => <span className="jd-num">{row.gapHours}</span>,
            text: (row) => row.gapHours,
          },
          {
            key: 'clockMs',
            title: t('traceCoverage.clock'),
            render: (row) => <span className="jd-num">{clock(row)}</span>,
            text: clock,
          },
          {
            key: 'computedAt',
            title: t('traceCoverage.at'),
            extra: true,
            render: (row) => <span className="jd-num">{dateTime(row.computedAt as string)}</span>,
            text: (row) => dateTime(row.computedAt as string),
          },
        ]}
        empty={
          <EmptyState
            icon={<SafetyCertificateOutlined aria-hidden="true" />}
            title={t('traceCoverage.empty')}
            hint={t('traceCoverage.emptyHint')}
          />
        }
      />
    </>
  );
}

function Problems({ row }: { row: Row }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  if (row.problems.length === 0) return <StatusTag tone="ok">{t('traceCoverage.none')}</StatusTag>;
  return (
    <Space wrap size={4}>
      {row.problems.map((one) => (
        <StatusTag key={one} tone={one === 'clock_unknown' ? 'warn' : 'danger'}>
          {words('coverageProblem', one)}
        </StatusTag>
      ))}
    </Space>
  );
}

function Refresh() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const refresh = useMutation({
    mutationFn: () => call(refreshCoverage, {}),
    onSuccess: () => void message.success(t('traceCoverage.refreshed')),
  });
  return (
    <Button loading={refresh.isPending} onClick={() => refresh.mutate()}>
      {t('traceCoverage.refresh')}
    </Button>
  );
}
