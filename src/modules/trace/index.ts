export { askTrace, type TraceResult } from './ask-trace.ts';
export { verifyTraceBag } from './bag/verify-bag.ts';
export { newestTraces } from './store.ts';
export { findTraces } from './view-trace.ts';
