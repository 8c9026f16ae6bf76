/** Personal numbers in what a page's source has beside its text: addresses, fields, comments, data of scripts. */
import { isIdNumber, isMobile, type PersonalHit } from './personal-data.ts';
import { EMAIL, PRIVATE_MAIL } from './personal-text.ts';

const ID = /(?<![0-9A-Za-z.])[1-9]\d{16}[\dXx](?![0-9A-Za-z]|\.\d)/g;
const MOBILE = /(?<![0-9A-Za-z.])1[3-9]\d{9}(?![0-9A-Za-z])/g;
/** What stands before a mobile: `tel:` or the name of a field for it. */
const MOBILE_NAME =
  /(?:\btel:|["'\s](?:\w{0,12}(?:phone|mobile|tel|cell)|sjh?m?|lxdh|shouji|dianhua|手机|电话)\w{0,8}["']?\s{0,3}[:=]\s{0,3}["']?)(?:\+?86-?)?$/i;
const MAILTO = /mailto:([^"'?\s>]{5,80})/gi;

/** Finds them all; offsets are those of the source. */
export function findInSource(html: string): PersonalHit[] {
  const hits: PersonalHit[] = [];
  for (const { 0: number, index: start } of html.matchAll(ID)) {
    const upper = number.toUpperCase();
    if (isIdNumber(upper)) hits.push({ kind: 'id-card', start, end: start + number.length, number: upper });
  }
  for (const { 0: number, index: start } of html.matchAll(MOBILE)) {
    if (isMobile(number) && MOBILE_NAME.test(html.slice(Math.max(0, start - 40), start)))
      hits.push({ kind: 'mobile', start, end: start + number.length, number });
  }
  if (html.includes('mailto:')) {
    for (const match of html.matchAll(MAILTO)) {
      const [whole, mail] = match as unknown as [string, string];
      const end = match.index + whole.length;
      if (PRIVATE_MAIL.test(mail) && mail.search(EMAIL) === 0)
        hits.push({ kind: 'email', start: end - mail.length, end, number: mail });
    }
  }
  return hits.sort((a, b) => a.start - b.start);
}
