/** Pure: what is different between two looks at a site. */
import type { SiteFacts } from '../contract.ts';
import type { Change } from './look-store.ts';

/** A look that could not be made is no change; neither is the first one. */
export function changesOf(before: Partial<SiteFacts>, after: SiteFacts): Change[] {
  const changes: Change[] = [];
  const note = (what: string, was: string | undefined, is: string | undefined) => {
    if (was !== undefined && is !== undefined && was !== is) changes.push({ what, before: was, after: is });
  };
  const line = (list: readonly string[] | undefined) => list?.join('、');
  note('addresses', line(before.dns?.addresses), line(after.dns?.addresses));
  note('alias', line(before.dns?.cname), line(after.dns?.cname));
  note('name_servers', line(before.dns?.ns), line(after.dns?.ns));
  const certificate = (tls: SiteFacts['tls']) =>
    tls && `${tls.subject}（${tls.issuer}）至 ${tls.validTo.slice(0, 10)}`;
  if (before.tls?.fingerprint !== after.tls?.fingerprint) {
    note('certificate', certificate(before.tls), certificate(after.tls));
  }
  const versions = (facts: Partial<SiteFacts>) =>
    facts.versions
      ?.map((one) => `${one.product} ${one.version}`)
      .sort()
      .join('、');
  note('versions', versions(before), versions(after));
  return changes;
}
