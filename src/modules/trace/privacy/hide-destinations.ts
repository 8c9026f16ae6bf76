import { isIP } from 'node:net';
import { parseIp } from '#addresses';

/** Stands for an address that is nobody's who is looked for. */
export const hiddenAddress = '▇▇';

/** Digits with dots, or hexadecimal groups with colons: what may be an address is tried. */
const maybeAddress =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.]*\.\d|\w)/gi;

/** A raw line of a translation without the addresses that are not of `kept`: RFC 6888 REQ-12, for the eye. */
export function hideDestinations(line: string, kept: readonly string[]): string {
  const own = new Set(kept.map((ip) => parseIp(ip)?.text ?? ip));
  return line.replace(maybeAddress, (found) => {
    if (isIP(found) === 0) return found;
    return own.has(parseIp(found)?.text ?? found) ? found : hiddenAddress;
  });
}

const scheme = /\b[a-z][a-z0-9+.-]{0,15}:\/\/[^\s"'<>]+/gi;
/** What follows the method of a request: a URL, a path or `host:port`. */
const target = /(?<=(?:^|[\s"'])(?:[A-Z][A-Z_-]{1,31}) +)(?=[^\s"']*[./:])[^\s"']+/g;
/** `HIER_DIRECT/www.example.org`: by which way, and from whom it was fetched; `TCP_MISS/200` is a status. */
const fetchedFrom = /(?<=\b(?!HTTP\/)[A-Z][A-Z_]+\/)(?!\d{3}\b(?![.:])|-(?:\s|$))[^\s"',;)]+/g;
/** Names of hosts wherever they stand: labels with dots, the last of them no number. */
const host =
  /(?<![\p{L}\p{N}._-])(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?\.)+(?:\p{L}{2,63}|xn--[a-z0-9-]{2,59})(?![\p{L}\p{N}_-])/giu;

/**
 * A raw line of a proxy without what was fetched: pages, hosts and far ends, for the eye. Rather too much is blotted out
 * than too little: the sealed log has the whole line, and the hash beside it is that one's.
 */
export function hideRequests(line: string, kept: readonly string[]): string {
  const blotted = [scheme, target, fetchedFrom].reduce(
    (text, pattern) => text.replace(pattern, hiddenAddress),
    line,
  );
  return hideDestinations(blotted, kept).replace(host, hiddenAddress);
}

/** Links of a chain whose raw lines tell the other end, and what of them is shown when that is not decided otherwise. */
const shownLines: Readonly<Record<string, typeof hideDestinations | undefined>> = {
  nat: hideDestinations,
  block: hideDestinations,
  proxy: hideRequests,
};

/** The raw line of a link as it is shown where destinations are dropped; `kept` are the addresses on the way itself. */
export function withoutFarEnds(kind: string, line: string, kept: readonly string[]): string {
  return shownLines[kind]?.(line, kept) ?? line;
}

/** Addresses in a text of ours: what a link says is of the way itself, and so may stand in its line. */
export function addressesIn(text: string): string[] {
  return [...text.matchAll(maybeAddress)].flatMap(([found]) => parseIp(found)?.text ?? []);
}
