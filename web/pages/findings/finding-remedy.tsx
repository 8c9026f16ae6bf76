import { ToolOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Finding } from '#findings/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { chinaTimesIn } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { type Remedy, readProof, remedyOf } from './remedy.ts';
import './findings.css';

/** What a finding of the network means for a teacher, what to do, and how the machine looks again. */
export function FindingRemedy({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const remedy = remedyOf(finding);
  if (!remedy) return null;
  const isDrill = finding.kind === 'trace';
  return (
    <Panel title={t('findingRemedy.title')}>
      <p style={{ marginTop: 0, lineHeight: 1.8 }}>{words('findingSteps', remedy.key)}</p>
      <p>
        <RemedyLink remedy={remedy} />
      </p>
      <p className="jd-faint" style={{ marginBottom: 0 }}>
        {isDrill ? t('findingRemedy.retestDrill') : t('findingRemedy.retestLook')}
      </p>
    </Panel>
  );
}

/** Leads to where it is mended. */
export function RemedyLink({ remedy }: { remedy: Remedy }) {
  const words = useEnumWords();
  return (
    <Link
      className="jd-inline-link"
      to={remedy.to as never}
      {...(remedy.params && { params: remedy.params as never })}
      {...(remedy.search && { search: remedy.search as never })}
    >
      <ToolOutlined aria-hidden="true" /> {words('findingGo', remedy.word)}
    </Link>
  );
}

/** The observations that show it: the first line of the context is the finding itself. */
export function FindingEvidence({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const lines = finding.context.split('\n').filter((line) => line !== '' && line !== finding.text);
  return (
    <Panel title={t('findingRemedy.evidence')}>
      <p style={{ marginTop: 0, lineHeight: 1.8 }}>{finding.text}</p>
      {lines.length === 0 ? <p className="jd-faint">{t('findingRemedy.noEvidence')}</p> : null}
      <ul className="jd-evidence">
        {lines.map((line) => (
          <li key={line}>
            <EvidenceLine line={line} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** What told it, as the look at the bindings writes it: `dhcp #3`. */
const told = /\b(dhcp|radius|arpwatch|arp|nd|fdb) #(\d+)/g;

function EvidenceLine({ line }: { line: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const proof = readProof(line);
  if (!proof) {
    const named = line.replace(told, (_, kind: string, id: string) =>
      t('findingRemedy.told', { kind: words('sightingKind', kind), id }),
    );
    return <span className="jd-break">{chinaTimesIn(named)}</span>;
  }
  const { kind, sourceId, ip, mac, began, last, segment, record } = proof;
  return (
    <>
      <div>
        <strong>{words('sightingKind', kind)}</strong>{' '}
        <span className="jd-mono jd-break">{ip === '::' ? mac : `${ip} · ${mac}`}</span>
      </div>
      <div className="jd-faint jd-num">{t('findingRemedy.span', { began, last })}</div>
      <div className="jd-faint">
        <Link className="jd-inline-link" to="/logs/sources/$id" params={{ id: sourceId }}>
          {t('findingRemedy.source', { id: sourceId })}
        </Link>
        {` · ${t('findingRemedy.record', { segment, record })}`}
      </div>
    </>
  );
}
