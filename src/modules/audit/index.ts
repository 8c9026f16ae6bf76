export { makeCheckpoint } from './make-checkpoint.ts';
export { leafHash, rootOf, verifyInclusion } from './merkle.ts';
export { type AuditRecord, recordAudit } from './record-audit.ts';
