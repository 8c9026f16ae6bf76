import type { Finding } from '#findings/contract';
import type { Incident } from '#incidents/contract';

type Part = Pick<Incident, 'siteId' | 'url' | 'state' | 'evidence'>;

/** The incidents of the finding's website that are not over, and those of its very page that are. */
export function incidentsAbout<T extends Part>(
  finding: Pick<Finding, 'siteId' | 'url'>,
  incidents: readonly T[],
): T[] {
  if (finding.siteId === null) return [];
  const ofSite = incidents.filter(({ siteId }) => siteId === finding.siteId);
  return ofSite.filter((one) => isOpen(one) || (one.state === 'closed' && one.url === finding.url));
}

const isOpen = ({ state }: Part) => state === 'responding' || state === 'contained';

/** Whether what is deleted now may be lost: a page is to be sealed and is not yet. Without a page nothing is. */
export function waitsForBag(incident: Part): boolean {
  return incident.state === 'responding' && incident.url !== null && incident.evidence.length === 0;
}
