/** What the rows of the log store say of an address. Pure. */
import type { addressRows } from '#logs';
import { isGroupMac } from '../parse-mac.ts';
import type { Observation } from './intervals.ts';

const mac = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** None, one or two of each row: arpwatch's change of a MAC ends one interval and begins another. */
export function observationsOf(row: addressRows.AddressRow): Observation[] {
  if (row.table === 'lease') return leaseObservations(row);
  const common = {
    at: row.at,
    session: '',
    hold: 0,
    hostname: row.hostname,
    nas: row.nas,
    port: row.port,
    seg: row.segment,
    seq: row.seq,
    mac: row.mac,
  };
  if (!isDevice(row.mac)) return [];
  const { kind } = row;
  if (kind === 'radius') {
    const one = { ...common, kind, session: row.session } as const;
    if (row.action !== 'stop') return [{ ...one, act: 'see' }];
    // A session whose start was lost is known from its end; one that is known ends here.
    return [
      { ...one, act: 'see' },
      { ...one, act: 'stop' },
    ];
  }
  if (kind === 'fdb') return [{ ...common, kind, session: `${row.nas} ${row.port}`, act: 'see' }];
  const seen = { ...common, kind, act: 'see' } as const;
  if (row.action !== 'changed' || !isDevice(row.oldMac)) return [seen];
  return [{ ...common, kind, mac: row.oldMac, act: 'changed' }, seen];
}

function leaseObservations(row: addressRows.AddressRow): Observation[] {
  const isGiven = row.action === 'ack';
  // An end that names nobody (a lease that ran out) is of whoever has the address.
  if (!isDevice(row.mac) && (isGiven || row.mac !== '')) return [];
  const one: Observation = {
    at: row.at,
    kind: 'dhcp',
    act: isGiven ? 'see' : (row.action as 'release' | 'nak' | 'decline' | 'expire'),
    mac: row.mac,
    session: '',
    hold: isGiven ? row.leaseSeconds * 1000 : 0,
    hostname: row.hostname,
    nas: row.nas,
    port: row.port,
    seg: row.segment,
    seq: row.seq,
  };
  return [one];
}

function isDevice(text: string): boolean {
  return mac.test(text) && !isGroupMac(text);
}
