import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceSightings } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

const pageSize = 10;

/** Where the device was seen, and who else was at its addresses. */
export function DeviceSightings({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [page, setPage] = useState(1);
  const query = useQuery({
    queryKey: ['devices', deviceId, 'sightings', page],
    queryFn: ({ signal }) =>
      call(deviceSightings, { params: { id: deviceId }, query: { page, pageSize } }, { signal }),
  });
  return (
    <Panel title={t('deviceRegister.sightings')}>
      <p className="jd-faint">{t('deviceRegister.sightingsHint')}</p>
      <QueryView query={query} rows={4}>
        {({ items, total }) =>
          total === 0 ? (
            <EmptyState
              title={t('deviceRegister.sightingsEmpty')}
              hint={t('deviceRegister.sightingsEmptyHint')}
            />
          ) : (
            <DataTable
              stacked
              dataSource={items}
              rowKey="id"
              pagination={
                total > pageSize
                  ? { current: page, pageSize, total, onChange: setPage, showSizeChanger: false }
                  : false
              }
              columns={[
                {
                  title: t('deviceRegister.mac'),
                  key: 'mac',
                  render: (_, row) => (
                    <>
                      <span className="jd-mono">{row.mac}</span>{' '}
                      {row.own ? null : <StatusTag tone="danger">{t('deviceRegister.other')}</StatusTag>}
                    </>
                  ),
                },
                {
                  title: t('deviceRegister.ip'),
                  key: 'ip',
                  render: (_, row) => <span className="jd-mono">{row.ip ?? '—'}</span>,
                },
                {
                  title: t('deviceRegister.source'),
                  key: 'kind',
                  render: (_, row) => words('sightingKind', row.kind),
                },
                { title: t('deviceRegister.began'), key: 'began', render: (_, row) => dateMinute(row.began) },
                {
                  title: t('deviceRegister.last'),
                  key: 'last',
                  render: (_, row) => dateMinute(row.lastProof),
                },
                {
                  title: t('deviceRegister.place'),
                  key: 'place',
                  render: (_, row) => [row.place, row.hostname].filter(Boolean).join(' · ') || '—',
                },
              ]}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}
