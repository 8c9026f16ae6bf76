import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceHistory } from '#addresses/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

const pageSize = 10;

/** What held of a device, and since when the register says so. */
export function DeviceHistory({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const [page, setPage] = useState(1);
  const query = useQuery({
    queryKey: ['devices', deviceId, 'history', page],
    queryFn: ({ signal }) =>
      call(deviceHistory, { params: { id: deviceId }, query: { page, pageSize } }, { signal }),
  });
  const span = (from: string | null, to: string | null) =>
    `${from === null ? t('deviceRegister.ever') : dateMinute(from)} – ${to === null ? t('deviceRegister.until') : dateMinute(to)}`;
  return (
    <Panel title={t('deviceRegister.history')}>
      <p className="jd-faint">{t('deviceRegister.historyHint')}</p>
      <QueryView query={query} rows={4}>
        {({ items, total }) => (
          <DataTable
            stacked
            dataSource={items}
            rowKey="id"
            locale={{ emptyText: t('deviceRegister.historyEmpty') }}
            pagination={
              total > pageSize
                ? { current: page, pageSize, total, onChange: setPage, showSizeChanger: false }
                : false
            }
            columns={[
              {
                title: t('deviceRegister.what'),
                key: 'kind',
                render: (_, row) => words('deviceFactKind', row.kind),
              },
              {
                title: t('deviceRegister.value'),
                key: 'text',
                render: (_, row) => (
                  <>
                    <span className={row.kind === 'ip' || row.kind === 'mac' ? 'jd-mono' : ''}>
                      {row.text}
                    </span>{' '}
                    {row.kind === 'custody'
                      ? row.holder === null
                        ? t('deviceRegister.nobody')
                        : t('deviceRegister.holder', { n: row.holder })
                      : null}
                  </>
                ),
              },
              {
                title: t('deviceRegister.valid'),
                key: 'valid',
                render: (_, row) => span(row.validFrom, row.validTo),
              },
              {
                title: t('deviceRegister.recorded'),
                key: 'recorded',
                render: (_, row) => (
                  <>
                    {span(row.recordedFrom, row.recordedTo)}{' '}
                    <StatusTag tone={row.recordedTo === null ? 'ok' : 'neutral'}>
                      {row.recordedTo === null
                        ? t('deviceRegister.believed')
                        : t('deviceRegister.believedNot')}
                    </StatusTag>
                  </>
                ),
              },
              { title: t('devices.unit'), key: 'unit', render: (_, row) => row.unitName ?? '—' },
            ]}
          />
        )}
      </QueryView>
    </Panel>
  );
}
