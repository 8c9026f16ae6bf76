import { PrinterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { getDrill, listDrillPoints, verdict } from '#trace/contract';
import { actorText } from '../../app/actor-text.ts';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { toListQuery } from '../../app/list-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import type { ListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { addressText } from '../incidents/incident-traces.tsx';
import { useMixText } from './drill-history.tsx';
import { DrillReasons, DrillRemedies } from './drill-reasons.tsx';

/** The record of one drill, to be printed for an inspection. */
export function DrillPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const mixText = useMixText();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['trace-drills', id],
    queryFn: ({ signal }) => call(getDrill, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={6}>
      {(drill) => (
        <>
          <PageHeader
            title={t('traceDrills.record')}
            description={t('traceDrills.recordHint')}
            back={{ to: '/trace/drills', label: t('traceDrills.back') }}
            actions={
              <Button icon={<PrinterOutlined aria-hidden="true" />} onClick={() => window.print()}>
                {t('traceDrills.print')}
              </Button>
            }
          />
          <Panel>
            <Facts
              items={[
                [t('traceDrills.unit'), drill.unitName],
                [
                  t('traceDrills.cause'),
                  `${words('drillCause', drill.cause)} · ${actorText(drill.askedBy, t)}`,
                ],
                [
                  t('traceDrills.period'),
                  `${dateTime(drill.from as string)} – ${dateTime(drill.to as string)}`,
                ],
                [t('traceDrills.when'), dateTime(drill.startedAt as string)],
                [
                  t('traceDrills.finished'),
                  drill.finishedAt === null ? t('traceDrills.running') : dateTime(drill.finishedAt as string),
                ],
                [t('traceDrills.schools'), drill.schools],
                [t('traceDrills.total'), drill.points],
                [t('traceDrills.mix'), mixText(drill)],
              ]}
            />
          </Panel>
          <DrillRemedies drillId={id} />
          <Points id={id} />
        </>
      )}
    </QueryView>
  );
}

function Points({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const load = async (state: ListState, signal: AbortSignal | undefined) => {
    const query = toListQuery(state, ['unitId', 'verdict'], listDrillPoints);
    const { items, total, capped } = await call(
      listDrillPoints,
      { params: { id }, query: query as never },
      { signal },
    );
    return { rows: items, total, capped: capped === true };
  };
  return (
    <ListPage
      name="trace-drill-points"
      label={t('traceDrills.list')}
      load={load}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'verdict',
          label: t('traceDrills.verdict'),
          options: optionsOf(words, 'verdict', verdict.options),
        },
      ]}
      columns={[
        {
          key: 'unit',
          title: t('traceDrills.school'),
          render: (row) => row.unitName,
          text: (row) => row.unitName,
        },
        {
          key: 'address',
          title: t('traceDrills.address'),
          card: 'title',
          render: (row) => <span className="jd-mono">{`${addressText(row.ip, row.port)} ${row.proto}`}</span>,
          text: (row) => `${addressText(row.ip, row.port)} ${row.proto}`,
        },
        {
          key: 'at',
          title: t('traceDrills.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at as string)}</span>,
          text: (row) => dateTime(row.at as string),
        },
        {
          key: 'kind',
          title: t('traceDrills.kind'),
          render: (row) => words('drillKind', row.kind),
          text: (row) => words('drillKind', row.kind),
        },
        {
          key: 'verdict',
          title: t('traceDrills.verdict'),
          render: (row) => <EnumTag name="verdict" value={row.verdict} />,
          text: (row) => words('verdict', row.verdict),
        },
        {
          key: 'because',
          title: t('traceDrills.because'),
          render: (row) => <DrillReasons reasons={row.because} />,
          text: (row) => row.because.map((one) => words('drillReason', one)).join('、'),
        },
        {
          key: 'ms',
          title: t('traceDrills.ms'),
          render: (row) => <span className="jd-num">{row.milliseconds}</span>,
          text: (row) => row.milliseconds,
        },
      ]}
      empty={<EmptyState title={t('traceDrills.noPoints')} hint={t('traceDrills.noPointsHint')} />}
    />
  );
}
