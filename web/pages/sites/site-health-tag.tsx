import { useTranslation } from 'react-i18next';
import type { Site } from '#sites/contract';
import { EnumTag } from '../../app/enum-tag.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Whether a site was checked, but none of its checks came to an end that says something about it. */
export const isUnfinished = ({ health, lastCheckedAt }: Pick<Site, 'health' | 'lastCheckedAt'>): boolean =>
  health === 'unknown' && lastCheckedAt !== null;

/**
 * What the last check says of a site. One that ended without a result is told apart from none at all, and so is one that
 * left pages out. Of a retired site it says nothing: what was clean once is looked at no more.
 */
export function SiteHealthTag({
  site,
}: {
  site: Pick<Site, 'health' | 'lastCheckedAt' | 'unreadPages' | 'retired'>;
}) {
  const { t } = useTranslation();
  if (site.retired) return <StatusTag tone="neutral">{t('siteRetired.retired')}</StatusTag>;
  if (isUnfinished(site)) return <StatusTag tone="warn">{t('sites.unfinished')}</StatusTag>;
  // What was not looked at is not clean.
  if (site.health === 'clean' && site.unreadPages > 0)
    return <StatusTag tone="warn">{t('sites.cleanButUnread', { count: site.unreadPages })}</StatusTag>;
  return <EnumTag name="siteHealth" value={site.health} />;
}
