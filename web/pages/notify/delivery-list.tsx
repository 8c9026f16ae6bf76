import { useTranslation } from 'react-i18next';
import { listDeliveries, receiptLevel } from '#notify/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { toListQuery } from '../../app/list-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';

/** Mails that were sent and how far each got. */
export function DeliveryList() {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <ListPage
      name="deliveries"
      label={t('messages.deliveries')}
      search={t('list.search')}
      load={async (state, signal) => {
        const reply = await call(listDeliveries, { query: toListQuery(state, ['level']) }, { signal });
        return { rows: reply.items, total: reply.total };
      }}
      rowKey={(row) => row.id}
      filters={[
        {
          key: 'level',
          label: t('messages.level'),
          options: optionsOf(words, 'receiptLevel', receiptLevel.options),
        },
      ]}
      columns={[
        {
          key: 'subject',
          title: t('messages.subject'),
          card: 'title',
          render: (row) => row.subject,
          text: (row) => row.subject,
        },
        { key: 'to', title: t('messages.to'), render: (row) => row.to, text: (row) => row.to },
        {
          key: 'level',
          title: t('messages.level'),
          render: (row) => <EnumTag name="receiptLevel" value={row.level} />,
          text: (row) => words('receiptLevel', row.level),
        },
        {
          key: 'at',
          title: t('messages.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          text: (row) => dateTime(row.at),
        },
        {
          key: 'attempts',
          title: t('messages.attempts'),
          render: (row) => row.attempts,
          text: (row) => row.attempts,
        },
        {
          key: 'error',
          title: t('messages.failure'),
          render: (row) => row.error ?? '',
          text: (row) => row.error,
        },
      ]}
      empty={<EmptyState title={t('messages.noDeliveries')} hint={t('messages.noDeliveriesHint')} />}
    />
  );
}
