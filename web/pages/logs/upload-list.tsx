import { useTranslation } from 'react-i18next';
import { type LogUpload, listUploads } from '#logs/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { LinesText } from './taken-lines.tsx';

/** Uploads in pieces: how far each is, and what came of it. */
export function UploadList() {
  const { t } = useTranslation();
  return (
    <ListPage
      name="logUploads"
      label={t('logFiles.uploads')}
      search={t('list.search')}
      source={listSource(listUploads)}
      rowKey={(row) => row.id}
      columns={useColumns()}
      empty={<EmptyState title={t('logFiles.noUploads')} hint={t('logFiles.noUploadsHint')} />}
    />
  );
}

function useColumns(): ListColumn<LogUpload>[] {
  const { t } = useTranslation();
  return [
    {
      key: 'name',
      title: t('logFiles.file'),
      card: 'title',
      render: (row) => <span className="jd-break">{row.name || row.id}</span>,
    },
    {
      key: 'state',
      title: t('logFiles.state'),
      coded: 'logUploadState',
      render: (row) => <EnumTag name="logUploadState" value={row.state} />,
    },
    { key: 'source', title: t('logFiles.source'), render: (row) => row.source },
    {
      key: 'offset',
      title: t('logFiles.progress'),
      render: (row) => t('logFiles.progressOf', { sent: bytesText(row.offset), all: bytesText(row.length) }),
    },
    {
      key: 'result',
      title: t('logFiles.result'),
      field: 'problem.code',
      render: (row) => <Result row={row} />,
    },
    { key: 'by', title: t('logFiles.by'), render: (row) => row.by },
    {
      key: 'created',
      title: t('logFiles.created'),
      render: (row) => <span className="jd-num">{dateMinute(row.created)}</span>,
    },
  ];
}

function Result({ row }: { row: LogUpload }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (row.problem) return <div className="jd-log-outcome jd-break">{row.problem[language]}</div>;
  if (row.result) {
    const { already, records, lines } = row.result;
    return (
      <div className="jd-log-outcome">
        {already
          ? t('logFiles.resultAlready')
          : t('logFiles.resultOf', { records: records.toLocaleString() })}
        {lines === null ? null : <LinesText lines={lines} />}
      </div>
    );
  }
  return row.expires === null ? '—' : t('logFiles.expires', { at: dateMinute(row.expires) });
}
