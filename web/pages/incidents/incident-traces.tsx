import { NodeIndexOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import type { Detail } from './incident-types.ts';

/** The incident's traces with their verdicts; the names are sealed in each. */
export function IncidentTraces({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const can = useCan();
  const start = can('trace.run') ? (
    <Link to="/trace" search={{ caseNo: incident.number }}>
      {t('incidents.traceNew')}
    </Link>
  ) : null;
  return (
    <Panel title={t('incidents.trace')} extra={incident.traces.length > 0 ? start : null}>
      {incident.traces.length === 0 ? (
        <EmptyState
          icon={<NodeIndexOutlined aria-hidden="true" />}
          title={t('incidents.traceNone')}
          hint={t('incidents.traceNoneHint')}
          action={start}
        />
      ) : (
        <ul className="jd-todo">
          {incident.traces.map((trace) => (
            <li key={trace.id} className="jd-todo__item">
              <div className="jd-todo__words">
                {can('trace.run') ? (
                  <Link to="/trace/$id" params={{ id: trace.id }} className="jd-mono">
                    {addressText(trace.ip, trace.port)}
                  </Link>
                ) : (
                  <span className="jd-mono">{addressText(trace.ip, trace.port)}</span>
                )}
                <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                  {dateTime(trace.at)}
                </div>
              </div>
              <EnumTag name="verdict" value={trace.verdict} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** `192.0.2.1:443`, `[2001:db8::1]:443`, or the address alone. */
export function addressText(ip: string, port: number | null): string {
  if (port === null) return ip;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
