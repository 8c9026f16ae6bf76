/** Facts of one plain trace that is proven, and lines to change it by. */
import { decideTrace } from '../../src/modules/trace/engine/decide.ts';
import {
  type BlockFact,
  type LeaseFact,
  type NatFact,
  noFacts,
  type SightingFact,
  type SourceFact,
  type TraceFacts,
  type TraceQuestion,
} from '../../src/modules/trace/engine/facts.ts';

export const minute = 60_000;
export const at = Date.parse('2026-11-22T06:15:00Z');
export const [mac, stranger] = ['00:00:5e:00:53:01', '00:00:5e:00:53:02'];
export const question: TraceQuestion = {
  ip: '203.0.113.1',
  port: 40_001,
  proto: 'tcp',
  at,
  knownAt: at + 60 * minute,
};
export const place = (seq: number, sourceId = 1) => ({
  segment: 1,
  seq,
  sourceId,
  dec: 'x/1',
  realm: 'main',
});
export const natLine = (
  seq: number,
  kind: NatFact['kind'],
  ts: number,
  more: Partial<NatFact> = {},
): NatFact => ({
  ...place(seq),
  kind,
  ts,
  start: null,
  direction: 'out',
  proto: 6,
  pubIp: question.ip,
  pubPort: 40_001,
  inIp: '10.1.4.10',
  inPort: 5000,
  peer: 0,
  isAsked: null,
  flow: '',
  ...more,
});
export const lease = (seq: number, ts: number, more: Partial<LeaseFact> = {}): LeaseFact => ({
  ...place(seq, 2),
  ts,
  action: 'ack',
  ip: '10.1.4.10',
  mac,
  leaseSeconds: 3600,
  ...more,
});
export const sighting = (seq: number, ts: number, more: Partial<SightingFact> = {}): SightingFact => ({
  ...place(seq, 3),
  ts,
  kind: 'arp',
  action: 'seen',
  ip: '10.1.4.10',
  mac,
  oldMac: '',
  user: '',
  session: '',
  ...more,
});
export const block = (seq: number, kind: BlockFact['kind'], ts: number, inIp = '10.1.4.10'): BlockFact => ({
  ...place(seq),
  kind,
  ts,
  start: null,
  proto: 0,
  pubIp: question.ip,
  lo: 40_000,
  hi: 40_063,
  step: 1,
  inIp,
});
export const source = (id: number, more: Partial<SourceFact> = {}): SourceFact => ({
  id,
  name: `source ${id}`,
  unitPath: 'city',
  format: 'conntrack',
  realm: 'main',
  toleranceSeconds: 2,
  clock: null,
  senders: [],
  ...more,
});
export const covered = (sourceId: number, purpose: 'nat' | 'lease') => ({
  sourceId,
  name: '',
  unitPath: 'city',
  purpose,
  state: 'covered' as const,
  detail: '',
});
export const known = { validFrom: 0, recordedAt: 0, unitPath: 'city.east' };
export const device = (asked: string, deviceId = 'd1') => ({
  ...known,
  by: 'mac' as const,
  realm: 'main',
  asked,
  deviceId,
  assetNo: deviceId,
  unitName: 'school',
  ip: null,
  mac: asked,
});
export const perfect: TraceFacts = {
  ...noFacts,
  sources: [source(1), source(2, { format: 'isc-dhcpd' }), source(3, { format: 'auto' })],
  nat: [natLine(1, 'new', at - 5 * minute), natLine(2, 'destroy', at + 5 * minute)],
  leases: [lease(1, at - 10 * minute), lease(2, at + 15 * minute)],
  devices: [device(mac), device(stranger, 'd2')],
  custody: [{ ...known, deviceId: 'd1', personId: 'p1', room: '301' }],
  coverage: [covered(1, 'nat'), covered(2, 'lease'), covered(3, 'lease')],
};
export const verdictOf = (facts: Partial<TraceFacts>, asked: Partial<TraceQuestion> = {}) =>
  decideTrace({ ...question, ...asked }, { ...perfect, ...facts }).verdict;
export const named = { proven: 2, probable: 1, ambiguous: 0, not_provable: 0 } as const;
