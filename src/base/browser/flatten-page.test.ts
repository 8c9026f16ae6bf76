import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, type PageBrowser } from '#base/browser';
import { browserCache } from '#test/memory-folder';

let browser: PageBrowser;
beforeAll(async () => {
  browser = await launchBrowser({ cacheDir: browserCache() });
});
afterAll(() => browser.close());

const url = 'http://www.school.example/';
const page = (body: string, css = '') => ({
  [url]: {
    type: 'text/html; charset=utf-8',
    body: `<!doctype html><title>测试</title><link rel=stylesheet href=a.css>${body}`,
  },
  [`${url}a.css`]: { type: 'text/css', body: css },
});

async function flatten(parts: Readonly<Record<string, { type: string; body: string }>>) {
  const { flat, notes } = await browser.render({
    url,
    flat: true,
    answer: async (request) => {
      const part = parts[request.url];
      return part && { status: 200, headers: { 'content-type': part.type }, body: Buffer.from(part.body) };
    },
  });
  expect(notes).toEqual([]);
  return flat!;
}

test.for([
  ['display', '.x{display:none}', 'display:none'],
  ['visibility', '.x{visibility:hidden}', 'visibility:hidden'],
  ['opacity', '.x{opacity:0}', 'opacity:0'],
  ['place', '.x{position:absolute;top:-2000px}', 'position:absolute;left:-9999px'],
  ['margin', 'p{overflow:visible}.x{display:block;margin-left:-4000px}', 'position:absolute;left:-9999px'],
  ['size', '.x{font-size:0}', 'font-size:0'],
  ['box', '.x{display:block;width:1px;height:1px;overflow:hidden}', 'width:0;height:0;overflow:hidden'],
  ['shrinking', '.x{display:inline-block;transform:scale(0)}', 'transform:scale(0)'],
  ['a variable', ':root{--a:none}@media (min-width:1px){.x{display:var(--a)}}', 'display:none'],
] as const)('a sheet that hides by %s is told on the element', async ([, css, told]) => {
  const { html } = await flatten(page('<p>通知</p><a class=x href="/a?b=1&amp;c">隐藏的链接</a>', css));
  expect(html).toContain(`<a class="x" href="${url}a?b=1&amp;c" style=`);
  const [, style] = /<a [^>]*style="([^"]*)"/.exec(html)!;
  expect(style).toContain(told);
});

test('the colour of letters and of their ground is told', async () => {
  const css = 'body{background:#fff}.x{color:#fefefe}div{background:url(b.png)}';
  const { html } = await flatten(page('<p class=x>白字</p><div class=x>图上的字</div>', css));
  expect(html).toMatch(/<body style="background-color:rgb\(255, 255, 255\)">/);
  expect(html).toMatch(/<p class="x" style="color:rgb\(254, 254, 254\)">白字/);
  expect(html).toMatch(/<div class="x" style="background-image:url\(x\);color:rgb\(254, 254, 254\)">/);
});

test('what scripts write is there, and their source is not', async () => {
  const script = `document.write('<p>写出来的</p>');const a=document.createElement('a');a.href='//bet.example/';
    a.textContent='加上的';document.body.append(a);
    document.querySelector('section').attachShadow({mode:'open'}).innerHTML='<b>影子里的</b>'`;
  const { html } = await flatten(
    page(`<section></section><script>${script}</script><noscript>没有脚本</noscript>`),
  );
  expect(html).toContain('<p>写出来的</p>');
  expect(html).toMatch(/<a href="http:\/\/bet\.example\/"[^>]*>加上的<\/a>/);
  expect(html).toContain('影子里的');
  expect(html).not.toMatch(/没有脚本|createElement/);
});

test('slides that a seen box cuts off are not hidden', async () => {
  const css =
    '.box{width:400px;height:100px;overflow:hidden;position:relative}.slide{position:absolute;left:-400px;width:400px}';
  const { html } = await flatten(page('<div class=box><a class=slide href=/n>校园新闻</a></div>', css));
  expect(html).toMatch(
    /<a class="slide" href="http:\/\/www\.school\.example\/n"(?: style="color:[^;"]*")?>校园新闻/,
  );
});

test('a page of a million elements is cut, and says so', async () => {
  const flat = await flatten(page('<script>document.write("<i>a</i>".repeat(200000))</script>'));
  expect(flat.isCut).toBe(true);
  expect(flat.html.length).toBeLessThanOrEqual(2_000_000);
});
