import { SyncOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { App, Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { getIncident, recheck } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import { AddNote } from './add-note.tsx';
import { IncidentEvidence } from './incident-evidence.tsx';
import { IncidentFindings, IncidentShield } from './incident-links.tsx';
import { IncidentReports } from './incident-reports.tsx';
import { IncidentTimeline } from './incident-timeline.tsx';
import { IncidentTraces } from './incident-traces.tsx';
import type { Detail } from './incident-types.ts';
import { Obligations } from './obligations.tsx';
import { ProposeOutcome, WaitingOutcomes } from './outcome.tsx';

/** One incident: the clocks first, then what was preserved, traced, blocked and reported. */
export function IncidentPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['incidents', id],
    queryFn: ({ signal }) => call(getIncident, { params: { id } }, { signal }),
    refetchInterval: 30_000,
  });
  return (
    <QueryView query={query} rows={12}>
      {(incident) => <IncidentView incident={incident} />}
    </QueryView>
  );
}

function IncidentView({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader
        title={incident.title}
        tag={
          <>
            <EnumTag name="incidentState" value={incident.state} />
            {incident.exercise ? <StatusTag tone="info">{t('incidents.exercise')}</StatusTag> : null}
            {incident.reopened > 0 ? (
              <StatusTag tone="warn">{t('incidents.reopened', { count: incident.reopened })}</StatusTag>
            ) : null}
          </>
        }
        description={`${incident.number} · ${incident.unit}`}
        back={{ to: '/incidents', label: t('incidents.title') }}
        actions={<IncidentActions incident={incident} />}
      />
      <Obligations incident={incident} />
      <div className="jd-columns">
        <div>
          <IncidentEvidence incident={incident} />
          <IncidentTraces incident={incident} />
          <IncidentReports incident={incident} />
          <IncidentShield incident={incident} />
          <IncidentFindings incident={incident} />
        </div>
        <div>
          <WaitingOutcomes incident={incident} />
          <IncidentFacts incident={incident} />
          <IncidentTimeline incident={incident} />
        </div>
      </div>
    </>
  );
}

function IncidentFacts({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('incidents.summary')}>
      <Facts
        items={[
          [
            t('incidents.t0'),
            <span key="t0" className="jd-num">
              {dateTime(incident.t0)}
            </span>,
          ],
          [
            t('incidents.openedAt'),
            <span key="open" className="jd-num">
              {dateTime(incident.openedAt)}
            </span>,
          ],
          [t('incidents.closedAt'), incident.closedAt === null ? null : dateTime(incident.closedAt)],
          // Not a link: the page is the harmful one.
          [
            t('incidents.url'),
            incident.url === null ? null : (
              <span key="url" className="jd-mono jd-break">
                {incident.url}
              </span>
            ),
          ],
        ]}
      />
      {incident.summary === '' ? null : (
        <p className="jd-break" style={{ whiteSpace: 'pre-line', marginBottom: 0 }}>
          {incident.summary}
        </p>
      )}
    </Panel>
  );
}

function IncidentActions({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const language = useLanguage();
  const { message } = App.useApp();
  const check = useMutation({
    mutationFn: () => call(recheck, { params: { id: incident.id } }),
    onSuccess: () => {
      void message.success(t('incidents.rechecking'));
      return client.invalidateQueries({ queryKey: ['incidents'] });
    },
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  if (!can('incidents.report')) return null;
  return (
    <Space wrap>
      <AddNote incidentId={incident.id} />
      {incident.state === 'responding' ? <ProposeOutcome incidentId={incident.id} /> : null}
      {incident.closedAt === null && incident.siteId !== null ? (
        <Button
          icon={<SyncOutlined aria-hidden="true" />}
          loading={check.isPending}
          title={t('incidents.recheckHint')}
          onClick={() => check.mutate()}
        >
          {t('incidents.recheck')}
        </Button>
      ) : null}
    </Space>
  );
}
