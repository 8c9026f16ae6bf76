import { SafetyCertificateOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HashText } from '../../ui/hash-text.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EvidenceBag } from './evidence-bag.tsx';
import type { Detail } from './incident-types.ts';

/** The sealed bags of the incident: hashes for everyone, contents for those who may read evidence. */
export function IncidentEvidence({ incident }: { incident: Detail }) {
  const { t } = useTranslation();
  const can = useCan();
  return (
    <Panel title={t('incidents.evidence')}>
      {incident.evidence.length === 0 ? (
        <EmptyState
          icon={<SafetyCertificateOutlined aria-hidden="true" />}
          title={t('incidents.evidenceNone')}
          hint={t(incident.url === null ? 'incidents.evidenceNoPage' : 'incidents.evidenceNoneHint')}
        />
      ) : (
        <>
          <p className="jd-faint">{t('incidents.evidenceHint')}</p>
          <ul className="jd-todo">
            {incident.evidence.map((bag) => (
              <li key={bag.bag} className="jd-todo__item" style={{ alignItems: 'flex-start' }}>
                <SafetyCertificateOutlined
                  aria-hidden="true"
                  style={{ marginTop: 3, fontSize: 20, color: 'var(--jd-brand)' }}
                />
                <div className="jd-todo__words">
                  <div className="jd-break">{bag.file}</div>
                  <div className="jd-faint" style={{ fontSize: 13 }}>
                    SHA-256 <HashText hash={bag.sha256} />
                  </div>
                  {can('evidence.read') ? <EvidenceBag id={bag.bag} file={bag.file} /> : null}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
