import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { listRetention, type RetentionOfClass, retentionClass, setRetention } from '#logs/contract';
import { call } from '../../app/api.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** Each class with what the law asks for and what units decided beyond it. */
export function RetentionClasses() {
  const can = useCan();
  const query = useQuery({
    queryKey: ['logs', 'retention'],
    queryFn: ({ signal }) => call(listRetention, {}, { signal }),
  });
  return (
    <>
      {can('logs.retention_rules') ? <SetRule /> : null}
      <QueryView query={query}>
        {({ items }) => items.map((one) => <ClassPanel key={one.class} one={one} />)}
      </QueryView>
    </>
  );
}

function ClassPanel({ one }: { one: RetentionOfClass }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <Panel title={words('logRetention', one.class)}>
      <Facts
        items={[
          [t('logRetention.least'), t('logRetention.days', { days: one.leastDays })],
          [t('logRetention.kept'), t('logRetention.days', { days: one.days })],
          [t('logRetention.basis'), one.basis],
          [t('logRetention.sources'), one.sources.toLocaleString()],
        ]}
      />
      {one.rules.length === 0 ? (
        <p className="jd-faint">{t('logRetention.noRules')}</p>
      ) : (
        <DataTable
          rowKey="id"
          dataSource={[...one.rules]}
          aria-label={t('logRetention.rules')}
          columns={[
            { key: 'unit', title: t('logRetention.unit'), render: (_, row) => row.unitName ?? row.unitPath },
            { key: 'days', title: t('logRetention.ruleDays'), dataIndex: 'days' },
            { key: 'basis', title: t('logRetention.basis'), dataIndex: 'basis' },
            { key: 'by', title: t('logRetention.by'), dataIndex: 'by' },
            { key: 'at', title: t('logRetention.at'), render: (_, row) => dateTime(row.at) },
          ]}
        />
      )}
    </Panel>
  );
}

function SetRule() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <div style={{ marginBottom: 12 }}>
      <FormDrawer label={t('logRetention.setRule')} type="primary">
        {(close) => (
          <SchemaForm
            schema={setRetention.body!}
            fields={{
              class: {
                label: t('logRetention.class'),
                options: optionsOf(words, 'logRetention', retentionClass.options),
              },
              days: { label: t('logRetention.ruleDays'), example: '365' },
              basis: { label: t('logRetention.ruleBasis') },
              unitId: {
                label: t('logRetention.ruleUnit'),
                help: t('logRetention.ruleUnitHelp'),
                widget: 'unit',
              },
            }}
            extra={t('logRetention.ruleHint')}
            submitLabel={t('logRetention.setRule')}
            onSubmit={async (body) => {
              await call(setRetention, { body });
              close();
              void message.success(t('logRetention.saved'));
              await client.invalidateQueries({ queryKey: ['logs'] });
            }}
          />
        )}
      </FormDrawer>
    </div>
  );
}
