import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listAlarms } from '#logs/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

/** What is wrong with sources and collectors now, and was. */
export function AlarmList() {
  const { t } = useTranslation();
  const language = useLanguage();
  const words = useEnumWords();
  return (
    <ListPage
      name="logAlarms"
      label={t('logLedger.alarms')}
      search={t('list.search')}
      source={listSource(listAlarms, ['open'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'open',
          label: t('logLedger.until'),
          options: [
            { value: 'true', label: t('logLedger.openOnly') },
            { value: 'false', label: t('logLedger.overOnly') },
          ],
        },
      ]}
      columns={[
        {
          key: 'source',
          title: t('logLedger.source'),
          card: 'title',
          render: (row) =>
            row.sourceId === null ? (
              row.source
            ) : (
              <Link to="/logs/sources/$id" params={{ id: String(row.sourceId) }}>
                {row.source}
              </Link>
            ),
          text: (row) => row.source,
        },
        {
          key: 'kind',
          title: t('logLedger.what'),
          coded: 'logAlarmKind',
          render: (row) => (
            <StatusTag tone={row.ended === null ? 'danger' : 'neutral'}>
              {words('logAlarmKind', row.kind)}
            </StatusTag>
          ),
        },
        {
          key: 'words',
          title: t('logLedger.words'),
          render: (row) => row.words[language],
          text: (row) => row.words[language],
        },
        {
          key: 'began',
          title: t('logLedger.since'),
          render: (row) => <span className="jd-num">{dateMinute(row.began)}</span>,
        },
        {
          key: 'ended',
          title: t('logLedger.until'),
          render: (row) => (
            <span className="jd-num">
              {row.ended === null ? t('logLedger.lasts') : dateMinute(row.ended)}
            </span>
          ),
        },
        {
          key: 'urgedAt',
          title: t('logLedger.urged'),
          extra: true,
          render: (row) => dateMinute(row.urgedAt),
        },
        { key: 'unitName', title: t('logLedger.unit'), extra: true, render: (row) => row.unitName ?? '—' },
      ]}
      empty={<EmptyState title={t('logLedger.noAlarms')} hint={t('logLedger.noAlarmsHint')} />}
    />
  );
}
