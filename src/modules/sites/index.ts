export { type ColumnRow, columnsOf } from './columns/store.ts';
export { readSite, recordCheck, recountFindings, registerSite } from './register-site.ts';
export { allowedAddressOf } from './rules.ts';
export { findByFilings, findByHosts, findSite, type SiteHealth, type SiteRow } from './store.ts';
