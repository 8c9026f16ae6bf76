export { allowedAddressOf } from './rules.ts';
export { readSite, recordCheck, registerSite } from './register-site.ts';
export { findByHosts, findSite, type SiteHealth, type SiteRow } from './store.ts';
