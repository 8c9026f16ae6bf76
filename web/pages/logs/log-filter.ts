/** What the search form holds. */
export interface FilterValues {
  readonly from?: string;
  readonly to?: string;
  readonly kind?: string;
  readonly source?: string;
  readonly ip?: string;
  readonly port?: number | null;
  readonly host?: string;
  readonly q?: string;
}

/** The query of a search: text trimmed, empty conditions left out. */
export function filterFromValues(values: FilterValues): Record<string, unknown> {
  const cleaned = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.trim() : value,
  ]);
  return Object.fromEntries(
    cleaned.filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
}
