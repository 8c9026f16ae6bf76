import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Button, Progress, Space } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { getBulk, listBulkRows, openBulkRow, verdict } from '#trace/contract';
import { actorText } from '../../app/actor-text.ts';
import { call, type RouteReply } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { optionsOf, useEnumWords } from '../../app/enum-words.ts';
import { useLanguage } from '../../app/i18n.ts';
import { toListQuery } from '../../app/list-query.ts';
import { toneOf } from '../../app/tones.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import type { ListState } from '../../ui/list-state.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { addressText } from '../incidents/incident-traces.tsx';
import { BulkActs, type BulkRun } from './bulk-acts.tsx';
import { BulkFaults } from './bulk-faults.tsx';

type Row = RouteReply<typeof listBulkRows>['items'][number];

/** One run of many questions: how far it is, what it came to, row by row, and the rows that could not be asked. */
export function BulkRunPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['trace-runs', id],
    queryFn: ({ signal }) => call(getBulk, { params: { id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 2000 : false),
  });
  return (
    <QueryView query={query} rows={8}>
      {(run) => <RunView run={run} />}
    </QueryView>
  );
}

function RunView({ run }: { run: BulkRun }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader
        title={run.fileName}
        tag={<EnumTag name="bulkState" value={run.state} />}
        description={t('traceBulk.pageHint')}
        back={{ to: '/trace', label: t('trace.title') }}
        actions={<BulkActs run={run} />}
      />
      <Panel>
        <Progress
          percent={Math.floor((100 * run.done) / run.rows)}
          aria-label={t('traceBulk.progressLabel')}
          format={() => t('traceBulk.progress', { done: run.done, rows: run.rows })}
        />
        <Mix run={run} />
        <Facts
          items={[
            [t('trace.caseNo'), run.caseNo],
            [t('trace.reason'), run.reason],
            [t('trace.askedBy'), actorText(run.askedBy, t)],
            [t('trace.askedAt'), dateTime(run.askedAt)],
            [t('traceWay.knownAt'), dateTime(run.knownAt)],
            ...(run.finishedAt === null
              ? []
              : ([[t('traceBulk.finished'), dateTime(run.finishedAt)]] as const)),
          ]}
        />
      </Panel>
      {run.faults > 0 ? <BulkFaults run={run} /> : null}
      <Rows run={run} />
    </>
  );
}

/** The verdicts so far, in words and figures. */
function Mix({ run }: { run: BulkRun }) {
  const words = useEnumWords();
  const { t } = useTranslation();
  const counts = {
    proven: run.proven,
    probable: run.probable,
    ambiguous: run.ambiguous,
    not_provable: run.notProvable,
  };
  return (
    <Space wrap style={{ margin: '8px 0 16px' }}>
      {verdict.options.map((one) => (
        <StatusTag key={one} tone={toneOf('verdict', one)}>
          {`${words('verdict', one)} ${counts[one]}`}
        </StatusTag>
      ))}
      {run.faults > 0 ? (
        <StatusTag tone="danger">{t('traceBulk.faultCount', { count: run.faults })}</StatusTag>
      ) : null}
    </Space>
  );
}

const listName = (run: BulkRun) => `trace-run-rows-${run.id}`;

function Rows({ run }: { run: BulkRun }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { done } = run;
  const name = listName(run);
  // The list follows the run: whenever rows were answered, and once more at its end.
  useEffect(() => {
    if (done > 0) void client.invalidateQueries({ queryKey: [name] });
  }, [client, name, done]);
  const words = useEnumWords();
  const language = useLanguage();
  const load = async (state: ListState, signal: AbortSignal | undefined) => {
    const query = toListQuery(state, ['verdict'], listBulkRows);
    const { items, total, capped } = await call(
      listBulkRows,
      { params: { id: run.id }, query: query as never },
      { signal },
    );
    return { rows: items, total, capped: capped === true };
  };
  const why = (row: Row) => row.because.map((one) => one[language]).join('；');
  return (
    <ListPage
      name={name}
      label={t('traceBulk.rows')}
      load={load}
      rowKey={(row) => String(row.number)}
      search={t('traceBulk.search')}
      filters={[
        {
          key: 'verdict',
          label: t('trace.verdict'),
          options: optionsOf(words, 'verdict', verdict.options),
        },
      ]}
      columns={[
        {
          key: 'row',
          title: t('traceBulk.column.row'),
          render: (row) => (
            <span className="jd-num">{row.ref === '' ? row.sheetRow : `${row.sheetRow} · ${row.ref}`}</span>
          ),
          text: (row) => row.sheetRow,
        },
        {
          key: 'address',
          title: t('trace.address'),
          card: 'title',
          render: (row) => (
            <span className="jd-mono">{`${addressText(row.ip, row.port)} ${row.proto ?? 'tcp/udp'}`}</span>
          ),
          text: (row) => `${addressText(row.ip, row.port)} ${row.proto ?? 'tcp/udp'}`,
        },
        {
          key: 'at',
          title: t('trace.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          text: (row) => dateTime(row.at),
        },
        {
          key: 'verdict',
          title: t('trace.verdict'),
          render: (row) =>
            row.verdict === null ? (
              <StatusTag tone="waiting">{t('traceBulk.notAsked')}</StatusTag>
            ) : (
              <EnumTag name="verdict" value={row.verdict} />
            ),
          text: (row) => (row.verdict === null ? t('traceBulk.notAsked') : words('verdict', row.verdict)),
        },
        {
          key: 'candidates',
          title: t('traceBulk.column.candidates'),
          render: (row) => <Candidates row={row} />,
          text: (row) => row.shown.map((one) => one.assetNo ?? one.insideIp).join('、'),
        },
        {
          key: 'trace',
          title: t('traceBulk.column.trace'),
          render: (row) => <OpenTrace run={run} row={row} />,
          text: (row) => row.traceId ?? '',
        },
        {
          key: 'because',
          title: t('trace.because'),
          render: (row) => why(row) || '—',
          text: why,
        },
      ]}
      empty={<EmptyState title={t('traceBulk.noRows')} hint={t('traceBulk.noRowsHint')} />}
    />
  );
}

function Candidates({ row }: { row: Row }) {
  const { t } = useTranslation();
  if (row.candidates === 0) return '—';
  const hidden = row.candidates - row.shown.length;
  return (
    <>
      {row.shown.map((one) => (
        <div key={`${one.insideIp}${one.mac}${one.assetNo}`}>
          {[
            one.unitName,
            one.assetNo,
            one.protected ? t('traceBulk.minor') : one.room,
            one.insideIp,
            one.mac,
            one.person === null ? t('traceBulk.noPerson') : t('traceBulk.person', { number: one.person }),
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </div>
      ))}
      {hidden > 0 ? <div className="jd-faint">{t('traceBulk.more', { count: hidden })}</div> : null}
    </>
  );
}

/** The trace of a row: made once, at the first click, and kept. */
function OpenTrace({ run, row }: { run: BulkRun; row: Row }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const open = useMutation({
    mutationFn: () => call(openBulkRow, { params: { id: run.id, number: row.number } }),
    onSuccess: async ({ traceId }) => {
      await client.invalidateQueries({ queryKey: ['traces', 'list'] });
      await navigate({ to: '/trace/$id', params: { id: traceId } });
    },
  });
  if (row.traceId !== null)
    return (
      <Link to="/trace/$id" params={{ id: row.traceId }}>
        {t('traceBulk.open')}
      </Link>
    );
  return (
    <>
      <Button
        size="small"
        loading={open.isPending}
        aria-label={t('traceBulk.openRow', { row: row.sheetRow })}
        onClick={() => open.mutate()}
      >
        {t('traceBulk.open')}
      </Button>
      {open.isError ? <ErrorView error={open.error} /> : null}
    </>
  );
}
