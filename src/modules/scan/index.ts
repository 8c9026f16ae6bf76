export { decodeBytes } from './decode-bytes.ts';
export { findFilingNumbers } from './filing-numbers.ts';
export { maskPersonalData } from './personal-data.ts';
export { createRuleset, type Ruleset, starterTermList, termsInForce } from './ruleset.ts';
export { type ScanTarget, scanBytes } from './scan-bytes.ts';
export { createScanPool, maskBytesConfined, type ScanPool, scanBytesConfined } from './scan-confined.ts';
export { siteOf } from './site-of.ts';
export { checkTerms } from './term-matcher.ts';
