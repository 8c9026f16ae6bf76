/**
 * Three real websites on loopback, and one server that answers for all others by name. One of the three carries a planted fault from the start; a control page beside
 * it, guarded by a token, takes the fault away and puts it back, as a school's administrator would.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { FAULTY_SCHOOL, HOSTING_SCHOOL, type LiveSchool } from './city.ts';
import type { City } from './city-model.ts';
import { encodeGbk } from './gbk.ts';
import { escapeHtml } from './html.ts';
import { closeServer, listenOn } from './listen.ts';
import {
  aboutPage,
  articlePage,
  columnPage,
  commonArticles,
  downloadPage,
  homePage,
  logoSvg,
  type SchoolSite,
  styleSheet,
} from './school-site.ts';
import { enrolmentNotice, HIDDEN_LINKS } from './site-fault.ts';

interface Page {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Shown to the reader as a download under this name. */
  readonly fileName?: string;
}

const COLOURS: Record<LiveSchool, string> = {
  'school-07': '#1d5fa8',
  'school-23': '#8c2f2b',
  'school-41': '#23704a',
};

/** Every page of one school's site by path. School 23 writes GBK and declares it only inside the page. */
function sitePages(city: City, school: LiveSchool, faulty: boolean): Map<string, Page> {
  const unit = city.units.find((u) => u.code === school);
  const entry = city.sites.find((s) => s.unitCode === school);
  if (!unit || !entry) throw new Error(`${school} is not in the city`);
  const downloads = school === 'school-41' ? downloadPage(unit.name) : undefined;
  const notice = school === FAULTY_SCHOOL ? [enrolmentNotice(city.seed, faulty)] : [];
  const site: SchoolSite = {
    schoolName: unit.name,
    host: new URL(entry.url).host,
    icpNo: entry.icpNo,
    policeNo: entry.policeNo,
    charset: school === 'school-23' ? 'gb2312' : 'utf-8',
    colour: COLOURS[school],
    articles: [...notice, ...(downloads ? [downloads.article] : []), ...commonArticles()],
    attachments: downloads?.attachments ?? [],
  };
  return renderPages(site, faulty ? HIDDEN_LINKS : '');
}

function renderPages(site: SchoolSite, injected: string): Map<string, Page> {
  const gbk = site.charset === 'gb2312';
  const html = (text: string): Page => ({
    type: gbk ? 'text/html' : 'text/html; charset=utf-8',
    bytes: gbk ? encodeGbk(text) : new TextEncoder().encode(text),
  });
  const plain = (type: string, text: string): Page => ({ type, bytes: new TextEncoder().encode(text) });
  const pages = new Map<string, Page>([
    ['/', html(homePage(site, injected))],
    ['/about.html', html(aboutPage(site))],
    ['/news/', html(columnPage(site, '校园新闻'))],
    ['/notice/', html(columnPage(site, '通知公告'))],
    ['/style.css', plain('text/css; charset=utf-8', styleSheet(site))],
    ['/logo.svg', plain('image/svg+xml', logoSvg(site))],
    [
      '/robots.txt',
      plain('text/plain; charset=utf-8', 'User-agent: *\nDisallow: /admin/\nDisallow: /__demo/\n'),
    ],
  ]);
  for (const article of site.articles) pages.set(article.path, html(articlePage(site, article)));
  for (const { path, type, bytes, name } of site.attachments)
    pages.set(path, { type, bytes, fileName: name });
  return pages;
}

export interface WebsitesOptions {
  readonly city: City;
  /** Wanted port of each site; 0 takes a free one. */
  readonly ports: Readonly<Record<LiveSchool, number>>;
  /** What the control page asks for. */
  readonly token: string;
  readonly faulty: boolean;
  /** Called after the fault was taken away or put back, so that a restart keeps the state. */
  readonly onFault: (faulty: boolean) => Promise<void>;
}

export interface Websites {
  readonly ports: Readonly<Record<LiveSchool, number>>;
  close(): Promise<void>;
}

/** Starts the three sites on 127.0.0.1. A taken port is an error naming it. */
export async function startWebsites(options: WebsitesOptions): Promise<Websites> {
  const servers: Server[] = [];
  const ports = { ...options.ports };
  try {
    for (const school of Object.keys(ports) as LiveSchool[]) {
      const server = createServer(
        school === FAULTY_SCHOOL ? faultyHandler(options) : plainHandler(school, options.city),
      );
      servers.push(server);
      ports[school] = await listenOn(server, ports[school]);
    }
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return { ports, close: async () => void (await Promise.all(servers.map(closeServer))) };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function plainHandler(school: LiveSchool, city: City): Handler {
  const own = sitePages(city, school, false);
  const others = school === HOSTING_SCHOOL ? otherSites(city) : () => undefined;
  return (request, response) => servePage(others(request.headers.host ?? '') ?? own, request, response);
}

const OTHER_COLOURS = ['#36597a', '#5b4a86', '#7a5230', '#2f6b6b', '#6b3f5c'];

/** The sites without a server of their own by host: few pages each, written when they are first asked for. */
function otherSites(city: City): (host: string) => Map<string, Page> | undefined {
  const hosts = new Map(
    city.sites
      .filter((site) => site.resolveTo && !(site.unitCode in COLOURS))
      .map((site) => [new URL(site.url).host, site]),
  );
  const written = new Map<string, Map<string, Page>>();
  return (host) => {
    const entry = hosts.get(host);
    if (!entry) return undefined;
    let pages = written.get(host);
    if (!pages) {
      const n = city.sites.indexOf(entry);
      const articles = commonArticles();
      pages = renderPages(
        {
          schoolName: city.units.find((unit) => unit.code === entry.unitCode)!.name,
          host,
          icpNo: entry.icpNo,
          policeNo: entry.policeNo,
          charset: 'utf-8',
          colour: OTHER_COLOURS[n % OTHER_COLOURS.length]!,
          articles: [articles[n % articles.length]!, articles[(n + 4) % articles.length]!],
          attachments: [],
        },
        '',
      );
      written.set(host, pages);
    }
    return pages;
  };
}

function faultyHandler(options: WebsitesOptions): Handler {
  const clean = sitePages(options.city, FAULTY_SCHOOL, false);
  const bad = sitePages(options.city, FAULTY_SCHOOL, true);
  let faulty = options.faulty;
  const control = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = requestUrl(request);
    if (pathname === '/__demo/' && request.method === 'GET') {
      return reply(response, 200, 'text/html; charset=utf-8', controlPage(faulty, givenToken(request, '')));
    }
    if (pathname !== '/__demo/clean' && pathname !== '/__demo/inject') {
      return reply(response, 404, 'text/plain; charset=utf-8', 'no such control\n');
    }
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return reply(response, 405, 'text/plain; charset=utf-8', 'use POST\n');
    }
    const form = await readForm(request);
    if (form === undefined) return reply(response, 413, 'text/plain; charset=utf-8', 'too long\n');
    const token = givenToken(request, form);
    if (!sameToken(token, options.token)) {
      return reply(response, 403, 'text/plain; charset=utf-8', 'the token is missing or wrong\n');
    }
    const wanted = pathname === '/__demo/inject';
    await options.onFault(wanted);
    faulty = wanted;
    if (request.headers.accept?.includes('text/html')) {
      return reply(response, 200, 'text/html; charset=utf-8', controlPage(faulty, token));
    }
    reply(response, 200, 'application/json', `${JSON.stringify({ faulty })}\n`);
  };
  return (request, response) => {
    if (!requestUrl(request).pathname.startsWith('/__demo/')) {
      servePage(faulty ? bad : clean, request, response);
      return;
    }
    control(request, response).catch((error: unknown) => {
      reply(
        response,
        500,
        'text/plain; charset=utf-8',
        `${error instanceof Error ? error.message : error}\n`,
      );
    });
  };
}

function requestUrl(request: IncomingMessage): URL {
  return URL.parse(`http://site.invalid${request.url}`) ?? new URL('http://site.invalid/not-a-path');
}

function givenToken(request: IncomingMessage, form: string): string {
  const header = request.headers['x-demo-token'];
  if (typeof header === 'string') return header;
  return new URLSearchParams(form).get('token') ?? requestUrl(request).searchParams.get('token') ?? '';
}

/** Compares digests, so that neither content nor length shows in the time taken. */
function sameToken(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

const FORM_LIMIT = 4096;

/** The body of a small form, or undefined when it is too long. */
async function readForm(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > FORM_LIMIT) return undefined;
  }
  return text;
}

function controlPage(faulty: boolean, token: string): string {
  const button = (action: string, label: string): string =>
    `<form method="post" action="/__demo/${action}"><input type="password" name="token" value="${escapeHtml(token)}" placeholder="口令 token" aria-label="口令 token" required> <button>${label}</button></form>`;
  return `<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>演示控制</title>
<body style="font:16px/1.8 sans-serif;max-width:40em;margin:2em auto;padding:0 1em"><h1>演示控制</h1>
<p id="state">当前网页：<strong>${faulty ? '含有隐藏链接和身份证号（故障）' : '已清理（正常）'}</strong></p>
${button('clean', '清理网页 Clean the pages')}
${button('inject', '重新植入 Put the fault back')}
</body></html>
`;
}

function servePage(pages: Map<string, Page>, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    reply(response, 405, 'text/plain; charset=utf-8', 'method not allowed\n');
    return;
  }
  const page = pages.get(requestUrl(request).pathname);
  if (!page) {
    reply(response, 404, 'text/html; charset=utf-8', '<!DOCTYPE html><title>404</title><p>页面不存在</p>\n');
    return;
  }
  if (page.fileName) {
    response.setHeader(
      'content-disposition',
      `attachment; filename*=UTF-8''${encodeURIComponent(page.fileName)}`,
    );
  }
  reply(response, 200, page.type, page.bytes);
}

function reply(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
