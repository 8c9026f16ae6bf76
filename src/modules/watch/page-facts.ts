/**
 * What is kept of a page to compare it with itself later, with the school's entry and with how it is shown to others.
 * Pure; runs in the confined process. Everything is bounded: a page is hostile.
 */
import { maskPersonalData } from '#scan';
import { createFilingReader, type ShownFiling } from './filing-reader.ts';
import { firstLinks, LINKS_MAX, resolveLink } from './page-links.ts';
import { simhash } from './simhash.ts';

const BLOCKS_MAX = 400;
const BLOCK_CHARS = 300;
const TEXT_CHARS = 24_000;
const KEPT_HOSTS = 100;
const SKELETON_MAX = 250;
const SKELETON_DEPTH = 6;
const IMAGES_MAX = 5;
const FRAMES_MAX = 6;

/** Ways in which visitors can leave something behind. */
export type Interactive = 'upload' | 'login' | 'comment' | 'guestbook' | 'bbs' | 'search';

interface OpenElement {
  readonly name: string;
  readonly hash: number;
  /** How many elements are open around it. */
  readonly depth: number;
  readonly isFirstTitle: boolean;
}

export interface PageFacts {
  readonly title: string;
  readonly keywords: string;
  /** Visible text by blocks (paragraphs, cells, items), white space folded. */
  readonly blocks: readonly string[];
  readonly simhash: string;
  /** Hashes of the element paths, sorted: what the template is made of, however long its lists are. */
  readonly skeleton: readonly number[];
  readonly images: readonly string[];
  /** The first links, for the comparison. */
  readonly links: readonly string[];
  /** Hosts outside the page's own to which it links, and from which it loads scripts. */
  readonly hosts: readonly string[];
  readonly scripts: readonly string[];
  readonly interactive: readonly Interactive[];
  /** Day of the newest entry (YYYY-MM-DD) among `datedEntries` dated list entries. */
  readonly newestDay: string | null;
  readonly datedEntries: number;
  /** Filing numbers anywhere in the page's text or in what its images say, and links to where filings are kept. */
  readonly filings: readonly ShownFiling[];
  readonly filingLinks: readonly string[];
  /** Pages of the same site that are shown inside this one. */
  readonly frames: readonly string[];
  /** Little text beside scripts: only a browser would show what stands there. */
  readonly needsBrowser: boolean;
}

const BLOCK = new Set(
  'address article aside blockquote br caption dd div dl dt fieldset figcaption footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead title tr ul'.split(
    ' ',
  ),
);
const SILENT = new Set(['script', 'style', 'noscript', 'template', 'textarea', 'title']);
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
const LINK_SOURCES: Readonly<Record<string, string>> = {
  a: 'href',
  area: 'href',
  iframe: 'src',
  frame: 'src',
  embed: 'src',
  object: 'data',
};

const DAY = /(20\d\d)\s*[-/.年]\s*(1[0-2]|0?[1-9])\s*[-/.月]\s*(3[01]|[12]\d|0?[1-9])(?!\d)/;

export type FactsReader = ReturnType<typeof createFactsReader>;

/**
 * Reads along with the scan of a page (`HtmlObserver` of `scan`). `result` gives the page's facts, and all links for the
 * crawl: absolute, without fragment, each once, in the page's order.
 */
export function createFactsReader(pageUrl: string) {
  const { host: own, origin } = new URL(pageUrl);
  const ownOrigin = `${origin}/`;
  const links = new Set<string>();
  const hosts = new Set<string>();
  const scripts = new Set<string>();
  const skeleton = new Set<number>();
  const images: string[] = [];
  const blocks: string[] = [];
  const interactive = new Set<Interactive>();
  const filings = createFilingReader();
  const scripted = createFilingReader();
  const filingLinks = new Set<string>();
  const frames = new Set<string>();
  const path: OpenElement[] = [];
  const dates = { newest: null as string | null, count: 0 };
  let base = pageUrl;
  let room = TEXT_CHARS;
  let current = '';
  let silent = 0;
  let title = '';
  let keywords = '';
  let scriptCount = 0;

  const endBlock = () => {
    filings.gap();
    const text = current.replaceAll(/\s+/g, ' ').trim();
    current = '';
    if (text === '') return;
    noteDate(dates, text);
    if (blocks.length >= BLOCKS_MAX || room <= 0) return;
    const kept = text.slice(0, Math.min(BLOCK_CHARS, room));
    room -= kept.length;
    blocks.push(kept);
  };
  const addLink = (href: string | undefined) => {
    const url = href === undefined || links.size >= LINKS_MAX ? undefined : resolveLink(href, base);
    if (!url) return;
    if (links.has(url)) return;
    links.add(url);
    if (url.startsWith(ownOrigin)) return;
    const { host, hostname } = new URL(url);
    if (host !== own && hosts.size < KEPT_HOSTS) hosts.add(hostname);
    if (/(?:^|\.)(?:beian\.(?:miit|mps)\.gov\.cn|beian\.gov\.cn)$/.test(hostname)) filingLinks.add(url);
  };
  const addScript = (src: string | undefined) => {
    scriptCount++;
    const url = src ? URL.parse(src, base) : null;
    if (url && /^https?:$/.test(url.protocol) && url.host !== own && scripts.size < 50) {
      scripts.add(url.hostname);
    }
  };
  /** Closes what is no longer open. */
  const closeTo = (depth: number) => {
    for (let last = path.at(-1); last && last.depth >= depth; last = path.at(-1)) {
      path.pop();
      if (BLOCK.has(last.name)) endBlock();
      if (SILENT.has(last.name)) silent--;
      if (last.name === 'a') filings.closeLink();
    }
  };
  /** Numbers stand on links, in what an image says, and in pages that are shown inside this one. */
  const noteFiling = (name: string, value: (attribute: string) => string | undefined) => {
    const target = name === 'a' || /^i?frame$/.test(name) ? value(LINK_SOURCES[name]!) : undefined;
    const url = target === undefined ? undefined : resolveLink(target, base);
    if (name === 'a') {
      filings.closeLink();
      if (url) filings.openLink(url.slice(0, 500));
    } else if (url?.startsWith(ownOrigin) && url !== pageUrl && frames.size < FRAMES_MAX) frames.add(url);
    const said = name === 'img' || name === 'area' ? (value('alt') ?? value('title')) : undefined;
    if (said) {
      filings.gap();
      filings.text(said.slice(0, 500));
      filings.gap();
    }
  };
  const open = (name: string, value: (attribute: string) => string | undefined, depth: number) => {
    closeTo(depth);
    const hash = hashOf(`${name}.${value('class') ?? ''}#${value('id') ?? ''}`, path.at(-1)?.hash ?? 0);
    if (path.length < SKELETON_DEPTH && skeleton.size < SKELETON_MAX && !SILENT.has(name)) skeleton.add(hash);
    if (BLOCK.has(name)) endBlock();
    if (!VOID.has(name)) {
      path.push({ name, hash, depth, isFirstTitle: name === 'title' && title === '' });
      if (SILENT.has(name)) silent++;
    }
    if (name === 'base' && base === pageUrl && value('href')) {
      base = URL.parse(value('href')!, pageUrl)?.href ?? pageUrl;
    } else if (name === 'script') addScript(value('src'));
    else if (name === 'img' && value('src') && images.length < IMAGES_MAX) {
      images.push((URL.parse(value('src')!, base)?.href ?? '').slice(0, 300));
    } else if (name === 'meta') {
      if (/^(?:keywords|description)$/i.test(value('name') ?? '')) {
        keywords = `${keywords} ${value('content') ?? ''}`.trim().slice(0, 400);
      }
      if (value('http-equiv')?.toLowerCase() === 'refresh') {
        addLink(/^[\s\d.]*[;,]\s*(?:url\s*=\s*)?["']?([^"']+)/i.exec(value('content') ?? '')?.[1]);
      }
    }
    const source = LINK_SOURCES[name];
    if (source) addLink(value(source));
    noteFiling(name, value);
    noteInteractive(interactive, name, value);
  };
  const text = (piece: string, depth: number) => {
    closeTo(depth);
    if (silent === 0) filings.text(piece);
    else if (path.at(-1)?.name === 'script') scripted.text(piece);
    if (path.at(-1)?.isFirstTitle) title = (title + piece).slice(0, 300);
    else if (silent === 0 && current.length < 4000) current += piece;
  };
  const result = () => {
    endBlock();
    const whole = blocks.join('\n');
    return {
      links: [...links],
      facts: {
        title: maskPersonalData(title.replaceAll(/\s+/g, ' ').trim().slice(0, 200)),
        keywords: maskPersonalData(keywords),
        blocks: maskAll(blocks),
        simhash: simhash(whole),
        skeleton: [...skeleton].sort((a, b) => a - b),
        images,
        // As they are: a dead link is told by the address that the page leads to.
        links: firstLinks([...links]),
        hosts: [...hosts],
        scripts: [...scripts],
        interactive: [...interactive],
        newestDay: dates.newest,
        datedEntries: dates.count,
        filings: shownFilings(filings.result(), scripted.result()),
        filingLinks: [...filingLinks].slice(0, 5),
        frames: [...frames],
        needsBrowser: whole.length < 100 && scriptCount > 0,
      },
    };
  };
  return { open, text, result };
}

/**
 * What is kept to compare a page with itself holds no personal numbers (PIPL art. 6): their masked form tells a change as
 * well. All texts at once: one after the other costs four times as much.
 */
function maskAll(texts: readonly string[]): string[] {
  const masked = maskPersonalData(texts.join('\n'));
  let at = 0;
  return texts.map((text) => {
    const from = at;
    at += text.length + 1;
    return masked.slice(from, from + text.length);
  });
}

/** What a script writes counts where the page itself shows no number of that kind: many footers are written so. */
function shownFilings(shown: readonly ShownFiling[], scripted: readonly ShownFiling[]): ShownFiling[] {
  const kinds = new Set(shown.map(({ kind }) => kind));
  return [...shown, ...scripted.filter(({ kind }) => !kinds.has(kind))];
}

/** The day of a list's entry: a short block that holds one. A day to come is no entry's. */
function noteDate(dates: { newest: string | null; count: number }, text: string): void {
  if (text.length > 120) return;
  const found = DAY.exec(text);
  if (!found) return;
  const day = `${found[1]}-${found[2]!.padStart(2, '0')}-${found[3]!.padStart(2, '0')}`;
  dates.count++;
  if (dates.newest === null || day > dates.newest) dates.newest = day;
}

function noteInteractive(
  found: Set<Interactive>,
  name: string,
  value: (attribute: string) => string | undefined,
): void {
  if (name === 'input') {
    const type = value('type')?.toLowerCase();
    if (type === 'password') found.add('login');
    if (type === 'file') found.add('upload');
    if (type === 'search') found.add('search');
  }
  if (name === 'form' || name === 'textarea' || name === 'a') {
    const words = ['action', 'name', 'id', 'href'].map((one) => value(one) ?? '').join(' ');
    if (name !== 'a' && /comment|pinglun|reply/i.test(words)) found.add('comment');
    if (name !== 'a' && /guest_?book|liuyan|message_?board|leaveword/i.test(words)) found.add('guestbook');
    if (name === 'form' && /search|sousuo|chaxun/i.test(words)) found.add('search');
    if (/\/(?:bbs|forum|discuz|luntan)(?:[/.?]|$)/i.test(words)) found.add('bbs');
  }
}

/** FNV-1a, 32 bits, seeded with the parent's: equal paths get equal numbers. */
function hashOf(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < text.length && at < 200; at++)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
