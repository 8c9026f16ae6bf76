/** Whether a word is only mentioned: forbidden, condemned, or in a lesson about its trade. */

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Nothing that ends the phrase between a forbidding word and what it forbids; or the head of a list: 严禁内容：甲、乙. */
export const FORBIDS =
  /^(?:[^，,；;：:]*|[^，,；;：:。]{0,6}[*]{0,2}[：:]\s?(?:[^，,；;：:。、\n]{1,14}、)*)$/;

/** What a page says that teaches about these trades; a lesson about something else does not excuse their names. */
const SPOKEN_OF: Readonly<Record<string, RegExp>> = {
  gambling: /赌|博彩|骗|彩票|暗链|黑链|篡改|植入|挂马|gambl|scam|fraud/i,
  pornography: /黄|色情|淫秽|低俗|裸|性[侵骚教]|不良|有害|净网|暗链|黑链|篡改|植入|挂马/,
};

/** Whether what stands around a hit speaks of its trade, beside the hit itself. */
export function isSpokenOf(category: string, text: string, { start, end }: Place): boolean {
  const shape = SPOKEN_OF[category];
  if (!shape) return true;
  return shape.test(text.slice(Math.max(0, start - 400), start)) || shape.test(text.slice(end, end + 400));
}

/** Whether a paragraph is prose: of some length, and with the end of a sentence. */
export const isSentence = (paragraph: string): boolean =>
  paragraph.length >= 40 && /[。！？!?…；;]/.test(paragraph);

/** Words of school life: who writes them offers nothing of the trades. */
export const SCHOOL_LIFE =
  /通知|公告|公示|[本我]校|班级|年级|社团|食堂|后勤|教务|教室|资助|采购|招标|投标|中标|课程|课堂|作业|实验|例题|概率|毕业生|活动|比赛|图书|志愿|校园(?!代理|贷|兼职)|教职工|教师|师生|工会|校友|五险一金|简历|招新|社长|俱乐部|围棋|象棋|社员|答疑|教辅|学长|家教|社费|人事|专业对口|原件|复印件|报名表/g;

/** What follows in the same sentence and says what the named thing is, whatever it promises: 凡是保本高收益的都是骗局. */
export const CONDEMNED =
  /^[^。！？!?\n\u2029]*?((?:都是|就是|都属于?|均为|均属|全是|其实是|系|构成|涉嫌)[^，。！？!?\n\u2029]{0,6}(?:骗局|诈骗|骗术|骗人|骗子|陷阱|圈套|犯罪|违法|虚假|谣言|罪|假)|等[^，。！？!?\n\u2029]{0,6}(?:问题|乱象)|一票否决|严肃处理|移送(?:公安|司法)|追究[^，。]{0,6}责任|(?<![不未没免会])被(?:抓|查|判|拘|捕|开除|处罚|曝光|骗)|获刑|落网|自始无效|(?:予以|坚决|一律)(?:拒绝|抵制|查处|打击|严惩)|给予[^，。]{0,8}处分|取消[^，。]{0,8}资格)/;

const CALLED_SO =
  '骗局|陷阱|圈套|骗术|起底|揭秘|小心|当心|警惕|谨防|案|团伙|犯罪|违法|诈骗|敲诈|危害|罪|黑色产业|黑产|窝点|猖獗|乱象|害死人|害人|毁';
/** What only directly behind it does: 代写市场, 代考被抓. */
const CALLED_HERE =
  '(?<=[”」』])者|族|需求|现象|市场|江湖|生意经|产业|交易|实则|盛行|泛滥|之风|黑幕|被抓|被判|获刑|入刑|提供者|当成|当作|屡禁|的(?:风险|学生|后果|现象|危害)';
/** What right before it speaks of an act as an act, with what else is quoted of it: 购买代写论文, 关于代考, 看到“押题、代考. */
export const COMMITTED =
  /(?:(?:购买|参与|从事|涉及|涉足|存在|搜索|引用|提及|提到|讨论|批评|关于|任何|这种|把)(?:他人|别人|过|了|的|等|“|「){0,3}|(?:购买|参与|从事|涉及|涉足|发布|看到|收到|刷到|张贴|散布)(?:他人|别人|过|了|的|等){0,3}[“「][^”」]{0,16})$/;

/** What right behind the hit makes it the name of a deceit or a crime: 代考骗局, 裸聊敲诈, 论文代写？小心人财两空. */
export const CALLED = new RegExp(
  `^[”"』」》]?(?:[?？，,：:—]{0,2}(?:的|类|等|等非法|等违法|等不良|等违规|背后的|行为|活动|网站|平台|软件)?(?=${CALLED_SO})|(?=${CALLED_HERE}))(${CALLED_SO}|${CALLED_HERE})`,
);

/** What follows the quotation that it stands in and makes it somebody else's: “代看网课、包考试”“慕课代刷”的广告. */
export const QUOTED_AS =
  /^[^“”\u2029]{0,40}”(?:[、和]?“[^“”\u2029]{0,30}”){0,3}(?:的|等|这样的|之类的|一类的|为){0,2}((?:小|招贴)?广告|信息|帖子|短信|传单|话术|诱饵|标语|字样|名义|旗号|幌子)/;
