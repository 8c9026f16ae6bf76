export { readSite, recordCheck, recountFindings, registerSite } from './register-site.ts';
export { allowedAddressOf } from './rules.ts';
export { findByHosts, findSite, type SiteHealth, type SiteRow } from './store.ts';
