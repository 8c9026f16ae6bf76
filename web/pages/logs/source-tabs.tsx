import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogSource } from '#logs/contract';
import { ClockHistory } from './clock-history.tsx';
import { SourceCompleteness } from './source-completeness.tsx';
import { SourceFacts } from './source-facts.tsx';
import { SourceReading } from './source-reading.tsx';
import { SourceRetention } from './source-retention.tsx';

export interface SourceTab {
  /** In the address: `/logs/sources/7?tab=completeness`. The first tab has none. */
  readonly key: string;
  readonly label: string;
  /** Who sees it; everybody who sees the source when it does not say. */
  readonly permission?: string;
  /** Whether it makes sense for this source; yes when it does not say. */
  readonly fits?: (source: LogSource) => boolean;
  readonly show: (source: LogSource) => ReactNode;
}

/** The tabs of a source's page in their order: one component file each, one entry here. */
export function useSourceTabs(): readonly SourceTab[] {
  const { t } = useTranslation();
  return [
    { key: '', label: t('logSources.tabFacts'), show: (source) => <SourceFacts source={source} /> },
    {
      key: 'reading',
      label: t('logReading.tab'),
      permission: 'logs.read',
      fits: (source) => source.state !== 'quarantined',
      show: (source) => <SourceReading source={source} />,
    },
    {
      key: 'completeness',
      label: t('logLedger.tab'),
      fits: (source) => source.state !== 'quarantined',
      show: (source) => <SourceCompleteness source={source} />,
    },
    {
      key: 'clock',
      label: t('logSources.clock'),
      fits: (source) => source.state !== 'quarantined',
      show: (source) => <ClockHistory source={source} />,
    },
    {
      key: 'retention',
      label: t('logRetention.tab'),
      permission: 'logs.read',
      show: (source) => <SourceRetention source={source} />,
    },
  ];
}
