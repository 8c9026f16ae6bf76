import { describe, expect, it } from 'vitest';
import { createRuleset } from './ruleset.ts';
import { scanHtml } from './scan-html.ts';

const ruleset = createRuleset([]);
/** A number of nobody: the day is in the future of its own region's first numbers, its check digit is right. */
const id = '11010519491231002X';
const scan = (html: string) => scanHtml(html, ruleset);
const rulesOf = (html: string) => scan(html).findings.map(({ rule }) => rule);

describe('personal numbers in the source of a page', () => {
  it.each([
    ['the name of a picture', `<img src="/up/${id}.jpg">`],
    ['a hidden field', `<input type=hidden name=a value="${id}">`],
    ['an attribute of data', `<tr data-a="${id}">`],
    ['a comment', `<!-- ${id} -->`],
    ['the data of a script', `<script>var a=[{"b":"${id}"}]</script>`],
    ['digits with signs of no width between them', `<p>${[...id].join('\u200b')}</p>`],
  ])('are found in %s', (_, html) => {
    expect(rulesOf(html)).toEqual(['personal.id-card']);
    expect(scan(html).idNumbers).toEqual([id]);
    expect(JSON.stringify(scan(html).findings)).not.toContain(id);
  });

  it('are told once where the text has them, too, and with their place in the source', () => {
    expect(rulesOf(`<p>${id}</p>`)).toEqual(['personal.id-card']);
    const html = `<img alt="" src="/a/${id}.jpg">`;
    const [found] = scan(html).findings;
    expect(html.slice(found!.start, found!.end)).toBe(id);
  });

  it('has mobiles and private mail behind their names', () => {
    expect(rulesOf('<a href="tel:13912345678">a</a>')).toEqual(['personal.mobile']);
    expect(rulesOf('<script>a={"phone":"13912345678"}</script>')).toEqual(['personal.mobile']);
    expect(rulesOf('<a href="mailto:someone@qq.com">a</a>')).toEqual(['personal.email']);
    expect(
      rulesOf('<script>a={"id":13912345678}</script><a href="mailto:office@school.example">a</a>'),
    ).toEqual([]);
  });

  it('leaves hashes, wrong check digits and longer numbers alone', () => {
    expect(
      rulesOf(`<a href="/a/110105194912310021.htm">a</a><i id="a${id}b"></i><b title="9${id}"></b>`),
    ).toEqual([]);
  });

  it('tells old numbers from cards by their label, and permits by theirs', () => {
    expect(rulesOf('<p>身份证号：320102920205454</p>')).toEqual(['personal.id-card-15']);
    expect(rulesOf('<p>港澳居民来往内地通行证：H86302416</p>')).toEqual(['personal.passport']);
    expect(rulesOf('<p>台湾居民来往大陆通行证号：12245362</p>')).toEqual(['personal.passport']);
    expect(rulesOf('<p>教室 H86302416，期号 12245362</p>')).toEqual([]);
  });
});
