/** The addresses to which a page leads. Pure; runs in the confined process. */

/** More links of one page than this are not followed. */
export const LINKS_MAX = 2000;
/** Longer addresses are traps; a finding keeps 2000 characters of one. */
export const URL_MAX = 2000;

/** The links of a page that are kept to compare with. */
export function firstLinks(links: readonly string[]): string[] {
  return links.slice(0, KEPT_MAX).map((one) => one.slice(0, 300));
}

const KEPT_MAX = 300;

/** An address on the page's own host in which nothing is to be resolved or escaped: most links of most pages. */
const PLAIN = /^(?:\/[\w~-][\w.~-]*)+\/?(?:\?[\w.~&=-]*)?$/;

/**
 * `href` as a browser would follow it, without the id of a session in it; undefined when it is no http(s) address that
 * can be kept.
 */
export function resolveLink(href: string, base: string): string | undefined {
  const url = resolve(href, base);
  return url && withoutSession(url);
}

/** Names of parameters in which servers hand on a session to visitors without cookies. */
const SESSION = /^(?:j?session_?id|phpsessid|aspsessionid\w*|asp\.net_sessionid|cftoken|sid)$/i;
/** What such an id looks like: a page's own number is shorter. */
const SESSION_ID = /^[\w.!-]{16,}$/;

/**
 * An address without the id of a session: a server that puts a new one into every link would otherwise lead on for ever,
 * always to the same pages. `;jsessionid=` (Java Servlet specification, 7.1.3), `(S(…))` (ASP.NET) and parameters.
 */
export function withoutSession(address: string): string {
  if (!/sess|sid=|cftoken|\/\(\w\(/i.test(address)) return address;
  const url = new URL(address);
  const path = url.pathname
    .replace(/;jsessionid=[^/;]*/gi, '')
    .replace(/\/(?:\((?:[A-Z]\(\w{20,}\))+\)\/)+/i, '/');
  if (path !== url.pathname) url.pathname = path;
  // The pairs as they stand: a value may be escaped in GBK.
  const pairs = url.search.slice(1).split('&');
  const kept = pairs.filter((pair) => !isSession(pair));
  if (kept.length < pairs.length) url.search = kept.join('&');
  return url.href;
}

function isSession(pair: string): boolean {
  const [name = '', value = ''] = pair.split('=', 2);
  return SESSION.test(name) && SESSION_ID.test(value);
}

function resolve(href: string, base: string): string | undefined {
  const trimmed = href.trim();
  if (trimmed === '' || trimmed.startsWith('#') || trimmed.length > URL_MAX) return undefined;
  if (PLAIN.test(trimmed)) {
    const origin = originOf(base);
    return origin === undefined || origin.length + trimmed.length > URL_MAX ? undefined : origin + trimmed;
  }
  const url = URL.parse(trimmed, base);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '')
    return undefined;
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href.length > URL_MAX ? undefined : url.href;
}

let last: { base: string; origin: string | undefined } = { base: '', origin: undefined };

/** The links of one page have one base. Undefined for one that is no http(s) address: nothing is reached from there. */
function originOf(base: string): string | undefined {
  if (last.base !== base) {
    const url = URL.parse(base);
    const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
    last = { base, origin: isWeb ? url.origin : undefined };
  }
  return last.origin;
}
