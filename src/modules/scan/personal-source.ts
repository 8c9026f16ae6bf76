/** Personal numbers in what a page's source has beside its text: addresses, fields, comments, data of scripts. */
import { isIdNumber, isMobile, type PersonalHit } from './personal-data.ts';
import { EMAIL, PRIVATE_MAIL } from './personal-text.ts';

const ID = /(?<![0-9A-Za-z.])[1-9]\d{16}[\dXx](?![0-9A-Za-z]|\.\d)/g;
/** A mobile stands behind `tel:` or the name of a field for it. */
const MOBILE =
  /(?:\btel:|["'\s](?:\w{0,12}(?:phone|mobile|tel|cell)|sjh?m?|lxdh|shouji|dianhua|手机|电话)\w{0,8}["']?\s{0,3}[:=]\s{0,3}["']?)(?:\+?86-?)?(1[3-9]\d{9})(?!\d)/gi;
const MAILTO = /mailto:([^"'?\s>]{5,80})/gi;

/** Finds them all; offsets are those of the source. */
export function findInSource(html: string): PersonalHit[] {
  const hits: PersonalHit[] = [];
  for (const { 0: number, index: start } of html.matchAll(ID)) {
    const upper = number.toUpperCase();
    if (isIdNumber(upper)) hits.push({ kind: 'id-card', start, end: start + number.length, number: upper });
  }
  const addEnd = (kind: PersonalHit['kind'], match: RegExpMatchArray) => {
    const end = match.index! + match[0].length;
    hits.push({ kind, start: end - match[1]!.length, end, number: match[1]! });
  };
  for (const match of html.matchAll(MOBILE)) if (isMobile(match[1]!)) addEnd('mobile', match);
  if (html.includes('mailto:')) {
    for (const match of html.matchAll(MAILTO)) {
      if (PRIVATE_MAIL.test(match[1]!) && match[1]!.search(EMAIL) === 0) addEnd('email', match);
    }
  }
  return hits.sort((a, b) => a.start - b.start);
}
