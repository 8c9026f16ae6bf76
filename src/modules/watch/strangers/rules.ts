/** Websites that nobody registered: whose they are, and what an answer of theirs means. Pure. */
import { isIP } from 'node:net';
import type { OutboundResult } from '#base/outbound';
import { twinOf } from '../rules.ts';

/** A registered website, as far as it says which names and addresses are known. */
export interface KnownSite {
  readonly host: string;
  readonly unitId: string;
  readonly unitPath: string;
  readonly unitName: string;
}

export interface Owner {
  readonly unitId: string;
  readonly unitPath: string;
  readonly unitName: string;
  /** The domain or range that makes it the unit's. */
  readonly by: string;
}

const nameOf = (host: string) => host.replace(/:\d+$/, '');
const isName = (name: string) => isIP(name.replace(/^\[|\]$/g, '')) === 0 && name.includes('.');

/**
 * Domains whose names are a unit's own: those of its registered websites, without `www.`. Not the domain above them: of
 * `school.hosting.example` only what lies below that name is the school's.
 */
export function domainsOf(sites: readonly KnownSite[]): Map<string, Owner> {
  const domains = new Map<string, Owner>();
  for (const { host, unitId, unitPath, unitName } of sites) {
    const name = nameOf(host);
    if (!isName(name)) continue;
    const base = name.replace(/^www\./, '');
    if (base.includes('.')) domains.set(base, { unitId, unitPath, unitName, by: base });
  }
  return domains;
}

/** The unit below whose domain a name lies: of several, the longest domain's. */
export function ownerOf(name: string, domains: ReadonlyMap<string, Owner>): Owner | undefined {
  const labels = name.split('.');
  for (let at = 0; at < labels.length - 1; at++) {
    const owner = domains.get(labels.slice(at).join('.'));
    if (owner) return owner;
  }
  return undefined;
}

/** Names that are registered, with and without `www.`, whatever the port. */
export function registeredNames(sites: readonly Pick<KnownSite, 'host'>[]): Set<string> {
  return new Set(sites.flatMap(({ host }) => [nameOf(host), twinOf(nameOf(host))]));
}

/** What an address says of itself: a website, nothing of the kind, or nothing that can be judged. */
export type Told =
  | { readonly is: 'site'; readonly status: number; readonly title: string }
  | { readonly is: 'none'; readonly reason: string }
  | { readonly is: 'unseen'; readonly reason: string };

/**
 * Judges an answer. A page, or a door that wants a password, is a website; one that leads on to a registered or to a
 * foreign name is none of its own; no answer is none; an address that we do not ask, or a server's own trouble, is unseen.
 */
export function judgeStranger(asked: string, answer: OutboundResult, registered: ReadonlySet<string>): Told {
  const { error, status } = answer;
  const reached = URL.parse(answer.finalUrl)?.hostname ?? '';
  if (answer.exchanges.length > 0 && registered.has(reached))
    return { is: 'none', reason: `转到已登记的 ${reached}` };
  if (error) {
    const isUnseen = ['outbound.forbidden_address', 'outbound.aborted'].includes(error.code);
    return { is: isUnseen ? 'unseen' : 'none', reason: error.code };
  }
  const own = nameOf(URL.parse(asked)?.hostname ?? '');
  if (reached !== own && reached !== twinOf(own)) return { is: 'none', reason: `转到 ${reached}` };
  if (status >= 500) return { is: 'unseen', reason: `状态码 ${status}` };
  if (status === 404 || status === 410) return { is: 'none', reason: `状态码 ${status}` };
  const isPage = status >= 200 && status < 300 && /html|^$/.test(answer.headers['content-type'] ?? '');
  if (isPage || status === 401 || status === 403) return { is: 'site', status, title: titleOf(answer) };
  return { is: 'none', reason: `状态码 ${status}` };
}

/** The title as far as it can be read at once; a page in another charset is told without. */
function titleOf({ body }: OutboundResult): string {
  const text = Buffer.from(body.subarray(0, 16_384)).toString('utf8');
  const title = /<title[^>]{0,200}>([^<]{1,200})/i.exec(text)?.[1] ?? '';
  return title.includes('\ufffd') ? '' : title.replaceAll(/\s+/g, ' ').trim();
}

/** Addresses of a range that may be a host's, in order, from `from` on: not the network's and the broadcast address. */
export function addressesFrom(
  cidr: string,
  from: string,
  count: number,
): { addresses: string[]; next: string | null } {
  const [net = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const first = toNumber(net);
  const [low, high] = size > 2 ? [first + 1, first + size - 2] : [first, first + size - 1];
  const begin = Math.max(low, toNumber(from));
  const end = Math.min(high, begin + count - 1);
  const addresses = Array.from({ length: Math.max(0, end - begin + 1) }, (_, at) => toAddress(begin + at));
  return { addresses, next: end >= high ? null : toAddress(end + 1) };
}

const toNumber = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (number: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
