/** One text, all rules that need nothing but text. */
import type { Finding, Severity, Suppressed } from './contract.ts';
import { isQuoted, type Layout } from './page-evidence.ts';
import {
  findPersonalData,
  maskNumber,
  maskPersonalData,
  type PersonalHit,
  type PersonalKind,
} from './personal-data.ts';
import { overlapsAny } from './ranges.ts';
import type { Ruleset } from './ruleset.ts';
import { findSecrecyMarks, type SecrecyMark } from './secrecy.ts';
import type { TermHit, Told } from './term-matcher.ts';

export interface Findings {
  readonly findings: Finding[];
  readonly suppressed: Suppressed[];
  /** Every identity number that was found, unmasked: for counting distinct ones, never to be shown or kept. */
  readonly idNumbers: string[];
}

export interface ScannedText extends Findings {
  /** How many different strong words of prevention the text has. */
  readonly lesson: () => number;
  /** Whether words of an offer stand beside a finding of this text. */
  readonly isOffered: (finding: Finding) => boolean;
}

const scale: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];

const secrecySeverity = ({ isExam, hasPeriod }: SecrecyMark): Severity =>
  isExam ? 'medium' : hasPeriod ? 'critical' : 'high';

/** The severity that is `steps` higher, at most critical, at least info. */
export function raise(severity: Severity, steps: number): Severity {
  return scale[Math.min(scale.length - 1, Math.max(0, scale.indexOf(severity) + steps))]!;
}

const tierSeverity = { ban: 'high', context: 'medium', review: 'low' } as const;
const personalSeverity: Record<PersonalKind, Severity> = {
  'id-card': 'high',
  'bank-card': 'medium',
  'id-card-15': 'high',
  'id-card-truncated': 'medium',
  'id-card-weak-mask': 'low',
  passport: 'medium',
  'student-number': 'medium',
  'score-list': 'medium',
  mobile: 'low',
  landline: 'low',
  address: 'low',
  email: 'info',
};

/**
 * Terms, personal data and secrecy marks of a text; offsets are UTF-16 units of that text. `layout` says what of it is
 * hidden, a link or a menu.
 */
export function scanText(text: string, ruleset: Ruleset, layout?: Layout): ScannedText {
  const judged = ruleset.matcher.judge(text, layout);
  const disguised = disguisedCategories(judged.hits);
  const written = new Set(judged.hits.filter((hit) => !isBySound(hit)).map((hit) => hit.term));
  const offered = new Set<Finding>();
  const tell = (hit: TermHit) => {
    const severity = termSeverity(text, hit, written, disguised);
    const finding = termFinding(text, hit, severity, ruleset.listOf(hit.term));
    if (hit.isOffer) offered.add(finding);
    return finding;
  };
  const findings: Finding[] = longestOf(judged.hits.map(tell));
  const suppressed: Suppressed[] = judged.suppressed.map(({ hit, reason }) => ({ ...tell(hit), reason }));
  const isTold = tellsOf(findings.filter(({ severity }) => severity !== 'info' && severity !== 'low'));
  for (const { reason, ...offer } of judged.offers) {
    const finding = offerFinding(text, offer);
    if (reason) suppressed.push({ ...finding, reason });
    else if (!isTold(offer)) findings.push(finding);
  }
  const idNumbers: string[] = [];
  for (const hit of findPersonalData(text)) {
    if (hit.kind.startsWith('id-card') && hit.kind !== 'id-card-weak-mask') idNumbers.push(hit.number);
    else if (hit.kind === 'student-number' && hit.number.length === 19) idNumbers.push(hit.number.slice(1));
    findings.push(personalFinding(text, hit));
  }
  for (const mark of findSecrecyMarks(text)) {
    findings.push({
      rule: 'secrecy.mark',
      kind: 'secrecy',
      // Between quotation marks it is spoken of: 标有“机密★10年”字样.
      severity: mark.isTaught || isQuoted(text, mark.start, mark.end) ? 'low' : secrecySeverity(mark),
      text: text.slice(mark.start, mark.end),
      start: mark.start,
      end: mark.end,
      context: showContext(text, mark.start, mark.end),
      view: 'strict',
    });
  }
  return {
    findings: findings.sort((a, b) => a.start - b.start || a.end - b.end),
    suppressed,
    idNumbers,
    lesson: judged.lesson,
    isOffered: (finding) => offered.has(finding),
  };
}

/**
 * Without the terms that lie wholly inside a longer one of their category that is no less severe: 百家乐 in 真人百家乐 is
 * told once, by its longest name. What a longer term says less of (found by its sound, in passing) stays beside it.
 */
function longestOf(findings: readonly Finding[]): Finding[] {
  const outer = new Map<string, Finding[]>();
  const inOrder = [...findings].sort(
    (a, b) => a.start - b.start || b.end - a.end || scale.indexOf(b.severity) - scale.indexOf(a.severity),
  );
  return inOrder.filter((one) => {
    const category = one.category ?? '';
    const open = (outer.get(category) ?? []).filter(({ end }) => end > one.start);
    const isInside = open.some(
      (longer) =>
        longer.end >= one.end &&
        longer.end - longer.start > one.end - one.start &&
        scale.indexOf(longer.severity) >= scale.indexOf(one.severity),
    );
    if (!isInside) open.push(one);
    outer.set(category, open);
    return !isInside;
  });
}

/** What is told of a personal number in a text. */
export const personalFinding = (text: string, { kind, start, end }: PersonalHit): Finding => ({
  rule: `personal.${kind}`,
  kind: 'personal-data',
  severity: personalSeverity[kind],
  text: maskNumber(text.slice(start, end)),
  ...{ start, end, context: showContext(text, start, end), view: 'strict' },
});

const isBySound = ({ view }: TermHit) => view === 'pinyin' || view === 'latin';

/** Categories of which two different terms are there by their sound: one may be chance, two are a disguise. */
function disguisedCategories(hits: readonly TermHit[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  const twice = new Set<string>();
  for (const { term } of hits.filter(isBySound)) {
    const known = first.get(term.category);
    if (known === undefined) first.set(term.category, term.term);
    else if (known !== term.term) twice.add(term.category);
  }
  return twice;
}

function termFinding(text: string, hit: TermHit, severity: Severity, list: string | undefined): Finding {
  const found = text.slice(hit.start, hit.end);
  return {
    rule: `term.${hit.term.category}`,
    kind: 'term',
    severity,
    text: found,
    start: hit.start,
    end: hit.end,
    context: showContext(text, hit.start, hit.end),
    view: hit.view,
    category: hit.term.category,
    term: hit.term.term,
    ...(list === undefined ? {} : { list }),
  };
}

/** Tells whether a finding of an offer's category lies in it; of any category where the offer names no trade. */
function tellsOf(told: readonly Finding[]): (offer: Told) => boolean {
  const lists = new Map<string, (offer: Told) => boolean>();
  return (offer) => {
    const { category } = offer;
    let isIn = lists.get(category);
    if (!isIn) {
      isIn = overlapsAny(category === 'soliciting' ? told : told.filter((one) => one.category === category));
      lists.set(category, isIn);
    }
    return isIn(offer);
  };
}

/** Offers that may be a trade of any kind: less certain than those that name theirs. */
const UNSPECIFIC: ReadonlySet<string> = new Set(['commerce', 'soliciting']);

function offerFinding(text: string, { category, start, end, hasContact, isHint }: Told): Finding {
  return {
    rule: `offer.${category}`,
    kind: 'term',
    severity: isHint ? 'low' : hasContact && !UNSPECIFIC.has(category) ? 'high' : 'medium',
    text: text.slice(start, Math.min(end, start + 80)),
    ...{ start, end, context: showContext(text, start, end), view: 'strict', category },
  };
}

/** A sound alone is for a human (low) unless the text has the term in another view too; so is what is named in passing. */
function termSeverity(
  text: string,
  hit: TermHit,
  written: ReadonlySet<TermHit['term']>,
  disguised: ReadonlySet<string>,
): Severity {
  if (isBySound(hit) && !written.has(hit.term)) return disguised.has(hit.term.category) ? 'medium' : 'low';
  const tier = tierSeverity[hit.term.tier];
  if (hit.isAside && hit.view === 'strict') return 'low';
  const offered = hit.isOffer && hit.term.tier === 'context' ? raise(tier, 1) : tier;
  if (hit.view === 'split') return raise(offered, 1);
  if (hit.view !== 'skip') return offered;
  const found = text.slice(hit.start, hit.end);
  if (!hit.isOffer && isEnumerated(found)) return 'low';
  return raise(offered, evasion(found, hit.term.term));
}

/** Two words of a list with one ordinary sign between (买卖论文、代写代发), not a word that signs were put into. */
const isEnumerated = (found: string): boolean =>
  /^[^\p{P}\p{S}\s]+[、，；。：,;“”‘’「」《》]{1,3}\s?[^\p{P}\p{S}\s]+$/u.test(found);

/**
 * What inserted signs say: zero-width signs, emoji and symbols are put there to evade (+1); spaces are layout (0);
 * ordinary punctuation inside a word of two characters is usually a border between phrases (-1).
 */
function evasion(found: string, term: string): number {
  const inserted = found.replace(/[\p{L}\p{N}]/gu, '');
  if (/[^\s，。、；：！？,.;:!?"'“”‘’（）()《》\-—]/u.test(inserted)) return 1;
  if (/^\s*$/.test(inserted)) return 0;
  return term.length <= 2 ? -1 : 0;
}

/** About 24 characters on either side, on one line, personal numbers and other long ones masked. */
export function showContext(text: string, start: number, end: number): string {
  const reach = 24;
  // Read wider than shown: a number that the border cuts must be recognised to be masked.
  const from = Math.max(0, start - reach - 48);
  const shownEnd = Math.min(text.length, Math.min(end, start + 200) + reach);
  const masked = maskPersonalData(text.slice(from, shownEnd + 48));
  return masked
    .replace(/[0-9０-９]{11,}/g, maskNumber)
    .slice(Math.max(0, start - reach) - from, shownEnd - from)
    .replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '')
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .trim();
}
