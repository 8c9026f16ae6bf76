/** A page's source: everything that its text, its fields and its links say, with places in the source. */
import type { Finding, Severity, Suppressed } from './contract.ts';
import { isGamblingHost } from './data/host-words.ts';
import { isKnownHost } from './data/known-hosts.ts';
import { TITLE_WORDS } from './data/trades.ts';
import type { HiddenSign } from './hidden-style.ts';
import type { Hider, HtmlLink, HtmlReading } from './html-page.ts';
import { openingsOf } from './opened-later.ts';
import { type Layout, rangeAround } from './page-evidence.ts';
import { findInSource } from './personal-source.ts';
import { findPupilPhotos } from './pupil-photos.ts';
import { type HtmlObserver, readHtml } from './read-html.ts';
import type { Ruleset } from './ruleset.ts';
import {
  type Findings,
  personalFinding,
  raise,
  type ScannedText,
  scanText,
  showContext,
} from './scan-text.ts';
import { siteOf } from './site-of.ts';

export interface HtmlOptions {
  /** Address of the page: links to its own site are not external. Without it every absolute link is. */
  readonly url?: string | undefined;
  readonly observer?: HtmlObserver | undefined;
}

/** Categories whose words in a hidden link or its host make the link critical. */
const PROMOTED = new Set(['gambling', 'pornography']);

const signSeverity: Record<HiddenSign, Severity> = {
  'display-none': 'medium',
  'visibility-hidden': 'medium',
  'hidden-attribute': 'medium',
  transparent: 'medium',
  clipped: 'medium',
  'off-screen': 'high',
  'font-size-0': 'high',
  'tiny-box': 'high',
  'marquee-1px': 'high',
  'same-colour': 'high',
  'white-text': 'medium',
  behind: 'medium',
  noscript: 'medium',
  'conditional-comment': 'medium',
  textarea: 'medium',
  template: 'medium',
  'meta-refresh': 'medium',
  'script-redirect': 'low',
  'script-source': 'low',
  'link-element': 'low',
};

/** Ordinary pages have these too: only what is harmful by its words or its host, or a bare heap, is reported. */
const ORDINARY: ReadonlySet<HiddenSign> = new Set([
  'noscript',
  'conditional-comment',
  'textarea',
  'template',
  'link-element',
  'script-source',
  'script-redirect',
]);

/**
 * Scans a page. `start`/`end` are UTF-16 offsets in the HTML source: an entity counts with its whole source.
 * Only what the page itself says is looked at; its external style sheets and scripts are not loaded.
 */
export function scanHtml(html: string, ruleset: Ruleset, options: HtmlOptions = {}): Findings {
  const reading = readHtml(html, options.observer);
  const layout = layoutOf(reading, options.url);
  const body = scanText(reading.body.text, ruleset, layout);
  const fields = scanText(reading.fields.text, ruleset, { apart: [], menus: [], lesson: body.lesson() });
  const inHidden = <T extends Finding>(finding: T): T =>
    finding.kind === 'term' && isHidden(reading, finding.start)
      ? { ...finding, severity: raise(finding.severity, 1) }
      : finding;
  const findings = [
    ...body.findings.map(inHidden).map((finding) => relocate(finding, reading.body.locate)),
    ...fields.findings
      .map((finding) => (isHeadline(finding, fields) ? asInBody(finding, body) : finding))
      .map((finding) => relocate(finding, reading.fields.locate)),
    ...hiddenLinks(reading, layout, ruleset, options, openingsOf(html)),
    ...encodedFields(reading, ruleset),
    ...stuffedTitles(reading),
    ...pupilPhotos(reading),
  ];
  const inSource = findInSource(html).filter(
    (hit) =>
      !findings.some((one) => one.kind === 'personal-data' && one.start < hit.end && hit.start < one.end),
  );
  findings.push(...inSource.map((hit) => personalFinding(html, hit)));
  const idsInSource = inSource.filter(({ kind }) => kind === 'id-card').map(({ number }) => number);
  const suppressed: Suppressed[] = [
    ...body.suppressed.map((finding) => relocate(finding, reading.body.locate)),
    ...fields.suppressed.map((finding) => relocate(finding, reading.fields.locate)),
  ];
  return {
    findings: findings.sort((a, b) => a.start - b.start || a.end - b.end),
    suppressed,
    idNumbers: [...body.idNumbers, ...fields.idNumbers, ...idsInSource],
  };
}

/** Whether a title may name something only as its page does: it offers nothing, and heaps no names of what only offers name. */
function isHeadline(finding: Finding, fields: ScannedText): boolean {
  if (fields.isOffered(finding)) return false;
  if (finding.severity !== 'high') return true;
  return fields.findings.every((one) => one.severity !== 'high' || one.term === finding.term);
}

/** What a title only names as its page does (a story, a record) says no more than the page. */
function asInBody(finding: Finding, body: Findings): Finding {
  if (!/^(?:medium|high)$/.test(finding.severity) || finding.term === undefined) return finding;
  const isSame = ({ term }: Finding) => term === finding.term;
  const there = body.findings.filter(isSame);
  const isHarmless =
    there.every(({ severity }) => severity === 'low') && (there.length > 0 || body.suppressed.some(isSame));
  return isHarmless ? { ...finding, severity: 'low' } : finding;
}

function relocate<T extends Finding>(finding: T, locate: HtmlReading['body']['locate']): T {
  const [start, end] = locate(finding.start, finding.end);
  return { ...finding, start, end };
}

const isHidden = (reading: HtmlReading, offset: number) => rangeAround(reading.hidden, offset) !== null;

/** What of the body stands apart (hidden, or a link to another site) and what is its menus. */
function layoutOf({ hidden, links, body }: HtmlReading, page: string | undefined): Layout {
  const apart: [number, number][] = [];
  const menus: (readonly [number, number])[] = [];
  const add = ([start, end]: readonly [number, number]) => {
    const last = apart[apart.length - 1];
    // Paragraphs of one hidden element are one passage.
    if (last && start >= last[0] && body.text.slice(last[1], start).trim() === '')
      last[1] = Math.max(last[1], end);
    else if (!last || start >= last[1]) apart.push([start, end]);
  };
  const outward: (readonly [number, number])[] = [];
  for (const { inBody, href } of links) {
    if (!inBody || inBody[0] >= inBody[1]) continue;
    if (externalHost(href, page) !== null) outward.push(inBody);
    else menus.push(inBody);
  }
  for (const range of [...hidden, ...outward].sort((a, b) => a[0] - b[0])) add(range);
  return { apart, menus: menus.sort((a, b) => a[0] - b[0]) };
}

function hiddenLinks(
  reading: HtmlReading,
  layout: Layout,
  ruleset: Ruleset,
  options: HtmlOptions,
  isOpened: (hider: Hider) => boolean,
): Finding[] {
  const findings: Finding[] = [];
  for (const link of reading.links) {
    if (!link.sign) continue;
    const host = externalHost(link.href, options.url);
    if (host === null) continue;
    const isCloaked = link.sign === 'script-redirect' && link.text !== '';
    const severity = isCloaked ? 'high' : linkSeverity(link, host, ruleset, isOpened);
    if (
      ORDINARY.has(link.sign) &&
      severity !== 'critical' &&
      !isCloaked &&
      !isBare(reading, layout, link, options.url)
    )
      continue;
    findings.push({
      rule: `hidden-link.${link.sign}`,
      kind: 'hidden-link',
      severity,
      text: link.text || link.href.slice(0, 200),
      start: link.start,
      end: link.end,
      context: showWhole(`${link.text} ${link.href}`),
      view: 'strict',
      href: link.href.slice(0, 2000),
    });
  }
  return findings;
}

/** What a page tells those without scripts or with an old browser: its one link leads to a browser. */
const TECHNICAL = /脚本|java|js|script|浏览器|browser|升级|统计|flash|\bie\b|chrome|firefox/i;

/** Whether a link with a text stands in a box of nothing but links away, which does not say why it is there. */
function isBare(
  { links, body }: HtmlReading,
  { apart }: Layout,
  link: HtmlLink,
  page: string | undefined,
): boolean {
  const box = link.inBody && link.text !== '' ? rangeAround(apart, link.inBody[0]) : null;
  if (!box) return false;
  const inside = links.filter(
    ({ inBody, text }) => text !== '' && inBody && inBody[0] >= box[0] && inBody[1] <= box[1],
  );
  const hosts = inside.map(({ href }) => externalHost(href, page));
  if (hosts.includes(null)) return false;
  if (link.sign === 'template') return new Set(hosts).size >= 3;
  return new Set(hosts).size >= 3 || !TECHNICAL.test(body.text.slice(...box));
}

function linkSeverity(
  link: HtmlLink,
  host: string,
  ruleset: Ruleset,
  isOpened: (hider: Hider) => boolean,
): Severity {
  const harmful = ruleset.matcher
    .find(link.text)
    .some((hit) => PROMOTED.has(hit.term.category) && hit.term.tier !== 'review');
  if (harmful || isGamblingHost(host)) return 'critical';
  // Menus that unfold link to ministries and schools; a planted link does not.
  if (/(?:^|\.)(?:gov|edu|mil)\.cn$/.test(host) || isKnownHost(host)) return 'info';
  if (link.hider && isOpened(link.hider)) return 'info';
  return signSeverity[link.sign!];
}

const showWhole = (text: string) => showContext(text.slice(0, 200), 0, 200);

/** A path without a scheme or a host: it stays on the site, and needs no URL to say so. */
const OWN = /^\/?[\w.~%-]+(?:[/?#][^\s\\]*)?$/;

/** The host of a link that leaves the site, or null. */
function externalHost(href: string, page: string | undefined): string | null {
  if (OWN.test(href)) return null;
  const base = page && URL.canParse(page) ? new URL(page) : new URL('http://page.invalid/');
  if (!URL.canParse(href, base)) return null;
  const target = new URL(href, base);
  if (!/^https?:$/.test(target.protocol) || target.host === base.host) return null;
  return siteOf(target.hostname) === siteOf(base.hostname) ? null : target.hostname;
}

/** Names of what a school's own titles have in them; a title that sells has none. */
const SCHOOL = /学|校|教|课|班|师|生|幼儿园|考试|招考|政府|图书|作业|比赛|活动|通知|关于|会议/;
/** From so many points on a title is written for search engines. */
const STUFFED = 4;

/** Titles made of portal words around one name (某某体育-某某官网-登录入口): those of parasites on a school's host. */
function stuffedTitles(reading: HtmlReading): Finding[] {
  return reading.titles
    .filter(({ text }) => text.length <= 200 && !SCHOOL.test(text) && titlePoints(text) >= STUFFED)
    .map(({ text, start, end }) => ({
      rule: 'stuffing.title',
      kind: 'encoding',
      severity: 'medium',
      ...{ text: text.slice(0, 200), start, end, context: showWhole(text), view: 'strict' },
    }));
}

/** One for each kind of portal word, one for a name that is repeated, one for parts without a sentence. */
function titlePoints(title: string): number {
  const parts = title.split(/[-_|—–·]+/).map((part) => part.trim());
  if (parts.length < 2) return 0;
  const name = parts[0]!.slice(0, 2);
  const isRepeated = name.length === 2 && parts.slice(1).some((part) => part.includes(name));
  const words = TITLE_WORDS.reduce((sum, [points, shape]) => sum + (shape.test(title) ? points : 0), 0);
  return words + (isRepeated ? 1 : 0);
}

/** Title or keywords in character references although the body is in plain characters: stuffing for spiders. */
function encodedFields(reading: HtmlReading, ruleset: Ruleset): Finding[] {
  return reading.encoded.map((field) => ({
    rule: `stuffing.encoded-${field.name}`,
    kind: 'encoding',
    severity: ruleset.matcher.find(field.text).length > 0 ? 'critical' : 'medium',
    text: field.text.slice(0, 200),
    start: field.start,
    end: field.end,
    context: showWhole(field.text),
    view: 'strict',
  }));
}

/** So many pupils with their pictures make a page a gallery of children. */
const GALLERY = 5;

function pupilPhotos(reading: HtmlReading): Finding[] {
  const found = findPupilPhotos(reading);
  return found.map(({ start, end, isField, name }) => {
    const part = isField ? reading.fields : reading.body;
    const [from, to] = part.locate(start, end);
    // What is left of it is still found on the page: `*` stands for any character there.
    const mask = (text: string) => text.replaceAll(name, name[0] + '*'.repeat(name.length - 1));
    return {
      rule: 'personal.pupil-photo',
      kind: 'personal-data',
      severity: found.length >= GALLERY ? 'medium' : 'low',
      text: mask(part.text.slice(start, end)),
      start: from,
      end: to,
      context: mask(showContext(part.text, start, end)),
      view: 'strict',
    };
  });
}
