/** The addresses to which a page leads. Pure; runs in the confined process. */

/** More links of one page than this are not followed. */
export const LINKS_MAX = 2000;
/** Longer addresses are traps; a finding keeps 2000 characters of one. */
export const URL_MAX = 2000;

/** `href` as a browser would follow it, or undefined when it is no http(s) address that can be kept. */
export function resolveLink(href: string, base: string): string | undefined {
  const trimmed = href.trim();
  if (trimmed === '' || trimmed.startsWith('#') || trimmed.length > URL_MAX) return undefined;
  const url = URL.parse(trimmed, base);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '')
    return undefined;
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href.length > URL_MAX ? undefined : url.href;
}
