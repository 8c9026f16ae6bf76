import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { getPolicy, setPolicy } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

/** What a bureau that never set a policy starts from: the notice's two hours and the usual warnings. */
const proposal = {
  dueMinutes: 120,
  escalateAtMinutes: [30, 60, 90, 110],
  autoOpen: true,
  autoShield: true,
  autoReport: true,
  source: '丽教办发〔2009〕57号',
};

/** Whom to report to and by when: rules as data, edited by the bureau. */
export function PolicyPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { message } = App.useApp();
  const query = useQuery({
    queryKey: ['incidents', 'policy'],
    queryFn: ({ signal }) => call(getPolicy, {}, { signal }),
  });
  return (
    <>
      <PageHeader title={t('policy.title')} description={t('policy.hint')} />
      <Panel>
        <div style={{ maxWidth: 560 }}>
          <QueryView query={query}>
            {(current) => (
              <SchemaForm
                schema={setPolicy.body!}
                initial={current ?? proposal}
                fields={{
                  dueMinutes: { label: t('policy.dueMinutes') },
                  escalateAtMinutes: { label: t('policy.escalate'), help: t('policy.escalateHelp') },
                  bureauName: { label: t('policy.bureauName') },
                  bureauEmail: { label: t('policy.bureauEmail') },
                  policeName: { label: t('policy.policeName') },
                  policeEmail: { label: t('policy.policeEmail') },
                  autoOpen: { label: t('policy.autoOpen') },
                  autoShield: { label: t('policy.autoShield') },
                  autoReport: { label: t('policy.autoReport') },
                  source: { label: t('policy.source'), help: t('policy.sourceHelp') },
                }}
                submitLabel={t('action.save')}
                onSubmit={async (body) => {
                  await call(setPolicy, { body });
                  await client.invalidateQueries({ queryKey: ['incidents', 'policy'] });
                  void message.success(t('policy.saved'));
                }}
              />
            )}
          </QueryView>
        </div>
      </Panel>
    </>
  );
}
