/** Which pages are opened in a browser, and what of a page stands there only then. Pure. */
import type { SeenFault } from '#findings';
import { siteOf } from '#scan';
import type { Finding } from '#scan/contract';
import { isBelow } from '../crawl-policy.ts';
import { pageFault } from '../home-rules.ts';
import type { PageReading } from '../read-page.ts';

export type Why = 'home' | 'script' | 'changed' | 'finding' | 'sample' | 'asked';

/** Pages of one site that are opened a day at most; those on which such a finding stands are opened after every check. */
export const PAGES_MAX = 6;
/** Beyond these, of the pages whose scripts or template a check saw changed. */
export const GRAVE_MAX = 3;
/** A page is opened again after so many hours, unless something speaks for it. */
export const AGAIN_HOURS = 20;

type Read = Pick<PageReading, 'findings' | 'suppressed'>;

/**
 * Ways in which menus, tabs and slides hide what belongs to them until somebody moves the mouse: a browser computes
 * them for every ordinary page. Only what is harmful by its words or its host counts among these.
 */
const USUAL = new Set(['display-none', 'visibility-hidden', 'transparent', 'clipped', 'tiny-box', 'behind']);

/**
 * What a page shows, or hides, only in a browser: what its source says was told, or explained, already. `source` and
 * `drawn` are readings of the same page as it was fetched and as its scripts and style sheets left it.
 */
export function onlyInBrowser(url: string, source: Read, drawn: Pick<Read, 'findings'>): SeenFault[] {
  const known = new Set([...source.findings, ...source.suppressed].map(keyOf));
  return drawn.findings
    .filter((finding) => !known.has(keyOf(finding)) && !isUsual(finding))
    .map((finding) => ({
      kind: finding.kind,
      rule: finding.rule,
      severity: finding.severity,
      url,
      part: 'browser',
      // Offsets would be those of a text that nobody has.
      start: 0,
      end: 0,
      text: finding.text,
      context: finding.context,
      view: finding.view,
      href: finding.href ?? null,
    }));
}

/** A link is the same however it is hidden, a word the same wherever it stands. */
function keyOf({ kind, rule, text, href }: Finding): string {
  return kind === 'hidden-link' ? `${kind} ${href ?? text}` : `${rule} ${text}`;
}

/** Links to ministries and schools that a menu hides are told of no page; nor is what any page has. */
const isUsual = ({ kind, rule, severity }: Finding) =>
  kind === 'hidden-link' &&
  (severity === 'info' || (severity !== 'critical' && USUAL.has(rule.slice('hidden-link.'.length))));

/** Where the page's own scripts led, when that is another site which the bureau has not called good. */
export function ledAway(fetched: string, final: string, knownGood: readonly string[]): URL | null {
  const from = URL.parse(fetched);
  const to = URL.parse(final);
  if (!from || !to || !/^https?:$/.test(to.protocol) || to.host === from.host) return null;
  if (siteOf(to.hostname) === siteOf(from.hostname) || isBelow(to.hostname, knownGood)) return null;
  return to;
}

/** Visitors are led to another site by a script; what that shows makes it worse. */
export function ledAwayFault(url: string, to: URL, shown: readonly Finding[]): SeenFault {
  const isHarmful = shown.some(
    ({ kind, severity }) => kind === 'term' && /^(?:high|critical)$/.test(severity),
  );
  const target = `${to.origin}${to.pathname}`.slice(0, 500);
  return {
    ...pageFault(url, {
      kind: 'hidden-link',
      rule: 'hidden-link.script-redirect',
      severity: isHarmful ? 'critical' : 'high',
      text: target,
      context: `在浏览器里打开后，脚本把访客带到了 ${target}`,
      href: target,
    }),
    part: 'browser',
  };
}
