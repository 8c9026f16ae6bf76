/** What needs no server: the checks that the command line runs on files that somebody took away. */
export { isSigned as isSignedStatement } from '../ledger/certificate-signature.ts';
export { fingerprintOf } from '../segments/link-signature.ts';
export { checkFile } from './check-file.ts';
export { decodeAgain, type NotRead } from './decode-again.ts';
export { findStrays } from './find-strays.ts';
export { faultOfProof } from './prove-record.ts';
export { verifyCatalogue } from './verify-catalogue.ts';
