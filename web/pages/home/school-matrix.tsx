import { BellOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { nudgeUnits, type ProgressRow, taskProgress } from '#tasks/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag, type Tone } from '../../ui/status-tag.tsx';

/** The units below with their tasks: who is late, in words and not in colour alone; one merged reminder for all. */
export function SchoolMatrix() {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const query = useQuery({
    queryKey: ['tasks', 'progress', 'home'],
    queryFn: ({ signal }) => call(taskProgress, { query: { by: 'unit' } }, { signal }),
  });
  const rows = sortByRisk(query.data?.items ?? []);
  const late = rows.filter((row) => row.late > 0).length;
  return (
    <Panel title={t('homes.matrix')} extra={late > 0 ? <RemindButton /> : null}>
      <QueryView query={query} rows={4}>
        {() =>
          rows.length === 0 ? (
            <p className="jd-faint">{t('homes.matrixNone')}</p>
          ) : isPhone ? (
            <ul className="jd-todo">
              {rows.map((row) => (
                <li key={row.id} className="jd-todo__item">
                  <div className="jd-todo__words">
                    {row.name}
                    <Facts
                      small
                      items={[
                        [t('homes.matrixLate'), row.late],
                        [t('homes.matrixOpen'), row.open],
                        [t('homes.matrixDone'), row.done],
                      ]}
                    />
                  </div>
                  <StateTag row={row} />
                </li>
              ))}
            </ul>
          ) : (
            <MatrixTable rows={rows} />
          )
        }
      </QueryView>
    </Panel>
  );
}

function MatrixTable({ rows }: { rows: readonly ProgressRow[] }) {
  const { t } = useTranslation();
  const count = (key: 'open' | 'late' | 'done' | 'unknown', title: string) => ({
    key,
    title,
    dataIndex: key,
    className: 'jd-num',
    sorter: (a: ProgressRow, b: ProgressRow) => a[key] - b[key],
    showSorterTooltip: false,
  });
  return (
    <DataTable<ProgressRow>
      aria-label={t('homes.matrix')}
      rowKey="id"
      dataSource={[...rows]}
      pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
      columns={[
        { key: 'name', title: t('homes.matrixUnit'), dataIndex: 'name' },
        { key: 'state', title: t('homes.matrixState'), render: (_value, row) => <StateTag row={row} /> },
        count('late', t('homes.matrixLate')),
        count('unknown', t('homes.matrixUnknown')),
        count('open', t('homes.matrixOpen')),
        count('done', t('homes.matrixDone')),
      ]}
    />
  );
}

function StateTag({ row }: { row: ProgressRow }) {
  const { t } = useTranslation();
  const { tone, word } = stateOf(row);
  return <StatusTag tone={tone}>{t(`homes.${word}`)}</StatusTag>;
}

/** What a unit's counts mean: late before unknown, and unknown is never shown as clean. */
export function stateOf(row: Pick<ProgressRow, 'late' | 'unknown' | 'open'>): {
  tone: Tone;
  word: 'stateLate' | 'stateUnknown' | 'stateOpen' | 'stateOk';
} {
  if (row.late > 0) return { tone: 'danger', word: 'stateLate' };
  if (row.unknown > 0) return { tone: 'warn', word: 'stateUnknown' };
  return row.open > 0 ? { tone: 'info', word: 'stateOpen' } : { tone: 'ok', word: 'stateOk' };
}

function sortByRisk(rows: readonly ProgressRow[]): ProgressRow[] {
  return [...rows].sort((a, b) => b.late - a.late || b.unknown - a.unknown || b.open - a.open);
}

function RemindButton() {
  const { t } = useTranslation();
  const can = useCan();
  const language = useLanguage();
  const client = useQueryClient();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  if (!can('tasks.ask')) return null;
  async function remind() {
    setBusy(true);
    try {
      const done = await call(nudgeUnits, { body: {} });
      void message.success(t('homes.remindDone', done));
      await client.invalidateQueries({ queryKey: ['tasks'] });
    } catch (error) {
      void message.error(wordsForError(error)[language]);
    } finally {
      setBusy(false);
    }
  }
  return (
    <Tooltip title={t('homes.remindHint')}>
      <Button icon={<BellOutlined aria-hidden="true" />} loading={busy} onClick={() => void remind()}>
        {t('homes.remind')}
      </Button>
    </Tooltip>
  );
}
