import { toPort, toText } from './text.ts';

export interface UrlParts {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

const nothing: UrlParts = { host: '', port: 0, path: '' };

/**
 * Host, port and path of a URL in a log, without failing on what browsers would refuse. `authority` reads
 * `host:port` (a CONNECT request). The host comes in lower case without a closing dot.
 */
export function splitUrl(url: string, authority: boolean): UrlParts {
  if (authority) return { ...splitAuthority(url, 443), path: '' };
  const scheme = /^([a-z][a-z0-9+.-]{0,15}):\/\//i.exec(url);
  if (!scheme) return { ...nothing, path: toText(url, 8192) };
  const start = scheme[0].length;
  const rest = url.slice(start);
  const end = rest.search(/[/?#]/);
  const port = scheme[1]!.toLowerCase() === 'https' ? 443 : 80;
  const place = splitAuthority(end < 0 ? rest : rest.slice(0, end), port);
  return { ...place, path: end < 0 ? '/' : toText(rest.slice(end), 8192) };
}

function splitAuthority(authority: string, defaultPort: number): { host: string; port: number } {
  const text = authority.slice(authority.lastIndexOf('@') + 1);
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', Math.max(bracket, 0));
  const host = bracket > 0 ? text.slice(1, bracket) : colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? defaultPort : toPort(text.slice(colon + 1));
  return { host: toHost(host), port: Math.max(port, 0) };
}

/** A host name as it is compared: lower case, no closing dot, at most 255 characters. */
export function toHost(name: string): string {
  const text = toText(name, 255).toLowerCase();
  return text.endsWith('.') && text.length > 1 ? text.slice(0, -1) : text;
}
