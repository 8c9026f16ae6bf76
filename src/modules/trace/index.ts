export { askTrace, type TraceResult } from './ask-trace.ts';
export { findTraces } from './view-trace.ts';
