/** For which case, or for which reason, somebody reads the logs. */
import { z } from 'zod';
import { route, time } from '#base/contract';

/** What a school looks at its own devices for: chosen from this list, nothing need be typed. */
export const readingPurpose = z.enum(['fault', 'check', 'user_report', 'handover']);

const caseNo = z
  .string()
  .trim()
  .min(2, '案件编号至少 2 个字符 / A case number has at least 2 characters')
  .max(60, '案件编号最多 60 个字符 / A case number has at most 60 characters');
const reason = z
  .string()
  .trim()
  .min(4, '理由太短：至少 4 个字 / The reason is too short: at least 4 characters')
  .max(500, '理由太长：最多 500 个字 / The reason is too long: at most 500 characters');

/** Part of every query that reads log rows; what is left out is what the session gave last. */
export const readingQuery = {
  caseNo: caseNo.optional(),
  reason: reason.optional(),
  purpose: readingPurpose.optional(),
};

const reading = z.object({
  caseNo: z.string().nullable(),
  reason: z.string().nullable(),
  purpose: readingPurpose.nullable(),
  at: time,
});

export const getReading = route({
  method: 'GET',
  path: '/api/logs/reading',
  summary:
    'The case or reason that the caller’s session gave last, and whether the short list is enough for it.',
  access: 'logs.read',
  reply: z.object({ reading: reading.nullable(), ownSchool: z.boolean() }),
});

export const setReading = route({
  method: 'POST',
  path: '/api/logs/reading',
  summary: 'Gives the case number, or the reason, for what this session reads from the logs from now on.',
  access: 'logs.read',
  body: z.object(readingQuery),
  reply: reading,
});

export const readingErrors = {
  'logs.reason_needed': {
    status: 422,
    zh: '检索日志要写明案件编号或理由（caseNo 或 reason，理由至少 4 个字）；本会话写一次即可',
    en: 'Reading logs needs a case number or a reason (caseNo or reason, at least 4 characters); once a session is enough',
  },
  'logs.purpose_not_enough': {
    status: 422,
    zh: '事由清单只供学校查看本校自己的日志源；查看其他日志请填案件编号或理由（caseNo 或 reason）',
    en: 'The short list is for a school that reads its own sources; for others give a case number or a reason (caseNo or reason)',
  },
} as const;
