/** Where a site's name leads, asked of a name server of our choice. */

import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from '#base/outbound/addresses';
import type { SiteFacts } from '../contract.ts';
import { inBoth } from '../reason-words.ts';
import { twinOf } from '../rules.ts';
import { type Look, type Remark, unread } from './look.ts';

export type NameFacts = NonNullable<SiteFacts['dns']>;

export interface NameTerms {
  /** Name servers, `ADDRESS` or `ADDRESS:PORT`; the system's when there are none. */
  readonly servers: readonly string[];
  /** Where the name led when it was first looked at. */
  readonly before: NameFacts | undefined;
  /** Of these addresses, those that the registers know as this site's: its server, its unit's ranges. */
  readonly registered: (addresses: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Whether the register says at all where the site stands. */
  readonly hasPlace: boolean;
  /** The twin (with or without `www.`) is a registered site of its own. */
  readonly twinRegistered: boolean;
  readonly timeoutMs?: number;
}

const CHAIN_MAX = 8;

/** Looks a host up. A name server that does not answer leaves everything unread; one that says no is an answer. */
export async function lookUpNames(host: string, terms: NameTerms): Promise<Look<NameFacts>> {
  if (isIP(host.replace(/^\[|\]$/g, '')))
    return unread(inBoth('网址里写的是 IP 地址，没有域名', 'The address is an IP address, not a name'));
  const resolver = new Resolver({ timeout: terms.timeoutMs ?? 3000, tries: 2 });
  if (terms.servers.length > 0) resolver.setServers(terms.servers);
  const chain = await followAliases(resolver, host);
  if ('failure' in chain) return unread(noNames(chain.failure));
  const last = chain.names.at(-1) ?? host;
  const [four, six, zone] = await Promise.all([
    ask(() => resolver.resolve4(last)),
    ask(() => resolver.resolve6(last)),
    // An alias has no authority of its own (RFC 1034 §3.6.2): its zone begins above.
    zoneOf(resolver, chain.names.length > 0 ? host.slice(host.indexOf('.') + 1) : host),
  ]);
  const mute = [four, six].find((one) => one.state === 'silent');
  if (mute) return unread(noNames(mute.code));
  const facts: NameFacts = {
    addresses: [...(four.value ?? []), ...(six.value ?? [])].sort(),
    cname: chain.names,
    ...(zone ?? { ns: terms.before?.ns ?? [], soa: terms.before?.soa ?? null }),
  };
  const remarks = [
    ...(chain.dangling ? [dangling(host, chain.dangling)] : []),
    ...privateOnes(host, facts.addresses),
    ...(await strangers(host, facts, terms)),
    ...(await twinElsewhere(resolver, host, facts, terms)),
  ];
  return { facts, remarks, unread: null };
}

const noNames = (code: string) =>
  inBoth(`域名服务器没有应答（${code}）`, `The name server did not answer (${code})`);

interface Told<T> {
  /** `none`: the server says that there is nothing; `silent`: it says nothing. */
  readonly state: 'found' | 'none' | 'missing' | 'silent';
  readonly code: string;
  readonly value?: T;
}

async function ask<T>(question: () => Promise<T>): Promise<Told<T>> {
  try {
    return { state: 'found', code: '', value: await question() };
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA') return { state: 'none', code };
    return { state: code === 'ENOTFOUND' ? 'missing' : 'silent', code };
  }
}

async function followAliases(
  resolver: Resolver,
  host: string,
): Promise<{ names: string[]; dangling: string | null } | { failure: string }> {
  const names: string[] = [];
  for (let name = host; names.length < CHAIN_MAX; ) {
    const answer = await ask(() => resolver.resolveCname(name));
    if (answer.state === 'silent') return { failure: answer.code };
    const next = answer.value?.[0]?.toLowerCase();
    if (next === undefined) {
      // An alias whose target does not exist can be taken over by whoever registers that target.
      const isDangling = names.length > 0 && answer.state === 'missing';
      return { names, dangling: isDangling ? name : null };
    }
    if (names.includes(next)) return { names, dangling: null };
    names.push(next);
    name = next;
  }
  return { names, dangling: null };
}

/** Name servers and authority of the zone that the host lies in; undefined: not told. */
async function zoneOf(
  resolver: Resolver,
  host: string,
): Promise<{ ns: string[]; soa: string | null } | undefined> {
  const labels = host.split('.');
  for (let at = 0; at < labels.length - 1; at++) {
    const zone = labels.slice(at).join('.');
    const soa = await ask(() => resolver.resolveSoa(zone));
    if (soa.state === 'silent') return undefined;
    if (!soa.value) continue;
    const ns = await ask(() => resolver.resolveNs(zone));
    if (ns.state === 'silent') return undefined;
    return { ns: [...(ns.value ?? [])].sort(), soa: `${zone} ${soa.value.nsname}` };
  }
  return { ns: [], soa: null };
}

function dangling(host: string, target: string): Remark {
  return {
    rule: 'dns.dangling_cname',
    text: '域名指向一个已不存在的名字，可能被他人接管',
    evidence: `${host} 的别名 ${target} 不存在（NXDOMAIN）`,
    remedy: '在域名管理后台删掉这条别名记录，或改指到现在的服务器。',
  };
}

function privateOnes(host: string, addresses: readonly string[]): Remark[] {
  const inner = addresses.filter((address) => !isPublicAddress(address));
  if (inner.length === 0) return [];
  return [
    {
      rule: 'dns.private_address',
      text: '公开的域名解析到内网地址',
      evidence: `${host} → ${inner.join('、')}`,
      remedy: '只在校内使用的，不要写进公开的域名解析；供外网访问的，改成公网地址。',
    },
  ];
}

/** Addresses that no register knows: told against the registered place, else against where the name led at first. */
async function strangers(host: string, facts: NameFacts, terms: NameTerms): Promise<Remark[]> {
  const open = facts.addresses.filter(isPublicAddress);
  if (open.length === 0) return [];
  const known = await terms.registered(open);
  const unknown = open.filter((address) => !known.has(address));
  if (unknown.length === 0) return [];
  const evidence = `${host} → ${unknown.join('、')}`;
  if (terms.hasPlace) {
    return [
      {
        rule: 'dns.unregistered_address',
        text: '域名解析到没有登记的地址',
        evidence,
        remedy: '服务器确已搬迁的，在网站登记里改“服务器地址”；没有搬的，立即查是谁改了解析。',
      },
    ];
  }
  const { before } = terms;
  if (!before || before.addresses.length === 0) return [];
  // A hosting provider behind the same alias changes its addresses by itself.
  const sameAlias = before.cname.length > 0 && before.cname.at(-1) === facts.cname.at(-1);
  if (sameAlias || unknown.some((address) => before.addresses.includes(address))) return [];
  return [
    {
      rule: 'dns.changed_address',
      text: '域名解析换到了没有登记的地址',
      evidence: `${evidence}；原来是 ${before.addresses.join('、')}`,
      remedy: '确认是本单位改的，在网站登记里补上“服务器地址”；不是，立即查是谁改了解析。',
    },
  ];
}

/** The same name with or without `www.`, leading somewhere that nobody registered. */
async function twinElsewhere(
  resolver: Resolver,
  host: string,
  facts: NameFacts,
  terms: NameTerms,
): Promise<Remark[]> {
  const twin = twinOf(host);
  if (terms.twinRegistered || facts.addresses.length === 0 || twin.split('.').length < 3) return [];
  const answer = await ask(() => resolver.resolve4(twin));
  const other = (answer.value ?? []).filter((address) => !facts.addresses.includes(address));
  if (!answer.value || other.length < answer.value.length) return [];
  const known = await terms.registered(other);
  const unknown = other.filter((address) => !known.has(address));
  if (unknown.length === 0) return [];
  return [
    {
      rule: 'dns.twin_elsewhere',
      text: `本校域名 ${twin} 指向别处`,
      evidence: `${twin} → ${unknown.join('、')}；${host} → ${facts.addresses.join('、')}`,
      remedy: '在域名管理后台把两个名字指到同一台服务器，或删掉不用的那个。',
    },
  ];
}
