export { readSite, recordCheck, registerSite } from './register-site.ts';
export { findByHosts, type SiteHealth, type SiteRow } from './store.ts';
