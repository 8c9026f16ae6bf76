import { SendOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Campaign, listCampaigns } from '#tasks/contract';
import { listSource } from '../../app/list-source.ts';
import { inBrackets } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { shareText } from './share-text.ts';

/** What was asked of many units, and how far it got. */
export function RequestsPage() {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  const count = (key: 'open' | 'done' | 'late' | 'unknown', title: string) => ({
    key,
    title,
    render: (row: Campaign) => <span className="jd-num">{row[key]}</span>,
    text: (row: Campaign) => row[key],
  });
  return (
    <>
      <PageHeader
        title={t('tasks.requests')}
        description={t('tasks.requestsHint')}
        actions={
          can('tasks.ask') ? (
            <Link to="/tasks/ask">
              <Button type="primary" icon={<SendOutlined aria-hidden="true" />}>
                {t('tasks.ask')}
              </Button>
            </Link>
          ) : null
        }
      />
      <ListPage
        name="tasks-requests"
        label={t('tasks.requests')}
        search={t('tasks.search')}
        source={listSource(listCampaigns)}
        rowKey={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/tasks/requests/$id', params: { id: row.id } })}
        columns={[
          {
            key: 'title',
            title: t('tasks.task'),
            card: 'title',
            render: (row) => (
              <>
                <Link to="/tasks/requests/$id" params={{ id: row.id }} className="jd-break">
                  {row.title}
                </Link>{' '}
                {row.withdrawnAt ? (
                  <StatusTag tone="neutral">
                    {t('tasks.withdrawn', { reason: row.withdrawnReason ?? '' })}
                  </StatusTag>
                ) : null}
              </>
            ),
            text: (row) => row.title,
          },
          {
            key: 'share',
            field: 'done',
            title: t('tasks.share'),
            render: (row) => <span className="jd-num">{shareText(row)}</span>,
            text: (row) => shareText(row),
          },
          count('open', t('tasks.open')),
          count('late', t('tasks.lateCount')),
          count('unknown', t('tasks.unknown')),
          {
            key: 'dueAt',
            title: t('tasks.due'),
            render: (row) => <span className="jd-num">{dateMinute(row.dueAt)}</span>,
            text: (row) => dateMinute(row.dueAt),
          },
          {
            key: 'askedByName',
            title: t('tasks.askedBy'),
            render: (row) => `${row.askedByName}${inBrackets(row.unitName)}`,
            text: (row) => `${row.askedByName}${inBrackets(row.unitName)}`,
          },
        ]}
        empty={<EmptyState title={t('tasks.requestsNone')} hint={t('tasks.requestsNoneHint')} />}
      />
    </>
  );
}
