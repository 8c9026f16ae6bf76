export { inclusionProof, rootOf, verifyConsistency, verifyInclusion } from './merkle.ts';
export { recordAudit, recordAudits } from './record-audit.ts';
export { signWitnessed, verifyHead } from './statement.ts';
export { verifyLog } from './verify-log.ts';
