import { AuditOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { decideOutcome, proposal, proposeOutcome } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import type { Detail } from './incident-types.ts';

/** States that the content is gone where no crawl can see it, or that it was a false alarm. */
export function ProposeOutcome({ incidentId }: { incidentId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const client = useQueryClient();
  const { message } = App.useApp();
  return (
    <FormDrawer label={t('incidents.outcome')} icon={<AuditOutlined aria-hidden="true" />}>
      {(close) => (
        <SchemaForm
          schema={proposeOutcome.body!}
          fields={{
            kind: {
              label: t('incidents.outcomeKind'),
              options: optionsOf(words, 'outcomeKind', proposal.shape.kind.options),
            },
            reason: {
              label: t('incidents.outcomeReason'),
              widget: 'textarea',
              help: t('incidents.outcomeHint'),
            },
          }}
          submitLabel={t('incidents.outcomeSubmit')}
          onCancel={close}
          onSubmit={async (body) => {
            await call(proposeOutcome, { params: { id: incidentId }, body });
            await client.invalidateQueries({ queryKey: ['incidents'] });
            void message.success(t('incidents.outcomeProposed'));
            close();
          }}
        />
      )}
    </FormDrawer>
  );
}

/** Statements that wait for a second person; nothing while there are none. */
export function WaitingOutcomes({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  if (incident.proposals.length === 0) return null;
  return (
    <Panel title={t('incidents.outcomeWaiting')}>
      {incident.proposals.map((waiting) => (
        <div key={waiting.id}>
          <strong>{optionsOf(words, 'outcomeKind', [waiting.kind])[0]?.label}</strong>
          <p className="jd-break">{waiting.reason}</p>
          <p className="jd-soft">
            {t('incidents.outcomeBy', { name: waiting.by, time: dateTime(waiting.at) })}
          </p>
          {waiting.byMe || !can('incidents.decide') ? (
            <p className="jd-soft">{t('incidents.outcomeSecond')}</p>
          ) : (
            <Decide incidentId={incident.id} proposalId={waiting.id} />
          )}
        </div>
      ))}
    </Panel>
  );
}

function Decide({ incidentId, proposalId }: { incidentId: string; proposalId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const decision = useMutation({
    mutationFn: (approve: boolean) =>
      call(decideOutcome, { params: { id: incidentId, proposalId }, body: { approve } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['incidents'] }),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  return (
    <Space wrap>
      <Button type="primary" loading={decision.isPending} onClick={() => decision.mutate(true)}>
        {t('incidents.outcomeApprove')}
      </Button>
      <Button disabled={decision.isPending} onClick={() => decision.mutate(false)}>
        {t('incidents.outcomeRefuse')}
      </Button>
    </Space>
  );
}
