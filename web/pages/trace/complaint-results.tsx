import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Trace } from '#trace/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { dateTime } from '../../ui/moment.ts';
import { addressText } from '../incidents/incident-traces.tsx';

/** What several questions of one letter led to, in their order. */
export function ComplaintResults({ traces }: { traces: readonly Trace[] }) {
  const { t } = useTranslation();
  return (
    <>
      <h3 style={{ margin: 0, fontSize: 15 }}>{t('complaint.results')}</h3>
      <ul className="jd-complaint__list">
        {traces.map((trace) => (
          <li key={trace.id} className="jd-complaint__entry">
            <EnumTag name="verdict" value={trace.verdict} />
            <div>
              <Link to="/trace/$id" params={{ id: trace.id }} className="jd-mono">
                {addressText(trace.ip, trace.port)}
              </Link>{' '}
              <span className="jd-num">{dateTime(trace.at)}</span>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
