export { type ImportRow, importSheet, type Reject } from './import-sheet.ts';
export { inScope } from './import-units.ts';
export { registerUnit } from './register-unit.ts';
export { findUnit, likeOf, listPeople, peopleByNumber, type UnitRef, unitsByCode } from './store.ts';
