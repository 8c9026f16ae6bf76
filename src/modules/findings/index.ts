export { closeOfSite } from './close-of-site.ts';
export { closeMissing, type Recorded, recordFindings, type Sightings } from './record-findings.ts';
export type { SeenFault } from './rules.ts';
export { countOpen, type FindingRow, findingsById } from './store.ts';
