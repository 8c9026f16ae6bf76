import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Alert, Result } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { acknowledge, getAcknowledgement } from '#incidents/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { ApiError, isWrongLink } from '../../app/api-error.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { PublicFrame } from '../../app/public-frame.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';

type Acknowledged = RouteReply<typeof acknowledge>;
type Waiting = RouteReply<typeof getAcknowledgement>;

/** What a one-time link acknowledges: who receives it signs with a name and one button. No account needed. */
export function AcknowledgePage() {
  const { t } = useTranslation();
  const { token } = useParams({ from: '/ack/$token' });
  const [done, setDone] = useState<Acknowledged>();
  const query = useQuery({
    queryKey: ['acknowledgement', token],
    queryFn: ({ signal }) => call(getAcknowledgement, { params: { token } }, { signal, quietSignIn: true }),
    refetchOnWindowFocus: false,
  });
  useEffect(() => {
    document.title = `${t('ack.title')} · ${t('app.name')}`;
  }, [t]);
  return (
    <PublicFrame wide>
      {done ? (
        <Result
          status="success"
          title={t('ack.done')}
          subTitle={`${t('ack.doneAt', { time: dateTime(done.acknowledgedAt) })} · ${done.late ? t('ack.doneLate') : t('ack.doneOnTime')}`}
          extra={t('ack.thanks')}
        />
      ) : (
        <>
          <h1 style={{ margin: '0 0 16px', fontSize: 24 }}>{t('ack.title')}</h1>
          {isWrongLink(query.error) ? (
            <Alert type="error" showIcon title={t('ack.badLink')} description={t('ack.badLinkHelp')} />
          ) : (
            <QueryView query={query}>
              {(waiting) => <Acknowledgement token={token} waiting={waiting} onDone={setDone} />}
            </QueryView>
          )}
        </>
      )}
    </PublicFrame>
  );
}

interface AcknowledgementProps {
  readonly token: string;
  readonly waiting: Waiting;
  readonly onDone: (done: Acknowledged) => void;
}

function Acknowledgement({ token, waiting, onDone }: AcknowledgementProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = useEnumWords();
  return (
    <>
      {waiting.exercise ? (
        <Alert type="warning" showIcon style={{ marginBottom: 16 }} title={t('ack.exercise')} />
      ) : null}
      <div style={{ marginBottom: 20 }}>
        <Facts
          items={[
            [
              t('ack.number'),
              <span key="no" className="jd-num">
                {waiting.number}
              </span>,
            ],
            [t('ack.what'), <strong key="what">{waiting.title}</strong>],
            [t('ack.unit'), waiting.unit],
            [t('ack.to'), words('addressee', waiting.to)],
            [
              t('ack.sentAt'),
              <span key="sent" className="jd-num">
                {dateTime(waiting.sentAt)}
              </span>,
            ],
            [
              t('ack.dueAt'),
              <span key="due" className="jd-num">
                {dateTime(waiting.dueAt)}
              </span>,
            ],
          ]}
        />
      </div>
      {waiting.acknowledgedAt === null ? (
        <SchemaForm
          schema={acknowledge.body!}
          fields={{
            officer: { label: t('ack.officer'), autoComplete: 'name' },
            badge: { label: t('ack.badge') },
            note: { label: t('ack.note'), widget: 'textarea' },
          }}
          extra={t('ack.meaning')}
          submitLabel={t('ack.button')}
          onSubmit={async (body) => {
            try {
              onDone(await call(acknowledge, { params: { token }, body }, { quietSignIn: true }));
            } catch (error) {
              // Somebody was faster: the page then shows that and the time, not an error under a live button.
              if (!(error instanceof ApiError) || error.code !== 'incidents.already_acknowledged')
                throw error;
              await client.invalidateQueries({ queryKey: ['acknowledgement', token] });
            }
          }}
        />
      ) : (
        <Alert type="success" showIcon title={t('ack.already', { time: dateTime(waiting.acknowledgedAt) })} />
      )}
    </>
  );
}
