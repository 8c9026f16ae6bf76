/** Messages that speak as a bank, the police or a shop to whoever reads: something of yours is wrong, so pay or tell. */
import type { Word } from './find-offers.ts';
import { blockEnd, blockStart, PASSAGE } from './occurrences.ts';
import { isQuoted, type Layout, rangeAround } from './page-evidence.ts';

interface Impostor {
  readonly start: number;
  readonly end: number;
  /** What is wrong may be the school's own (an account, an order). */
  readonly isHint: boolean;
}

/** How far such a message goes around what it demands; UTF-16 units. */
const REACH = 120;
/** At most so many demands of a text are looked at. */
const MOST = 64;

/** To whom it speaks. */
const ADDRESSES = /您|你(?:的|名下|涉嫌|已)|恭喜|尊敬的(?:用户|客户|会员)/;
/** What is wrong, and with what no school administers; or what was won. */
const FOREIGN =
  /(?:银行|信用卡|储蓄卡|社保|医保|ETC|征信|包裹|快递|网购|购买|公安|民警|警官|法院|检察)[^。！？!?\n\u2029]{0,30}(?:异常|冻结|停用|注销|失效|到期|涉嫌|逾期|丢失|破损|质量问题|违规|被盗|名下)|涉嫌[^。！？!?\n\u2029]{0,8}(?:洗钱|犯罪|诈骗|案件)|恭喜[^。！？!?\n\u2029]{0,12}(?:中奖|中[得了]|抽中|获得[^。！？!?\n\u2029]{0,8}奖)/i;
const OWN =
  /(?:账户|账号|帐户|帐号|会员|积分|订单)[^。！？!?\n\u2029]{0,12}(?:异常|冻结|停用|注销|失效|到期|风险|违规|清零|被盗)/;
/** Money, or what opens an account. */
const GRAVE =
  /安全[账帐]户|(?:提供|填写|输入|告知|发送|核对)[^。！？!?\n\u2029]{0,12}(?:银行卡|卡号|密码|验证码)|(?:转[账入到]|汇[款入到]|缴纳?|支付|交)[^。！？!?\n\u2029]{0,14}(?:账户|账号|帐户|手续费|保证金|解冻|税|工本费)|共享屏幕|屏幕共享|远程(?:核验|协助|操作|控制)/;
/** Who teaches about it, or a school about its own. */
const TEACHES =
  /骗|诈|防范|警惕|小心|谎称|声称|自称|冒充|假冒|所谓|切勿|请勿|不要(?!错过|错失|犹豫|告诉|声张)|不轻信|勿信|案例|套路|陷阱|反[诈骗]|模拟|情景|演练|剧本|小品|对方|(?<!其)他|她|挂失|学费|校园卡|一卡通|教务|学号|学籍|选项|正确的做法|[（(]\s*[)）]|[ABCD][.、．]/;

/** Finds such messages around what they demand; `demands` are in the order of start. */
export function findImpostors(text: string, demands: readonly Word[], layout: Layout): Impostor[] {
  const found: Impostor[] = [];
  let free = 0;
  for (const { start, end } of demands.slice(0, MOST)) {
    if (start < free || rangeAround(layout.menus, start) || isQuoted(text, start, end)) continue;
    const [from, to] = [Math.max(free, blockStart(text, start, REACH)), blockEnd(text, end, REACH)];
    const passage = text.slice(from, to);
    if (!ADDRESSES.test(passage)) continue;
    const isForeign = FOREIGN.test(passage);
    const isGrave = GRAVE.test(passage);
    if (!isForeign && !(isGrave && OWN.test(passage))) continue;
    if (TEACHES.test(text.slice(Math.max(0, from - PASSAGE), to + PASSAGE))) continue;
    found.push({ start: from, end: to, isHint: !isForeign });
    free = to;
  }
  return found;
}
