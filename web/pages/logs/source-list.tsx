import { useTranslation } from 'react-i18next';
import { listSources } from '#logs/contract';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Log sources with what each has sent; lines that could not be read are counted, not hidden. */
export function SourceList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="logs"
      label={t('logs.sources')}
      search={t('list.search')}
      source={listSource(listSources)}
      rowKey={(row) => String(row.id)}
      columns={[
        {
          key: 'name',
          title: t('logs.name'),
          card: 'title',
          render: (row) => (
            <>
              {row.name}{' '}
              {row.format === 'unknown' ? <StatusTag tone="warn">{t('logs.unknownSource')}</StatusTag> : null}
            </>
          ),
          text: (row) => row.name,
        },
        { key: 'format', title: t('logs.format'), render: (row) => row.format, text: (row) => row.format },
        {
          key: 'records',
          title: t('logs.records'),
          render: (row) => <span className="jd-num">{row.records.toLocaleString()}</span>,
          text: (row) => row.records,
        },
        {
          key: 'unparsable',
          title: t('logs.unparsable'),
          render: (row) =>
            row.unparsable === 0 ? (
              <span className="jd-num">0</span>
            ) : (
              <StatusTag tone="warn">{row.unparsable.toLocaleString()}</StatusTag>
            ),
          text: (row) => row.unparsable,
        },
        {
          key: 'lastRecv',
          title: t('logs.lastRecv'),
          render: (row) =>
            row.lastRecv === null ? (
              <StatusTag tone="neutral">{t('logs.never')}</StatusTag>
            ) : (
              <span className="jd-num">{dateTime(row.lastRecv)}</span>
            ),
          text: (row) => (row.lastRecv === null ? t('logs.never') : dateTime(row.lastRecv)),
        },
      ]}
      empty={<EmptyState title={t('logs.noSources')} hint={t('logs.noSourcesHint')} />}
    />
  );
}
