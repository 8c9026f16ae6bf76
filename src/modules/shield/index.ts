export { blockHost, withdrawHost } from './block-host.ts';
export { type EntryRow, findVersion, listEntries } from './store.ts';
