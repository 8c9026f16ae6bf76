/** Every escape of a JSON text: taken one after the other, so that an escaped backslash hides no other. */
const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/g;
/** NUL, and half a surrogate pair: `JSON.stringify` writes only those halves that have no other as escapes. */
const UNSTORABLE = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/;

/**
 * A value as JSON that PostgreSQL takes as jsonb: NUL and halves of surrogate pairs become U+FFFD. Text that is cut at a
 * length ends in such a half where an emoji stood.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('\\u0000') && !text.includes('\\ud')) return text;
  return text.replace(ESCAPE, (one) => (UNSTORABLE.test(one) ? '\\ufffd' : one));
}
