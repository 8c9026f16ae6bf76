/**
 * Pages that were written before the rules of the scan were read, in the registers of real school sites: lessons
 * against an offence, ordinary pages that come near one, and offences in plain and disguised forms. What they say
 * must not be copied into the rules: they are there to be measured, not to be learned.
 */
import { readFileSync } from 'node:fs';

/** `-2`, `-3`: collections written after the rules had been changed once and twice, each measured before the next change; `-4` after the
 * lists were widened and the model of advertisements was learned from `learn-*.txt`; `-5` after tales, readings and short offers were
 * judged (decision 0091), as variants of what public pages had shown. */
export type Kind =
  | 'teaching'
  | 'ordinary'
  | 'offending'
  | 'teaching-2'
  | 'offending-2'
  | 'teaching-3'
  | 'offending-3'
  | 'harmless-4'
  | 'offending-4'
  | 'selling-4'
  | 'harmless-5'
  | 'offending-5';

export interface HeldOut {
  readonly id: string;
  readonly kind: Kind;
  /** Topic of a lesson (反诈), or family of an offence (gambling). */
  readonly family: string;
  /** Register of a lesson (家长信), or form of an offence (symbols). */
  readonly form: string;
  /** The page as a school's site would serve it. */
  readonly html: string;
}

/** Reads one of the collections; a page begins with `=== id | family | form | title`. */
export function heldOut(kind: Kind): HeldOut[] {
  const text = readFileSync(new URL(`./held-${kind}.txt`, import.meta.url), 'utf8');
  return text
    .split(/^=== /m)
    .slice(1)
    .map((block) => {
      const [head, ...lines] = block.trim().split('\n');
      const [id, family, form, title] = head!.split(' | ');
      return { id: id!, kind, family: family!, form: form!, html: pageOf(title ?? '', lines) };
    });
}

function pageOf(title: string, lines: readonly string[]): string {
  const body = lines.map((line) => (line.startsWith('<') ? line : `<p>${line}</p>`)).join('\n');
  return `<!doctype html><html><head><meta charset="utf-8"><title>${title}</title>
<meta name="description" content="${title}"><style>body{color:#333}.nav li{float:left}</style></head>
<body><div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/xw/">校园新闻</a></li><li><a href="/tz/">通知公告</a></li></ul></div>
<h1>${title}</h1><div class="info">发布时间：2026-09-01 来源：德育处 浏览：102次</div>
<div class="content">${body}</div>
<div class="footer">Copyright 希望中学 版权所有 <a href="https://beian.miit.gov.cn/">皖ICP备12345678号</a></div></body></html>`;
}
