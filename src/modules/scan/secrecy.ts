/** Marks of state secrets: grade, star, period (GB/T 9704-2012 7.2.2; 保守国家秘密法). */

export interface SecrecyMark {
  readonly start: number;
  readonly end: number;
  readonly grade: '绝密' | '机密' | '秘密';
  /** False for a bare grade and star without a period. */
  readonly hasPeriod: boolean;
  /**
   * `★启用前` on an examination paper: it is secret until the examination only, and schools print it on exercises, too. A
   * paper that is out before its day cannot be told from an old one: somebody has to look.
   */
  readonly isExam: boolean;
  /** The text around it teaches how such marks are written. */
  readonly isTaught: boolean;
}

const GRADE = '(绝\\s{0,4}密|机\\s{0,4}密|秘\\s{0,4}密)';
const PERIOD =
  '长期|启用前|解密前|公布前|[0-9０-９一二三四五六七八九十]{1,4}[ \\t\\u3000]{0,2}(?:年|个月|月|天|日)';
const GAP = '[ \\t\\u3000]{0,4}';
/** The star as printed; what text recognition makes of it counts only before a period. */
const MARK = new RegExp(`${GRADE}${GAP}[★☆✭✮✯✩✪⭐🌟⋆✦]\\ufe0f?(?:${GAP}(${PERIOD}))?`, 'gu');
const BROKEN = new RegExp(
  `(?<![\\u4e00-\\u9fff])${GRADE}${GAP}[*＊✱﹡∗✶✷✸※太大食☀囗口女]${GAP}(${PERIOD})(?![\\u4e00-\\u9fff])`,
  'gu',
);
/** Grade and period on a line of their own: what stands in the corner of a first page that lost its star. */
const CORNER = new RegExp(
  `(?<=^|[\\n\\u2029])[ \\t\\u3000]{0,8}${GRADE}${GAP}[:：·.-]?${GAP}(${PERIOD})[ \\t\\u3000]{0,8}(?=$|[\\n\\r\\u2029])`,
  'gu',
);

/** 密级：机密, as forms and title pages of reports write it; not the box in which one of three grades is to be ticked. */
const LABELLED = new RegExp(
  `密[ \\t\\u3000]{0,4}级[ \\t\\u3000]{0,2}[：:][ \\t\\u3000]{0,4}${GRADE}(?![\\u4e00-\\u9fff]|[^\\n\\u2029]{0,8}(?:绝密|机密|秘密|非密|公开|[□☐○]))`,
  'gu',
);
/** What a lesson on marks says of them; a marked paper has a word or two of these beside its own mark. */
const TEACHES =
  /密级|保密期限|国家秘密|标[注识志]|标明|顶格|解密|密件|涉密载体|三级|所谓|举例|例如|示例|格式|规范|形式[为是]|表示|分隔/g;
const TAUGHT_WORDS = 4;
const TAUGHT_REACH = 120;
const EXAM = /考试|试卷|试题|考生|答题|满分|模拟|月考|联考|期[中末]|质量(?:检|监)测|学业水平|调研|真题/;

/**
 * Finds `机密★1年`, the bare `机密★`, the star as text recognition reads it, `密级：机密`, and grade with period
 * alone on a line. The word alone is ordinary language and is not a mark.
 */
export function findSecrecyMarks(text: string): SecrecyMark[] {
  if (!text.includes('密')) return [];
  const marks = new Map<number, SecrecyMark>();
  for (const pattern of [MARK, BROKEN, CORNER, LABELLED]) {
    for (const match of text.matchAll(pattern)) {
      const found = match[0].trimStart();
      const start = match.index + match[0].length - found.length;
      if (marks.has(start)) continue;
      marks.set(start, {
        start,
        end: start + found.trimEnd().length,
        grade: match[1]!.replace(/\s/g, '') as SecrecyMark['grade'],
        hasPeriod: match[2] !== undefined,
        isTaught: isTaught(text, start),
        isExam: match[2] === '启用前' && EXAM.test(text.slice(Math.max(0, start - 200), start + 600)),
      });
    }
  }
  return [...marks.values()].sort((a, b) => a.start - b.start);
}

/** Whether what stands around a mark teaches marking. */
function isTaught(text: string, start: number): boolean {
  const around = text.slice(Math.max(0, start - TAUGHT_REACH), start + TAUGHT_REACH);
  return new Set(around.match(TEACHES)).size >= TAUGHT_WORDS;
}
