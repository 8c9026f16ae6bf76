/** What the rows of the log store say of an address. Pure. */
import type { addressRows } from '#logs';
import { isGroupMac } from '../parse-mac.ts';
import type { Observation } from './intervals.ts';

const mac = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** None, one or two of each row: arpwatch's change of a MAC ends one interval and begins another. */
export function observationsOf(row: addressRows.AddressRow): Observation[] {
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
  if (row.table === 'lease') return leaseObservations(row, common);
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

type Common = Omit<Observation, 'kind' | 'act'>;

function leaseObservations(row: addressRows.AddressRow, common: Common): Observation[] {
  const kind = 'dhcp';
  if (row.action === 'ack') {
    return isDevice(row.mac) ? [{ ...common, kind, act: 'see', hold: row.leaseSeconds * 1000 }] : [];
  }
  // An end that names nobody (a lease that ran out) is of whoever has the address.
  if (row.mac !== '' && !isDevice(row.mac)) return [];
  return [{ ...common, kind, act: row.action as 'release' | 'nak' | 'decline' | 'expire' }];
}

function isDevice(text: string): boolean {
  return mac.test(text) && !isGroupMac(text);
}
