/** What one fetched address says: read in the confined process, judged by its answer. */

import { createHash } from 'node:crypto';
import { isAppError } from '#base/errors';
import { explainPlace, type Finding } from '#scan/contract';
import { type Fetched, fileNameOf } from './fetch-page.ts';
import { isMissingNotice } from './missing-rules.ts';
import type { PageFacts } from './page-facts.ts';
import { type KeyedList, type PageReading, type ReaderPool, readPage } from './read-page.ts';
import { inBoth } from './reason-words.ts';
import { isChallenge, type Outcome, outcomeOf } from './rules.ts';

export interface CrawledPage {
  readonly url: string;
  /** Addresses that were redirected to `url`. */
  readonly via: string[];
  readonly status: number;
  readonly charset: string | null;
  readonly bytes: number;
  readonly sha256: Buffer | null;
  readonly findings: readonly Finding[];
  readonly outcome: Outcome;
  readonly error: string | null;
  /** Null for what is no page, and for a page that is as it was. */
  readonly facts: PageFacts | null;
  readonly headers: Readonly<Record<string, string>>;
  /** It is byte for byte what was read whole before, with the same words and without a finding. */
  readonly isUnchanged: boolean;
}

/** What the last whole reading of an address left behind. */
export interface KnownPage {
  readonly sha256: Buffer | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface JudgeTools {
  readonly pool: ReaderPool;
  readonly words: KeyedList;
  /** What is known of an address that need not be read again when it is the same. */
  readonly knownPage?: (url: string) => KnownPage | undefined;
  /** Whether a file of this content was read whole, without a finding, wherever it hung. */
  readonly knownFile?: (sha256: Buffer) => Promise<boolean>;
}

/** Judges an answer. Returns also the addresses to which the page leads, whatever host they are on. */
export async function judgePage(
  fetched: Fetched,
  tools: JudgeTools,
): Promise<{ page: CrawledPage; links: readonly string[] }> {
  const { url, via, status, body, failure, headers } = fetched;
  const known = tools.knownPage?.(url);
  const sha256 = body.length > 0 ? createHash('sha256').update(body).digest() : null;
  const base = {
    url,
    via: [...via],
    status,
    charset: null,
    bytes: body.length,
    sha256,
    findings: [],
    facts: null,
    headers,
    isUnchanged: false,
  };
  const same = { outcome: 'read', error: null, isUnchanged: true } as const;
  if (status === 304 && known) return { page: { ...base, ...same, sha256: known.sha256 }, links: [] };
  if (failure && failure.kind !== 'partial') {
    return { page: { ...base, outcome: failure.kind, error: failure.text }, links: [] };
  }
  if (/^(?:image|video|audio|font)\//i.test(headers['content-type'] ?? '')) {
    return { page: { ...base, outcome: 'skipped', error: null }, links: [] };
  }
  const isWhole = status >= 200 && status < 300 && !failure && sha256 !== null;
  if (isWhole && known?.sha256?.equals(sha256)) return { page: { ...base, ...same }, links: [] };
  if (isWhole && !/html/i.test(headers['content-type'] ?? '') && (await tools.knownFile?.(sha256))) {
    return { page: { ...base, ...same }, links: [] };
  }
  const reading = await tryToRead(fetched, tools);
  if ('problem' in reading) {
    const answered = outcomeOf(status, body.length, '');
    const outcome = answered === 'read' ? 'unread' : answered;
    const error = answered === 'read' ? reading.problem : statusText(status);
    return { page: { ...base, outcome, error }, links: [] };
  }
  return {
    page: { ...base, facts: reading.facts, ...judgeReading(fetched, reading) },
    links: reading.links,
  };
}

function judgeReading(
  { status, body, failure }: Fetched,
  reading: PageReading,
): Pick<CrawledPage, 'charset' | 'findings' | 'outcome' | 'error'> {
  const { charset } = reading;
  // Remarks of the scan about itself are no faults of the site. Faults count whatever came with them: a page that
  // calls itself a firewall's would otherwise hide them.
  const findings = reading.findings.filter((one) => one.severity !== 'info');
  const rules = new Set(reading.findings.map((one) => one.rule));
  const answered = outcomeOf(status, body.length, reading.sample);
  if (answered === 'refused' || answered === 'unreachable') {
    const error = status < 300 ? WALL_TEXT : statusText(status);
    return { charset, findings, outcome: answered, error };
  }
  if (reading.facts && isChallenge(reading.sample, reading.facts)) {
    return { charset, findings, outcome: 'refused', error: CHALLENGE_TEXT };
  }
  if (failure) return { charset, findings, outcome: 'partial', error: failure.text };
  if (rules.has('unread.too-many'))
    return {
      charset,
      findings,
      outcome: 'partial',
      error: inBoth('问题过多，没有全部列出', 'Too many findings to list them all'),
    };
  if (rules.has('unread.no-text'))
    return {
      charset,
      findings,
      outcome: 'unread',
      error: inBoth('文件里只有图片，没有可检查的文字', 'The file has only pictures, no text to check'),
    };
  const inside = reading.findings.find((one) => one.rule.startsWith('unread.'));
  if (inside) return { charset, findings, outcome: 'unread', error: insideText(inside) };
  if (answered === 'read' && reading.facts && isMissingNotice(reading.facts))
    return { charset, findings, outcome: 'gone', error: saysMissing(status) };
  return { charset, findings, outcome: answered, error: answered === 'gone' ? statusText(status) : null };
}

const WALL_TEXT = inBoth(
  '返回的是防火墙的拦截页，不是网站自己的网页',
  'A firewall’s page came, not one of the website',
);
const CHALLENGE_TEXT = inBoth(
  '返回的是验证访问者的脚本，不是网站自己的网页',
  'A script that tests visitors came, not a page of the website',
);

const insideWords: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'unread.no-ocr': ['图片里的文字没有识别', 'the text in its pictures was not read'],
  'unread.too-many-pictures': ['图片过多', 'too many pictures'],
  'unread.picture-too-large': ['图片过大', 'a picture is too large'],
  'unread.garbled': ['文字是乱码', 'the text is garbled'],
  'unread.encrypted': ['加了密码', 'locked with a password'],
  'unread.damaged': ['已损坏', 'damaged'],
  'unread.unsupported': ['格式不认识', 'unknown format'],
  'unread.bomb': ['解开后过大', 'too large when unpacked'],
  'unread.too-deep': ['压缩包套得过深', 'archives nested too deep'],
};

/** A file of which a part stayed shut is not clean, whatever the rest says. */
function insideText({ rule, part }: Finding): string {
  const [zh, en] = insideWords[rule] ?? [rule, rule];
  const place = part ? explainPlace(part) : undefined;
  return inBoth(
    `${place ? `里面的${place.zh.slice(0, 200)}` : ''}没有检查：${zh}`,
    `Not checked${place ? ` (${place.en.slice(0, 200)})` : ''}: ${en}`,
  );
}

const statusText = (status: number) =>
  status === 0
    ? inBoth('没有应答', 'No answer')
    : inBoth(`服务器返回 ${status}`, `The server answered ${status}`);

const saysMissing = (status: number) =>
  inBoth(
    `服务器返回 ${status}，但网页自己说没有这个网页`,
    `The server answered ${status}, but the page itself says that there is no such page`,
  );

async function tryToRead(fetched: Fetched, tools: JudgeTools): Promise<PageReading | { problem: string }> {
  const { url, headers, body } = fetched;
  try {
    const contentType = headers['content-type'];
    const bytes = /html/i.test(contentType ?? '') ? withoutNul(body) : body;
    return await readPage(
      tools.pool,
      { name: fileNameOf(url, headers), bytes, contentType, url },
      tools.words,
    );
  } catch (error) {
    // The file's own fault, or what it did to the process that read it: told with the page.
    if (!isAppError(error) || error.code === 'confine.closed') throw error;
    return { problem: error.messages().zh };
  }
}

/**
 * NUL makes a file binary to those who tell kinds by content; in a page, browsers pass over it (HTML §13.2.5.1). It
 * becomes a space here, so that nobody hides a page behind one. Text in UTF-16 is full of it and stays.
 */
function withoutNul(body: Uint8Array): Uint8Array {
  const isWide = (body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff);
  if (isWide || !body.includes(0)) return body;
  const zeros = body.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  return zeros > body.length / 4 ? body : body.map((byte) => byte || 0x20);
}
