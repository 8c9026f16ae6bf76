/** What the other parts know of scanning: findings, terms, term lists, error codes. The module has no routes. */
import { z } from 'zod';
import type { ErrorCode } from '#base/contract';

export { type Explanation, explainFinding } from './contract/explain-finding.ts';
export { explainPlace } from './contract/explain-place.ts';
export { scanRules } from './contract/rule-names.ts';

export const severitySchema = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof severitySchema>;

export const findingKindSchema = z.enum(['term', 'hidden-link', 'personal-data', 'secrecy', 'encoding']);

/**
 * strict: as written, variants of a character folded; skip: with signs inserted between the characters; split: with
 * characters written as their parts (贝者 for 赌); pinyin: characters of the same sound; latin: sound in letters.
 */
export const viewSchema = z.enum(['strict', 'skip', 'split', 'pinyin', 'latin']);

export const findingSchema = z.object({
  /** Stable name of the rule, e.g. `term.gambling`, `hidden-link.display-none`, `personal.id-card`. */
  rule: z.string(),
  kind: findingKindSchema,
  severity: severitySchema,
  /** What was found; personal numbers are masked (first 3 and last 2 characters). */
  text: z.string(),
  /** UTF-16 offsets [start, end) in the decoded text, in the HTML source, or in the text of `part`. */
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  /** The words around it, on one line, personal numbers masked. */
  context: z.string(),
  view: viewSchema,
  /** Part of a document: `word/document.xml`, `sheet:成绩单!B3`, `page:2`. */
  part: z.string().optional(),
  /** Target of a hidden link. */
  href: z.string().optional(),
  category: z.string().optional(),
  /** The term of the list that was found: what stands in the text may be a variant of it. */
  term: z.string().optional(),
  /** The list that the term is from, `ID@VERSION`. */
  list: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** A hit that was not reported as a finding, and why. */
export const suppressedSchema = findingSchema.extend({
  /** `allow:PHRASE` (a longer harmless phrase covers it), `teaching:WORD` (prevention), `inside-word`, `word-list`. */
  reason: z.string(),
});
export type Suppressed = z.infer<typeof suppressedSchema>;

export const termSchema = z.object({
  term: z.string().min(1).max(32).describe('Word or phrase, at most 32 characters'),
  category: z.string().min(1).max(40).default('custom'),
  tier: z
    .enum(['ban', 'context', 'review'])
    .default('ban')
    .describe(
      'ban: reported, in the known categories unless the passage plainly warns of it; context: reported unless the text teaches prevention; review: for a human',
    ),
  allow: z
    .array(z.string().min(1).max(32))
    .optional()
    .describe('Longer harmless phrases that cancel a hit inside them'),
  /** Last day on which the term counts; the caller says what day it is (`termsInForce`). */
  expires: z.iso.date().optional().describe('Last day on which the term counts, YYYY-MM-DD'),
  pinyin: z
    .boolean()
    .optional()
    .describe(
      'Look for the same sound too, in characters and letters; without it only terms of four characters or more, in characters; false: never',
    ),
  note: z.string().max(500).optional(),
});
export type Term = z.infer<typeof termSchema>;

export const termListSchema = z.object({
  id: z.string().min(1),
  version: z.string().min(1),
  /** Where the list comes from: who decided it, under which rule. */
  source: z.string().min(1),
  terms: z.array(termSchema).max(100_000),
});
export type TermList = z.infer<typeof termListSchema>;

/** What a scan of one target gives. */
export const scanResultSchema = z.object({
  charset: z.string().optional(),
  findings: z.array(findingSchema),
  suppressed: z.array(suppressedSchema),
});
export type ScanResult = z.infer<typeof scanResultSchema>;

export const scanErrors = {
  'scan.bad_term': {
    status: 400,
    zh: '词条“{term}”不可用：{reason}',
    en: 'The term "{term}" cannot be used: {reason}',
  },
  'scan.unsupported': {
    status: 415,
    zh: '不支持的文件类型：{name}',
    en: 'This type of file cannot be read: {name}',
  },
  'scan.legacy': {
    status: 415,
    zh: '文件 {name} 是 Word 95 或更早的格式，没有检查；请另存为 docx 后再查',
    en: 'The file {name} has the format of Word 95 or earlier and was not checked; save it as docx and check that',
  },
  'scan.not_maskable': {
    status: 415,
    zh: '文件 {name} 不能安全打码：请在原文件里删除个人信息后重新导出（PDF、OFD、图片、压缩包和邮件中的内容遮盖后仍可能被还原；旧版 doc、xls、ppt 和 rtf、wps、et 请先另存为 docx、xlsx、pptx）',
    en: 'The file {name} cannot be masked safely: remove the personal data from its source and export it again (what is covered in a PDF, an OFD, a picture, an archive or a message can be uncovered; save doc, xls, ppt, rtf, wps and et files as docx, xlsx and pptx first)',
  },
  'scan.mask_incomplete': {
    status: 422,
    zh: '文件 {name} 打码后仍有个人信息（{places}），没有给出打码副本；请手工删除这些位置的内容',
    en: 'The file {name} still holds personal data after masking ({places}); no masked copy was made. Remove what stands there by hand',
  },
  'scan.damaged': {
    status: 422,
    zh: '文件 {name} 已损坏或被截断：{reason}',
    en: 'The file {name} is damaged or cut off: {reason}',
  },
  'scan.nothing': {
    status: 422,
    zh: '{name} 是空的，没有要检查的内容',
    en: '{name} is empty: there is nothing to check',
  },
  'scan.bomb': {
    status: 413,
    zh: '文件 {name} 解压后过大（{limit}），未继续读取',
    en: 'The file {name} unpacks to more than is allowed ({limit}); reading stopped',
  },
  'scan.encrypted': {
    status: 422,
    zh: '文件 {name} 设了密码，无法检查；请去掉密码后再传',
    en: 'The file {name} is encrypted and cannot be checked; remove its password and send it again',
  },
  'scan.unreadable': {
    status: 404,
    zh: '无法读取 {target}：{reason}',
    en: 'Cannot read {target}: {reason_en}',
  },
  'scan.fetch_failed': { status: 502, zh: '无法取得 {url}：{reason}', en: 'Could not fetch {url}: {reason}' },
  'scan.too_large': {
    status: 413,
    zh: '{target} 超过 {limit} 字节',
    en: '{target} is larger than {limit} bytes',
  },
} as const satisfies Record<string, ErrorCode>;
