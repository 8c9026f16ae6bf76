/** Rows as newline-delimited JSON for inserts. */

export type Row = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * Objects become JSONEachRow, arrays JSONCompactEachRow; both kinds in one batch throw. bigint keeps all digits
 * and Date becomes ISO 8601 (UTC, milliseconds).
 */
export function encodeRows(rows: readonly Row[]): {
  format: 'JSONEachRow' | 'JSONCompactEachRow';
  bytes: Buffer;
} {
  const arrays = Array.isArray(rows[0]);
  const lines: Buffer[] = [];
  for (const row of rows) {
    if (Array.isArray(row) !== arrays)
      throw new TypeError('objects and arrays are mixed in one batch of rows');
    lines.push(Buffer.from(`${JSON.stringify(row, replace)}\n`));
  }
  return { format: arrays ? 'JSONCompactEachRow' : 'JSONEachRow', bytes: Buffer.concat(lines) };
}

/** Numbers in quotes are read into any numeric column; `JSON.stringify` itself refuses a bigint. */
function replace(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
