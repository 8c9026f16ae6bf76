/** Sentences that are in none of the collections that the weights were learned from. */
import { describe, expect, it } from 'vitest';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanText } from './scan-text.ts';
import { featuresOf, solicitingScore } from './soliciting-score.ts';

const starter = createRuleset([starterTermList]);
const alarms = (text: string) =>
  scanText(text, starter)
    .findings.filter(({ kind, severity }) => kind === 'term' && !/^(?:info|low)$/.test(severity))
    .map(({ rule }) => rule);

describe('solicitingScore', () => {
  it('reads the same through signs between the characters, width, case and traditional forms', () => {
    const plain = '加微信领取网络资料 vx';
    expect(featuresOf('加*微*信/領取　網絡資料 ＶＸ')).toEqual(featuresOf(plain));
    expect(solicitingScore('加*微*信/領取　網絡資料 ＶＸ')).toBe(solicitingScore(plain));
  });

  it('takes numbers by their length only, and long words for one', () => {
    expect(featuresOf('满300减20')).toEqual(featuresOf('满900减70'));
    expect(featuresOf('群 123456')).toEqual(featuresOf('群 998877665'));
    expect(featuresOf('a'.repeat(30))).toEqual(new Set(['<long>']));
  });

  it.each([
    ['私人订制各类文凭，样本可看，满意再付，老客户八折，加薇 wz5566x', true],
    ['宝贝们来玩，新人免费体验，秒提现，推荐朋友还有红包，加Q 665544332', true],
    ['请各班班主任于周五下午放学前将学生体检表交到校医室。', false],
    ['同学们在老师的带领下参观了博物馆，了解了家乡的历史。', false],
  ])('tells an advertisement from a notice: %s', (text, isOffer) => {
    expect(solicitingScore(text) > 0).toBe(isOffer);
  });

  it('has nothing to say of a text without a word', () => {
    expect(solicitingScore('……！！')).toBeLessThan(0);
    expect(alarms('')).toEqual([]);
  });
});

describe('an advertisement whose trade no list names', () => {
  const ads = (text: string) =>
    scanText(text, starter)
      .findings.filter(({ rule }) => rule === 'offer.soliciting')
      .map(({ severity }) => severity);
  const sale = '收显示器一台，带价加我，价格可谈，加V pw_77889';

  it('is a hint where it barely reads so, and an alarm where it plainly does', () => {
    expect(ads(sale)).toEqual(['low']);
    expect(ads('专业承接各种陪玩代练，技术过硬，秒接单，老客户优惠，加V pw_77889')).toEqual(['medium']);
  });

  it('is found where it was put into the middle of a notice', () => {
    const notice = (part: string) =>
      `期中考试定于下周三举行，请各班做好准备。${part}。请监考老师提前十分钟到岗。`;
    expect(ads(notice(sale))).toEqual(['low']);
    expect(ads(notice('考场安排见附件'))).toEqual([]);
  });

  it('is not seen in a warning, a tale, or what a school sells', () => {
    expect(ads(`民警提醒，凡是“${sale}”之类的广告都是骗局，切勿上当，遇到请报警。`)).toEqual([]);
    expect(ads('后来他才知道，那个说秒接单、价格优惠的人，收了钱就把他拉黑了。')).toEqual([]);
    expect(ads('校友会义卖：文化衫现货，价格优惠，先到先得，地点在食堂门口。')).toEqual([]);
  });
});

describe('the languages of planted spam', () => {
  it.each([
    ['Play online casino slots, claim your welcome bonus and free spins, sign up now', 'gambling'],
    ['Daftar situs judi slot gacor terpercaya hari ini gampang maxwin', 'gambling'],
    ['Cheap replica watches, fake Rolex, designer handbags outlet, free shipping', 'illicit_trade'],
    ['Buy generic viagra and cialis online, canadian pharmacy, no prescription', 'illicit_trade'],
    ['スーパーコピー ブランドコピー 激安 通販 代引き 送料無料 ロレックス 財布', 'illicit_trade'],
    ['Watch free porn videos, xxx hardcore, nude webcam girls', 'pornography'],
  ])('is found: %s', (text, category) => {
    expect(alarms(text).some((rule) => rule.endsWith(`.${category}`))).toBe(true);
  });

  it.each([
    'Gambling is a serious problem. People who play cards in a casino may lose all their money.',
    'New words: cheap, discount, handbag, watch, pharmacy, prescription, online. Make sentences with them.',
    '会話：この財布はいくらですか。三千円です。送料は無料です。',
  ])('leaves lessons alone: %s', (text) => {
    expect(alarms(text)).toEqual([]);
  });
});
