import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useRuleWords } from '../../app/rule-words.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';
import type { Detail } from './incident-types.ts';

/** What was put on the block list for this incident. */
export function IncidentShield({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('incidents.shield')}>
      {incident.shield.length === 0 ? <p className="jd-faint">{t('incidents.shieldNone')}</p> : null}
      <StillBlocked incident={incident} />
      <ul className="jd-todo">
        {incident.shield.map((entry) => (
          <li key={entry.id} className="jd-todo__item">
            <div className="jd-todo__words">
              <span className="jd-mono jd-break">{entry.host}</span>
              <div className="jd-faint jd-num" style={{ fontSize: 13 }}>
                {dateTime(entry.at)}
                {entry.serial === null ? '' : ` · ${t('incidents.serial')} ${entry.serial}`}
              </div>
            </div>
            {entry.active ? (
              <StatusTag tone="ok">{t('incidents.shieldActive')}</StatusTag>
            ) : (
              <StatusTag tone="neutral">{t('incidents.shieldWithdrawn')}</StatusTag>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** An incident ends by itself, its blocks do not. What hidden links led to rightly stays; a false alarm blocks nothing. */
function StillBlocked({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const can = useCan();
  const own = incident.url && URL.parse(incident.url)?.hostname;
  const left = incident.shield.filter(
    (entry) => entry.active && (incident.state === 'dismissed' || entry.host === own),
  );
  const hasEnded = incident.state === 'closed' || incident.state === 'dismissed';
  if (!hasEnded || left.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t('incidents.shieldLeft', { hosts: left.map((entry) => entry.host).join('、') })}
      action={
        can('shield.write') ? (
          <Link to="/shield" search={{ incidentId: incident.id, active: 'true' } as never}>
            {t('incidents.shieldLift')}
          </Link>
        ) : null
      }
    />
  );
}

/** The findings that called for this incident. */
export function IncidentFindings({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const ruleWords = useRuleWords();
  const can = useCan();
  if (incident.findings.length === 0) return null;
  return (
    <Panel title={t('incidents.findings')}>
      <ul className="jd-todo">
        {incident.findings.map((finding) => (
          <li key={finding.id} className="jd-todo__item">
            <EnumTag name="severity" value={finding.severity} />
            <div className="jd-todo__words">
              {can('findings.read') ? (
                <Link to="/findings/$id" params={{ id: finding.id }} className="jd-break">
                  {finding.text.slice(0, 80)}
                </Link>
              ) : (
                <span className="jd-break">{finding.text.slice(0, 80)}</span>
              )}
              <div className="jd-faint jd-break" style={{ fontSize: 12 }}>
                <span title={finding.rule}>{ruleWords(finding.rule)}</span> ·{' '}
                <span className="jd-mono">{finding.url}</span>
              </div>
            </div>
            <EnumTag name="findingState" value={finding.state} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
