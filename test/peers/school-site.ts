/** A school's website as content management systems leave it: columns, lists, articles, attachments, old encodings. */
import { gzipSync } from 'node:zlib';
import { encodeGbk } from '../../src/modules/watch/testing.ts';

const COLUMNS = ['学校概况', '校园新闻', '通知公告', '教学科研', '德育之窗', '招生专栏'];
const ARTICLES = 25;

const frame = (
  title: string,
  body: string,
  charset: string,
) => `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
 "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=${charset}" /><title>${title}-示例中学</title>
<link rel="stylesheet" href="/css/style.css"></head><body><div id="menu"><ul>
${COLUMNS.map((name, n) => `<li><a href="/list${n}/">${name}</a></li>`).join('\n')}
</ul></div><div id="main">${body}</div><div id="foot"><p>示例中学 版权所有</p></div></body></html>`;

export interface SchoolSite {
  readonly files: Record<string, string | Uint8Array>;
  /** Rules for nginx that make it answer as such servers do. */
  readonly rules: string;
  /** Paths of pages and files that are there, and those of dead links. */
  readonly there: readonly string[];
  readonly dead: readonly string[];
}

/** `planted` stands on one article in UTF-8 and on one in GBK; `attachment` hangs below an article. */
export function schoolSite(planted: string, attachment: Uint8Array): SchoolSite {
  const files: Record<string, string | Uint8Array> = {};
  const dead: string[] = [];
  const columns = COLUMNS.map((name, n) => `<h2><a href="/list${n}">${name}</a></h2>`).join('');
  files['index.html'] = frame('首页', `${columns}<p>欢迎访问示例中学</p>`, 'utf-8');
  for (const [column, name] of COLUMNS.entries()) {
    const isGbk = column % 2 === 1;
    const charset = isGbk ? 'gb2312' : 'utf-8';
    const write = (path: string, text: string) => {
      files[path] = isGbk ? encodeGbk(text) : text;
    };
    const items = Array.from(
      { length: ARTICLES },
      (_, n) => `<li><a href="${n}.html">${name}第${n}篇</a> 2026-05-${String(n + 1).padStart(2, '0')}</li>`,
    );
    const gone = `/list${column}/removed${column}.html`;
    dead.push(gone);
    write(
      `list${column}/index.html`,
      frame(name, `<ul>${items.join('')}</ul><a href="${gone}">旧文</a>`, charset),
    );
    for (let n = 0; n < ARTICLES; n++) {
      const hangs = n === 3 && column === 0 ? '<a href="名单.xlsx">附件：名单</a>' : '';
      const bad = n === 7 && column < 2 ? planted : '';
      const text = `<h1>${name}第${n}篇</h1><p>${`师生参加第${n}次活动，内容丰富。`.repeat(n + 3)}</p>`;
      write(`list${column}/${n}.html`, frame(`${name}第${n}篇`, text + hangs + bad, charset));
    }
  }
  files['list0/名单.xlsx'] = attachment;
  // Kept compressed on the disk and sent so: what the file is, only the header says.
  files['list2/24.html.gz'] = gzipSync(files['list2/24.html']!);
  files['missing.html'] = frame('提示', '<p>您要看的内容暂时没有，请从菜单里另选</p>', 'utf-8');
  const there = Object.keys(files)
    .filter((path) => !/^missing\.html$|\.gz$|^list0\/[58]\.html$/.test(path))
    .map((path) => `/${encodeURI(path).replace(/index\.html$/, '')}`);
  // Every page is called UTF-8, also those in GBK; what is not there comes with 200; an old address moved.
  const rules = `charset utf-8; charset_types text/html; gzip on; gzip_types text/html; gzip_min_length 100; gzip_static on;
    gunzip on; error_page 404 =200 /missing.html;
    location = /list0/5.html { return 301 /list0/6.html; }
    location = /list0/8.html { return 302 /list0/removed-too.html; }`;
  return { files, rules, there, dead };
}
