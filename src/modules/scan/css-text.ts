/** CSS as text: declarations, comments, escapes, rules inside rules. */

/** Declarations of one element: property → value, lower case, without `!important`. */
export type Style = Map<string, string>;

/** Reads `a: b; c: d`. */
export function readDeclarations(text: string): { style: Style; important: Set<string> } {
  const style: Style = new Map();
  const important = new Set<string>();
  const plain = plainCss(text.slice(0, 20_000));
  let colon = plain.indexOf(':');
  for (let at = 0; colon >= 0; ) {
    const semicolon = plain.indexOf(';', at);
    const end = semicolon < 0 ? plain.length : semicolon;
    if (colon < end) {
      const name = plain.slice(at, colon).trim().toLowerCase();
      const raw = plain
        .slice(colon + 1, end)
        .trim()
        .toLowerCase();
      const mark = raw.indexOf('!important');
      if (mark >= 0) important.add(name);
      style.set(name, mark >= 0 ? raw.slice(0, mark).trim() : raw);
    }
    at = end + 1;
    if (colon < at) colon = plain.indexOf(':', at);
  }
  return { style, important };
}

/** Without comments and escapes: `dis/**\/play`, `n\\6f ne`. */
function plainCss(text: string): string {
  const read = text.includes('/*') ? withoutComments(text) : text;
  if (!read.includes('\\')) return read;
  return read.replace(/\\([0-9a-f]{1,6})\s?/gi, (_, code: string) => {
    const point = Number.parseInt(code, 16);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '';
  });
}

/** The rules inside a rule (CSS Nesting) as rules of their own, their selectors written out. */
export function unnest(selector: string, body: string): string {
  let own = '';
  let rules = '';
  for (let at = 0; at < body.length; ) {
    const open = body.indexOf('{', at);
    if (open < 0) return `${selector}{${own}${body.slice(at)}}${rules}`;
    const start = Math.max(at, body.lastIndexOf(';', open) + 1);
    own += body.slice(at, start);
    const close = closingBrace(body, open);
    const end = close < 0 ? body.length : close;
    const inner = body.slice(start, open).trim();
    const whole = inner.includes('&') ? inner.replaceAll('&', selector) : `${selector} ${inner}`;
    rules += `${whole}{${body.slice(open + 1, end)}}`;
    at = end + 1;
  }
  return `${selector}{${own}}${rules}`;
}

export function withoutComments(css: string): string {
  let text = '';
  let at = 0;
  for (;;) {
    const open = css.indexOf('/*', at);
    if (open < 0) return text + css.slice(at);
    text += css.slice(at, open);
    const close = css.indexOf('*/', open + 2);
    if (close < 0) return text;
    at = close + 2;
  }
}

export function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
