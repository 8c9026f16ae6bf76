import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { fixDays, getFixDays, listRectifications, setFixDays } from '#findings/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Orders to mend: until when, and how far they are. */
export function OrdersPage() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  return (
    <>
      <PageHeader
        title={t('findingWork.orders')}
        description={t('findingWork.ordersHint')}
        back={{ to: '/findings', label: t('findings.title') }}
        actions={can('findings.policy') ? <FixDaysButton /> : null}
      />
      <ListPage
        name="rectifications"
        label={t('findingWork.orders')}
        search={t('findingWork.ordersSearch')}
        source={listSource(listRectifications, ['state', 'siteId'])}
        rowKey={(row) => row.id}
        filters={[
          {
            key: 'state',
            label: t('findingWork.state'),
            options: optionsOf(words, 'orderState', ['open', 'overdue', 'settled']),
          },
        ]}
        columns={[
          {
            key: 'siteName',
            title: t('findingWork.site'),
            card: 'title',
            render: (row) => (
              <Link to="/findings" search={{ orderId: row.id } as never}>
                {row.siteName ?? row.unitName}
              </Link>
            ),
          },
          {
            key: 'state',
            field: 'overdue',
            title: t('findingWork.state'),
            render: (row) => (
              <EnumTag
                name="orderState"
                value={row.settledAt !== null ? 'settled' : row.overdue ? 'overdue' : 'open'}
              />
            ),
          },
          { key: 'words', title: t('findingWork.orderWords'), render: (row) => row.words },
          {
            key: 'open',
            title: t('findingWork.left'),
            render: (row) => <span className="jd-num">{`${row.open} / ${row.findings}`}</span>,
          },
          {
            key: 'dueAt',
            title: t('findingWork.dueAt'),
            render: (row) => <span className="jd-num">{dateMinute(row.dueAt)}</span>,
          },
          {
            key: 'issuedBy',
            title: t('findingWork.issued'),
            render: (row) => `${row.issuedBy} ${dateMinute(row.issuedAt)}`,
          },
        ]}
        empty={<EmptyState title={t('findingWork.ordersEmpty')} hint={t('findingWork.ordersEmptyHint')} />}
      />
    </>
  );
}

function FixDaysButton() {
  const { t } = useTranslation();
  return <FormDrawer label={t('findingWork.fixDays')}>{(close) => <FixDaysForm close={close} />}</FormDrawer>;
}

function FixDaysForm({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['fix-days'],
    queryFn: ({ signal }) => call(getFixDays, {}, { signal }),
  });
  return (
    <QueryView query={query}>
      {({ critical, high, medium, low, info }) => (
        <SchemaForm
          schema={fixDays}
          initial={{ critical, high, medium, low, info }}
          fields={{
            critical: { label: words('severity', 'critical') },
            high: { label: words('severity', 'high') },
            medium: { label: words('severity', 'medium') },
            low: { label: words('severity', 'low') },
            info: { label: words('severity', 'info') },
          }}
          submitLabel={t('action.confirm')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(setFixDays, { body });
            await client.invalidateQueries({ queryKey: ['fix-days'] });
            void message.success(t('findingWork.fixDaysSaved'));
            close();
          }}
        />
      )}
    </QueryView>
  );
}
