export { type ClockOffset, clockOffsetOf } from './clock/clock-offset-of.ts';
export { ingestFile } from './ingest-file.ts';
export { type Reliance, reliance, relianceOf } from './ledger/rely-on.ts';
export { relianceOfMany } from './ledger/rely-on-many.ts';
export * as offline from './prove/offline.ts';
export * as taking from './prove/take-records.ts';
export { readRecord } from './read-record.ts';
export { registerSource } from './register-source.ts';
export { holdUnitLogs } from './retention/hold-logs.ts';
export {
  type AddressRow,
  addressesAfter,
  addressRowsOfKeys,
  addressRowsOfSegments,
  heldSince,
} from './search/find-address-rows.ts';
export { findLeases, type LeaseEvent } from './search/find-leases.ts';
export { findNatSessions } from './search/find-nat-sessions.ts';
export { findProxyRequests, findSiteRequests } from './search/find-requests.ts';
export { openTraceReader, type TraceReader } from './search/find-trace-rows.ts';
export type { NatSession } from './search/pair-sessions.ts';
export { samplePoints } from './search/sample-points.ts';
export { whatWasHeard } from './search/what-was-heard.ts';
export { sourceNameOf } from './store/catalogue.ts';
