import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type DropFolder, listDropFolders } from '#logs/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { listSource } from '../../app/list-source.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Folders whose files are taken by themselves: what waits, what failed, what stands in the way. */
export function DropFolderList() {
  const { t } = useTranslation();
  return (
    <>
      <p className="jd-faint">{t('logFiles.foldersHint')}</p>
      <ListPage
        name="logDropFolders"
        label={t('logFiles.folders')}
        search={t('list.search')}
        source={listSource(listDropFolders)}
        rowKey={(row) => `${row.collector}/${row.folder}`}
        columns={useColumns()}
        empty={<EmptyState title={t('logFiles.noFolders')} hint={t('logFiles.noFoldersHint')} />}
      />
    </>
  );
}

function useColumns(): ListColumn<DropFolder>[] {
  const { t } = useTranslation();
  const time = (value: string | null) =>
    value === null ? '—' : <span className="jd-num">{dateMinute(value)}</span>;
  return [
    {
      key: 'folder',
      title: t('logFiles.folder'),
      card: 'title',
      render: (row) => <span className="jd-break">{row.folder}</span>,
    },
    { key: 'problem', title: t('logFiles.state'), render: (row) => <State row={row} /> },
    { key: 'source', title: t('logFiles.source'), render: (row) => <Source row={row} /> },
    {
      key: 'waiting',
      title: t('logFiles.waiting'),
      render: (row) =>
        row.waiting === 0
          ? '0'
          : t('logFiles.waitingOf', { count: row.waiting, bytes: bytesText(row.waitingBytes) }),
    },
    { key: 'oldest', title: t('logFiles.oldest'), render: (row) => time(row.oldest) },
    {
      key: 'failed',
      title: t('logFiles.failed'),
      render: (row) =>
        row.failed === 0 ? '0' : <StatusTag tone="danger">{row.failed.toLocaleString()}</StatusTag>,
    },
    {
      key: 'taken',
      title: t('logFiles.taken'),
      render: (row) => <span className="jd-num">{row.taken.toLocaleString()}</span>,
    },
    { key: 'lastTaken', title: t('logFiles.lastTaken'), render: (row) => time(row.lastTaken) },
    { key: 'collector', title: t('logFiles.collector'), render: (row) => row.collector },
    { key: 'seen', title: t('logFiles.seen'), render: (row) => time(row.seen) },
  ];
}

function State({ row }: { row: DropFolder }) {
  const { t } = useTranslation();
  if (row.problem !== null) return <EnumTag name="logDropProblem" value={row.problem} />;
  return <StatusTag tone="ok">{t('logFiles.fine')}</StatusTag>;
}

function Source({ row }: { row: DropFolder }) {
  if (row.sourceId === null) return '—';
  return (
    <Link to="/logs/sources/$id" params={{ id: String(row.sourceId) }} className="jd-break">
      {row.source}
    </Link>
  );
}
