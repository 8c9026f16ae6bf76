/** Walks the tables of a device by SNMP. */
import snmp from 'net-snmp';
import type { PollerSecret } from '../contract.ts';
import { type Column, columns, type Entry, type Tables } from './read-tables.ts';

export interface Device {
  readonly target: string;
  readonly port: number;
  readonly secret: PollerSecret;
}

export interface Asked {
  readonly tables: Tables;
  /** Columns that the device does not have. */
  readonly missing: Column[];
}

/** A table of more entries than this is none of a school's or a county's network. */
const mostEntries = 200_000;
/** One packet's answer is waited for so long, twice. */
const timeoutMs = 3000;
const retries = 1;
/** Entries that are asked for at once. */
const repetitions = 20;

/** What failed at a device, to be told in words. */
export class PollFailed extends Error {
  readonly reason: 'no_answer' | 'refused' | 'too_many' | 'unreadable';
  constructor(reason: PollFailed['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Reads all columns, or none: throws `PollFailed`, so that half a table is never taken for the whole. */
export async function askDevice(device: Device): Promise<Asked> {
  const session = openSession(device);
  // A datagram that makes no sense is answered by the timeout of what was asked; here it must only not end the process.
  session.on('error', () => {});
  try {
    const tables: Partial<Record<Column, Entry[]>> = {};
    const missing: Column[] = [];
    for (const [column, oid] of Object.entries(columns) as [Column, string][]) {
      const entries = await walk(session, oid);
      tables[column] = entries;
      if (entries.length === 0) missing.push(column);
    }
    return { tables: tables as Tables, missing };
  } finally {
    session.close();
  }
}

function openSession({ target, port, secret }: Device): snmp.Session {
  const transport = target.includes(':') ? 'udp6' : 'udp4';
  const options = { port, retries, timeout: timeoutMs, transport } as const;
  if (secret.version === '2c') {
    return snmp.createSession(target, secret.community ?? '', { ...options, version: snmp.Version2c });
  }
  const level = secret.privKey === undefined ? snmp.SecurityLevel.authNoPriv : snmp.SecurityLevel.authPriv;
  const user = {
    name: secret.user ?? '',
    level,
    authProtocol: snmp.AuthProtocols[secret.authProtocol],
    authKey: secret.authKey ?? '',
    ...(secret.privKey !== undefined && {
      privProtocol: snmp.PrivProtocols[secret.privProtocol === 'aes256' ? 'aes256b' : secret.privProtocol],
      privKey: secret.privKey,
    }),
  };
  return snmp.createV3Session(target, user, { ...options, version: snmp.Version3 });
}

function walk(session: snmp.Session, oid: string): Promise<Entry[]> {
  const depth = oid.split('.').length;
  const entries: Entry[] = [];
  let failed: PollFailed | null = null;
  return new Promise((resolve, reject) => {
    session.subtree(
      oid,
      repetitions,
      (varbinds) => {
        for (const varbind of varbinds) {
          if (snmp.isVarbindError(varbind)) continue;
          const value = varbind.value as Entry['value'] | null;
          if (value === null || value === undefined) continue;
          entries.push({ index: varbind.oid.split('.').slice(depth).map(Number), value });
        }
        if (entries.length > mostEntries) {
          failed = new PollFailed('too_many', `${oid} has more than ${mostEntries} entries`);
          // The walk ends when its feeder says so.
          return true;
        }
        return undefined;
      },
      (error) => {
        if (failed) reject(failed);
        else if (error) reject(failureOf(error));
        else resolve(entries);
      },
    );
  });
}

function failureOf(error: Error): PollFailed {
  if (error.name === 'RequestTimedOutError') return new PollFailed('no_answer', error.message);
  if (error.name === 'ResponseInvalidError') return new PollFailed('refused', error.message);
  return new PollFailed('unreadable', error.message);
}
