/** The address of a page, or a host alone, as complaints have it. Pure. */
import { domainToASCII } from 'node:url';

export interface AskedUrl {
  /** As it is kept: without what stands before the host and behind `#`. */
  readonly text: string;
  /** Lower case, in ASCII, without a port. */
  readonly host: string;
  /** 0: not named. */
  readonly port: number;
  /** With its query; '' when only a host is named. */
  readonly path: string;
}

const shape =
  /^(?:([a-z][a-z0-9+.-]{0,15}):\/\/)?(?:[^/?#@\s]*@)?(\[[0-9a-f:.]+\]|[^/?#:\s]+)(?::(\d{1,5}))?([/?][^#\s]*)?(?:#.*)?$/i;

/** Undefined for what names no host. A path alone (`/login`) names none. */
export function readUrl(text: string): AskedUrl | undefined {
  const plain = text.normalize('NFKC').trim();
  if (plain.length > 2000) return undefined;
  const [, scheme, rawHost = '', port, path = ''] = shape.exec(plain) ?? [];
  const host = rawHost.startsWith('[') ? rawHost.slice(1, -1) : domainToASCII(rawHost).replace(/\.$/, '');
  const isNamed = host !== '' && (scheme !== undefined || host.includes('.') || host.includes(':'));
  if (!isNamed || Number(port ?? 0) > 65535) return undefined;
  const rest = path === '' || path === '/' ? '' : path.startsWith('?') ? `/${path}` : path;
  const shown = `${scheme ? `${scheme.toLowerCase()}://` : ''}${rawHost.startsWith('[') ? rawHost : host}${port ? `:${port}` : ''}${rest}`;
  return { text: shown, host: host.toLowerCase(), port: Number(port ?? 0), path: rest };
}
