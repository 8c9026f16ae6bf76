/** ClickHouse: the DHCP events of one inside address. */
import type { LogstoreClient } from '#base/logstore/client';
import type { LeaseRow } from '../decoders/row.ts';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { address } from './row-lines.ts';

export interface LeaseEvent {
  readonly at: Date;
  readonly action: LeaseRow['action'];
  readonly sourceId: number;
  readonly realm: string;
  readonly ip: string;
  readonly mac: string;
  readonly hostname: string;
  /** 0 when neither the line nor the source tells it. */
  readonly leaseSeconds: number;
  readonly segment: number;
  readonly seq: number;
}

interface Stored {
  at: string;
  action: LeaseRow['action'];
  src: number;
  mac: string;
  hostname: string;
  lease_seconds: number;
  seg: string;
  seq: number;
}

/** More events of one address than this are not read: one every ten seconds for eleven days. */
const maxEvents = 100_000;

export async function leaseEvents(
  store: LogstoreClient,
  query: {
    realm: string;
    ip: string;
    from: Date;
    to: Date;
    sourceIds: readonly number[];
    hidden: HiddenRows;
  },
): Promise<LeaseEvent[]> {
  const hidden = withoutHidden(query.hidden);
  const rows = await store.query<Stored>(
    `SELECT toUnixTimestamp64Milli(ts) AS at, action, src, mac, hostname, lease_seconds, seg, seq
     FROM jiaodun_logs.lease
     WHERE realm = {realm:String} AND ip = toIPv6({ip:String}) AND src IN {ids:Array(UInt32)}
       AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')${hidden.sql}
     ORDER BY ts DESC, seg DESC, seq DESC LIMIT ${maxEvents}`,
    {
      realm: query.realm,
      ip: address(query.ip),
      ids: query.sourceIds,
      from: query.from.getTime(),
      to: query.to.getTime(),
      ...hidden.params,
    },
  );
  return rows.reverse().map((row) => ({
    at: new Date(Number(row.at)),
    action: row.action,
    sourceId: row.src,
    realm: query.realm,
    ip: query.ip,
    mac: row.mac,
    hostname: row.hostname,
    leaseSeconds: row.lease_seconds,
    segment: Number(row.seg),
    seq: row.seq,
  }));
}
