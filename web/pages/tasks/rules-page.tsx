import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  escalationLevel,
  getCalendar,
  getTaskPolicy,
  policyRules,
  setCalendar,
  setTaskPolicy,
} from '#tasks/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { currentLanguage } from '../../app/i18n.ts';
import { listComma } from '../../app/punctuation.ts';
import { halfOf } from '../../app/zod-words.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** The bureau's rules about asking and reminding, and its working calendar. */
export function TaskRulesPage() {
  const { t } = useTranslation();
  const policy = useQuery({
    queryKey: ['tasks', 'policy'],
    queryFn: ({ signal }) => call(getTaskPolicy, {}, { signal }),
  });
  return (
    <>
      <PageHeader title={t('tasks.rules')} description={t('tasks.rulesHint')} />
      <div className="jd-columns">
        <Panel>
          <QueryView query={policy} rows={6}>
            {(data) => <RulesForm key={data.effectiveFrom ?? ''} policy={data} />}
          </QueryView>
        </Panel>
        <Calendar />
      </div>
    </>
  );
}

const rulesForm = policyRules.extend({ source: setTaskPolicy.body!.shape.source });

function RulesForm({ policy }: { policy: RouteReply<typeof getTaskPolicy> }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <>
      <p className="jd-faint">
        {t('tasks.rulesSource', { source: halfOf(policy.source, currentLanguage()) })}
      </p>
      <SchemaForm
        schema={rulesForm}
        initial={policy.rules}
        fields={{
          minLeadDays: { label: t('tasks.minLeadDays') },
          monthlyCap: { label: t('tasks.monthlyCap') },
          nudgesPerWeek: { label: t('tasks.nudgesPerWeek') },
          remindHour: { label: t('tasks.remindHour') },
          dueSoonDays: { label: t('tasks.dueSoonDays') },
          escalate: {
            label: t('tasks.escalate'),
            fields: {
              afterDays: { label: t('tasks.afterDays') },
              level: {
                label: t('tasks.level'),
                options: optionsOf(words, 'taskLevel', escalationLevel.options),
              },
            },
          },
          source: { label: t('tasks.source') },
        }}
        submitLabel={t('tasks.save')}
        onSubmit={async ({ source, ...rules }) => {
          await call(setTaskPolicy, { body: { rules, source } });
          await client.invalidateQueries({ queryKey: ['tasks', 'policy'] });
          void message.success(t('tasks.saved'));
        }}
      />
    </>
  );
}

type Year = RouteReply<typeof getCalendar>['items'][number];

function Calendar() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['tasks', 'calendar'],
    queryFn: ({ signal }) => call(getCalendar, {}, { signal }),
  });
  return (
    <Panel
      title={t('tasks.calendar')}
      extra={
        <FormDrawer label={t('tasks.setYear')}>
          {(close) => (
            <SchemaForm
              schema={setCalendar.body!}
              fields={{
                year: { label: t('tasks.year') },
                daysOff: { label: t('tasks.daysOff'), help: t('tasks.daysHelp'), options: [] },
                workDays: { label: t('tasks.workDays'), help: t('tasks.daysHelp') },
                source: { label: t('tasks.source') },
              }}
              submitLabel={t('tasks.save')}
              onCancel={close}
              onSubmit={async (body) => {
                await call(setCalendar, { body });
                await client.invalidateQueries({ queryKey: ['tasks', 'calendar'] });
                void message.success(t('tasks.saved'));
                close();
              }}
            />
          )}
        </FormDrawer>
      }
    >
      <p className="jd-faint">{t('tasks.calendarHint')}</p>
      <QueryView query={query} rows={3}>
        {({ items }) => (
          <DataTable<Year>
            rowKey="year"
            dataSource={items}
            columns={[
              { key: 'year', title: t('tasks.year'), dataIndex: 'year' },
              { key: 'daysOff', title: t('tasks.daysOff'), render: (_, row) => row.daysOff.length },
              {
                key: 'workDays',
                title: t('tasks.workDays'),
                render: (_, row) => row.workDays.join(listComma()) || '—',
              },
              { key: 'source', title: t('tasks.source'), dataIndex: 'source' },
            ]}
          />
        )}
      </QueryView>
    </Panel>
  );
}
