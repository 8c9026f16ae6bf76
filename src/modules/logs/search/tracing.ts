/** What a trace, its drills and its coverage read of the logs. */
export { type Reliance, relianceOf } from '../ledger/rely-on.ts';
export { relianceOfMany } from '../ledger/rely-on-many.ts';
export { readShown } from '../prove/show-records.ts';
export type { ClockAt, ClockEstimateAt } from '../store/clock-offsets.ts';
export { mostRequests, openTraceReader, type TraceReader, type TraceSource } from './find-trace-rows.ts';
export { samplePoints } from './sample-points.ts';
export { whatWasHeard } from './what-was-heard.ts';
