import { describe, expect, it } from 'vitest';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanText } from './scan-text.ts';

const starter = createRuleset([starterTermList]);
const told = (text: string) =>
  scanText(text, starter)
    .findings.filter(({ rule }) => rule === 'offer.fraud')
    .map(({ severity }) => severity);

describe('a message that speaks as a bank, the police or a shop', () => {
  it('is an alarm where it says that something is wrong and asks for money or a secret', () => {
    for (const text of [
      '尊敬的用户，您的医保卡已在外地被违规使用，即将停用，请点击链接填写卡号和密码进行核验。',
      '这里是市刑侦支队，您名下的银行卡涉嫌一起洗钱案件，请今天之内把余额转到安全账户。',
      '您的快递在途中丢失，我们将三倍赔付，请提供银行卡号和短信验证码。',
      '恭喜您在周年庆活动中抽中二等奖，先缴纳四百元手续费即可领取平板电脑。',
    ])
      expect(told(text), text).toEqual(['medium']);
  });

  it('is for a human where it may be the system of a school', () => {
    expect(told('您的会员账号存在风险，请填写密码和验证码重新绑定。')).toEqual(['low']);
  });

  it('is none where somebody teaches about it, quotes it or speaks of a card of the school', () => {
    for (const text of [
      '骗子会说您的医保卡被停用，让您点击链接填写卡号和密码，请家长们挂断电话。',
      '接到“您的快递丢失，请提供银行卡号理赔”的电话，请先问一问辅导员。',
      '您的校园卡如有异常，请持学生证到服务大厅办理，补办手续费十元。',
      '1.收到短信：您的银行账户已冻结，点击链接填写验证码。你会怎么做？A.点开 B.告诉家长',
      '您的订单已发货，验证码为取件时使用。',
      '请各位家长把本学期伙食费转入学校指定账户，转账时注明班级和姓名。',
    ])
      expect(told(text), text).toEqual([]);
  });
});
