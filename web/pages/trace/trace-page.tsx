import { NodeIndexOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { askTrace, listTraces } from '#trace/contract';
import { actorText } from '../../app/actor-text.ts';
import { call } from '../../app/api.ts';
import { CaseNoteOfForm } from '../../app/case-note.tsx';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { listSource } from '../../app/list-source.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SchemaForm } from '../../ui/schema-form.tsx';
import { addressText } from '../incidents/incident-traces.tsx';
import { BulkPanel } from './bulk-panel.tsx';
import { PasteComplaint } from './paste-complaint.tsx';
import { splitTyped } from './typed-address.ts';

/** Asking who was behind a public address, and what was asked before. */
export function TracePage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('trace.title')} description={t('trace.hint')} />
      <Panel title={t('trace.ask')}>
        <Tabs
          items={[
            { key: 'paste', label: t('complaint.title'), children: <PasteComplaint /> },
            { key: 'bulk', label: t('traceBulk.title'), children: <BulkPanel /> },
            { key: 'hand', label: t('complaint.byHand'), children: <TraceForm /> },
          ]}
        />
      </Panel>
      <h2 style={{ fontSize: 16, margin: '24px 0 12px' }}>{t('trace.earlier')}</h2>
      <EarlierTraces />
    </>
  );
}

function TraceForm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const given = useSearch({ strict: false }) as { caseNo?: string };
  return (
    <div style={{ maxWidth: 560 }}>
      <SchemaForm
        schema={askTrace.body!}
        draft="trace.ask"
        initial={given.caseNo === undefined ? {} : { caseNo: String(given.caseNo) }}
        fields={{
          ip: {
            label: t('trace.ip'),
            example: '203.0.113.7',
            tidy: (typed, { port }) => splitTyped(typed, port),
          },
          port: { label: t('trace.port'), help: t('trace.portHelp') },
          proto: {
            label: t('trace.proto'),
            example: t('trace.protoBoth'),
            help: t('trace.protoHelp'),
            options: [
              { value: 'tcp', label: 'TCP' },
              { value: 'udp', label: 'UDP' },
              { value: 'icmp', label: 'ICMP (ping)' },
              { value: 'gre', label: 'GRE (PPTP)' },
              { value: 'esp', label: 'ESP (IPsec)' },
            ],
          },
          at: { label: t('trace.at') },
          toleranceSeconds: { label: t('traceWay.tolerance'), help: t('traceWay.toleranceHelp') },
          dstIp: {
            label: t('traceWay.dstIp'),
            help: t('traceWay.dstIpHelp'),
            tidy: (typed, { dstPort }) => {
              const read = splitTyped(typed, dstPort);
              return read && { dstIp: read.ip, ...(read.port !== undefined && { dstPort: read.port }) };
            },
          },
          dstPort: { label: t('traceWay.dstPort') },
          url: { label: t('traceWay.url'), help: t('traceWay.urlHelp'), example: 'http://www.example.org/a' },
          forwardedBy: { label: t('traceWay.forwardedBy'), help: t('traceWay.forwardedByHelp') },
          knownAt: { label: t('traceWay.knownAt'), help: t('traceWay.knownAtHelp') },
          caseNo: { label: t('trace.caseNo'), help: <CaseNoteOfForm /> },
          reason: { label: t('trace.reason'), widget: 'textarea', example: t('trace.reasonExample') },
        }}
        submitLabel={t('trace.submit')}
        onSubmit={async (body) => {
          const result = await call(askTrace, { body });
          client.setQueryData(['traces', result.id], result);
          await client.invalidateQueries({ queryKey: ['traces', 'list'] });
          await navigate({ to: '/trace/$id', params: { id: result.id } });
        }}
      />
    </div>
  );
}

function EarlierTraces() {
  const { t } = useTranslation();
  const words = useEnumWords();
  const navigate = useNavigate();
  return (
    <ListPage
      name="traces"
      label={t('trace.earlier')}
      search={t('trace.search')}
      source={listSource(listTraces, ['incidentId'])}
      rowKey={(row) => row.id}
      onOpen={(row) => void navigate({ to: '/trace/$id', params: { id: row.id } })}
      columns={[
        {
          key: 'address',
          field: 'ip',
          title: t('trace.address'),
          card: 'title',
          render: (row) => (
            <Link to="/trace/$id" params={{ id: row.id }} className="jd-mono">
              {addressText(row.ip, row.port)}
            </Link>
          ),
          text: (row) => addressText(row.ip, row.port),
        },
        {
          key: 'at',
          title: t('trace.at'),
          render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
          text: (row) => dateTime(row.at),
        },
        {
          key: 'verdict',
          coded: 'verdict',
          title: t('trace.verdict'),
          render: (row) => <EnumTag name="verdict" value={row.verdict} />,
          text: (row) => words('verdict', row.verdict),
        },
        { key: 'caseNo', title: t('trace.caseNo'), render: (row) => row.caseNo, text: (row) => row.caseNo },
        {
          key: 'askedBy',
          title: t('trace.askedBy'),
          render: (row) => actorText(row.askedBy, t),
          text: (row) => actorText(row.askedBy, t),
        },
        {
          key: 'askedAt',
          title: t('trace.askedAt'),
          render: (row) => <span className="jd-num">{dateTime(row.askedAt)}</span>,
          text: (row) => dateTime(row.askedAt),
        },
      ]}
      empty={
        <EmptyState
          icon={<NodeIndexOutlined aria-hidden="true" />}
          title={t('trace.empty')}
          hint={t('trace.emptyHint')}
        />
      }
    />
  );
}
