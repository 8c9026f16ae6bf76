/** Addresses with their ports, as texts have them. Pure. */

import { isIPv4, isIPv6 } from 'node:net';
import type { Protocol } from '../engine/facts.ts';

/** What stands where a port would: one number outside 1 to 65535, or several of which none is taken. */
export type PortFault = 'bad_port' | 'port_range';

export interface End {
  readonly ip: string;
  readonly port: number | null;
  readonly fault: PortFault | null;
  /** Where in the line the address begins, and where what belongs to it ends. */
  readonly at: number;
  readonly end: number;
  /** What a word before it says that it is. */
  readonly role: 'source' | 'destination' | null;
}

/** What a browser calls itself (`Chrome/120.0.0.0`) is no address. */
const noProduct = String.raw`(?<!\b(?:Chrome|Edg|EdgA|OPR|Version|Safari|Firefox|QQBrowser|MicroMessenger|curl|Build)\/)`;
const four = String.raw`(?<![\w.:])${noProduct}(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)`;
/** With an IPv4 address at its end (`::ffff:203.0.113.7`) first: else it would be read up to that address's first dot. */
const sixWithFour = String.raw`(?<![\w.:])(?:[0-9a-fA-F]{0,4}:){2,7}(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)`;
const six = String.raw`(?<![\w.:])(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{1,4}|(?=[\]\s,;|]|$))(?![\w:]|\.\d)`;
const address = new RegExp(`\\[?(${sixWithFour}|${six}|${four})\\]?`, 'g');
/** Behind a number: a time, a date or a count begins there, and no port. */
const noPort = String.raw`(?!\d|\s*[年月日号时点時次个台]|[:/.-]\d)`;
/** What stands between an address and its port. */
const portAfter = new RegExp(
  String.raw`^(?::(\d{1,9})(?![\d:])|: (\d{1,9})${noPort}|\s*[,;(]?\s*的?(?:源|源的|公网|外网|source|src|client)?\s*(?:端口号?|port|sport|spt)\s*(?:号|为|是|number)?\s*[:=]?\s*(\d{1,9})(?!\d)|[ \t]*[,;|\t ][ \t]*(\d{1,5})(?=[ \t]*(?:[,;|\t ]|$))(?!\s*(?:年|月|\d{1,2}:|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b)))`,
  'i',
);
/** `20000-20100`, `20000、20001`: more ports than one, of which none may be taken for the others. */
const morePorts =
  /^\s*(?:(?:-{1,2}|~|—+|–|至|到|、|\/|和|及|与|或)\s*\d{1,5}(?!\d|[年月日时点時:./-])|[,;]\s*\d{4,5}(?=\s*(?:[,;。、]|$)))/;
/** `203.0.113.1-20`: a range of addresses. One of them alone says something else. */
const moreAddresses =
  /^\s*(?:-{1,2}|~|—+|–|至|到)\s*(\d{1,3}(?:\.\d{1,3}){3}(?![\d:])|\d{1,3}(?![\d:年月日时点時./-]))/;

/** Addresses in brackets against clicking: `203[.]0[.]113[.]7`. */
export function refang(text: string): string {
  return text.replace(/\[\.\]|\(\.\)|\[dot\]/gi, '.').replace(/\[:\]/g, ':');
}

/** A label and its colon (`src:2001:db8::1`): what has a letter beyond `f` is no part of an address. */
const label = /([g-zG-Z_\u0080-\uffff][A-Za-z_]*):(?=[0-9a-fA-F:[])/g;

export function findEnds(line: string): End[] {
  const found: End[] = [];
  let from = 0;
  for (const match of line.replace(label, '$1 ').matchAll(address)) {
    const ip = match[1]!;
    if (match.index < from || !(isIPv4(ip) || isIPv6(ip))) continue;
    const after = match.index + match[0].length;
    const range = moreAddresses.exec(line.slice(after, after + 40));
    if (range) from = after + range[0].length;
    if (range || isMask(line, match.index, match[0])) continue;
    found.push({
      ip: ip.toLowerCase(),
      at: match.index,
      ...portBehind(line, after),
      role: roleOf(line.slice(Math.max(0, match.index - 24), match.index)),
    });
  }
  return found;
}

function portBehind(line: string, after: number): Pick<End, 'port' | 'fault' | 'end'> {
  const port = portAfter.exec(line.slice(after, after + 40));
  if (!port) return { port: null, fault: null, end: after };
  const [, joined, spaced, named, bare] = port;
  const end = after + port[0].length;
  const read = portOf(joined ?? spaced ?? named ?? bare!, line.slice(end, end + 12));
  // A number that stands behind an address without a word is not called a port.
  if (read.fault === 'bad_port' && (bare ?? spaced) !== undefined)
    return { port: null, fault: null, end: after };
  return { ...read, end };
}

function portOf(digits: string, behind: string): Pick<End, 'port' | 'fault'> {
  const number = Number(digits);
  if (number < 1 || number > 65535) return { port: null, fault: 'bad_port' };
  return morePorts.test(behind) ? { port: null, fault: 'port_range' } : { port: number, fault: null };
}

/** `10.0.0.0/8` is a network, not an address that did something. */
function isMask(line: string, at: number, text: string): boolean {
  return /^\/\d/.test(line.slice(at + text.length));
}

const farWords = '目的|目标|对端|对方|远端|被攻击|服务器|受害|dst|dest(?:ination)?|target|server|peer';

function roleOf(before: string): End['role'] {
  const near = before.split(/[,，;；。|]|->|→|\d\s/).at(-1)!;
  if (new RegExp(`(?:${farWords}|(?:^|\\s)to)[^A-Za-z]{0,12}(?:ip|address)?[^A-Za-z]{0,4}$`, 'i').test(near))
    return 'destination';
  if (
    /(?:源|来源|攻击者?|公网|外网|出口|src|source|attacker|client|from|offender)[^A-Za-z]{0,12}(?:ip|address)?[^A-Za-z]{0,4}$/i.test(
      near,
    )
  )
    return 'source';
  return null;
}

/** A port that stands apart from its address. */
export interface LonePort extends Pick<End, 'port' | 'fault' | 'at' | 'end'> {
  readonly isFar: boolean;
}

const ownLabel = String.raw`(?:源|公网|外网|来源|src|source|client)?[ _-]?(?:端口号?|port|sport|spt)\s*(?:号|为|是)?`;
const farLabel = String.raw`(?:${farWords}|服务|dst|dest\w*)[ _-]?(?:的)?(?:端口号?|port)\s*(?:号|为|是)?`;
const labelled = [
  { isFar: true, pattern: new RegExp(String.raw`${farLabel}\s*[:=]?\s*(\d{1,9})(?!\d)`, 'i') },
  { isFar: false, pattern: new RegExp(String.raw`(?:^|[\s,;(])${ownLabel}\s*[:=]\s*(\d{1,9})(?!\d)`, 'i') },
  { isFar: false, pattern: new RegExp(String.raw`^\s*${ownLabel}\s*(\d{1,9})(?!\d)\s*[,;。]?\s*$`, 'i') },
];

/** The first port with its label in a line, of the one that did something and of the far end. */
export function findPorts(line: string): LonePort[] {
  const found: LonePort[] = [];
  for (const { isFar, pattern } of labelled) {
    const match = pattern.exec(line);
    if (!match || found.some((one) => one.isFar === isFar || match.index < one.end)) continue;
    const end = match.index + match[0].trimEnd().length;
    found.push({ ...portOf(match[1]!, line.slice(end, end + 12)), at: match.index, end, isFar });
  }
  return found;
}

/** "GRE" and "ESP" in capitals only: an address of a school may hold the word. */
const protocolWords: readonly [Protocol, RegExp][] = [
  ['tcp', /\btcp\b/i],
  ['udp', /\budp\b/i],
  ['icmp', /\bicmp(?:v6)?\b|\bping\b/i],
  ['gre', /\bGRE\b/],
  ['esp', /\bESP\b|\bIPsec\b/],
];

export function findProto(line: string): Protocol | null {
  const named = protocolWords.filter(([, word]) => word.test(line));
  return named.length === 1 ? named[0]![0] : null;
}
