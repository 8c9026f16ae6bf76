/** ClickHouse: the conntrack events of one public address, nearest in time first. */
import type { LogstoreClient } from '#base/logstore/client';
import type { NatEvent } from '../search/pair-sessions.ts';
import { defined } from './defined.ts';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { plainAddress } from './plain-address.ts';
import { address } from './row-lines.ts';

interface Stored {
  at: string;
  start: string;
  seg: string;
  seq: number;
  kind: NatEvent['kind'];
  direction: NatEvent['direction'];
  src: number;
  realm: string;
  proto: number;
  pub_ip: string;
  pub_port: number;
  in_ip: string;
  in_port: number;
  dst_ip: string;
  dst_port: number;
  flow: string;
}

export interface NatEventQuery {
  readonly publicIp: string;
  readonly publicPort?: number | undefined;
  readonly proto?: number | undefined;
  readonly at: Date;
  readonly from: Date;
  readonly to: Date;
  readonly sourceIds: readonly number[];
  readonly hidden: HiddenRows;
  readonly limit: number;
}

export async function natEvents(store: LogstoreClient, query: NatEventQuery): Promise<NatEvent[]> {
  const port = query.publicPort === undefined ? '' : 'AND pub_port = {port:UInt16}';
  const proto = query.proto === undefined ? '' : 'AND proto = {proto:UInt8}';
  const hidden = withoutHidden(query.hidden);
  const rows = await store.query<Stored>(
    `SELECT toUnixTimestamp64Milli(ts) AS at, toUnixTimestamp64Milli(t_start) AS start, seg, seq, kind, direction, src,
      realm, proto, pub_ip, pub_port, in_ip, in_port, dst_ip, dst_port, flow
     FROM jiaodun_logs.nat_session
     WHERE pub_ip = toIPv6({ip:String}) ${port} ${proto} AND src IN {ids:Array(UInt32)}
       AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')${hidden.sql}
     ORDER BY abs(toUnixTimestamp64Milli(ts) - {at:Int64}) LIMIT {limit:UInt32}`,
    defined({
      ip: address(query.publicIp),
      port: query.publicPort,
      proto: query.proto,
      ids: query.sourceIds,
      from: query.from.getTime(),
      to: query.to.getTime(),
      at: query.at.getTime(),
      limit: query.limit,
      ...hidden.params,
    }),
  );
  return rows.map((row) => ({
    kind: row.kind,
    ts: Number(row.at),
    start: Number(row.start),
    src: row.src,
    realm: row.realm,
    direction: row.direction,
    proto: row.proto,
    pubIp: plainAddress(row.pub_ip),
    pubPort: row.pub_port,
    inIp: plainAddress(row.in_ip),
    inPort: row.in_port,
    dstIp: plainAddress(row.dst_ip),
    dstPort: row.dst_port,
    flow: row.flow,
    segment: Number(row.seg),
    seq: row.seq,
  }));
}
