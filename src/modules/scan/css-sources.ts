/** Where the style rules of a page stand beside its `<style>` elements, and what their variables are. */

const SHEET = /data:text\/css(?:;charset=[\w-]{1,20})?(;base64)?,([^"'\s)]{4,100000})/gi;
/** What a script may add as a rule: `#id{…}` or `.class{…}` in one literal. */
const WRITTEN = /(["'`])\s{0,9}((?:[#.][\w-]{1,80}\s{0,9}\{[^"'`{}]{4,500}\}\s{0,9}){1,20})\1/g;
const VARIABLE = /(--[\w-]{1,80})\s{0,9}:\s{0,9}([^;{}]{1,40})/g;
const USE = /var\(\s*(--[\w-]{1,80})\s*(?:,\s*([^()]{0,40}))?\)/g;
/** Values by which a variable can hide. Colours are left alone: which ground they are for is not known. */
const HIDES = /^(?:none|hidden|0(?:px|%)?|-\d{3,6}px|absolute|fixed)$/i;

/** Style sheets given in a page's own addresses (`data:`), by `<link>` or by `@import`. */
export function dataSheets(html: string): string[] {
  if (!/data:text\/css/i.test(html)) return [];
  return [...html.matchAll(SHEET)].map(([, base64, body]) =>
    base64 ? Buffer.from(body!, 'base64').toString('utf8') : decodePercent(body!),
  );
}

/** Rules that a script holds as text, to add them to the page. */
export const scriptRules = (script: string): string[] =>
  script.includes('{') && /style/i.test(script)
    ? [...script.matchAll(WRITTEN)].map((match) => match[2]!)
    : [];

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent encoding: what stands there is what is meant.
    return text;
  }
}

/** Replaces the variables by which something hides; one that is set to several values is left as it is. */
export function variablesOf(css: readonly string[]): (text: string) => string {
  const values = new Map<string, string | null>();
  for (const sheet of css) {
    if (!sheet.includes('--')) continue;
    for (const [, name, value] of sheet.matchAll(VARIABLE)) {
      const known = values.get(name!);
      const read = value!.trim();
      values.set(name!, known === undefined || known === read ? read : null);
    }
  }
  return (text) => {
    if (!text.includes('var(')) return text;
    return text.replace(USE, (whole, name: string, otherwise: string | undefined) => {
      const value = values.has(name) ? values.get(name) : otherwise?.trim();
      return value != null && HIDES.test(value) ? value : whole;
    });
  };
}
