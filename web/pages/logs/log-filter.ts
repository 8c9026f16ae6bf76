import { type ListState, pageSizes } from '../../ui/list-state.ts';

/** What the search form holds. `range`: how far back from now, in hours; `custom`: from and to. */
export interface FilterValues {
  readonly range?: string;
  readonly from?: string;
  readonly to?: string;
  readonly kind?: string;
  readonly source?: string;
  readonly unit?: string;
  readonly ip?: string;
  readonly port?: number | null;
  readonly host?: string;
  readonly mac?: string;
  readonly user?: string;
  readonly device?: string;
  readonly q?: string;
}

export const ranges = ['1', '24', '168', '720', '4320', 'custom'] as const;

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

const hour = 3_600_000;

/** The values with the times that their range means now (ms). */
export function withTimes({ range, ...values }: FilterValues, now: number): FilterValues {
  const hours = Number(range ?? '1');
  if (!Number.isFinite(hours)) return values;
  const to = Math.ceil(now / 1000) * 1000;
  return { ...values, from: new Date(to - hours * hour).toISOString(), to: new Date(to).toISOString() };
}

/** The form as the page's address has it. */
export function valuesOf(state: ListState): FilterValues {
  const { port, ...rest } = state.filters;
  return { range: '1', ...rest, q: state.q, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** The page's address for a form: so a search can be linked, saved and gone back to. */
export function stateOf(values: FilterValues): Partial<ListState> {
  const { q, ...rest } = filterFromValues(values) as Record<string, string | number>;
  const times = rest.range === 'custom' ? [] : ['from', 'to'];
  const filters = Object.entries(rest)
    .filter(([name, value]) => !times.includes(name) && !(name === 'range' && value === '1'))
    .map(([name, value]) => [name, String(value)]);
  return { q: String(q ?? ''), filters: Object.fromEntries(filters), size: pageSizes[0]! };
}

/** One more term for the search box, quoted where it must be. */
export function withTerm(q: string, field: string, value: string | number, not = false): string {
  const text = String(value);
  const written = /^[^\s",*]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `${q} ${not ? '-' : ''}${field}:${written}`.trim();
}
