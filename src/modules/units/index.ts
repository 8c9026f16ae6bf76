export { refreshFive } from './five-job.ts';
export { type ImportRow, importSheet, type Reject } from './import-sheet.ts';
export { inScope } from './import-units.ts';
export { listPeople, peopleByNumber } from './people-store.ts';
export { registerUnit } from './register-unit.ts';
export { findUnit, likeOf, type UnitRef, unitsByCode } from './store.ts';
