/** Why something was found, or why it was not reported, in words: for the UI, the CLI and letters to schools. */

export interface Explanation {
  readonly zh: string;
  readonly en: string;
}

/** What of a finding is told; of a suppressed hit also what excused it. */
interface Told {
  readonly rule: string;
  readonly kind: 'term' | 'hidden-link' | 'personal-data' | 'secrecy' | 'encoding';
  readonly view: 'strict' | 'skip' | 'split' | 'pinyin' | 'latin';
  readonly term?: string | undefined;
  readonly list?: string | undefined;
  readonly reason?: string;
}

const views: Record<Told['view'], Explanation> = {
  strict: {
    zh: '按原样写出（全角、繁体、带圈等写法已还原）',
    en: 'as written, variants of characters folded',
  },
  skip: { zh: '字间插入了符号', en: 'with signs inserted between the characters' },
  split: { zh: '汉字被拆成部件书写', en: 'with characters written as their parts' },
  pinyin: { zh: '用同音字替换，须人工判断', en: 'in characters of the same sound; for a human to judge' },
  latin: { zh: '用拼音字母书写，须人工判断', en: 'spelled in pinyin letters; for a human to judge' },
};

const kinds: Record<Told['kind'], Explanation> = {
  term: { zh: '有害词语', en: 'harmful term' },
  'hidden-link': {
    zh: '指向站外、访客看不见的链接或跳转',
    en: 'link or redirect to another site that visitors do not see',
  },
  'personal-data': { zh: '可识别到个人的信息', en: 'data that identify a person' },
  secrecy: { zh: '国家秘密标志', en: 'mark of a state secret' },
  encoding: { zh: '编码异常或未能读取的内容', en: 'unusual encoding, or content that could not be read' },
};

const offer: Explanation = {
  zh: '招揽：几个行话、揽客用语（和联系方式）集中在一段里',
  en: 'an offer: jargon of a trade and soliciting words (and a contact) together in one passage',
};

/** Tells rule, view, term and list of a finding; of a suppressed hit also what excused it. */
export function explainFinding(finding: Told): Explanation {
  const isOffer = finding.rule.startsWith('offer.');
  const kind = isOffer ? offer : kinds[finding.kind];
  const zh = [`${kind.zh}（规则 ${finding.rule}）`];
  const en = [`${kind.en} (rule ${finding.rule})`];
  if (finding.kind === 'term' && !isOffer) {
    zh.push(views[finding.view].zh);
    en.push(views[finding.view].en);
  }
  if (finding.term !== undefined) {
    zh.push(`对应词条“${finding.term}”`);
    en.push(`term "${finding.term}"`);
  }
  if (finding.list !== undefined) {
    zh.push(`词表 ${finding.list}`);
    en.push(`list ${finding.list}`);
  }
  const excuse =
    finding.reason !== undefined
      ? excuseOf(finding.reason)
      : { zh: '没有允许短语或防范教育语境可以解释', en: 'no allow phrase or teaching context explains it' };
  if (finding.kind === 'term') {
    zh.push(excuse.zh);
    en.push(excuse.en);
  }
  return { zh: `${zh.join('；')}。`, en: `${en.join('; ')}.` };
}

function excuseOf(reason: string): Explanation {
  const at = reason.indexOf(':');
  const [kind, word] = at < 0 ? [reason, ''] : [reason.slice(0, at), reason.slice(at + 1)];
  if (kind === 'allow')
    return { zh: `未报告：属于允许短语“${word}”`, en: `not reported: inside the allow phrase "${word}"` };
  if (kind === 'teaching')
    return {
      zh: `未报告：上下文是防范教育或案情通报（“${word}”）`,
      en: `not reported: the passage warns of it ("${word}")`,
    };
  if (kind === 'inside-word')
    return { zh: '未报告：只是一个更长单词的一部分', en: 'not reported: only a part of a longer word' };
  if (kind === 'word-list')
    return {
      zh: '未报告：只是屏蔽词列表中的一项',
      en: 'not reported: only an entry in a list of blocked words',
    };
  return { zh: `未报告：${reason}`, en: `not reported: ${reason}` };
}
