/** The read-only pages of the mail keeper. Everything from a mail is shown as text, never as HTML. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { escapeHtml } from './html.ts';
import { isMailId, type KeptMail } from './mail-store.ts';
import { type Mail, parseMail, readableText } from './mime.ts';

export interface MailPagesOptions {
  readonly dir: string;
  readonly list: () => readonly KeptMail[];
}

/** Serves `/`, `/mail/ID`, `/mail/ID/raw` and `/mail/ID/part/N`, to browsers that call it by a loopback name. */
export function mailPages(options: MailPagesOptions): RequestListener {
  return (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      send(response, gone ? 404 : 500, 'text/plain', gone ? 'no such mail\n' : `${error}\n`);
    });
  };
}

async function answer(
  options: MailPagesOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A page on another name that resolves to loopback (DNS rebinding) must not read acknowledgement links.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
    return send(response, 421, 'text/plain', 'call this page as 127.0.0.1 or localhost\n');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'text/plain', 'read only\n');
  }
  const path = (request.url ?? '/').replace(/\?.*$/s, '');
  if (path === '/') return send(response, 200, 'text/html', listPage(options.list()));
  const match = /^\/mail\/([^/]+)(?:\/(raw|part\/(\d{1,3})))?$/.exec(path);
  if (!match || !isMailId(match[1]!)) return send(response, 404, 'text/plain', 'no such page\n');
  const id = match[1]!;
  const raw = new Uint8Array(await readFile(join(options.dir, `${id}.eml`)));
  if (match[2] === 'raw') return download(response, `${id}.eml`, 'message/rfc822', raw);
  const mail = parseMail(raw);
  if (match[3] === undefined) return send(response, 200, 'text/html', mailPage(id, mail));
  const part = mail.parts[Number(match[3])];
  if (!part) return send(response, 404, 'text/plain', 'no such attachment\n');
  // Never the mail's own type: a text/html attachment would run here.
  download(response, part.fileName || 'text.txt', 'application/octet-stream', part.bytes);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': bytes.length,
    ...GUARD,
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

function download(response: ServerResponse, name: string, type: string, bytes: Uint8Array): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes.length,
    'content-disposition': `attachment; filename*=UTF-8''${encodeRfc5987(name)}`,
    ...GUARD,
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

const GUARD = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};

/** RFC 5987 §3.2.1; a broken surrogate pair, which encodeURIComponent refuses, becomes U+FFFD. */
function encodeRfc5987(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const shanghai = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
});

function listPage(mails: readonly KeptMail[]): string {
  const rows = mails.map(
    (mail) =>
      `<tr><td>${shanghai.format(mail.receivedAt)}</td><td>${escapeHtml(mail.to)}</td><td><a href="/mail/${mail.id}">${escapeHtml(mail.subject || '（无主题）')}</a></td></tr>`,
  );
  const table = `<table><thead><tr><th>时间</th><th>收件人</th><th>主题</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
  return page('演示邮箱', mails.length > 0 ? table : '<p>还没有邮件。No mail yet.</p>');
}

function mailPage(id: string, mail: Mail): string {
  const field = (label: string, text: string): string => `<dt>${label}</dt><dd>${escapeHtml(text)}</dd>`;
  const files = mail.parts.flatMap((part, i) =>
    part.fileName === ''
      ? []
      : [
          `<li><a href="/mail/${id}/part/${i}">${escapeHtml(part.fileName)}</a>（${part.bytes.length} 字节）</li>`,
        ],
  );
  return page(
    mail.subject || '（无主题）',
    `<dl>${field('发件人', mail.from)}${field('收件人', mail.to)}${field('日期', mail.date)}</dl>
<pre>${linkText(readableText(mail))}</pre>
${files.length > 0 ? `<h2>附件</h2><ul>${files.join('')}</ul>` : ''}
<p><a href="/">返回列表</a>　<a href="/mail/${id}/raw">原始邮件 .eml</a></p>`,
  );
}

/** Escaped text in which http(s) addresses are links. */
export function linkText(text: string): string {
  let out = '';
  let at = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'，。；、）】]+/g)) {
    const url = match[0].replace(/[.,;:!?)]+$/, '');
    const safe = escapeHtml(url);
    out += `${escapeHtml(text.slice(at, match.index))}<a href="${safe}" rel="noreferrer">${safe}</a>`;
    at = match.index + url.length;
  }
  return out + escapeHtml(text.slice(at));
}

function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.7 sans-serif;max-width:64em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #8886;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8886;padding:1em}dt{font-weight:bold}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`;
}
