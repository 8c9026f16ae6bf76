/**
 * Pupils who can be known by their picture: name and class beside a photograph. A child's picture with its name is sensitive
 * personal information (《个人信息保护法》第二十八条、第三十一条; GB/T 35273—2020 annex B) and needs the consent of its parents.
 */
import type { HtmlReading } from './html-page.ts';
import { SURNAMES } from './personal-text.ts';

export interface PupilPhoto {
  /** Offsets in the text of the body, or of the fields when it is what the picture itself says. */
  readonly start: number;
  readonly end: number;
  readonly isField: boolean;
  readonly name: string;
}

const NUMBER = '(?:\\d{1,2}|[一二三四五六七八九十]{1,3})';
const CLASS = `(?:(?:[一二三四五六七八九高初小][一二三四五六]?年?级?|[1-9]年级|(?:20)?\\d\\d级)\\s?[（(]\\s?${NUMBER}\\s?[）)]\\s?班|(?:[一二三四五六七八九1-9]年级|(?:高|初)[一二三123]|(?:20)?\\d\\d级)\\s?${NUMBER}\\s?班)`;
const NAME = `[${SURNAMES}][\\u4e00-\\u9fff]{1,2}`;
/** What may follow a name; else the characters are the beginning of something else. */
const ENDS = '(?![\\u4e00-\\u9fff])|(?=同学|获|荣获|参加|在|代表|手捧|展示|表演|领奖|发言|演讲|和|与)';
/** 三（2）班 王小明, 三年级2班学生：王小明 */
const CLASS_NAME = new RegExp(
  `${CLASS}(?:的?(?:学生|同学|选手|少先队员))?[\\s：:、，,·—-]{0,3}(${NAME})(?:${ENDS})`,
  'g',
);
/** 王小明（三年级2班）, 王小明 三（2）班 */
const NAME_CLASS = new RegExp(
  `(?<![\\u4e00-\\u9fff])(${NAME})(?:同学)?[\\s（(：:、，,·—-]{1,3}${CLASS}`,
  'g',
);
/** Grown-ups, and words that begin as a name does. */
const NO_PUPIL =
  /老师|老$|主任|教师|校长|家长|妈妈|爸爸|全体|班会|高年|任课|方阵|代表|常规|安全|卫生|文明|黄金|白板|石头|江南/;
/** So far from a picture its caption may stand, in characters of the page's text. */
const NEAR = 60;

/** Each pupil once, in the order of the page; of what is not beside a picture nothing is said. */
export function findPupilPhotos({ body, fields, images }: HtmlReading): PupilPhoto[] {
  if (images.length === 0) return [];
  const found = new Map<string, PupilPhoto>();
  const keep = (name: string, start: number, end: number, isField: boolean) => {
    if (!NO_PUPIL.test(name) && !found.has(name)) found.set(name, { start, end, isField, name });
  };
  for (const pattern of [CLASS_NAME, NAME_CLASS]) {
    for (const match of body.text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      if (isNear(images, match.index, end)) keep(match[1]!, match.index, end, false);
    }
    for (const { alt } of images) {
      if (!alt) continue;
      for (const match of fields.text.slice(...alt).matchAll(pattern)) {
        const start = alt[0] + match.index;
        keep(match[1]!, start, start + match[0].length, true);
      }
    }
  }
  return [...found.values()].sort((a, b) => Number(a.isField) - Number(b.isField) || a.start - b.start);
}

/** Pictures are in the order of the page. */
function isNear(images: HtmlReading['images'], start: number, end: number): boolean {
  let low = 0;
  let high = images.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (images[middle]!.at < start - NEAR) low = middle + 1;
    else high = middle;
  }
  return low < images.length && images[low]!.at <= end + NEAR;
}
