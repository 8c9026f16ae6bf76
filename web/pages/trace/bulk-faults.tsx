import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Pagination } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bulkSheet, listBulkFaults } from '#trace/contract';
import { call } from '../../app/api.ts';
import { useLanguage } from '../../app/i18n.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import type { BulkRun } from './bulk-acts.tsx';

const pageSize = 10;

/** As the template calls it. */
function columnName(key: string, language: 'zh' | 'en'): string {
  return bulkSheet.fields.find((field) => field.key === key)?.[language] ?? key;
}

/** Rows of the table that could not be asked, with what to mend. */
export function BulkFaults({ run }: { run: BulkRun }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [page, setPage] = useState(1);
  const query = useQuery({
    queryKey: ['trace-runs', run.id, 'faults', page],
    queryFn: ({ signal }) =>
      call(listBulkFaults, { params: { id: run.id }, query: { page, pageSize } }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title={t('traceBulk.faultCount', { count: run.faults })}>
      <p className="jd-faint" style={{ marginTop: 0 }}>
        {t('traceBulk.faultHint')}
      </p>
      <QueryView query={query} rows={3}>
        {({ items, total }) => (
          <>
            <ul className="jd-complaint__list">
              {items.map((one) => (
                <li key={`${one.row} ${one.column}`} className="jd-complaint__entry">
                  <div>
                    <strong>{t('traceBulk.faultRow', { row: one.row })}</strong>{' '}
                    <span className="jd-mono">{[one.ref, one.ip, one.at].filter(Boolean).join(' · ')}</span>
                    <div>{`${columnName(one.column, language)}：${one.message[language]}`}</div>
                  </div>
                </li>
              ))}
            </ul>
            <Pagination
              size="small"
              current={page}
              pageSize={pageSize}
              total={total}
              hideOnSinglePage
              showSizeChanger={false}
              onChange={setPage}
            />
          </>
        )}
      </QueryView>
    </Panel>
  );
}
