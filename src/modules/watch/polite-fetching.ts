/** Politeness, robots.txt and conditional requests around the fetches of one crawl. */

import { elapsed } from '#base/clock';
import { after } from '#base/timers';
import type { CrawlTarget, CrawlTools } from './crawl-site.ts';
import type { FetchTools } from './fetch-page.ts';
import type { KnownPage } from './judge-page.ts';
import { inBoth } from './reason-words.ts';
import { createRobotsFile } from './robots-file.ts';
import { politenessMs } from './rules.ts';

/** Waits, or throws as soon as the crawl is ended. */
export function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const end = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = after(milliseconds, () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Politeness and robots.txt around the requests of one crawl. */
export function createFetching(target: CrawlTarget, tools: CrawlTools, requestMs: number): FetchTools {
  const isOwn = (url: URL) => target.hosts.has(url.host);
  const answeredFrom = new Set<string>();
  const registered = target.allow.map(({ address }) => address);
  // Whoever crawled the site until a moment ago may have died right after a request: the first one waits, too.
  let last = elapsed();
  let crawlDelay: number | undefined;
  const pace = async () => {
    const from = answeredFrom.size > 0 ? answeredFrom : registered;
    const wait = last + politenessMs(from, crawlDelay, tools.loopbackPauseMs) - elapsed();
    if (wait > 0) await waitFor(wait, tools.signal);
    await tools.onRequest?.();
    last = elapsed();
  };
  const fetching: FetchTools = {
    allow: target.allow,
    userAgent: tools.userAgent,
    timeoutMs: requestMs,
    signal: tools.signal,
    isOwn,
    headersFor: (url) => conditions(tools.knownPage?.(url)),
    onEnd: (addresses) => {
      for (const address of addresses) answeredFrom.add(address);
      // From its end: a request that was long on its way would else be seen right before the next one.
      last = elapsed();
    },
    admit: async (url) => {
      const rules = await robots.of(new URL(url).origin);
      crawlDelay = rules.crawlDelay;
      if (!rules.isAllowed(url))
        return rules.denial ?? inBoth('robots.txt 不允许访问', 'robots.txt forbids the visit');
      await pace();
      return null;
    },
  };
  const robots = createRobotsFile({
    ...fetching,
    admit: async () => {
      await pace();
      return null;
    },
  });
  return fetching;
}

/** RFC 9110 §13.1: the server need not send again what is as it was. */
function conditions(known: KnownPage | undefined): Record<string, string> {
  return {
    ...(known?.etag ? { 'If-None-Match': known.etag } : {}),
    ...(known?.lastModified ? { 'If-Modified-Since': known.lastModified } : {}),
  };
}
