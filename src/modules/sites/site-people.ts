/** What of the register of sites hangs on people, and what it knows of a unit's responsibility and measures. */
import { recordAudit } from '#audit';
import type { Custody, Fact, FactSource } from '#base/app';
import { refreshFive } from '#units';
import { fiveTopics } from '#units/contract';
import { findNamed, findRunners, findSitesOf, replacePerson } from './people-store.ts';

export const siteCustody: Custody = {
  kind: 'site',
  permission: 'sites.read',
  heldBy: async (ctx, personId, limit) => {
    const rows = await findSitesOf(ctx, personId, limit);
    return {
      total: rows[0]?.n ?? 0,
      items: rows.map(({ n: _, ...row }) => ({ ...row, link: `/sites/${row.id}` })),
    };
  },
  named: (ctx, siteId, { day, knownAt }) => findNamed(ctx, siteId, day, knownAt),
  handOver: async (ctx, transfer) => {
    const sites = await replacePerson(ctx, transfer);
    for (const { id, unitPath } of sites) {
      await recordAudit(ctx, {
        action: 'sites.hand_over',
        subject: `site:${id}`,
        unitPath,
        before: { personId: transfer.from },
        after: { personId: transfer.to },
      });
    }
    await refreshFive(ctx, [...new Set(sites.map(({ unitId }) => unitId))]);
    return sites.length;
  },
};

type Site = Awaited<ReturnType<typeof findRunners>>[number];

/** A check older than this many days is no measure. */
const checkedWithin = 8;

/** What is told of sites: who runs each, and how the last look at it was. Past looks are not on file here. */
export function judgeSites(
  unitIds: readonly string[],
  sites: readonly Site[],
  when: { readonly day: string; readonly today: boolean },
): { responsibility: Fact[]; measures: Fact[] } {
  const without = unitIds.filter((id) => sites.every(({ unitId }) => unitId !== id));
  const none = without.map(
    (subject): Fact => ({
      subject,
      code: 'no_sites',
      state: 'unknown',
      about: null,
      on: null,
      link: `/sites?unitId=${subject}`,
    }),
  );
  const fact = (site: Site, code: string, state: Fact['state'], on: string | null): Fact => ({
    subject: site.unitId,
    ...{ code, state, on },
    about: site.name,
    link: `/sites/${site.siteId}`,
  });
  const responsibility = sites.map((site) => {
    if (!site.managerId) return fact(site, 'site_without_manager', 'missing', null);
    if (!site.allInPost) return fact(site, 'site_orphaned', 'missing', null);
    return site.headId
      ? fact(site, 'site_people_in_post', 'met', null)
      : fact(site, 'site_without_head', 'partly', null);
  });
  const measures = sites.flatMap((site) => {
    if (!when.today) return [fact(site, 'site_check_not_known', 'unknown', null)];
    if (site.lastCheckedAt === null) return [fact(site, 'site_never_checked', 'unknown', null)];
    const days = (Date.parse(when.day) - Date.parse(site.lastCheckedAt)) / 86_400_000;
    if (days > checkedWithin) return [fact(site, 'site_check_old', 'partly', site.lastCheckedAt)];
    if (site.health === 'unreachable' || site.health === 'blocked') {
      return [fact(site, 'site_not_seen', 'unknown', site.lastCheckedAt)];
    }
    return [
      site.openFindings > 0
        ? fact(site, 'site_findings_open', 'missing', site.lastCheckedAt)
        : fact(site, 'site_checked_clean', 'met', site.lastCheckedAt),
    ];
  });
  return { responsibility: [...none, ...responsibility], measures: [...none, ...measures] };
}

const source = (topic: string, part: 'responsibility' | 'measures'): FactSource => ({
  topic,
  read: async (ctx, units, when) => judgeSites(units, await findRunners(ctx, units, when.day), when)[part],
});

export const siteFacts: FactSource[] = [
  source(fiveTopics.responsibility, 'responsibility'),
  source(fiveTopics.measures, 'measures'),
];
