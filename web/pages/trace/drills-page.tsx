import { AimOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { drillReason, listDrillResults, startDrill } from '#trace/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { DrillHistory, useMixText } from './drill-history.tsx';
import { DrillReasons } from './drill-reasons.tsx';
import { Trend } from './trend.tsx';

type Result = RouteReply<typeof listDrillResults>['items'][number];

/** What traces of each school would prove: newest drill, worst first, with the trend. */
export function DrillsPage() {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <>
      <PageHeader
        title={t('traceDrills.title')}
        description={t('traceDrills.hint')}
        actions={can('trace.drill') ? <StartDrill /> : null}
      />
      <h2 style={{ fontSize: 16, margin: '8px 0 12px' }}>{t('traceDrills.results')}</h2>
      <Results />
      <h2 style={{ fontSize: 16, margin: '24px 0 12px' }}>{t('traceDrills.history')}</h2>
      <DrillHistory />
    </>
  );
}

function Results() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const mixText = useMixText();
  const share = (row: Result) =>
    row.provable === null ? t('traceDrills.nothing') : `${Math.round(row.provable)} %`;
  const reasons = (row: Result) => row.because.map((one) => words('drillReason', one)).join('、');
  return (
    <ListPage
      name="trace-drill-results"
      label={t('traceDrills.results')}
      search={t('traceDrills.resultsSearch')}
      source={listSource(listDrillResults, ['because', 'drillId'])}
      rowKey={(row) => row.unitId}
      filters={[
        {
          key: 'because',
          label: t('traceDrills.because'),
          options: optionsOf(words, 'drillReason', drillReason.options),
        },
      ]}
      columns={[
        {
          key: 'school',
          field: 'unitName',
          title: t('traceDrills.school'),
          card: 'title',
          render: (row) => (
            <Link
              to="/trace/drills/$id"
              params={{ id: row.drillId }}
              search={{ unitId: row.unitId } as never}
            >
              {row.unitName}
            </Link>
          ),
          text: (row) => row.unitName,
        },
        {
          key: 'provable',
          title: t('traceDrills.provable'),
          sort: 'provable',
          render: (row) => (
            <StatusTag
              tone={row.provable === null || row.provable < 60 ? 'danger' : row.provable < 95 ? 'warn' : 'ok'}
            >
              {share(row)}
            </StatusTag>
          ),
          text: share,
        },
        {
          key: 'trend',
          field: 'points',
          title: t('traceDrills.trend'),
          render: (row) => <Trend values={row.trend.map(({ provable }) => provable)} />,
        },
        {
          key: 'mix',
          field: 'notProvable',
          title: t('traceDrills.mix'),
          render: (row) => <span className="jd-num">{mixText(row)}</span>,
          text: mixText,
        },
        {
          key: 'because',
          coded: 'drillReason',
          title: t('traceDrills.because'),
          render: (row) => <DrillReasons reasons={row.because} />,
          text: reasons,
        },
        {
          key: 'slowestMs',
          title: t('traceDrills.slowest'),
          render: (row) => (row.slowestMs === null ? '—' : <span className="jd-num">{row.slowestMs}</span>),
          text: (row) => row.slowestMs,
        },
        {
          key: 'at',
          title: t('traceDrills.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at as string)}</span>,
          text: (row) => dateTime(row.at as string),
        },
      ]}
      empty={
        <EmptyState
          icon={<AimOutlined aria-hidden="true" />}
          title={t('traceDrills.emptyResults')}
          hint={t('traceDrills.emptyResultsHint')}
        />
      }
    />
  );
}

function StartDrill() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('traceDrills.start')} type="primary">
      {(close) => (
        <SchemaForm
          schema={startDrill.body!}
          initial={{ points: 5, days: 30 }}
          fields={{
            points: { label: t('traceDrills.points') },
            days: { label: t('traceDrills.days') },
            unitId: { label: t('traceDrills.unit'), help: t('traceDrills.unitHelp'), widget: 'unit' },
          }}
          submitLabel={t('traceDrills.start')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(startDrill, { body });
            await client.invalidateQueries({ queryKey: ['trace-drills'] });
            void message.success(t('traceDrills.started'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}
