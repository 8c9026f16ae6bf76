/** What the synthetic city is made of. */

export type Post =
  | 'leader'
  | 'deputy'
  | 'network_admin'
  | 'security_officer'
  | 'reviewer'
  | 'duty'
  | 'teacher';

export interface Unit {
  readonly code: string;
  readonly name: string;
  readonly kind: 'city' | 'county' | 'school';
  readonly parentCode: string;
  readonly uscc: string;
  readonly schoolCode: string;
  readonly address: string;
  readonly phone: string;
}

export interface Person {
  readonly personNo: string;
  readonly name: string;
  readonly unitCode: string;
  readonly post: Post;
  readonly phone: string;
  readonly email: string;
}

export interface Site {
  readonly name: string;
  readonly unitCode: string;
  readonly url: string;
  /** `address:port` that the crawler asks instead of DNS; empty when the site has no real server. */
  readonly resolveTo: string;
  readonly icpNo: string;
  readonly policeNo: string;
  readonly managerNo: string;
  readonly serverAddress: string;
}

export interface Allocation {
  readonly cidr: string;
  readonly unitCode: string;
  readonly realm: string;
  readonly role: 'inside' | 'exit';
  readonly note: string;
}

export interface Device {
  readonly assetNo: string;
  readonly name: string;
  readonly type: 'computer' | 'server' | 'switch' | 'ap' | 'printer' | 'other';
  readonly unitCode: string;
  readonly ip: string;
  readonly mac: string;
  readonly ownerNo: string;
  readonly room: string;
  readonly realm: string;
  readonly note: string;
  /** Day from which the entry holds, YYYY-MM-DD; a trace of an earlier moment could not rest on it. */
  readonly since: string;
}

/** Where a unit's network lies. `exitCode` is the bureau through whose exit it reaches the Internet. */
export interface Network {
  readonly unitCode: string;
  readonly exitCode: string;
  /** First two and third octet of its inside range, e.g. `10.11` and 4: 10.11.4.0/22. */
  readonly prefix: string;
  readonly third: number;
}

export interface Exit {
  readonly bureauCode: string;
  readonly cidr: string;
  /** The address that the exit's NAT shows to the Internet. */
  readonly publicIp: string;
}

export interface City {
  readonly seed: number;
  readonly realm: string;
  readonly units: readonly Unit[];
  readonly people: readonly Person[];
  readonly sites: readonly Site[];
  readonly allocations: readonly Allocation[];
  readonly devices: readonly Device[];
  readonly networks: readonly Network[];
  readonly exits: readonly Exit[];
  /** The school whose website carries the fault, and the device from which it was put there. */
  readonly story: { readonly faultySchool: string; readonly deviceAssetNo: string };
}
