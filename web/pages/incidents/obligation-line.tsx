import { useTranslation } from 'react-i18next';
import type { Incident } from '#incidents/contract';
import { Countdown } from '../../ui/countdown.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

type Duty = Incident['obligations'][number];

/** One duty in one line: to whom, and either the running clock or how it was fulfilled. */
export function ObligationLine({ duty }: { duty: Duty }) {
  const { t } = useTranslation();
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: '2px 10px', alignItems: 'center', fontSize: 13 }}>
      <span>{t(`countdown.${duty.to}`)}</span>
      {duty.acknowledgedAt === null ? (
        <>
          <Countdown dueAt={duty.dueAt} />
          <span className="jd-faint">
            {duty.sentAt === null ? t('incidents.notSent') : t('countdown.awaitingAck')}
          </span>
        </>
      ) : (
        <StatusTag tone="ok">{t('incidents.acknowledged')}</StatusTag>
      )}
      {duty.late ? <StatusTag tone="danger">{t('incidents.late')}</StatusTag> : null}
    </div>
  );
}
