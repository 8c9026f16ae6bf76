export { ingestFile } from './ingest-file.ts';
export { type Reliance, reliance, relianceOf } from './ledger/rely-on.ts';
export * as offline from './prove/offline.ts';
export { readRecord } from './read-record.ts';
export { registerSource } from './register-source.ts';
export { findLeases, type LeaseEvent } from './search/find-leases.ts';
export { findNatSessions } from './search/find-nat-sessions.ts';
export { findProxyRequests, findSiteRequests } from './search/find-requests.ts';
export type { NatSession } from './search/pair-sessions.ts';
