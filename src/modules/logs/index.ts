export { ingestFile } from './ingest-file.ts';
export { type ReadRecord, readRecord } from './read-record.ts';
export { registerSource } from './register-source.ts';
export { type Coverage, coverageOf } from './search/coverage-of.ts';
export { findLeases, type LeaseEvent } from './search/find-leases.ts';
export { findNatSessions } from './search/find-nat-sessions.ts';
export { findProxyRequests, findSiteRequests } from './search/find-requests.ts';
export type { NatSession } from './search/pair-sessions.ts';
