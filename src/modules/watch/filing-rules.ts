/**
 * Filing numbers of the home page against the register (信产部令33号 art. 13: the number at the foot of the home page,
 * linked to the ministry's site; 公安部令33号 art. 12 for the police's). Pure.
 */
import type { SeenFault } from '#findings';
import type { ShownFiling } from './filing-reader.ts';
import { pageFault } from './home-rules.ts';

export interface ShownFilings {
  readonly filings: readonly ShownFiling[];
  /** Links to where filings are kept, wherever they stand in the page. */
  readonly filingLinks: readonly string[];
  /** Not when a part of the page was not seen: then nothing is missing. */
  readonly isWhole: boolean;
}

/** A registered site with its numbers. */
export interface FiledSite {
  readonly id: string;
  readonly unitId: string;
  readonly name: string;
  readonly unitName: string;
  readonly icpNo: string | null;
  readonly policeNo: string | null;
}

export type OwnFiling = Pick<FiledSite, 'id' | 'unitId' | 'icpNo' | 'policeNo'>;

const bare = (number: string) => number.replaceAll(/\s+/g, '').toUpperCase();
/** Of an ICP number: whose it is, without which of its services. */
export const subjectOf = (number: string) => bare(number).replace(/号?(?:-\d+[A-Z]?)?$/, '');
/** Of a police number: its digits; the province is in them. */
export const digitsOf = (number: string) => number.replaceAll(/\D/g, '');
const isFull = (number: string) => /-\d+[A-Z]?$/.test(bare(number));

/**
 * What is wrong with the numbers of a home page. `fleet` holds the sites under whose entry one of the shown numbers
 * stands. A number that the page does not show is missing only when all of it was seen; a site whose number the
 * register does not hold is the register's matter, unless it shows another unit's.
 */
export function judgeFiling(
  url: string,
  shown: ShownFilings,
  own: OwnFiling,
  fleet: readonly FiledSite[],
): SeenFault[] {
  return [...judgeIcp(url, shown, own, fleet), ...judgePolice(url, shown, own, fleet)];
}

type Tell = (rule: string, severity: 'low' | 'medium', text: string, context: string, href?: string) => void;

function collect(url: string): { faults: SeenFault[]; tell: Tell } {
  const faults: SeenFault[] = [];
  const tell: Tell = (rule, severity, text, context, href) =>
    faults.push(
      pageFault(url, { kind: 'filing', rule: `filing.${rule}`, severity, text, context, href: href ?? null }),
    );
  return { faults, tell };
}

const listed = (shown: readonly ShownFiling[]) =>
  [...new Set(shown.map(({ number }) => number))].slice(0, 5).join('、');
const NOT_READ = '（看过网页全部文字、图片说明和框架页；只画在图片里的号码读不出来，请写成文字）';

function judgeIcp(
  url: string,
  shown: ShownFilings,
  own: OwnFiling,
  fleet: readonly FiledSite[],
): SeenFault[] {
  const { faults, tell } = collect(url);
  const numbers = shown.filings.filter(({ kind, number }) => kind === 'icp' && !number.includes('ICP证'));
  const right = numbers.filter(({ number }) => own.icpNo && subjectOf(number) === subjectOf(own.icpNo));
  if (right.length === 0) {
    const strangers = strangersIn(numbers, own, fleet, ({ icpNo }) => icpNo && subjectOf(icpNo), subjectOf);
    for (const { number, site } of strangers)
      tell('icp-foreign', 'medium', number, strangerWords(number, site));
    if (own.icpNo === null || strangers.length > 0) return faults;
    if (numbers.length > 0) {
      tell('icp-differs', 'medium', own.icpNo, `首页写的是 ${listed(numbers)}，登记的是 ${own.icpNo}`);
    } else if (shown.isWhole) tell('icp-missing', 'medium', own.icpNo, `首页没有ICP备案号${NOT_READ}`);
    return faults;
  }
  judgeSuffix(tell, right, own, fleet);
  judgeIcpLink(tell, right, shown.filingLinks, own.icpNo!);
  return faults;
}

/** One subject has many sites: the part behind the dash may be another's. Without it nothing is wrong. */
function judgeSuffix(
  tell: Tell,
  right: readonly ShownFiling[],
  own: OwnFiling,
  fleet: readonly FiledSite[],
): void {
  if (right.some(({ number }) => !isFull(number) || bare(number) === bare(own.icpNo!))) return;
  for (const { number } of right) {
    const other = fleet.find(
      ({ id, icpNo }) => id !== own.id && icpNo !== null && bare(icpNo) === bare(number),
    );
    if (other)
      tell('icp-other-site', 'low', number, `${strangerWords(number, other)}；本站登记的是 ${own.icpNo}`);
  }
}

function judgeIcpLink(
  tell: Tell,
  right: readonly ShownFiling[],
  filingLinks: readonly string[],
  icpNo: string,
): void {
  const links = [...new Set(right.flatMap(({ link }) => (link === null ? [] : [link])))];
  if (links.some((link) => hostOf(link) === 'beian.miit.gov.cn')) return;
  if (links.length > 0) {
    const href = links[0]!;
    const host = hostOf(href) || href;
    const isOld = /(?:^|\.)miitbeian\.gov\.cn$/.test(host);
    const words = isOld ? `${host} 已停用` : `链接到了 ${host}`;
    const severity = isOld || host.endsWith('.gov.cn') ? 'low' : 'medium';
    tell('icp-link-wrong', severity, icpNo, `ICP备案号应链接到 beian.miit.gov.cn，${words}`, href);
  } else if (!filingLinks.some((link) => hostOf(link) === 'beian.miit.gov.cn')) {
    tell('icp-link', 'low', icpNo, 'ICP备案号没有链接到 beian.miit.gov.cn');
  }
}

function judgePolice(
  url: string,
  shown: ShownFilings,
  own: OwnFiling,
  fleet: readonly FiledSite[],
): SeenFault[] {
  const { faults, tell } = collect(url);
  const numbers = shown.filings.filter(({ kind }) => kind === 'police');
  const right = numbers.filter(({ number }) => own.policeNo && digitsOf(number) === digitsOf(own.policeNo));
  if (right.length > 0) {
    const wrong = right.flatMap(({ link }) => (link === null || isPoliceHost(hostOf(link)) ? [] : [link]));
    if (wrong.length > 0 && wrong.length === right.length) {
      const context = `公安备案号应链接到 beian.mps.gov.cn，链接到了 ${hostOf(wrong[0]!) || wrong[0]!}`;
      tell('police-link-wrong', 'low', own.policeNo!, context, wrong[0]!);
    }
    return faults;
  }
  const strangers = strangersIn(
    numbers,
    own,
    fleet,
    ({ policeNo }) => policeNo && digitsOf(policeNo),
    digitsOf,
  );
  for (const { number, site } of strangers) {
    tell('police-foreign', 'medium', number, strangerWords(number, site));
  }
  if (own.policeNo === null || strangers.length > 0) return faults;
  if (numbers.length === 0) {
    if (shown.isWhole) tell('police-missing', 'low', own.policeNo, `首页没有公安备案号${NOT_READ}`);
    return faults;
  }
  const count = digitsOf(numbers[0]!.number).length;
  const counted = count === 14 ? '' : `（应为14位数字，首页写了${count}位）`;
  const context = `首页写的是 ${listed(numbers)}，登记的是 ${own.policeNo}${counted}`;
  tell('police-differs', 'medium', own.policeNo, context);
  return faults;
}

/** Shown numbers that stand in the register for a site of another unit. One's own unit may share its own. */
function strangersIn(
  numbers: readonly ShownFiling[],
  own: OwnFiling,
  fleet: readonly FiledSite[],
  keyOf: (site: FiledSite) => string | null,
  bareOf: (number: string) => string,
): { number: string; site: FiledSite }[] {
  const shared = new Set(fleet.filter(({ unitId }) => unitId === own.unitId).map(keyOf));
  const found = new Map<string, FiledSite>();
  for (const { number } of numbers) {
    const key = bareOf(number);
    const site = fleet.find((one) => one.unitId !== own.unitId && keyOf(one) === key);
    if (site && !shared.has(key)) found.set(number, site);
  }
  return [...found].map(([number, site]) => ({ number, site }));
}

const strangerWords = (number: string, site: FiledSite) =>
  `首页写的 ${number} 登记在 ${site.unitName} 的网站“${site.name}”名下`;
const hostOf = (link: string) => URL.parse(link)?.hostname ?? '';
const isPoliceHost = (host: string) => /(?:^|\.)beian\.(?:mps\.)?gov\.cn$/.test(host);
