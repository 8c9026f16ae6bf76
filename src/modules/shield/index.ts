export { blockHost, withdrawHost } from './block-host.ts';
export { type EntryRow, findEntries } from './store.ts';
