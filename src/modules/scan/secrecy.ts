/** Marks of state secrets: grade, star, period (GB/T 9704-2012 7.2.2; 保守国家秘密法). */

export interface SecrecyMark {
  readonly start: number;
  readonly end: number;
  readonly grade: '绝密' | '机密' | '秘密';
  /** False for a bare grade and star without a period. */
  readonly hasPeriod: boolean;
}

const MARK =
  /(绝\s{0,4}密|机\s{0,4}密|秘\s{0,4}密)[ \t\u3000]{0,4}[★☆✭✮⭐]\ufe0f?(?:[ \t\u3000]{0,4}(长期|启用前|解密前|[0-9０-９一二三四五六七八九十]{1,4}[ \t\u3000]{0,2}(?:年|个月|月|天|日)))?/g;

/** Finds `机密★1年` and the bare `机密★`. The word alone is ordinary language and is not a mark. */
export function findSecrecyMarks(text: string): SecrecyMark[] {
  return [...text.matchAll(MARK)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    grade: match[1]!.replace(/\s/g, '') as SecrecyMark['grade'],
    hasPeriod: match[2] !== undefined,
  }));
}
