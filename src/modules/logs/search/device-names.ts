import type { App } from '#base/app';
import type { Pseudonyms } from '../pseudonyms.ts';
import { askStore } from '../store/ask-store.ts';
import type { SourceRow } from '../store/catalogue.ts';
import { deviceNamesStatement, type RowFilter } from '../store/search-rows.ts';

/** Leases keep the names of devices; a token is found by working out the tokens of all names of the window. */
export async function deviceNames(
  app: App,
  {
    filter,
    sources,
    pseudonyms,
  }: {
    readonly filter: RowFilter;
    readonly sources: ReadonlyMap<number, SourceRow>;
    readonly pseudonyms: Pseudonyms;
  },
  tokens: ReadonlySet<string>,
): Promise<string[]> {
  if (sources.size === 0) return [];
  const rows = await askStore<{ src: number; hostname: string; day: string }>(
    app,
    deviceNamesStatement(filter),
  );
  const found = new Set<string>();
  for (const { src, hostname, day } of rows) {
    const source = sources.get(Number(src));
    if (!source) continue;
    const scope = { unitPath: source.unit_path, realm: source.realm };
    if (tokens.has(pseudonyms.tokenOf('device', scope, hostname, Number(day)))) found.add(hostname);
  }
  return [...found];
}
