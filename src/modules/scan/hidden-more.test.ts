import { describe, expect, it } from 'vitest';
import { createRuleset } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';

const ruleset = createRuleset([]);
const away = '<a href="http://a.other.example/">资讯</a>';
const rulesOf = (html: string) =>
  scanHtml(html, ruleset, { url: 'http://www.school.example/' })
    .findings.filter(({ severity }) => !/^(?:info|low)$/.test(severity))
    .map(({ rule }) => rule);

describe('hidden links', () => {
  it.each([
    ['in a nested rule', `<style>.a{color:red;& p{display:none}}</style><div class=a><p>${away}</p></div>`],
    [
      'in a rule of @supports',
      `<style>@supports (display:grid){.a{display:none}}</style><p class=a>${away}</p>`,
    ],
    ['by a variable', `<style>:root{--x:none}.a{display:var(--x)}</style><p class=a>${away}</p>`],
    ['by the default of a variable', `<p style="display:var(--x, none)">${away}</p>`],
    [
      'by a sheet in an address',
      `<link rel=stylesheet href="data:text/css,.a{display:none}"><p class=a>${away}</p>`,
    ],
    [
      'by a rule that a script adds',
      `<p id=a>${away}</p><script>var c='#a{position:fixed;top:-9999px}';add('style',c)</script>`,
    ],
    [
      'by a variable of a script',
      `<p id=a>${away}</p><script>var e=document.getElementById('a');e.style.display='none'</script>`,
    ],
    ['by a function that is called', `<p id=a>${away}</p><script>function f(){$('#a').hide()} f()</script>`],
    [
      'by a class that a script sets',
      `<style>.z{display:none}</style><p id=a>${away}</p><script>document.getElementById('a').className='z'</script>`,
    ],
    ['in letters of no colour', `<p style="-webkit-text-fill-color:transparent">${away}</p>`],
    ['in hsl on hsl', `<div style="background:hsl(0,0%,100%)"><p style="color:white">${away}</p></div>`],
    ['in a frame’s own document', `<iframe hidden srcdoc='${away}'></iframe>`],
    [
      'written backwards',
      `<script>document.write("${[...`<p hidden>${away.replaceAll('"', '')}</p>`].reverse().join('')}".split("").reverse().join(""))</script>`,
    ],
  ])('are found %s', (_, html) => {
    expect(rulesOf(html).some((rule) => rule.startsWith('hidden-link.'))).toBe(true);
  });

  it.each([
    [
      'a rule for a state shows',
      `<style>.a p{left:-999px;position:absolute}.a:hover p{left:0}</style><div class=a><p>${away}</p></div>`,
    ],
    [
      'a class of a state shows',
      `<style>.t>.p{display:none}.t>.active{display:block}</style><div class=t><div class=p>${away}</div></div>`,
    ],
    ['another element opens', `<a data-target="#m">更多</a><div id=m style="display:none">${away}</div>`],
    [
      'a script opens',
      `<div class=sub style="display:none">${away}</div><script>$('.more').click(function(){$('.sub').show()})</script>`,
    ],
    [
      'stand in a row of which the first is seen',
      `<ul><li>一</li><li style="display:none">${away}</li></ul>`,
    ],
    [
      'a visitor may close',
      `<div id=a>${away}</div><script>function shut(){document.getElementById('a').style.display='none'}</script>`,
    ],
    [
      'go after a time',
      `<div id=a>${away}</div><script>setTimeout(function(){$('#a').hide()},5000)</script>`,
    ],
    [
      'have a picture in place of letters',
      `<style>.i{background:url(/i.png);text-indent:-9999px}</style><a class=i href="http://a.other.example/">资讯</a>`,
    ],
    [
      'lead to a site that everybody knows',
      `<div style="display:none"><a href="https://weibo.com/a">微博</a></div>`,
    ],
  ])('are none where they %s', (_, html) => {
    expect(rulesOf(html)).toEqual([]);
  });

  it('are told for harmful words even where a visitor may open them', () => {
    const words = createRuleset([
      {
        id: 'a',
        version: '1',
        source: 'test',
        terms: [{ term: '真人百家乐', category: 'gambling', tier: 'ban' }],
      },
    ]);
    const html = `<a data-target="#m">更多</a><div id=m style="display:none"><a href="http://a.other.example/">真人百家乐</a></div>`;
    expect(scanHtml(html, words).findings.some(({ severity }) => severity === 'critical')).toBe(true);
  });

  it('of a page are its own: another one with the same sheet and no such script is clean', () => {
    const sheet = '<style>.z{display:none}</style>';
    const script = "<script>document.getElementById('a').className='z'</script>";
    const page = (more: string) => `${sheet}<p id=a>${away}</p>${more}`;
    const read = [page(script), page(''), page(script + script), page('')].map(
      (html) => rulesOf(html).filter((rule) => rule.startsWith('hidden-link.')).length,
    );
    expect(read).toEqual([1, 0, 1, 0]);
  });

  it.each([
    ['an arrow', "addEventListener('load', () => {$('#a').hide()})", false],
    ['an arrow of one name', "list.each(one=>{$('#a').hide()})", false],
    [
      'a function that is called by name, in another one',
      "function g(){function f(){$('#a').hide()} f()} g()",
      true,
    ],
    ['braces of a condition', "if(x(1)){$('#a').hide()}", true],
    [
      'braces of ten thousand objects before it',
      `var o=[${'{a:{b:1}},'.repeat(10_000)}];$('#a').hide()`,
      true,
    ],
  ])('are hidden, or not, by a script in %s', (_, script, isHidden) => {
    const html = `<p id=a>${away}</p><script>${script}</script>`;
    expect(rulesOf(html).some((rule) => rule.startsWith('hidden-link.'))).toBe(isHidden);
  });
});
