/** The addresses to which a page leads. Pure; runs in the confined process. */
import { Parser } from 'htmlparser2';

/** More links of one page than this are not followed. */
export const LINKS_MAX = 2000;
/** Longer addresses are traps; a finding keeps 2000 characters of one. */
export const URL_MAX = 2000;

const SOURCES: Readonly<Record<string, string>> = {
  a: 'href',
  area: 'href',
  iframe: 'src',
  frame: 'src',
  embed: 'src',
  object: 'data',
};

/**
 * Absolute http(s) addresses without fragment, in the order of the page, each once: links, frames, meta refresh.
 * A `<base href>` counts as in a browser.
 */
export function extractLinks(html: string, pageUrl: string): string[] {
  const found = new Set<string>();
  let base = pageUrl;
  const add = (href: string | undefined) => {
    const url = found.size < LINKS_MAX && href !== undefined ? resolveLink(href, base) : undefined;
    if (url) found.add(url);
  };
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === 'base' && base === pageUrl && attributes.href) {
        base = URL.parse(attributes.href, pageUrl)?.href ?? pageUrl;
      }
      const source = SOURCES[name];
      if (source) add(attributes[source]);
      if (name === 'meta' && attributes['http-equiv']?.toLowerCase() === 'refresh') {
        add(/^[\s\d.]*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(attributes.content ?? '')?.[1]);
      }
    },
  });
  parser.write(html);
  parser.end();
  return [...found];
}

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
