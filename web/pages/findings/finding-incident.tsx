import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Finding } from '#findings/contract';
import { listIncidents } from '#incidents/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useCan } from '../../app/session.ts';
import { incidentsAbout, waitsForBag } from './incidents-about.ts';

/**
 * Leads to the incidents of the finding's website, and warns before something is deleted that no bag has yet. An
 * incident stands for what was found on several pages of one website, so that the website tells which it is.
 */
export function FindingIncident({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['incidents', 'of-unit', finding.unitId],
    queryFn: ({ signal }) =>
      call(listIncidents, { query: { unitId: finding.unitId, pageSize: 100 } }, { signal }),
    enabled: finding.siteId !== null && can('incidents.read'),
    // Sealing takes a minute or two, and somebody waits for it to go on.
    refetchInterval: (state) =>
      incidentsAbout(finding, state.state.data?.items ?? []).some(waitsForBag) ? 10_000 : false,
  });
  const about = incidentsAbout(finding, query.data?.items ?? []);
  if (about.length === 0) return null;
  const isUnsealed = about.some(waitsForBag);
  return (
    <Alert
      type={isUnsealed ? 'warning' : 'info'}
      showIcon
      role="status"
      style={{ marginBottom: 16 }}
      title={t(isUnsealed ? 'findingWork.notYet' : 'findingWork.incident')}
      description={
        <ul className="jd-todo">
          {about.map((incident) => (
            <li key={incident.id} className="jd-todo__item">
              <Link className="jd-todo__words jd-break" to="/incidents/$id" params={{ id: incident.id }}>
                {incident.number} {incident.title}
              </Link>
              <EnumTag name="incidentState" value={incident.state} />
            </li>
          ))}
        </ul>
      }
    />
  );
}
