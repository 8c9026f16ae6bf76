import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { channelKind, deliveryState, listDeliveries, messageKind, retryDeliveries } from '#notify/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { DeliveryHistory } from './delivery-history.tsx';

const source = listSource(listDeliveries, ['level', 'state', 'channel', 'kind']);

/** Messages on their way and how far each got; what failed is handled from here. */
export function DeliveryList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const [open, setOpen] = useState<string>();
  return (
    <>
      <ListPage
        name="deliveries"
        label={t('messages.deliveries')}
        search={t('list.search')}
        source={source}
        rowKey={(row) => row.id}
        onOpen={(row) => setOpen(row.id)}
        tools={can('notify.retry') ? <RetryAll /> : null}
        filters={[
          {
            key: 'state',
            label: t('deliveries.state'),
            options: optionsOf(words, 'deliveryState', deliveryState.options),
          },
          {
            key: 'channel',
            label: t('deliveries.channel'),
            options: optionsOf(words, 'messageChannel', channelKind.options),
          },
          {
            key: 'kind',
            label: t('deliveries.kind'),
            options: optionsOf(words, 'messageKind', messageKind.options),
          },
        ]}
        columns={[
          { key: 'subject', title: t('messages.subject'), card: 'title', render: (row) => row.subject },
          { key: 'to', title: t('messages.to'), render: (row) => row.to },
          {
            key: 'channel',
            title: t('deliveries.channel'),
            coded: 'messageChannel',
            render: (row) => row.channelName ?? words('messageChannel', row.channel),
          },
          {
            key: 'level',
            title: t('messages.level'),
            coded: 'receiptLevel',
            render: (row) => <EnumTag name="receiptLevel" value={row.level} />,
          },
          {
            key: 'state',
            title: t('deliveries.state'),
            coded: 'deliveryState',
            render: (row) => <EnumTag name="deliveryState" value={row.state} />,
          },
          {
            key: 'at',
            title: t('messages.at'),
            sort: 'at',
            render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          },
          { key: 'attempts', title: t('messages.attempts'), extra: true, render: (row) => row.attempts },
          { key: 'error', title: t('messages.failure'), render: (row) => row.error ?? '' },
        ]}
        empty={<EmptyState title={t('messages.noDeliveries')} hint={t('messages.noDeliveriesHint')} />}
      />
      <DeliveryHistory id={open} onClose={() => setOpen(undefined)} />
    </>
  );
}

function RetryAll() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message, modal } = App.useApp();
  const retry = useMutation({
    mutationFn: () => call(retryDeliveries, { body: {} }),
    onSuccess: async ({ count }) => {
      message.success(t('deliveries.retriedAll', { count }));
      await client.invalidateQueries({ queryKey: ['deliveries'] });
    },
  });
  return (
    <Button
      loading={retry.isPending}
      onClick={() => {
        modal.confirm({ title: t('deliveries.confirmAll'), onOk: () => retry.mutateAsync() });
      }}
    >
      {t('deliveries.retryAll')}
    </Button>
  );
}
