import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type LogPlace, leastFreeShare, listPlaces } from '#logs/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

const sizeText = (bytes: number | null) => (bytes === null ? '—' : bytesText(bytes));

/** Where sealed segments lie and what room there is. */
export function PlacesPanel() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['logs', 'places'],
    queryFn: ({ signal }) => call(listPlaces, {}, { signal }),
  });
  return (
    <QueryView query={query}>
      {({ items, moveAfterDays, waiting }) => (
        <Panel title={t('logRetention.places')}>
          <p className="jd-faint">
            {moveAfterDays === null
              ? t('logRetention.noArchive')
              : t('logRetention.moveAfter', { days: moveAfterDays })}
          </p>
          {moveAfterDays === null ? null : (
            <Facts items={[[t('logRetention.moveWaiting'), waiting.toLocaleString()]]} />
          )}
          <DataTable
            rowKey={(row) => `${row.tier} ${row.place}`}
            dataSource={[...items]}
            aria-label={t('logRetention.places')}
            columns={[
              { key: 'tier', title: t('logRetention.tier'), render: (_, row) => words('logPlace', row.tier) },
              {
                key: 'place',
                title: t('logRetention.where'),
                render: (_, row) => <span className="jd-mono jd-break">{row.place}</span>,
              },
              {
                key: 'segments',
                title: t('logRetention.segments'),
                render: (_, row) => row.segments?.toLocaleString() ?? '—',
              },
              { key: 'bytes', title: t('logRetention.used'), render: (_, row) => sizeText(row.bytes) },
              { key: 'free', title: t('logRetention.free'), render: (_, row) => <Free row={row} /> },
              { key: 'state', title: t('logRetention.state'), render: (_, row) => <State row={row} /> },
            ]}
          />
        </Panel>
      )}
    </QueryView>
  );
}

function Free({ row }: { row: LogPlace }) {
  if (row.freeBytes === null) return '—';
  return `${bytesText(row.freeBytes)} / ${sizeText(row.totalBytes)}`;
}

function State({ row }: { row: LogPlace }) {
  const { t } = useTranslation();
  const isFull =
    row.freeBytes !== null && row.totalBytes !== null && row.freeBytes < row.totalBytes * leastFreeShare;
  if (row.problem === null && isFull)
    return <StatusTag tone="warn">{t('logRetention.nearlyFull')}</StatusTag>;
  if (row.problem === null) return <StatusTag tone="ok">{t('logRetention.fine')}</StatusTag>;
  return (
    <StatusTag tone="danger">
      <span className="jd-break">{row.problem}</span>
    </StatusTag>
  );
}
