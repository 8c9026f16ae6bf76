import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listDrills } from '#trace/contract';
import { actorText } from '../../app/actor-text.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';

/** How many points came to which verdict; verdicts that none came to are not told. */
export function useMixText() {
  const words = useEnumWords();
  return (row: {
    readonly proven: number;
    readonly probable: number;
    readonly ambiguous: number;
    readonly notProvable: number;
  }): string =>
    (
      [
        ['proven', row.proven],
        ['probable', row.probable],
        ['ambiguous', row.ambiguous],
        ['not_provable', row.notProvable],
      ] as const
    )
      .filter(([, count]) => count > 0)
      .map(([verdict, count]) => `${words('verdict', verdict)} ${count}`)
      .join(' · ') || '—';
}

/** Drills, newest first; each leads to its record. */
export function DrillHistory() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const mixText = useMixText();
  return (
    <ListPage
      name="trace-drills"
      label={t('traceDrills.history')}
      source={listSource(listDrills)}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'startedAt',
          title: t('traceDrills.when'),
          card: 'title',
          render: (row) => (
            <Link to="/trace/drills/$id" params={{ id: row.id }} className="jd-num">
              {dateTime(row.startedAt as string)}
            </Link>
          ),
          text: (row) => dateTime(row.startedAt as string),
        },
        {
          key: 'unit',
          field: 'unitName',
          title: t('traceDrills.unit'),
          render: (row) => row.unitName,
          text: (row) => row.unitName,
        },
        {
          key: 'cause',
          coded: 'drillCause',
          title: t('traceDrills.cause'),
          render: (row) => words('drillCause', row.cause),
          text: (row) => words('drillCause', row.cause),
        },
        {
          key: 'askedBy',
          title: t('traceDrills.asked'),
          render: (row) => actorText(row.askedBy, t),
          text: (row) => actorText(row.askedBy, t),
        },
        {
          key: 'points',
          title: t('traceDrills.total'),
          render: (row) => <span className="jd-num">{row.points}</span>,
          text: (row) => row.points,
        },
        {
          key: 'mix',
          field: 'notProvable',
          title: t('traceDrills.mix'),
          render: (row) => <span className="jd-num">{mixText(row)}</span>,
          text: mixText,
        },
        {
          key: 'finishedAt',
          title: t('traceDrills.finished'),
          render: (row) =>
            row.finishedAt === null ? t('traceDrills.running') : dateTime(row.finishedAt as string),
          text: (row) => (row.finishedAt === null ? null : dateTime(row.finishedAt as string)),
        },
      ]}
      empty={<EmptyState title={t('traceDrills.emptyResults')} hint={t('traceDrills.emptyResultsHint')} />}
    />
  );
}
