import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { decideDestinationRule, listDestinationRules, proposeDestinationRule } from '#trace/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Rule = RouteReply<typeof listDestinationRules>['items'][number];

/** Whether traces show destinations, and the two people who decide it. */
export function DestinationRules() {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['trace-report', 'rules'],
    queryFn: ({ signal }) => call(listDestinationRules, { query: { pageSize: 50 } }, { signal }),
    enabled: can('trace.run'),
  });
  if (!can('trace.run')) return null;
  return (
    <Panel
      title={t('traceReport.destinations')}
      extra={can('trace.destinations') ? <Propose keep={query.data?.keep ?? false} /> : null}
    >
      <p className="jd-faint">{t('traceReport.destinationsHint')}</p>
      <QueryView query={query} rows={2}>
        {({ items, keep }) => (
          <>
            <StatusTag tone={keep ? 'warn' : 'ok'}>
              {keep ? t('traceReport.keptNow') : t('traceReport.droppedNow')}
            </StatusTag>
            {items.length === 0 ? null : <Rules items={items} />}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

function Rules({ items }: { items: readonly Rule[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <DataTable<Rule>
      stacked
      rowKey="id"
      aria-label={t('traceReport.destinations')}
      dataSource={[...items]}
      columns={[
        { key: 'unit', title: t('traceReport.unit'), dataIndex: 'unitName' },
        {
          key: 'keep',
          title: t('traceReport.keep'),
          render: (_, row) => (row.keep ? t('traceReport.yes') : t('traceReport.no')),
        },
        { key: 'reason', title: t('traceReport.reason'), dataIndex: 'reason' },
        {
          key: 'state',
          title: t('traceReport.state'),
          render: (_, row) =>
            row.state === 'proposed' ? <Decide rule={row} /> : words('destinationState', row.state),
        },
        {
          key: 'by',
          title: t('traceReport.proposedBy'),
          render: (_, row) => `${row.proposedBy} · ${dateTime(row.proposedAt as string)}`,
        },
        { key: 'decidedBy', title: t('traceReport.decidedBy'), render: (_, row) => row.decidedBy ?? '—' },
      ]}
    />
  );
}

function Propose({ keep }: { keep: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('traceReport.propose')} size="small">
      {(close) => (
        <SchemaForm
          schema={proposeDestinationRule.body!}
          initial={{ keep: !keep }}
          fields={{
            keep: { label: t('traceReport.keep') },
            reason: { label: t('traceReport.reason'), widget: 'textarea' },
            unitId: { label: t('traceReport.unit'), help: t('traceReport.unitHelp'), widget: 'unit' },
          }}
          submitLabel={t('traceReport.propose')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(proposeDestinationRule, { body });
            await client.invalidateQueries({ queryKey: ['trace-report'] });
            void message.success(t('traceReport.saved'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

function Decide({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (approve: boolean) =>
      call(decideDestinationRule, { params: { id: rule.id }, body: { approve } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['trace-report'] }),
  });
  if (rule.proposedByMe || !can('trace.destinations')) {
    return <StatusTag tone="waiting">{t('traceReport.mine')}</StatusTag>;
  }
  return (
    <>
      <Space wrap>
        <Button size="small" type="primary" loading={decide.isPending} onClick={() => decide.mutate(true)}>
          {t('traceReport.approve')}
        </Button>
        <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
          {t('traceReport.refuse')}
        </Button>
      </Space>
      {decide.isError ? <ErrorView error={decide.error} /> : null}
    </>
  );
}
