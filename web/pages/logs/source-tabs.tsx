import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogSource } from '#logs/contract';
import { SourceFacts } from './source-facts.tsx';

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
  return [{ key: '', label: t('logSources.tabFacts'), show: (source) => <SourceFacts source={source} /> }];
}
