import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listIncidents } from '#incidents/contract';
import type { RouteReply } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { ObligationLine } from '../incidents/obligation-line.tsx';

/** Incidents that are not over, each with its two clocks. */
export function OpenIncidents({ query }: { query: UseQueryResult<RouteReply<typeof listIncidents>> }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('home.incidents')} extra={<Link to="/incidents">{t('action.more')}</Link>}>
      <QueryView query={query} rows={3}>
        {({ items }) => {
          const open = items.filter(
            (incident) => incident.state === 'responding' || incident.state === 'contained',
          );
          if (open.length === 0) return <p className="jd-faint">{t('home.incidentsNone')}</p>;
          return (
            <ul className="jd-todo">
              {open.map((incident) => (
                <li key={incident.id} className="jd-todo__item">
                  <div className="jd-todo__words">
                    <Link to="/incidents/$id" params={{ id: incident.id }}>
                      {incident.title}
                    </Link>
                    <div className="jd-faint" style={{ fontSize: 13 }}>
                      {incident.number} · {incident.unit}
                    </div>
                    {incident.obligations.map((duty) => (
                      <ObligationLine key={duty.id} duty={duty} />
                    ))}
                  </div>
                  <EnumTag name="incidentState" value={incident.state} />
                </li>
              ))}
            </ul>
          );
        }}
      </QueryView>
    </Panel>
  );
}
