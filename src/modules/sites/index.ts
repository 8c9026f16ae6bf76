export { columnsOf } from './columns/store.ts';
export {
  noteRead,
  readSite,
  readSiteInUse,
  recordCheck,
  recountFindings,
  registerSite,
} from './register-site.ts';
export { allowedAddressOf } from './rules.ts';
export { findByFilings, findByHosts, findSite, type SiteRow } from './store.ts';
