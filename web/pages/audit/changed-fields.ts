export interface FieldChange {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** The fields in which two audited states differ; a state that is not an object is compared whole. */
export function changedFields(before: unknown, after: unknown): FieldChange[] {
  const left = asObject(before);
  const right = asObject(after);
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names
    .map((field) => ({ field, before: textOf(left[field]), after: textOf(right[field]) }))
    .filter((change) => change.before !== change.after);
}

function asObject(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  return { value };
}

function textOf(value: unknown): string {
  if (value === undefined) return '—';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
