import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import {
  acceptForwarderKey,
  type forwarder,
  type forwardSending,
  forwardStatus,
  listForwarders,
} from '#logs/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { type ListColumn, ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Forwarder = z.output<typeof forwarder>;
type Sending = z.output<typeof forwardSending>;

/** A forwarder that is so many segments behind (a segment every five seconds) is told apart. */
const muchBehind = 60;

/** How sealed logs go from here to the city, and what comes here from counties. */
export function ForwardPage() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['forward-status'],
    queryFn: ({ signal }) => call(forwardStatus, {}, { signal }),
    refetchInterval: 10_000,
  });
  return (
    <>
      <PageHeader title={t('logForward.title')} description={t('logForward.intro')} />
      {data?.sending ? <SendingPanel sending={data.sending} /> : null}
      <h2 style={{ fontSize: 16, margin: '20px 0 10px' }}>{t('logForward.forwarders')}</h2>
      <ListPage
        name="forwarders"
        label={t('logForward.forwarders')}
        source={listSource(listForwarders)}
        rowKey={(row) => row.id}
        columns={useForwarderColumns()}
        empty={<EmptyState title={t('logForward.none')} hint={t('logForward.noneHint')} />}
      />
    </>
  );
}

function SendingPanel({ sending }: { sending: Sending }) {
  const { t } = useTranslation();
  const { target, sentSeq, chainSeq, lag, doneAt, problem, sentBytes, allBytes, lastReceipt } = sending;
  return (
    <Panel title={t('logForward.sending')} danger={problem !== null}>
      <Facts
        items={[
          [
            t('logForward.target'),
            <span key="target" className="jd-break">
              {target}
            </span>,
          ],
          [t('logForward.progress'), t('logForward.progressOf', { sent: sentSeq, all: chainSeq })],
          [t('logForward.lag'), lag],
          [t('logForward.onTheWay'), allBytes > 0 ? `${sentBytes} / ${allBytes} B` : null],
          [t('logForward.lastDone'), doneAt ? dateTime(doneAt) : null],
          [t('logForward.lastReceipt'), lastReceipt ? <HashText key="link" hash={lastReceipt.link} /> : null],
          [t('logForward.problem'), problem],
        ]}
      />
    </Panel>
  );
}

function useForwarderColumns(): ListColumn<Forwarder>[] {
  const { t } = useTranslation();
  return [
    { key: 'name', title: t('logForward.name'), card: 'title', render: (row) => row.name },
    { key: 'unit', field: 'unitName', title: t('logForward.unit'), render: (row) => row.unitName ?? '—' },
    { key: 'state', field: 'problem', title: t('logForward.state'), render: (row) => <State row={row} /> },
    { key: 'chainSeq', title: t('logForward.received'), render: (row) => row.chainSeq },
    { key: 'lag', title: t('logForward.lag'), render: (row) => row.lag },
    { key: 'heardAt', title: t('logForward.heard'), render: (row) => dateTime(row.heardAt) },
    { key: 'keys', title: t('logForward.keys'), render: (row) => <Keys row={row} /> },
  ];
}

function State({ row }: { row: Forwarder }) {
  const { t } = useTranslation();
  if (row.problem)
    return (
      <div>
        <StatusTag tone="danger">{t('logForward.refused')}</StatusTag>
        <div className="jd-break">{row.problem}</div>
      </div>
    );
  if (row.keys.some(({ acceptedAt }) => acceptedAt === null))
    return <StatusTag tone="waiting">{t('logForward.newKey')}</StatusTag>;
  if (row.lag > muchBehind) return <StatusTag tone="warn">{t('logForward.behind')}</StatusTag>;
  return <StatusTag tone="ok">{t('logForward.fine')}</StatusTag>;
}

function Keys({ row }: { row: Forwarder }) {
  const can = useCan();
  return (
    <>
      {row.keys.map(({ fingerprint, acceptedAt }) => (
        <div key={fingerprint}>
          <HashText hash={fingerprint} />
          {acceptedAt === null && can('logs.sources') ? (
            <Accept id={row.id} fingerprint={fingerprint} />
          ) : null}
        </div>
      ))}
    </>
  );
}

function Accept({ id, fingerprint }: { id: string; fingerprint: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  return (
    <Popconfirm
      title={t('logForward.accept')}
      description={<span className="jd-break">{t('logForward.acceptAsk', { fingerprint })}</span>}
      onConfirm={async () => {
        try {
          await call(acceptForwarderKey, { params: { id }, body: { fingerprint } });
          await client.invalidateQueries({ queryKey: ['forwarders'] });
          void message.success(t('logForward.accepted'));
        } catch (error) {
          void message.error(wordsForError(error)[language]);
        }
      }}
    >
      <Button size="small">{t('logForward.accept')}</Button>
    </Popconfirm>
  );
}
