import { CheckCircleOutlined, SendOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Select, Space, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { listTasks, type TaskItem, taskState, taskSummary, type taskView } from '#tasks/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateMinute } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { SignMany } from './sign-many.tsx';
import { askerText, DueText, useHolderText } from './task-words.tsx';

type View = z.output<typeof taskView>;
const views: readonly View[] = ['mine', 'asked', 'done', 'copied', 'team'];

/** Everything that waits for this person, and what they asked of others. */
export function TasksPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const shown = views.filter((view) =>
    view === 'team' ? can('tasks.team') : view !== 'asked' || can('tasks.ask'),
  );
  const open = (key: string) => change({ q: '', sort: '', filters: {}, tab: key === 'mine' ? '' : key });
  const view = shown.find((one) => one === state.tab) ?? 'mine';
  return (
    <>
      <PageHeader
        title={t('tasks.title')}
        description={<Totals />}
        actions={
          <Space wrap>
            <SignMany />
            {can('tasks.ask') ? (
              <Link to="/tasks/ask">
                <Button icon={<SendOutlined aria-hidden="true" />}>{t('tasks.ask')}</Button>
              </Link>
            ) : null}
          </Space>
        }
      />
      <Views view={view} shown={shown} onChange={open} />
      <TaskList key={view} view={view} />
    </>
  );
}

/** The lists as tabs; on a phone, where five tabs have no room, as one choice. */
function Views(props: { view: View; shown: readonly View[]; onChange: (key: string) => void }) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  const label = (key: View) => t(`tasks.${key}`);
  if (isPhone) {
    return (
      <Select
        aria-label={t('tasks.title')}
        style={{ width: '100%', marginBottom: 16 }}
        value={props.view}
        options={props.shown.map((value) => ({ value, label: label(value) }))}
        onChange={props.onChange}
      />
    );
  }
  return (
    <Tabs
      activeKey={props.view}
      onChange={props.onChange}
      items={props.shown.map((key) => ({ key, label: label(key) }))}
    />
  );
}

/** How much there is to do, in one line. */
function Totals() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['tasks', 'summary'],
    queryFn: ({ signal }) => call(taskSummary, {}, { signal }),
  });
  if (!query.data || query.data.open === 0) return <>{t('tasks.hint')}</>;
  const { open, minutes, late } = query.data;
  return (
    <span className="jd-num">
      {t('tasks.total', { open, minutes })}
      {late > 0 ? (
        <strong>
          {' · '}
          {t('tasks.totalLate', { late })}
        </strong>
      ) : null}
    </span>
  );
}

function TaskList({ view }: { view: View }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  const columns = useTaskColumns(view);
  const yes = [{ value: 'true', label: t('tasks.yes') }];
  return (
    <ListPage
      name="tasks"
      label={t('tasks.title')}
      search={t('tasks.search')}
      source={listSource(listTasks, ['kind', 'state', 'late', 'nobody', 'unitId', 'campaignId'], { view })}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: '/tasks/$id', params: { id: row.id } })}
      filters={[
        ...(view === 'done' ? [] : [{ key: 'late', label: t('tasks.lateOnly'), options: yes }]),
        ...(view === 'team' ? [{ key: 'nobody', label: t('tasks.nobodyOnly'), options: yes }] : []),
        ...(view === 'done' || view === 'mine'
          ? []
          : [
              {
                key: 'state',
                label: t('tasks.state'),
                options: optionsOf(words, 'taskState', taskState.options),
              },
            ]),
      ]}
      columns={columns}
      empty={
        <EmptyState
          icon={<CheckCircleOutlined />}
          title={t(view === 'mine' ? 'tasks.nothing' : 'tasks.nothingThere')}
          hint={t(view === 'mine' ? 'tasks.nothingHint' : 'tasks.nothingThereHint')}
        />
      }
    />
  );
}

function useTaskColumns(view: View) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const holderText = useHolderText();
  const due = {
    key: 'dueAt',
    title: t('tasks.due'),
    sort: 'dueAt',
    render: (row: TaskItem) => <DueText task={row} />,
    text: (row: TaskItem) => dateMinute(row.dueAt),
  };
  const state = {
    key: 'state',
    coded: 'taskState' as const,
    title: t('tasks.state'),
    render: (row: TaskItem) => <EnumTag name="taskState" value={row.state} />,
    text: (row: TaskItem) => words('taskState', row.state),
  };
  return [
    {
      key: 'title',
      title: t('tasks.task'),
      card: 'title' as const,
      render: (row: TaskItem) => (
        <>
          <Link to="/tasks/$id" params={{ id: row.id }} className="jd-break">
            {row.title}
          </Link>
          {view === 'mine' ? <div className="jd-faint jd-break">{row.why}</div> : null}
        </>
      ),
      text: (row: TaskItem) => row.title,
    },
    due,
    {
      key: 'minutes',
      title: t('tasks.minutes'),
      sort: 'minutes',
      render: (row: TaskItem) => (
        <span className="jd-num">{t('tasks.minutesOf', { count: row.minutes })}</span>
      ),
      text: (row: TaskItem) => row.minutes,
    },
    state,
    {
      key: 'kind',
      title: t('tasks.kind'),
      extra: view === 'mine',
      render: (row: TaskItem) => words('taskKind', row.kind),
      text: (row: TaskItem) => words('taskKind', row.kind),
    },
    {
      key: 'unitName',
      title: t('tasks.unit'),
      render: (row: TaskItem) => row.unitName,
      text: (row: TaskItem) => row.unitName,
    },
    {
      key: 'holder',
      field: 'claimedByName',
      title: t('tasks.holder'),
      extra: view === 'mine',
      render: (row: TaskItem) => holderText(row),
      text: (row: TaskItem) => holderText(row),
    },
    {
      key: 'askedByName',
      title: t('tasks.askedBy'),
      extra: view !== 'mine',
      render: (row: TaskItem) => askerText(row.askedByName, t),
      text: (row: TaskItem) => askerText(row.askedByName, t),
    },
  ];
}
