/** One address of a site: fetched politely, its redirects followed only inside the site. */
import { type AllowedHost, type OutboundResult, outboundFetch } from '#base/outbound';
import { failureText } from './failure-text.ts';
import { withoutSession } from './page-links.ts';
import { inBoth } from './reason-words.ts';

/** Largest page, and largest attachment (docx, xlsx, pdf), in bytes. */
export const PAGE_MAX = 5 * 1024 * 1024;
export const FILE_MAX = 20 * 1024 * 1024;
const REDIRECTS_MAX = 5;

export interface FetchTools {
  readonly allow: readonly AllowedHost[];
  readonly userAgent: string;
  /** For one request, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether an address belongs to the site. */
  readonly isOwn: (url: URL) => boolean;
  /** Waits until the next request is polite, or says why it must not be made. */
  readonly admit: (url: string) => Promise<string | null>;
  /** Header lines besides the usual ones: of conditional requests. */
  readonly headersFor?: (url: string) => Readonly<Record<string, string>>;
  /** The page at which an address is known to end in this crawl: nobody is asked for it again. */
  readonly landed?: (url: string) => string | undefined;
  /** Told when a request is over, of the addresses that answered. */
  readonly onEnd: (remoteAddresses: readonly string[]) => void;
}

export interface Fetched {
  /** The address that gave the answer; `via` are those that led there. */
  readonly url: string;
  readonly via: readonly string[];
  /** 0 when no answer came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly truncated: boolean;
  /** Where it would lead outside the site. */
  readonly leadsTo?: string;
  /** Why there is no answer, or no whole one. */
  readonly failure?: {
    readonly kind: 'refused' | 'unreachable' | 'skipped' | 'partial';
    readonly text: string;
  };
}

/**
 * Fetches `address`. Leads out of the site are not followed; each hop inside it is asked for anew. Throws only when
 * `tools.signal` ends the crawl.
 */
export async function fetchPage(address: string, tools: FetchTools): Promise<Fetched> {
  const via: string[] = [];
  for (let url = address; ; ) {
    const denied = await tools.admit(url);
    if (denied !== null) return nothing(url, via, 'skipped', denied);
    const answer = await ask(url, tools);
    const next = redirectTarget(url, answer);
    if (next === undefined) {
      // A server that adds the id of a session by a redirect shows the page that was asked for.
      const name = withoutSession(url);
      const others = via.filter((one) => one !== name);
      return settle(name, name === url ? via : others, answer);
    }
    via.push(url);
    if (via.length > REDIRECTS_MAX)
      return nothing(url, via, 'unreachable', inBoth('重定向过多', 'Too many redirects'));
    if (!tools.isOwn(next)) {
      const where = next.href.slice(0, 200);
      const left = nothing(
        url,
        via,
        'skipped',
        inBoth(
          `跳转到 ${where}，不属于登记的网站，没有跟随`,
          `Redirects to ${where}, which is not of the registered website; not followed`,
        ),
      );
      return { ...left, leadsTo: next.href };
    }
    next.hash = '';
    url = next.href;
    const landed = tools.landed?.(url);
    if (landed !== undefined)
      return nothing(landed, via, 'skipped', inBoth('这次检查已经读过', 'Was read before in this check'));
    if (via.includes(url))
      return nothing(url, via, 'unreachable', inBoth('重定向成环', 'The redirects go round in a circle'));
  }
}

async function ask(url: string, tools: FetchTools): Promise<OutboundResult> {
  const named = isFileName(new URL(url).pathname);
  const answer = await askOnce(url, named ? FILE_MAX : PAGE_MAX, tools);
  const isLargeFile = !named && answer.truncated && !answer.error && isFile(answer.headers);
  if (!isLargeFile || (await tools.admit(url)) !== null) return answer;
  return askOnce(url, FILE_MAX, tools);
}

async function askOnce(url: string, maxBytes: number, tools: FetchTools): Promise<OutboundResult> {
  tools.signal.throwIfAborted();
  const answer = await outboundFetch(url, {
    allow: tools.allow,
    headers: {
      'User-Agent': tools.userAgent,
      'Accept-Language': 'zh-CN,zh;q=0.9',
      ...tools.headersFor?.(url),
    },
    maxBytes,
    maxRedirects: 0,
    timeoutMs: maxBytes > PAGE_MAX ? tools.timeoutMs * 3 : tools.timeoutMs,
    signal: tools.signal,
    // A neglected certificate is a fault of its own; the page behind it must still be looked at.
    insecureTls: 'record',
  });
  tools.signal.throwIfAborted();
  tools.onEnd(answer.exchanges.flatMap(({ remoteAddress }) => remoteAddress || []));
  return answer;
}

/** Names and types of attachments that can be read. */
function isFileName(path: string): boolean {
  return /\.(?:docx|xlsx|pdf)$/i.test(path);
}

function isFile(headers: Readonly<Record<string, string>>): boolean {
  const type = headers['content-type'] ?? '';
  return (
    /pdf|officedocument|octet-stream/i.test(type) || /attachment/i.test(headers['content-disposition'] ?? '')
  );
}

function redirectTarget(url: string, answer: OutboundResult): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status) || answer.headers.location === undefined)
    return undefined;
  // Header bytes arrive as Latin-1; many servers write UTF-8.
  return URL.parse(Buffer.from(answer.headers.location, 'latin1').toString('utf8'), url) ?? undefined;
}

function settle(url: string, via: readonly string[], answer: OutboundResult): Fetched {
  const { status, headers, body, truncated, error } = answer;
  const base = { url, via, status, headers, body, truncated };
  if (!error && !truncated) return base;
  const isUsable = status >= 200 && status < 300 && body.length > 0;
  if (isUsable) {
    const text = error ? failureText(error) : cutText(body.length);
    return { ...base, truncated: true, failure: { kind: 'partial', text } };
  }
  if (!error) return base;
  const kind = error.code === 'outbound.forbidden_address' ? 'refused' : 'unreachable';
  return { ...base, failure: { kind, text: failureText(error) } };
}

/** What a page or file that came in part says: of its size, or of its server. */
function cutText(bytes: number): string {
  const size = `${Math.round(bytes / 1_048_576)} MB`;
  return bytes >= PAGE_MAX
    ? inBoth(`超过 ${size}，只检查了前面的部分`, `Larger than ${size}; only its beginning was checked`)
    : inBoth(
        '服务器没有把它发完，只检查了前面的部分',
        'The server did not send all of it; only what came was checked',
      );
}

function nothing(
  url: string,
  via: readonly string[],
  kind: 'refused' | 'unreachable' | 'skipped',
  text: string,
): Fetched {
  return {
    url,
    via,
    status: 0,
    headers: {},
    body: new Uint8Array(),
    truncated: false,
    failure: { kind, text },
  };
}

/** Last part of the address or the name in Content-Disposition: what the scan tells kinds of files by. */
export function fileNameOf(url: string, headers: Readonly<Record<string, string>>): string {
  if (/html/i.test(headers['content-type'] ?? '')) return 'page.html';
  const disposition = headers['content-disposition'] ?? '';
  const named = /filename\*?\s*=\s*(?:[\w-]+'[^']*')?"?([^";]+)/i.exec(disposition)?.[1];
  if (named && /\.\w{1,8}$/.test(named.trim())) return named.trim();
  return new URL(url).pathname.split('/').at(-1) ?? '';
}
