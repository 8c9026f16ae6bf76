/** Websites for this module's tests: real servers on loopback. And crawls of them without a database. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Crawl, type CrawledPage, type CrawlTarget, type CrawlTools, crawlSite } from './crawl-site.ts';

export type Page =
  | {
      readonly status?: number;
      readonly type?: string;
      readonly body: string | Uint8Array;
      readonly location?: string;
    }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface TestSite {
  readonly port: number;
  readonly resolveTo: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** Told of every request, before it is answered. */
  onAsked?: (path: string) => void;
  /** Pages by path with query; change them while it runs. What is missing is 404. */
  pages: Record<string, Page>;
  close(): Promise<void>;
}

/** Starts a site on a free port of 127.0.0.1. */
export async function serveSite(pages: Record<string, Page>): Promise<TestSite> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    site.onAsked?.(path);
    const page = site.pages[path];
    if (typeof page === 'function') return page(request, response);
    if (!page) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
      return;
    }
    const headers = { 'content-type': page.type ?? 'text/html; charset=utf-8' };
    response
      .writeHead(page.status ?? 200, page.location ? { ...headers, location: page.location } : headers)
      .end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const site: TestSite = {
    port,
    resolveTo: `127.0.0.1:${port}`,
    asked,
    pages,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return site;
}

export const html = (body: string, title = '示例学校') =>
  `<!doctype html><html><head><meta charset="utf-8"><title>${title}</title></head><body>${body}</body></html>`;

/** A link that readers do not see and spiders do. */
export const hiddenLink =
  '<div style="display:none"><a href="http://www.lucky-bet.example/">澳门赌场 在线赌场</a></div>';

/** Identity numbers of nobody, with a right check digit (GB 11643-1999 §4.2.2). */
export function identityNumbers(count: number): string[] {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return Array.from({ length: count }, (_, n) => {
    const body = `110101201001${String((n % 27) + 1).padStart(2, '0')}${String(n + 101).padStart(3, '0')}`;
    const sum = weights.reduce((total, weight, at) => total + weight * Number(body[at]), 0);
    return body + '10X98765432'[sum % 11];
  });
}

/** Text as GBK bytes: the decoder's table turned round. */
export function encodeGbk(text: string): Uint8Array {
  gbkTable ??= makeGbkTable();
  return Buffer.concat(
    [...text].map((char) => {
      if (char.charCodeAt(0) < 0x80) return Buffer.from(char);
      const bytes = gbkTable!.get(char);
      if (!bytes) throw new Error(`${char} is not in GBK`);
      return bytes;
    }),
  );
}

let gbkTable: Map<string, Buffer> | undefined;

function makeGbkTable(): Map<string, Buffer> {
  const table = new Map<string, Buffer>();
  const decoder = new TextDecoder('gbk');
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const bytes = Buffer.from([lead, trail]);
      const char = decoder.decode(bytes);
      if ([...char].length === 1 && char !== '\ufffd') table.set(char, bytes);
    }
  }
  return table;
}

/** A crawl with its pages, in their order: the site's own address first, when it was tried. */
export type CrawledSite = Crawl & { readonly pages: readonly CrawledPage[] };

/** Crawls and keeps the pages. */
export async function crawlAll(target: CrawlTarget, tools: Omit<CrawlTools, 'keep'>): Promise<CrawledSite> {
  const pages: CrawledPage[] = [];
  const crawl = await crawlSite(target, {
    ...tools,
    keep: async ({ page, url, via }) => {
      if (page) pages.push(page);
      else pages.find((one) => one.url === url)?.via.push(...via);
    },
  });
  return { ...crawl, pages };
}
