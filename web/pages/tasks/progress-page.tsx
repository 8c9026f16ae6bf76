import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Segmented, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { type ProgressRow, taskMeasures, taskProgress } from '#tasks/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { Nudge } from './nudge.tsx';
import { shareText } from './share-text.ts';

const groupings = ['unit', 'kind', 'campaign'] as const;
type By = (typeof groupings)[number];

/** Open, done, late, and where nobody is in charge; refreshed by the events that come in anyway. */
export function ProgressPage() {
  const { t } = useTranslation();
  const can = useCan();
  const search = useSearch({ strict: false }) as { by?: string; unitId?: string };
  const navigate = useNavigate();
  const by = groupings.find((one) => one === search.by) ?? 'unit';
  const unitId = typeof search.unitId === 'string' ? search.unitId : undefined;
  const go = (next: { by?: By; unitId?: string | undefined }) =>
    void navigate({ to: '.', search: { by: next.by, unitId: next.unitId } as never });
  const query = useQuery({
    queryKey: ['tasks', 'progress', by, unitId],
    queryFn: ({ signal }) =>
      call(taskProgress, { query: { by, ...(unitId && by === 'unit' ? { unitId } : {}) } }, { signal }),
  });
  const names = { unit: t('tasks.byUnit'), kind: t('tasks.byKind'), campaign: t('tasks.byRequest') };
  return (
    <>
      <PageHeader
        title={t('tasks.progress')}
        description={t('tasks.progressHint')}
        actions={can('tasks.ask') ? <Nudge /> : null}
      />
      <Space wrap style={{ marginBottom: 16 }}>
        <Segmented
          value={by}
          onChange={(next) => go({ by: next as By })}
          options={groupings.map((value) => ({ value, label: names[value] }))}
        />
        {unitId && by === 'unit' ? <Button onClick={() => go({ by })}>{t('tasks.up')}</Button> : null}
      </Space>
      <div className="jd-columns">
        <Panel flush>
          <QueryView query={query} rows={8}>
            {({ items }) => <Rows by={by} items={items} onOpen={(id) => go({ by, unitId: id })} />}
          </QueryView>
        </Panel>
        <Measures />
      </div>
    </>
  );
}

function Rows({
  by,
  items,
  onOpen,
}: {
  by: By;
  items: readonly ProgressRow[];
  onOpen: (id: string) => void;
}) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const count = (key: 'open' | 'done' | 'late' | 'unknown', title: string) => ({
    key,
    title,
    dataIndex: key,
    align: 'right' as const,
    render: (value: number) =>
      value > 0 && (key === 'late' || key === 'unknown') ? (
        <strong className="jd-num">{value}</strong>
      ) : (
        value
      ),
  });
  const name = (row: ProgressRow) => {
    if (by === 'kind') return words('taskKind', row.id);
    if (by === 'campaign') {
      return (
        <Link to="/tasks/requests/$id" params={{ id: row.id }}>
          {row.name}
        </Link>
      );
    }
    if (row.below) {
      return (
        <Button type="link" style={{ padding: 0 }} onClick={() => onOpen(row.id)}>
          {row.name}
        </Button>
      );
    }
    return (
      <Link to="/tasks" search={{ tab: 'team', unitId: row.id } as never}>
        {row.name}
      </Link>
    );
  };
  return (
    <DataTable<ProgressRow>
      rowKey="id"
      dataSource={[...items]}
      locale={{ emptyText: t('tasks.progressNone') }}
      columns={[
        {
          key: 'name',
          title: by === 'unit' ? t('tasks.unit') : t('tasks.task'),
          render: (_, row) => name(row),
        },
        {
          key: 'share',
          title: t('tasks.share'),
          render: (_, row) => <span className="jd-num">{shareText(row)}</span>,
        },
        count('open', t('tasks.open')),
        count('late', t('tasks.lateCount')),
        count('unknown', t('tasks.unknown')),
        count('done', t('tasks.doneCount')),
      ]}
    />
  );
}

/** What the tasks of this term cost the schools. */
function Measures() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['tasks', 'measures'],
    queryFn: ({ signal }) => call(taskMeasures, { query: {} }, { signal }),
  });
  const minutes = (value: number | null) =>
    value === null ? t('tasks.noData') : t('tasks.minutesOf', { count: Math.round(value) });
  return (
    <Panel title={t('tasks.measures')}>
      <QueryView query={query} rows={4}>
        {(data) => (
          <Facts
            items={[
              [
                t('tasks.perSchool'),
                t('tasks.perSchoolOf', {
                  count: Number(data.perSchool.toFixed(1)),
                  minutes: Math.round(data.minutesPerSchool),
                }),
              ],
              [t('tasks.medianMinutes'), minutes(data.medianMinutes)],
              [t('tasks.medianActual'), minutes(data.medianActualMinutes)],
              [
                t('tasks.returnRate'),
                data.returnRate === null ? t('tasks.noData') : `${(data.returnRate * 100).toFixed(1)}%`,
              ],
              [t('tasks.raisedAt'), `${dateMinute(data.from)} – ${dateMinute(data.to)}`],
            ]}
          />
        )}
      </QueryView>
    </Panel>
  );
}
