import { describe, expect, it } from 'vitest';
import { findDisguisedNumbers } from './disguised-number.ts';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanText } from './scan-text.ts';

const found = (text: string) => findDisguisedNumbers(text).map(({ start, end }) => text.slice(start, end));
const starter = createRuleset([starterTermList]);

describe('a number in shapes that nobody writes', () => {
  it('is found where styles of digits are mixed or an odd one repeats', () => {
    expect(found('这门课的题都在里面 3⃣❶⑦40⓷82 快来')).toEqual(['3⃣❶⑦40⓷82']);
    expect(found('找我 ②②⑥④⑥①')).toEqual(['②②⑥④⑥①']);
    expect(found('联系 𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎 谢谢')).toEqual(['𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎']);
    expect(found('8️⃣ 8️⃣ 1️⃣ 6️⃣ 6️⃣ 2️⃣ 进来')).toEqual(['8️⃣ 8️⃣ 1️⃣ 6️⃣ 6️⃣ 2️⃣']);
    expect(found(`${'普通的一段话。'.repeat(40)}ⓠ【５5⃣⓸9⓹２❼】`)).toEqual(['５5⃣⓸9⓹２❼']);
  });

  it('is found in numerals behind the word for an account', () => {
    expect(found('群号：二二五八零三一七九')).toEqual(['二二五八零三一七九']);
    expect(found('加企鹅【八陆二零久三柒】')).toEqual(['八陆二零久三柒']);
  });

  it('is not an order of sentences, a list, a date, a year or a number as forms have it', () => {
    for (const text of [
      '将下列句子排序：③①⑤②④⑥',
      '选项 ①②③④⑤⑥⑦ 全部正确',
      '1️⃣ 报名 2️⃣ 缴费 3️⃣ 领取校服',
      '答案：①3②5③7④12',
      '填空：1⃣8 2⃣6 3⃣9 4⃣2',
      '连线题答案 ①③②①④②',
      '办公电话：０５５１－６２６１２３４５，邮编 230001',
      '二〇二六年十一月二十四日',
      '①13800138000 是总务处，②13900139000 是教务处',
      '一二三四五六七，口令练习',
      'H₂SO₄ 与 10⁶ 个分子',
    ])
      expect(found(text), text).toEqual([]);
  });

  it('makes a comment an alarm of its own', () => {
    const findings = scanText('期末的题不会做的同学，这里有人帮忙 ⑤9⃣⓪３❹27', starter).findings;
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['offer.soliciting', 'medium']]);
  });
});
