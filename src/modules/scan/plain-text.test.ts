import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanText } from './scan-text.ts';

const starter = createRuleset([starterTermList]);
const NONE = { apart: [], menus: [] };

describe('a text as it is judged', () => {
  it('is the text itself when nothing is to be changed', () => {
    expect(plainText('学校(xué)开学了', NONE)).toBeNull();
    expect(plainText('f(x)=2x, (abc), 教室(A)、(B)、(C)', NONE)).toBeNull();
  });

  it('is in simplified characters, unit for unit', () => {
    const plain = plainText('民警進校講禁毒𠮷課', NONE)!;
    expect(plain.text).toBe('民警进校讲禁毒𠮷课');
    expect(plain.locate(3, 5)).toEqual([3, 5]);
  });

  it('leaves the readings out that copies put behind characters, and finds every place again', () => {
    const written = '學(xué)校請(qǐng)民警講(jiǎng)拒絕賭博';
    const layout = { apart: [[written.indexOf('講'), written.length]] as [number, number][], menus: [] };
    const plain = plainText(written, layout)!;
    expect(plain.text).toBe('学校请民警讲拒绝赌博');
    expect(plain.layout.apart).toEqual([[5, 10]]);
    for (const word of ['學', '校', '民警', '拒絕賭博']) {
      const at = plain.text.indexOf(plainText(word, NONE)?.text ?? word);
      const [start, end] = plain.locate(at, at + word.length);
      expect(written.slice(start, end)).toBe(word);
    }
    expect(plain.locate(0, 2)).toEqual([0, 7]);
  });

  it('tells a lesson in traditional characters with readings as one, and an offer as one', () => {
    const lesson =
      '學(xué)校請(qǐng)民警講(jiǎng)課,提醒(xǐng)同學(xué)遠離網(wǎng)絡賭(dǔ)博,百家樂(lè)都是騙局';
    const severities = (text: string) => scanText(text, starter).findings.map(({ severity }) => severity);
    expect(severities(lesson)).toEqual([]);
    const offer = '澳門(mén)新葡(pú)京(jīng)開(kāi)戶送彩金,加微信(xìn) boyi8866';
    expect(severities(offer)).toContain('high');
    const [found] = scanText(offer, starter).findings;
    expect(offer.slice(found!.start, found!.end)).toBe('澳門(mén)新葡(pú)京');
  });
});
