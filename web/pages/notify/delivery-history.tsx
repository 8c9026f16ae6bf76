import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getDelivery, giveUpDelivery, rerouteDelivery, retryDelivery } from '#notify/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { colon } from '../../app/punctuation.ts';
import { useCan } from '../../app/session.ts';
import { toneOf } from '../../app/tones.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { phoneWidth, useNarrowerThan } from '../../ui/narrow.ts';
import { Facts } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { Timeline } from '../../ui/timeline.tsx';

type History = RouteReply<typeof getDelivery>;

/** Receipts and attempts of one delivery beside the list; a dead letter is handled here. */
export function DeliveryHistory({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const isPhone = useNarrowerThan(phoneWidth);
  return (
    <Drawer
      open={id !== undefined}
      onClose={onClose}
      size={isPhone ? '100%' : 520}
      title={t('deliveries.title')}
      destroyOnHidden
    >
      {id === undefined ? null : <Content id={id} />}
    </Drawer>
  );
}

function Content({ id }: { id: string }) {
  const can = useCan();
  const query = useQuery({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) => call(getDelivery, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query}>
      {(found) => (
        <>
          <Words found={found} />
          {found.state === 'dead' && can('notify.retry') ? <DeadLetter id={id} /> : null}
          <Steps found={found} />
        </>
      )}
    </QueryView>
  );
}

function Words({ found }: { found: History }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <p className="jd-break">
        <strong>{found.subject}</strong>
      </p>
      <Facts
        items={[
          [t('messages.to'), found.to],
          [t('deliveries.channel'), found.channelName ?? words('messageChannel', found.channel)],
          [t('deliveries.kind'), words('messageKind', found.kind)],
          [t('deliveries.state'), <EnumTag key="state" name="deliveryState" value={found.state} />],
          [t('deliveries.nextTry'), found.dueAt && dateTime(found.dueAt)],
          [t('messages.failure'), found.error],
          [t('deliveries.giveUp'), found.givenUpReason],
          [t('deliveries.key'), <code key="key">{found.key}</code>],
        ]}
      />
    </>
  );
}

function Steps({ found }: { found: History }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      <h3>{t('deliveries.receipts')}</h3>
      <Timeline
        items={found.receipts.map((receipt) => ({
          key: `${receipt.level}-${receipt.attempt}`,
          tone: toneOf('receiptLevel', receipt.level),
          at: receipt.at,
          title: words('receiptLevel', receipt.level),
          body: receipt.proof,
        }))}
      />
      {found.attemptList.length === 0 ? null : <h3>{t('deliveries.attempts')}</h3>}
      <Timeline
        items={found.attemptList.map(({ attempt, begunAt, outcome, detail }) => ({
          key: String(attempt),
          tone: outcome === null ? ('waiting' as const) : toneOf('attemptOutcome', outcome),
          at: begunAt,
          title: `${t('deliveries.attempt', { n: attempt })}${colon()}${
            outcome === null ? t('deliveries.running') : words('attemptOutcome', outcome)
          }`,
          body: detail,
        }))}
      />
    </>
  );
}

/** Three ways out: the same again, another channel, or giving up with the reason. */
function DeadLetter({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const words = useEnumWords();
  const { message } = App.useApp();
  const [form, setForm] = useState<'give-up' | 'reroute'>();
  const done = async (text: string) => {
    message.success(text);
    setForm(undefined);
    await client.invalidateQueries({ queryKey: ['deliveries'] });
  };
  const retry = useMutation({
    mutationFn: () => call(retryDelivery, { params: { id } }),
    onSuccess: () => done(t('deliveries.retried')),
  });
  return (
    <section aria-label={t('deliveries.dead')} style={{ margin: '16px 0' }}>
      {retry.isError ? <ErrorView error={retry.error} /> : null}
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, marginBottom: 12 }}>
        <Button type="primary" loading={retry.isPending} onClick={() => retry.mutate()}>
          {t('deliveries.retry')}
        </Button>
        <Button aria-expanded={form === 'reroute'} onClick={() => setForm('reroute')}>
          {t('deliveries.reroute')}
        </Button>
        <Button danger aria-expanded={form === 'give-up'} onClick={() => setForm('give-up')}>
          {t('deliveries.giveUp')}
        </Button>
      </div>
      {form === 'give-up' ? (
        <SchemaForm
          schema={giveUpDelivery.body!}
          fields={{
            reason: {
              label: t('deliveries.reason'),
              example: t('deliveries.reasonExample'),
              widget: 'textarea',
            },
          }}
          submitLabel={t('deliveries.giveUp')}
          danger
          onCancel={() => setForm(undefined)}
          onSubmit={async (body) => {
            await call(giveUpDelivery, { params: { id }, body });
            await done(t('enums.deliveryState.given_up'));
          }}
        />
      ) : null}
      {form === 'reroute' ? (
        <SchemaForm
          schema={rerouteDelivery.body!}
          fields={{
            channel: {
              label: t('deliveries.rerouteTo'),
              options: (['mail', 'sms'] as const).map((value) => ({
                value,
                label: words('messageChannel', value),
              })),
            },
          }}
          submitLabel={t('deliveries.reroute')}
          onCancel={() => setForm(undefined)}
          onSubmit={async (body) => {
            await call(rerouteDelivery, { params: { id }, body });
            await done(t('deliveries.rerouted'));
          }}
        />
      ) : null}
    </section>
  );
}
