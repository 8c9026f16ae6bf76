/** Asks one address that nobody registered whether it is a website. */
import type { App } from '#base/app';
import { publicUrlOf } from '#base/config';
import { type AllowedHost, outboundFetch } from '#base/outbound';
import { judgeStranger, type Told } from './rules.ts';

export interface StrangerTools {
  readonly signal: AbortSignal;
  /** Addresses that are not public and may be asked nevertheless: for tests on loopback. */
  readonly allow?: (host: string) => readonly AllowedHost[];
}

const BYTES_MAX = 64 * 1024;

/** One request, with redirects followed; throws only when `tools.signal` aborts. */
export async function askStranger(
  app: App,
  url: string,
  registered: ReadonlySet<string>,
  tools: StrangerTools & { readonly timeoutMs: number },
): Promise<Told> {
  const answer = await outboundFetch(url, {
    headers: { 'User-Agent': `JiaodunWatch/1.0 (+${publicUrlOf(app.config)})`, 'Accept-Language': 'zh-CN' },
    allow: tools.allow?.(new URL(url).hostname) ?? [],
    maxBytes: BYTES_MAX,
    timeoutMs: tools.timeoutMs,
    signal: tools.signal,
    insecureTls: 'record',
  });
  tools.signal.throwIfAborted();
  return judgeStranger(url, answer, registered);
}
