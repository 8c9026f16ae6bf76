/** Preserves one page: its bytes, its picture, and the facts around them, as items for a bag. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  launchBrowser,
  type MarkedSpot,
  type PageAnswer,
  type PageBrowser,
  type PageRequest,
  type SpotRequest,
} from '#base/browser';
import { type AllowedHost, type Exchange, type OutboundResult, outboundFetch } from '#base/outbound';
import { describeEnvironment, toolName } from './capture-environment.ts';
import type { NewItem } from './create-bag.ts';
import { createWarc, type WarcFile } from './warc-file.ts';

export interface CaptureInput {
  readonly url: string;
  /** Addresses of registered hosts, as `outboundFetch` takes them. */
  readonly allow: readonly AllowedHost[];
  readonly userAgent?: string;
  /** Draws the page; an error in its place says why there is none. */
  readonly browser: PageBrowser | Error;
  /** The items' files are written below it. */
  readonly outDir: string;
  readonly now: () => Date;
  /** For everything together. Default 60 s. */
  readonly timeoutMs?: number;
  /** Tells several captures in one bag apart: `items/web/<label>.warc.gz`. Default `page`. */
  readonly label?: string;
  /** Pixels of the page's length that are drawn. Default 16,000. */
  readonly maxHeight?: number;
  /** What is to be marked: each gets a picture of its place beside the one of the whole page. */
  readonly spots?: readonly SpotRequest[];
  /** Whether the page is to be written down as its scripts and style sheets left it. */
  readonly flat?: boolean;
}

/** A part of the page that could not be had. */
interface MissingResource {
  readonly url: string;
  readonly kind: string;
  readonly problem: string;
}

export interface Capture {
  /** Ready for a bag. */
  readonly items: readonly NewItem[];
  /** What could not be taken; the bag that holds the items must declare it. */
  readonly incomplete: readonly { item: string; problem: string }[];
  readonly missing: readonly MissingResource[];
  /** Of the page itself; 0 when no answer came. */
  readonly status: number;
  readonly finalUrl: string;
  readonly title: string;
  readonly capturedAt: Date;
  /** The page as fetched, without content codings: what a content check may read. */
  readonly body: Uint8Array;
  readonly contentType?: string;
  /** The spots that were asked for, as far as the page could be drawn and searched. */
  readonly spots: readonly MarkedSpot[];
  /** Where the page's bytes came from, before its own scripts led elsewhere. */
  readonly fetchedUrl: string;
  /** The page as its scripts and style sheets left it, when that was asked for and could be read. */
  readonly flat?: { readonly html: string; readonly isCut: boolean };
}

const TIMEOUT_MS = 60_000;
const MAIN_MAX_BYTES = 32 * 1024 * 1024;
/** All parts of a page together; beyond it parts are missing, and listed. */
const TOTAL_MAX_BYTES = 96 * 1024 * 1024;
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36 Jiaodun';

/**
 * Captures `url`: a WARC of every exchange, a full-page picture drawn from those same bytes, and the DNS, TLS, header
 * and environment facts. Whatever the site or the browser does, there is a capture; what it lacks is in `incomplete`
 * and `missing`. Throws only when its own files cannot be written.
 */
export async function capturePage(input: CaptureInput): Promise<Capture> {
  const capturedAt = input.now();
  const label = input.label ?? 'page';
  const paths = pathsOf(label);
  for (const path of Object.values(paths))
    await mkdir(dirname(join(input.outDir, path)), { recursive: true });
  const warc = await createWarc(join(input.outDir, paths.warc), { software: await toolName() }, capturedAt);
  const session = startSession(input, warc);
  const { main, drawn } = await takePage(input, session, warc);
  const incomplete: Capture['incomplete'][number][] = [];
  if (main.error) incomplete.push({ item: paths.warc, problem: main.error.message });
  else if (main.truncated) incomplete.push({ item: paths.warc, problem: 'the page was cut off' });
  if (!drawn.png) incomplete.push({ item: paths.shot, problem: `screenshot: ${drawn.problem}` });
  await writeFiles(input, paths, session, drawn, capturedAt);
  const marked = await writeSpots(input, label, drawn);
  return {
    items: await itemsOf(input, { ...presentOf(paths, drawn), ...marked }, capturedAt),
    incomplete,
    missing: session.missing,
    status: main.status,
    finalUrl: drawn.finalUrl ?? main.finalUrl,
    title: drawn.title ?? '',
    capturedAt,
    body: main.body,
    ...(main.headers['content-type'] && { contentType: main.headers['content-type'] }),
    spots: drawn.spots ?? [],
    fetchedUrl: main.finalUrl,
    ...(drawn.flat && { flat: drawn.flat }),
  };
}

async function takePage(input: CaptureInput, session: Session, warc: WarcFile) {
  try {
    const main = await session.fetch(input.url, 'document', {}, MAIN_MAX_BYTES);
    const drawn = await draw(input, main, session);
    await session.end();
    return { main, drawn };
  } finally {
    await warc.close();
  }
}

/**
 * Starts a browser (unpacked below `cacheDir`, or `executable`), captures, and closes it. Without a browser the
 * capture is made and says so.
 */
export async function preservePage(
  input: Omit<CaptureInput, 'browser'> & { readonly cacheDir: string; readonly executable?: string },
): Promise<Capture> {
  const { cacheDir, executable, ...rest } = input;
  const browser = await launchBrowser({ cacheDir, ...(executable ? { executable } : {}) }).catch(asError);
  try {
    return await capturePage({ ...rest, browser });
  } finally {
    if (!(browser instanceof Error)) await browser.close();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

interface Session {
  readonly exchanges: readonly Exchange[];
  readonly missing: readonly MissingResource[];
  fetch(url: string, kind: string, request: FetchRequest, maxBytes?: number): Promise<OutboundResult>;
  /** Stops what is still under way and waits until it is recorded. */
  end(): Promise<void>;
}

interface FetchRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

function startSession(input: CaptureInput, warc: WarcFile): Session {
  const exchanges: Exchange[] = [];
  const missing: MissingResource[] = [];
  const pending = new Set<Promise<unknown>>();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(input.timeoutMs ?? TIMEOUT_MS)]);
  let room = TOTAL_MAX_BYTES;

  async function fetchOne(url: string, kind: string, request: FetchRequest, maxBytes: number) {
    const result = await outboundFetch(url, {
      ...request,
      headers: { 'User-Agent': input.userAgent ?? USER_AGENT, ...request.headers },
      allow: input.allow,
      insecureTls: 'record',
      maxRedirects: 10,
      maxBytes: Math.max(1, Math.min(maxBytes, room)),
      timeoutMs: input.timeoutMs ?? TIMEOUT_MS,
      signal,
      clock: { now: input.now },
    });
    for (const [i, exchange] of result.exchanges.entries()) {
      room -= exchange.rawResponse.length;
      exchanges.push(exchange);
      await warc.addExchange(exchange, i === result.exchanges.length - 1 ? result.error?.message : undefined);
    }
    const problem = problemOf(result);
    if (problem) missing.push({ url: url.slice(0, 2000), kind, problem });
    return result;
  }

  return {
    exchanges,
    missing,
    fetch: (url, kind, request, maxBytes = TOTAL_MAX_BYTES) => {
      const work = fetchOne(url, kind, request, maxBytes);
      pending.add(work);
      return work.finally(() => pending.delete(work));
    },
    end: async () => {
      stop.abort();
      await Promise.all(pending);
    },
  };
}

function problemOf(result: OutboundResult): string | undefined {
  if (result.error) return result.error.message;
  if (result.status >= 400) return `status ${result.status}`;
  return result.truncated ? 'cut off' : undefined;
}

interface Drawn {
  readonly png?: Uint8Array;
  readonly problem?: string;
  readonly title?: string;
  readonly finalUrl?: string;
  readonly notes?: readonly string[];
  readonly spots?: readonly MarkedSpot[];
  readonly flat?: Capture['flat'];
}

async function draw(input: CaptureInput, main: OutboundResult, session: Session): Promise<Drawn> {
  if (input.browser instanceof Error) return { problem: input.browser.message };
  if (main.status === 0) return { problem: main.error?.message ?? 'no answer' };
  const answers = new Map<string, Promise<PageAnswer | undefined>>();
  const first: PageAnswer = { status: notRedirect(main.status), headers: main.headers, body: main.body };
  answers.set(main.finalUrl, Promise.resolve(first));
  const answer = (request: PageRequest) => {
    const plain = request.method === 'GET' && !request.body;
    const known = plain ? answers.get(request.url) : undefined;
    if (known) return known;
    const fetched = fetchPart(session, request);
    if (plain) answers.set(request.url, fetched);
    return fetched;
  };
  try {
    return await input.browser.render({
      url: main.finalUrl,
      answer,
      userAgent: input.userAgent ?? USER_AGENT,
      timeoutMs: input.timeoutMs ?? TIMEOUT_MS,
      ...(input.maxHeight && { maxHeight: input.maxHeight }),
      ...(input.spots && { spots: input.spots }),
      ...(input.flat && { flat: true }),
    });
  } catch (error) {
    // Whatever breaks while drawing belongs to the page or the browser; the bytes are preserved all the same.
    return { problem: asError(error).message.split('\n')[0]!.slice(0, 500) };
  }
}

async function fetchPart(session: Session, request: PageRequest): Promise<PageAnswer | undefined> {
  const { 'accept-encoding': _, host: __, connection: ___, ...headers } = request.headers;
  const result = await session.fetch(request.url, request.kind, {
    method: request.method,
    headers,
    ...(request.body ? { body: request.body } : {}),
  });
  if (result.status === 0 || (result.error && result.body.length === 0)) return undefined;
  return { status: notRedirect(result.status), headers: result.headers, body: result.body };
}

/** A browser that is handed a redirect would want to follow it by itself. */
function notRedirect(status: number): number {
  return status >= 300 && status < 400 ? 200 : status;
}

type Paths = ReturnType<typeof pathsOf>;

function pathsOf(label: string) {
  return {
    warc: `items/web/${label}.warc.gz`,
    missing: `items/web/${label}.missing.json`,
    shot: `items/shot/${label}.png`,
    dns: `items/net/${label}.dns.json`,
    tls: `items/net/${label}.tls.json`,
    headers: `items/net/${label}.headers.json`,
    env: `items/env/${label}.json`,
  };
}

async function writeFiles(
  input: CaptureInput,
  paths: Paths,
  session: Session,
  drawn: Drawn,
  startedAt: Date,
) {
  const put = (path: string, value: unknown) =>
    writeFile(join(input.outDir, path), `${JSON.stringify(value, null, 1)}\n`, { flag: 'wx' });
  const at = (exchange: Exchange) => ({ url: exchange.url, at: exchange.startedAt.toISOString() });
  await put(
    paths.dns,
    session.exchanges.map((e) => ({
      ...at(e),
      ...e.dns,
      remoteAddress: e.remoteAddress,
      remotePort: e.remotePort,
    })),
  );
  await put(
    paths.tls,
    session.exchanges.flatMap((e) => (e.tls ? [{ ...at(e), ...e.tls }] : [])),
  );
  await put(
    paths.headers,
    session.exchanges.map((e) => ({
      ...at(e),
      status: e.status,
      truncated: e.truncated,
      headers: e.headers,
    })),
  );
  await put(paths.missing, session.missing);
  if (drawn.png) await writeFile(join(input.outDir, paths.shot), drawn.png, { flag: 'wx' });
  const egress = [
    ...new Set(session.exchanges.map((e) => e.localAddress).filter((address) => address !== '')),
  ];
  const browser =
    input.browser instanceof Error ? { unavailable: input.browser.message } : browserFacts(input.browser);
  const finishedAt = input.now();
  await put(
    paths.env,
    await describeEnvironment({
      startedAt,
      finishedAt,
      egress,
      browser: { ...browser, notes: drawn.notes ?? [] },
    }),
  );
}

function browserFacts({ version, confinement }: PageBrowser) {
  return { version, ...confinement };
}

/** The marked pictures and what they mark; by what they show, as the paths of a capture are. */
async function writeSpots(input: CaptureInput, label: string, drawn: Drawn): Promise<Record<string, string>> {
  if (!drawn.spots?.length) return {};
  const paths: Record<string, string> = { spots: `items/shot/${label}.spots.json` };
  const told = [];
  for (const [n, { png, ...spot }] of drawn.spots.entries()) {
    const picture = png ? `items/shot/${label}.spot-${n + 1}.png` : null;
    if (png && picture) {
      paths[`shot ${n + 1}`] = picture;
      await writeFile(join(input.outDir, picture), png, { flag: 'wx' });
    }
    told.push({ ...spot, picture });
  }
  const note = 'cut from the picture of the whole page; frames and covers were added, nothing else';
  const facts = `${JSON.stringify({ note, spots: told }, null, 1)}\n`;
  await writeFile(join(input.outDir, paths.spots!), facts, { flag: 'wx' });
  return paths;
}

function presentOf(paths: Paths, drawn: Drawn): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).filter(([name]) => name !== 'shot' || drawn.png));
}

async function itemsOf(
  input: CaptureInput,
  present: Readonly<Record<string, string>>,
  acquiredAt: Date,
): Promise<NewItem[]> {
  const tool = await toolName();
  const drawTool = input.browser instanceof Error ? tool : `${input.browser.version}, ${tool}`;
  return Object.entries(present).map(([name, path]) => ({
    path,
    file: join(input.outDir, path),
    source: input.url.slice(0, 4000),
    tool: name.startsWith('shot') ? drawTool : tool,
    collector: 'jiaodun',
    acquiredAt,
  }));
}
