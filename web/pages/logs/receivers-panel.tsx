import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { listReceivers } from '#logs/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Collector = RouteReply<typeof listReceivers>['collectors'][number];
type Receiver = Collector['receivers'][number];

/** The collectors: what each of their receivers takes, loses and holds back. */
export function ReceiversPanel() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'receivers'],
    queryFn: ({ signal }) => call(listReceivers, {}, { signal }),
    refetchInterval: 5_000,
  });
  return (
    <QueryView query={query}>
      {({ collectors }) => (
        <>
          <p className="jd-faint">{t('logSources.receiversHint')}</p>
          {collectors.length === 0 ? <p>{t('logSources.receiversNone')}</p> : null}
          {collectors.map((one) => (
            <CollectorPanel key={one.host} collector={one} />
          ))}
        </>
      )}
    </QueryView>
  );
}

function CollectorPanel({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Panel
      title={t('logSources.collector', { host: collector.host })}
      extra={<CollectorState collector={collector} />}
    >
      {collector.problems.map((problem) => (
        <Alert
          key={problem.en}
          showIcon
          type="warning"
          title={problem[language]}
          style={{ marginBottom: 12 }}
        />
      ))}
      <Facts
        small
        items={[
          [t('logSources.waiting'), <Figure key="waiting" value={collector.waiting} />],
          [t('logSources.pending'), bytesText(collector.pendingBytes)],
          [t('logSources.paused'), <Figure key="paused" value={collector.paused} />],
        ]}
      />
      <ReceiverTable receivers={collector.receivers} />
    </Panel>
  );
}

function CollectorState({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  if (!collector.alive) {
    return (
      <StatusTag tone="danger">{t('logSources.collectorAway', { time: dateTime(collector.at) })}</StatusTag>
    );
  }
  return collector.problems.length === 0 ? (
    <StatusTag tone="ok">{t('logSources.collectorOk')}</StatusTag>
  ) : (
    <StatusTag tone="warn">
      {t('logSources.collectorProblems', { count: collector.problems.length })}
    </StatusTag>
  );
}

function ReceiverTable({ receivers }: { receivers: readonly Receiver[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const figure = (key: 'received' | 'cut' | 'broken' | 'connections' | 'refused' | 'repeated') => ({
    key,
    title: t(`logSources.${key}`),
    render: (row: Receiver) => <Figure value={row[key]} />,
  });
  return (
    <DataTable<Receiver>
      size="small"
      rowKey="name"
      style={{ marginTop: 16 }}
      dataSource={[...receivers]}
      columns={[
        {
          key: 'name',
          title: t('logSources.receiver'),
          render: (row: Receiver) => words('logReceiver', row.name),
        },
        {
          key: 'port',
          title: t('logSources.port'),
          render: (row: Receiver) =>
            row.port === null ? (
              <span className="jd-faint">{t('logSources.off')}</span>
            ) : (
              <span className="jd-num">{row.port}</span>
            ),
        },
        figure('received'),
        { key: 'lost', title: t('logSources.lost'), render: (row: Receiver) => <Lost receiver={row} /> },
        {
          key: 'buffer',
          title: t('logSources.buffer'),
          render: (row: Receiver) => <Buffer receiver={row} />,
        },
        figure('connections'),
        figure('refused'),
        figure('cut'),
        figure('broken'),
        figure('repeated'),
      ]}
    />
  );
}

function Figure({ value }: { value: number | null }) {
  return <span className="jd-num">{value === null ? '—' : value.toLocaleString()}</span>;
}

function Lost({ receiver: { kernelDrops, wantedBuffer, port } }: { receiver: Receiver }) {
  const { t } = useTranslation();
  // Streams lose nothing in the kernel.
  if (wantedBuffer === null || port === null) return '—';
  if (kernelDrops === null) return <StatusTag tone="warn">{t('logSources.lostUnknown')}</StatusTag>;
  if (kernelDrops > 0) return <StatusTag tone="danger">{kernelDrops.toLocaleString()}</StatusTag>;
  return <span className="jd-num">0</span>;
}

function Buffer({ receiver: { buffer, wantedBuffer, port } }: { receiver: Receiver }) {
  const { t } = useTranslation();
  if (buffer === null || wantedBuffer === null || port === null) return '—';
  if (buffer >= wantedBuffer) return <span className="jd-num">{bytesText(buffer)}</span>;
  return (
    <StatusTag tone="warn">
      {t('logSources.bufferSmall', { granted: bytesText(buffer), wanted: bytesText(wantedBuffer) })}
    </StatusTag>
  );
}
