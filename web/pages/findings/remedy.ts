/** What of a finding that is no website's leads to where it is mended. */

/** Where a person goes to mend it; `word` names the button. */
export interface Remedy {
  /** Names the words of what to do. */
  readonly key: string;
  readonly word: string;
  readonly to: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Readonly<Record<string, string>>;
}

const drillPlaces: Readonly<Record<string, Omit<Remedy, 'key'>>> = {
  no_logs: { word: 'sources', to: '/logs/sources' },
  no_session: { word: 'completeness', to: '/logs/completeness' },
  shared_nat: { word: 'sizing', to: '/tools/nat-sizing' },
  second_nat: { word: 'sources', to: '/logs/sources' },
  unregistered: { word: 'discovered', to: '/devices/discovered' },
  no_lease: { word: 'sources', to: '/logs/sources' },
  random_mac: { word: 'random', to: '/devices/discovered', search: { random: 'true' } },
  gap: { word: 'completeness', to: '/logs/completeness' },
  clock: { word: 'sources', to: '/logs/sources' },
};

/** Where the reason of a drill is mended. */
export function remedyOfReason(reason: string): Remedy {
  return { key: `drill_${reason}`, ...(drillPlaces[reason] ?? { word: 'drills', to: '/trace/drills' }) };
}

interface Told {
  readonly kind: string;
  readonly rule: string;
  readonly url: string;
}

/** What to do about a finding of addresses, devices or drills; undefined for one of a website. */
export function remedyOf({ kind, rule, url }: Told): Remedy | undefined {
  const reason = /^trace\.drill\.(\w+)$/.exec(rule)?.[1];
  if (reason !== undefined) return remedyOfReason(reason);
  if (rule !== `addresses.${kind}`) return undefined;
  // `kind:path of the unit:subject`; hardware addresses have colons, too.
  const subject = url.split(':').slice(2).join(':').replaceAll('%23', '#');
  const parts = subject.split('/');
  const device = (id: string): Omit<Remedy, 'key'> => ({
    word: 'device',
    to: '/devices/$id',
    params: { id },
  });
  const places: Readonly<Record<string, Omit<Remedy, 'key'>>> = {
    'duplicate-address': { word: 'devices', to: '/devices', search: { q: parts[1] ?? '' } },
    'stolen-address': { word: 'devices', to: '/devices', search: { q: parts[1] ?? '' } },
    'moved-device': device(parts[0] ?? ''),
    'outside-allocation': { word: 'allocations', to: '/allocations' },
    'unregistered-device': {
      word: 'discovered',
      to: '/devices/discovered',
      search: { q: parts.at(-1) ?? '' },
    },
    'random-mac': { word: 'random', to: '/devices/discovered', search: { random: 'true' } },
    'unseen-device': device(subject),
  };
  const place = places[kind];
  return place && { key: kind, ...place };
}

/** A line of evidence as the look at the bindings writes it. */
export interface BindingProof {
  readonly kind: string;
  readonly sourceId: string;
  readonly ip: string;
  readonly mac: string;
  readonly began: string;
  readonly last: string;
  readonly segment: string;
  readonly record: string;
}

const proof =
  /^(dhcp|radius|arp|nd|arpwatch|fdb) #(\d+) (\S+) ([0-9a-f:]{17}) (\S+ \S+) – (\S+ \S+) (\d+):(\d+)$/;

/** The parts of a line of evidence; undefined for one that is written in words. */
export function readProof(line: string): BindingProof | undefined {
  const match = proof.exec(line);
  if (!match) return undefined;
  const [kind, sourceId, ip, mac, began, last, segment, record] = match.slice(1) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { kind, sourceId, ip, mac, began, last, segment, record };
}
