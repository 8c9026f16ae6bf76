import { CheckOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { acknowledgeMessage, listMessages, messageKind, readMessage } from '#notify/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { MessageLink } from '../../app/message-link.tsx';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { useListState } from '../../ui/list-state.ts';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { DeliveryList } from './delivery-list.tsx';
import { PreferencesPanel } from './preferences-panel.tsx';

/** The signed-in person's messages; for those who may, how far each mail got. */
export function MessagesPage() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const mayDeliveries = can('notify.deliveries');
  const tab =
    state.tab === 'preferences' || (state.tab === 'deliveries' && mayDeliveries) ? state.tab : 'inbox';
  return (
    <>
      <PageHeader title={t('messages.title')} description={t('messages.hint')} />
      <Tabs
        activeKey={tab}
        onChange={(key) => change({ q: '', sort: '', filters: {}, tab: key === 'inbox' ? '' : key })}
        items={[
          { key: 'inbox', label: t('messages.inbox') },
          { key: 'preferences', label: t('preferencesPage.tab') },
          ...(mayDeliveries ? [{ key: 'deliveries', label: t('messages.deliveries') }] : []),
        ]}
      />
      {tab === 'inbox' ? <Inbox /> : null}
      {tab === 'preferences' ? <PreferencesPanel /> : null}
      {tab === 'deliveries' ? <DeliveryList /> : null}
    </>
  );
}

function Inbox() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = useEnumWords();
  const read = useMutation({
    mutationFn: (id: string) => call(readMessage, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['messages'] }),
  });
  const acknowledge = useMutation({
    mutationFn: (id: string) => call(acknowledgeMessage, { params: { id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['messages'] }),
  });
  return (
    <ListPage
      name="messages"
      label={t('messages.inbox')}
      source={listSource(listMessages, ['unread', 'kind'])}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'unread',
          label: t('messages.status'),
          options: [{ value: 'true', label: t('messages.unreadOnly') }],
        },
        {
          key: 'kind',
          label: t('deliveries.kind'),
          options: optionsOf(words, 'messageKind', messageKind.options),
        },
      ]}
      columns={[
        {
          key: 'subject',
          title: t('messages.subject'),
          card: 'title',
          render: (row) => (
            <span style={{ fontWeight: row.readAt === null ? 600 : 400 }}>
              <MessageLink item={row} onOpen={() => row.readAt === null && read.mutate(row.id)} />
            </span>
          ),
          text: (row) => row.subject,
        },
        {
          key: 'body',
          title: t('messages.body'),
          render: (row) => (
            <span className="jd-break" style={{ display: 'block', maxWidth: '36ch', whiteSpace: 'pre-line' }}>
              {row.body.trim()}
            </span>
          ),
          text: (row) => row.body,
        },
        {
          key: 'at',
          title: t('messages.at'),
          render: (row) => <span className="jd-num">{dateMinute(row.at)}</span>,
          text: (row) => dateMinute(row.at),
        },
        {
          key: 'status',
          field: 'readAt',
          title: t('messages.status'),
          render: (row) => (
            <>
              {row.urgent ? <StatusTag tone="danger">{t('messages.urgent')}</StatusTag> : null}{' '}
              {row.wantsAcknowledgement && row.acknowledgedAt === null ? (
                <Button
                  size="small"
                  type="primary"
                  loading={acknowledge.isPending}
                  onClick={() => acknowledge.mutate(row.id)}
                >
                  {t('received.button')}
                </Button>
              ) : row.readAt === null ? (
                <Button
                  size="small"
                  icon={<CheckOutlined aria-hidden="true" />}
                  onClick={() => read.mutate(row.id)}
                >
                  {t('messages.markRead')}
                </Button>
              ) : (
                <span className="jd-faint">{t('messages.read')}</span>
              )}
            </>
          ),
          text: (row) => (row.readAt === null ? t('messages.unread') : t('messages.read')),
        },
      ]}
      empty={<EmptyState title={t('messages.empty')} hint={t('messages.emptyHint')} />}
    />
  );
}
