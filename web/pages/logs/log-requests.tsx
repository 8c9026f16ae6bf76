import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  decideLogExport,
  decideLogReveal,
  downloadLogExport,
  listLogExports,
  listLogReveals,
} from '#logs/contract';
import { call, download, type RouteReply } from '../../app/api.ts';
import { listSource } from '../../app/list-source.ts';
import { useCan } from '../../app/session.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import type { ListColumn } from '../../ui/list-page.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { StatusTag, type Tone } from '../../ui/status-tag.tsx';
import { OpenName } from './line-names.tsx';

type Reveal = RouteReply<typeof listLogReveals>['items'][number];
type Export = RouteReply<typeof listLogExports>['items'][number];

/** What two people do together: names that are asked for, and results that were taken out. */
export function LogRequests() {
  const { t } = useTranslation();
  return (
    <>
      <h2>{t('logSearch.reveals')}</h2>
      <RevealList />
      <h2 style={{ marginTop: 24 }}>{t('logSearch.exports')}</h2>
      <ExportList />
    </>
  );
}

function RevealList() {
  const { t } = useTranslation();
  const columns: ListColumn<Reveal>[] = [
    {
      key: 'caseNo',
      title: t('logSearch.caseNo'),
      card: 'title',
      render: (row) => row.caseNo,
    },
    { key: 'reason', title: t('logSearch.reason'), render: (row) => row.reason },
    { key: 'source', title: t('logs.source'), render: (row) => row.source },
    {
      key: 'token',
      title: t('logSearch.token'),
      render: (row) => <span className="jd-mono">{row.token}</span>,
    },
    ...useRequestColumns<Reveal>(),
    {
      key: 'act',
      title: t('list.actions'),
      render: (row) => {
        if (row.state === 'approved' && row.requestedByMe) return <OpenName reveal={row} />;
        if (row.state !== 'requested' || row.requestedByMe) return null;
        return (
          <Decide
            onDecide={(approve) => call(decideLogReveal, { params: { id: row.id }, body: { approve } })}
            changed="log-reveals"
          />
        );
      },
    },
  ];
  return (
    <ListPage
      name="log-reveals"
      label={t('logSearch.reveals')}
      source={listSource(listLogReveals)}
      rowKey={(row) => row.id}
      columns={columns}
      empty={<EmptyState title={t('logSearch.noReveals')} hint={t('logSearch.noRevealsHint')} />}
    />
  );
}

function ExportList() {
  const { t } = useTranslation();
  const columns: ListColumn<Export>[] = [
    { key: 'caseNo', title: t('logSearch.caseNo'), card: 'title', render: (row) => row.caseNo },
    { key: 'reason', title: t('logSearch.reason'), render: (row) => row.reason },
    {
      key: 'names',
      title: t('logSearch.exportNames'),
      render: (row) => t(row.names === 'open' ? 'logSearch.exportOpen' : 'logSearch.exportSealed'),
    },
    {
      key: 'rows',
      title: t('logSearch.exportRows'),
      render: (row) => (
        <>
          <span className="jd-num">{row.rows?.toLocaleString() ?? ''}</span>{' '}
          {row.cut === null ? null : <StatusTag tone="warn">{t('logSearch.exportCut')}</StatusTag>}
        </>
      ),
    },
    {
      key: 'sha256',
      title: 'SHA-256',
      render: (row) => (row.sha256 === null ? null : <HashText hash={row.sha256} />),
    },
    ...useRequestColumns<Export>(),
    {
      key: 'act',
      title: t('list.actions'),
      render: (row) => <ExportActs row={row} />,
    },
  ];
  return (
    <ListPage
      name="log-exports"
      label={t('logSearch.exports')}
      source={listSource(listLogExports)}
      rowKey={(row) => row.id}
      columns={columns}
      empty={<EmptyState title={t('logSearch.noExports')} hint={t('logSearch.noExportsHint')} />}
    />
  );
}

function ExportActs({ row }: { row: Export }) {
  const { t } = useTranslation();
  const fetching = useMutation({
    mutationFn: () => download(downloadLogExport, { params: { id: row.id } }, row.fileName ?? 'logs.zip'),
  });
  if (row.state === 'waiting' && !row.requestedByMe) {
    return (
      <Decide
        onDecide={(approve) => call(decideLogExport, { params: { id: row.id }, body: { approve } })}
        changed="log-exports"
      />
    );
  }
  if (row.state === 'failed') return <span className="jd-faint">{row.problem}</span>;
  if (row.state !== 'ready') return null;
  return (
    <>
      <Button size="small" loading={fetching.isPending} onClick={() => fetching.mutate()}>
        {t('logSearch.download')} {row.bytes === null ? '' : bytesText(row.bytes)}
      </Button>
      {fetching.isError ? <ErrorView error={fetching.error} /> : null}
    </>
  );
}

const tones: Record<Reveal['state'] | Export['state'], Tone> = {
  requested: 'waiting',
  waiting: 'waiting',
  approved: 'ok',
  ready: 'ok',
  refused: 'danger',
  failed: 'danger',
  expired: 'neutral',
  queued: 'info',
};

function useRequestColumns<Row extends Reveal | Export>(): ListColumn<Row>[] {
  const { t } = useTranslation();
  return [
    {
      key: 'state',
      title: t('logSearch.revealState'),
      render: (row) => <StatusTag tone={tones[row.state]}>{t(`logSearch.${row.state}`)}</StatusTag>,
    },
    { key: 'requestedBy', title: t('logSearch.askedBy'), render: (row) => row.requestedBy },
    {
      key: 'requestedAt',
      title: t('logSearch.askedAt'),
      render: (row) => <span className="jd-num">{dateTime(row.requestedAt)}</span>,
    },
    { key: 'decidedBy', title: t('logSearch.decidedBy'), render: (row) => row.decidedBy ?? '' },
  ];
}

function Decide({
  onDecide,
  changed,
}: {
  onDecide: (approve: boolean) => Promise<unknown>;
  changed: string;
}) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: onDecide,
    onSuccess: () => client.invalidateQueries({ queryKey: [changed] }),
  });
  if (!can('logs.reveal_approve')) return null;
  return (
    <>
      <Space>
        <Popconfirm title={t('logSearch.decide')} onConfirm={() => decide.mutate(true)}>
          <Button type="primary" size="small" loading={decide.isPending}>
            {t('logSearch.approve')}
          </Button>
        </Popconfirm>
        <Button size="small" danger loading={decide.isPending} onClick={() => decide.mutate(false)}>
          {t('logSearch.refuse')}
        </Button>
      </Space>
      {decide.isError ? <ErrorView error={decide.error} /> : null}
    </>
  );
}
