import { useTranslation } from 'react-i18next';
import type { LedgerState } from '#logs/contract';
import { useEnumWords } from '../../app/enum-words.ts';

interface Figures {
  readonly state: LedgerState;
  readonly received: number;
  readonly expected: number | null;
  readonly lost: number;
  readonly unparsable: number;
}

/** An hour or a day of the ledger in words. */
export function useCellWords(): (when: string, figures: Figures) => string {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (when, { state, received, expected, lost, unparsable }) =>
    [
      t('logLedger.cell', { when, state: words('ledgerState', state), received: received.toLocaleString() }),
      expected === null ? '' : t('logLedger.cellDue', { expected: Math.round(expected).toLocaleString() }),
      lost === 0 ? '' : t('logLedger.cellLost', { lost: lost.toLocaleString() }),
      unparsable === 0 ? '' : t('logLedger.cellUnread', { unparsable: unparsable.toLocaleString() }),
    ].join('');
}
