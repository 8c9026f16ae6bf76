import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getTrace, type Trace } from '#trace/contract';
import { actorText } from '../../app/actor-text.ts';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { chinaTimesIn, dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { addressText } from '../incidents/incident-traces.tsx';
import { CandidatePanel } from './candidate-panel.tsx';
import { ReportButtons } from './report-buttons.tsx';

/** One trace: the verdict in words, each candidate's chain of proof, and what the logs covered. */
export function TraceResultPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['traces', id],
    queryFn: ({ signal }) => call(getTrace, { params: { id } }, { signal }),
  });
  return (
    <QueryView query={query} rows={10}>
      {(trace) => <TraceView trace={trace} />}
    </QueryView>
  );
}

const verdictWords = {
  proven: 'trace.verdictProven',
  probable: 'trace.verdictProbable',
  ambiguous: 'trace.verdictAmbiguous',
  not_provable: 'trace.verdictNotProvable',
} as const;

function TraceView({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const address = addressText(trace.ip, trace.port);
  const isOutside = trace.candidates.some((one) => one.outsideScope);
  return (
    <>
      <PageHeader
        title={t('trace.resultTitle', { address })}
        tag={<EnumTag name="verdict" value={trace.verdict} />}
        description={`${t(verdictWords[trace.verdict])}${isOutside ? ` ${t('trace.outsideVerdict')}` : ''}`}
        back={{ to: '/trace', label: t('trace.title') }}
        actions={<ReportButtons trace={trace} />}
      />
      <div className="jd-columns">
        <div>
          {trace.candidates.length === 0 ? (
            <Panel title={t('trace.candidates')}>
              <EmptyState title={t('trace.noCandidates')} hint={t('trace.verdictNotProvable')} />
            </Panel>
          ) : null}
          {trace.candidates.map((candidate, index) => (
            <CandidatePanel
              key={
                candidate.outsideScope
                  ? index
                  : `${candidate.insideIp}${candidate.realm}${candidate.mac}${candidate.deviceId}`
              }
              trace={trace}
              candidate={candidate}
              number={index}
            />
          ))}
        </div>
        <div>
          <Panel title={t('trace.because')}>
            <ul style={{ margin: 0, paddingInlineStart: 20, lineHeight: 1.9 }}>
              {trace.because.map((reason) => (
                <li key={reason.zh}>{reason[language]}</li>
              ))}
            </ul>
          </Panel>
          <Coverage trace={trace} />
          <Question trace={trace} address={address} />
        </div>
      </div>
    </>
  );
}

function Coverage({ trace }: { trace: Trace }) {
  const { t } = useTranslation();
  const { complete, sources } = trace.coverage;
  return (
    <Panel title={t('trace.coverage')}>
      <p>
        <StatusTag tone={complete ? 'ok' : 'warn'}>
          {complete ? t('trace.coverageComplete') : t('trace.coverageIncomplete')}
        </StatusTag>
      </p>
      <ul className="jd-todo">
        {sources.map((source) => (
          <li key={source.name} className="jd-todo__item">
            <div className="jd-todo__words">
              {source.name}
              <div className="jd-faint" style={{ fontSize: 13 }}>
                {chinaTimesIn(source.detail)}
              </div>
            </div>
            <EnumTag name="coverage" value={source.state} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Question({ trace, address }: { trace: Trace; address: string }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('trace.question')}>
      <Facts
        items={[
          [
            t('trace.address'),
            <span key="ip" className="jd-mono">
              {address}
            </span>,
          ],
          [t('trace.proto'), trace.proto?.toUpperCase() ?? t('trace.protoBoth')],
          [
            t('trace.at'),
            <span key="at" className="jd-num">
              {dateTime(trace.at)}
            </span>,
          ],
          ...(trace.toleranceSeconds > 0
            ? ([[t('traceWay.tolerance'), String(trace.toleranceSeconds)]] as const)
            : []),
          ...(trace.dstIp === null
            ? []
            : ([[t('traceWay.dstIp'), addressText(trace.dstIp, trace.dstPort)]] as const)),
          ...(trace.url === null
            ? []
            : ([
                [
                  t('traceWay.url'),
                  <span key="url" className="jd-mono" style={{ overflowWrap: 'anywhere' }}>
                    {trace.url}
                  </span>,
                ],
              ] as const)),
          ...(trace.forwardedBy === null ? [] : ([[t('traceWay.forwardedBy'), trace.forwardedBy]] as const)),
          [
            t('traceWay.knownAt'),
            <span key="known" className="jd-num">
              {dateTime(trace.knownAt)}
            </span>,
          ],
          [t('trace.caseNo'), trace.caseNo],
          [t('trace.reason'), trace.reason],
          [t('trace.askedBy'), actorText(trace.askedBy, t)],
          [
            t('trace.askedAt'),
            <span key="asked" className="jd-num">
              {dateTime(trace.askedAt)}
            </span>,
          ],
          [
            '',
            <span key="took" className="jd-faint">
              {t('trace.took', { count: Math.round(trace.milliseconds) })}
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}
