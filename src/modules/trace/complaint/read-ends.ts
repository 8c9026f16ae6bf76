/** Addresses with their ports, as texts have them. Pure. */

import { isIPv4, isIPv6 } from 'node:net';
import type { Protocol } from '../engine/facts.ts';

export interface End {
  readonly ip: string;
  readonly port: number | null;
  /** Where in the line the address begins, and where what belongs to it ends. */
  readonly at: number;
  readonly end: number;
  /** What a word before it says that it is. */
  readonly role: 'source' | 'destination' | null;
}

const four = String.raw`(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)`;
const six = String.raw`(?<![\w.:])(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{1,4}|(?:\d{1,3}\.){3}\d{1,3}|(?=[\]\s,;|]|$))(?![\w:])`;
const address = new RegExp(`\\[?(${six}|${four})\\]?`, 'g');
/** What stands between an address and its port. */
const portAfter =
  /^(?::(\d{1,5})(?![\d:])|\s*[,，;；(（]?\s*(?:源|源的|公网|外网|source|src|client)?\s*(?:端口号?|port|sport|spt)\s*(?:号|为|是|number)?\s*[:：=]?\s*(\d{1,5})(?!\d)|[ \t]*[,;|\t ][ \t]*(\d{1,5})(?=[ \t]*(?:[,;|\t ]|$))(?!\s*(?:年|月|\d{1,2}:)))/i;

/** Addresses in brackets against clicking: `203[.]0[.]113[.]7`. */
export function refang(text: string): string {
  return text.replace(/\[\.\]|\(\.\)|\[dot\]/gi, '.').replace(/\[:\]/g, ':');
}

/** A label and its colon (`src:2001:db8::1`): what has a letter beyond `f` is no part of an address. */
const label = /([g-zG-Z_\u0080-\uffff][A-Za-z_]*):(?=[0-9a-fA-F:[])/g;

export function findEnds(line: string): End[] {
  const found: End[] = [];
  for (const match of line.replace(label, '$1 ').matchAll(address)) {
    const ip = match[1]!;
    if (!(isIPv4(ip) || isIPv6(ip)) || isMask(line, match.index, match[0])) continue;
    const after = match.index + match[0].length;
    const port = portAfter.exec(line.slice(after, after + 40));
    const number = Number(port?.[1] ?? port?.[2] ?? port?.[3] ?? 0);
    const isPort = number >= 1 && number <= 65535;
    found.push({
      ip: ip.toLowerCase(),
      port: isPort ? number : null,
      at: match.index,
      end: after + (isPort ? port![0].length : 0),
      role: roleOf(line.slice(Math.max(0, match.index - 24), match.index)),
    });
  }
  return found;
}

/** `10.0.0.0/8` is a network, not an address that did something. */
function isMask(line: string, at: number, text: string): boolean {
  return /^\/\d/.test(line.slice(at + text.length));
}

function roleOf(before: string): End['role'] {
  const near = before.split(/[,，;；。|]|->|→|\d\s/).at(-1)!;
  if (
    /(?:目的|目标|被攻击|服务器|受害|dst|dest(?:ination)?|target|server|(?:^|\s)to)[^A-Za-z]{0,12}(?:ip|address)?[^A-Za-z]{0,4}$/i.test(
      near,
    )
  )
    return 'destination';
  if (
    /(?:源|来源|攻击者?|公网|外网|出口|src|source|attacker|client|from|offender)[^A-Za-z]{0,12}(?:ip|address)?[^A-Za-z]{0,4}$/i.test(
      near,
    )
  )
    return 'source';
  return null;
}

const labelled =
  /(?:^|[\s,，;；(（])(?:源|公网|外网|来源|src|source|client)?[ _-]?(?:端口号?|port|sport|spt)\s*(?:号|为|是)?\s*[:：=]\s*(\d{1,5})(?!\d)/i;

/** A port that stands in a line of its own, with its label. */
export function findPort(line: string): number | null {
  if (/(?:目的|目标|dst|dest\w*|服务)[ _-]?(?:端口|port)/i.test(line)) return null;
  const number = Number(labelled.exec(line)?.[1] ?? 0);
  return number >= 1 && number <= 65535 ? number : null;
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
