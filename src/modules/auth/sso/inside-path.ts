/**
 * A path of this product and nothing else. Browsers read `//host`, `/\host`, `/%09/host` and paths with control
 * characters as addresses of other hosts; such an address must not lead a fresh session elsewhere.
 */
export function insidePath(text: string | undefined): string {
  if (text === undefined || !text.startsWith('/') || text.length > 2000) return '/';
  // What is encoded once may be decoded by whoever redirects next.
  for (const form of [text, decodeFully(text)]) {
    if (/[\\\p{Cc}\p{Zl}\p{Zp}]/u.test(form) || form.startsWith('//')) return '/';
  }
  const url = new URL(text, 'http://inside.invalid');
  if (url.host !== 'inside.invalid' || url.pathname.startsWith('//')) return '/';
  // An address of the API is no page; one of single sign-on would begin again by itself.
  return /^\/api(\/|$)/i.test(decodeFully(url.pathname)) ? '/' : url.pathname + url.search + url.hash;
}

function decodeFully(text: string): string {
  let form = text;
  for (let i = 0; i < 5; i += 1) {
    const next = form.replace(/%([0-9a-f]{2})/gi, (_whole, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (next === form) return form;
    form = next;
  }
  return '\\';
}
