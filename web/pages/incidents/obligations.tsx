import { SendOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import { sendReport } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { FormDrawer } from '../../app/form-drawer.tsx';
import { useCan } from '../../app/session.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { remainingUntil } from '../../ui/remaining.ts';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { useServerNow } from '../../ui/server-time.ts';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { Detail, Duty } from './incident-types.ts';

/** The two duties side by side: the running clocks, or how they were fulfilled. */
export function Obligations({ incident }: { incident: Detail }) {
  return (
    <div
      className="jd-tiles"
      style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(320px, 100%), 1fr))' }}
    >
      {incident.obligations.map((duty) => (
        <ObligationPanel key={duty.id} duty={duty} incident={incident} />
      ))}
    </div>
  );
}

function ObligationPanel({ duty, incident }: { duty: Duty; incident: Detail }) {
  const { t } = useTranslation();
  const now = useServerNow();
  const isOpen = duty.acknowledgedAt === null;
  const isDanger = isOpen && remainingUntil(Date.parse(duty.dueAt), now).urgency !== 'calm';
  return (
    <Panel
      danger={isDanger}
      title={t(`incidents.${duty.to}`)}
      extra={
        <>
          {duty.late ? <StatusTag tone="danger">{t('incidents.late')}</StatusTag> : null}
          {isOpen ? null : <StatusTag tone="ok">{t('incidents.acknowledged')}</StatusTag>}
        </>
      }
    >
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '12px 32px', alignItems: 'flex-end' }}>
        {isOpen ? <Countdown big dueAt={duty.dueAt} /> : null}
        <div style={{ flex: '1 1 200px' }}>
          <Facts
            small
            items={[
              [
                t('incidents.dueAt'),
                <span key="due" className="jd-num">
                  {dateTime(duty.dueAt)}
                </span>,
              ],
              [
                t('incidents.sentAt'),
                duty.sentAt === null ? (
                  t('incidents.notSent')
                ) : (
                  <span key="sent" className="jd-num">
                    {dateTime(duty.sentAt)}
                  </span>
                ),
              ],
              [
                t('incidents.acknowledged'),
                duty.acknowledgedAt === null ? null : (
                  <span key="ack" className="jd-num">
                    {dateTime(duty.acknowledgedAt)}
                  </span>
                ),
              ],
              [t('incidents.acknowledgedBy'), duty.acknowledgedBy],
            ]}
          />
        </div>
      </div>
      {isOpen ? <SendReport duty={duty} incidentId={incident.id} /> : null}
    </Panel>
  );
}

function SendReport({ duty, incidentId }: { duty: Duty; incidentId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const can = useCan();
  const client = useQueryClient();
  const { message } = App.useApp();
  if (!can('incidents.send')) return null;
  const values = { to: words('addressee', duty.to) };
  const label = duty.sentAt === null ? t('incidents.sendTo', values) : t('incidents.sendAgain', values);
  return (
    <div style={{ marginTop: 14 }}>
      <FormDrawer
        label={label}
        icon={<SendOutlined aria-hidden="true" />}
        type={duty.sentAt === null ? 'primary' : 'default'}
      >
        {(close) => (
          <SchemaForm
            schema={sendReport.body!}
            fixed={{ to: duty.to }}
            fields={{ lateReason: { label: t('incidents.lateReason'), widget: 'textarea' } }}
            extra={t('incidents.sendHint')}
            submitLabel={label}
            onCancel={close}
            onSubmit={async (body) => {
              await call(sendReport, { params: { id: incidentId }, body });
              await client.invalidateQueries({ queryKey: ['incidents'] });
              void message.success(t('incidents.sent'));
              close();
            }}
          />
        )}
      </FormDrawer>
    </div>
  );
}
