/** Pure decisions about websites. */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPublicAddress } from '#base/outbound/addresses';
import { icpNo, policeNo, resolveTo } from './contract.ts';

/** A site's address as it is registered. */
export interface SiteAddress {
  /** Normalised (WHATWG URL): what the crawler starts from. */
  readonly url: string;
  /** Host with port when it is not the scheme's own; lower case, IDN as punycode. */
  readonly host: string;
}

/** Reads an http(s) URL without user name and fragment; undefined when it is none. */
export function parseSiteUrl(text: string): SiteAddress | undefined {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname || text.length > 500) return undefined;
  if (url.username || url.password) return undefined;
  url.hash = '';
  // A trailing dot names the same host (RFC 1034 §3.1).
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.replace(/\.$/, '');
  return isHostName(url.hostname) ? { url: url.href, host: url.host } : undefined;
}

/** An address, or a name of labels of 1 to 63 characters (RFC 1035 §2.3.4); `_` stands in names that are in use. */
const isHostName = (name: string): boolean =>
  name.startsWith('[') ||
  (name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_-]{1,63}$/.test(label)));

/** Whether `text` is ADDRESS or ADDRESS:PORT (IPv6 in brackets), with numbers that exist. */
export function isResolveTo(text: string): boolean {
  if (!resolveTo.safeParse(text).success) return false;
  const parts = /^(?:\[([0-9a-fA-F:]+)\]|([\d.]+))(?::(\d+))?$/.exec(text);
  if (!parts) return false;
  const [, six, four, port] = parts;
  if (isIP(six ?? four ?? '') !== (six ? 6 : 4)) return false;
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65535);
}

export const isIcpNo = (text: string): boolean => icpNo.safeParse(text).success;
export const isPoliceNo = (text: string): boolean => policeNo.safeParse(text).success;

/** The registered crawl address as an allow list for fetches: this very host and no other (rule 11). */
export function allowedAddressOf(site: {
  url: string;
  resolve_to: string | null;
}): { host: string; address: string; port?: number }[] {
  const parts = /^(?:\[([0-9a-fA-F:]+)\]|([\d.]+))(?::(\d+))?$/.exec(site.resolve_to ?? '');
  const address = parts?.[1] ?? parts?.[2];
  if (!address) return [];
  return [{ host: new URL(site.url).hostname, address, ...(parts?.[3] && { port: Number(parts[3]) }) }];
}

/** Where no website is: "this" network, link-local (cloud machines keep secrets there), multicast, reserved (RFC 6890). */
const nowhere = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  nowhere.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['::', 96],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  nowhere.addSubnet(network, bits, 'ipv6');
}
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * What a site's address reaches as far as it says so itself: the internet (names too: where they lead is looked at with
 * every visit), something inside (the network, this machine), or nothing that may be a website. Its crawl address
 * (`isResolveTo`) counts, without one the host of its URL. `ownPorts` are those on which this system itself listens.
 */
export function reachOf(
  site: { url: string; resolveTo: string | null },
  ownPorts: readonly number[],
): 'public' | 'inside' | 'nowhere' {
  const [allowed] = site.resolveTo
    ? allowedAddressOf({ url: site.url, resolve_to: site.resolveTo })
    : [literalAddressOf(site.url)];
  if (!allowed) return site.resolveTo ? 'nowhere' : 'public';
  const { address, port } = allowed;
  if (isPublicAddress(address)) return 'public';
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const isHere = loopback.check(address, family);
  if (!isHere && nowhere.check(address, family)) return 'nowhere';
  const url = new URL(site.url);
  const asked = port ?? Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return ownPorts.includes(asked) && isOwnAddress(address) ? 'nowhere' : 'inside';
}

/** The address that a URL's host is itself, as `localhost` and names below it are (RFC 6761 §6.3). */
function literalAddressOf(url: string): { address: string; port?: number } | undefined {
  const name = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  if (/^(?:.+\.)?localhost$/.test(name)) return { address: '127.0.0.1' };
  return isIP(name) === 0 ? undefined : { address: name };
}

const isOwnAddress = (address: string): boolean =>
  loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') ||
  Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address));
