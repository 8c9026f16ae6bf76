import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Suppression } from '#findings/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { SuppressionActs } from './suppression-acts.tsx';

/** False alarms that were proposed for a finding, and what became of them. */
export function FindingSuppressions({ list }: { list: readonly Suppression[] }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  if (list.length === 0) return null;
  return (
    <Panel title={t('findingWork.falseTitle')}>
      {list.some((one) => one.state === 'proposed') ? (
        <Alert type="info" showIcon title={t('findingWork.waiting')} style={{ marginBottom: 12 }} />
      ) : null}
      <ul className="jd-evidence">
        {list.map((one) => (
          <li key={one.id}>
            <div>
              <EnumTag name="suppressionState" value={one.state} /> {words('suppressionScope', one.scope)}
            </div>
            <div className="jd-break">{one.reason}</div>
            <div className="jd-faint">
              <SuppressionStory one={one} />
            </div>
            <SuppressionActs row={one} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function SuppressionStory({ one }: { one: Suppression }) {
  const { t } = useTranslation();
  const parts: string[] = [
    t('findingWork.by', { name: one.proposedBy }),
    t('findingWork.until', { day: dateMinute(one.expiresAt) }),
  ];
  if (one.state === 'refused')
    parts.push(t('findingWork.refusedBy', { name: one.decidedBy ?? '', note: one.decisionNote ?? '' }));
  else if (one.decidedBy !== null) parts.push(t('findingWork.decidedBy', { name: one.decidedBy }));
  if (one.withdrawnBy !== null)
    parts.push(t('findingWork.withdrawnBy', { name: one.withdrawnBy, note: one.withdrawnReason ?? '' }));
  if (one.timesSuppressed > 0) parts.push(t('findingWork.ignoredTimes', { count: one.timesSuppressed }));
  return <>{parts.join(' · ')}</>;
}
