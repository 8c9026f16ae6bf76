/** The completeness ledger: what came, what is missing, who answered for it, and whether one may rely on it. */
import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';

const count = z.number().int();
const sourceParams = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) });
const gapParams = z.object({ id: z.uuid() });
/** A day in China. */
const day = z.iso.date();
const moment = z.iso.datetime({ offset: true });

/** A disk with less room than this share of it is nearly full: told on its page, and an alarm. */
export const leastFreeShare = 0.1;

export const gapProof = z.enum(['silence', 'counter', 'heartbeat', 'collector', 'kernel', 'shedding']);
export const gapReason = z.enum([
  'power',
  'network',
  'maintenance',
  'holiday',
  'device',
  'retired',
  'recovered',
  'other',
]);
export const gapState = z.enum(['unanswered', 'waiting', 'accepted']);
export const alarmKind = z.enum(['silence', 'clock', 'unparsable', 'collector', 'kernel', 'disk']);

/**
 * What a day or an hour was like. `lost`: records are proved missing; `gap`: nothing came, or nobody listened, and
 * nobody has answered for it; `silent`: nothing came in it, or in a part of it, for longer than is chance, by the rule
 * that reliance goes by; `answered`: a gap with an accepted answer; `unread`: more than one line in a hundred could not
 * be read; `ok`: records came as they usually do, and nothing is known to be missing; `heard`: records came, and nothing
 * is learned or agreed by which one could tell whether that is all; `none`: nothing came and nothing was due, or nothing
 * is known.
 */
export const ledgerState = z.enum(['lost', 'gap', 'silent', 'answered', 'unread', 'ok', 'heard', 'none']);
export type LedgerState = z.infer<typeof ledgerState>;

const figures = {
  received: count,
  parsed: count,
  ignored: count,
  unparsable: count,
  /** Records missing by the running numbers of the writer. */
  lost: count,
  /** What is usual; null when nothing was learned or agreed. */
  expected: z.number().nullable(),
  state: ledgerState,
};

const ledgerDay = z.object({ day, ...figures });
export type LedgerDay = z.output<typeof ledgerDay>;

const calendarRow = z.object({
  sourceId: count,
  name: z.string(),
  unitName: z.string().nullable(),
  format: z.string(),
  /** Gaps of the time that nobody has answered for. */
  openGaps: count,
  lost: count,
  days: z.array(ledgerDay),
});
export type CalendarRow = z.output<typeof calendarRow>;

export const calendar = route({
  method: 'GET',
  path: '/api/logs/completeness',
  summary:
    'The sources of the caller’s units, the worst first, each with its days: received, missing, answered for.',
  access: 'logs.read',
  query: listQuery.extend({
    /** First and last day, in China; at most 62. Default: the last 28. */
    from: day.optional(),
    to: day.optional(),
    unitId: z.uuid().optional(),
  }),
  reply: listOf(calendarRow).extend({ from: day, to: day }),
});

const ledgerHour = z.object({ day, hour: count, ...figures });
export type LedgerHour = z.output<typeof ledgerHour>;

export const gap = z.object({
  id: z.uuid(),
  sourceId: count.nullable(),
  /** The source's name; of a collector's gap the collector's. */
  source: z.string(),
  unitName: z.string().nullable(),
  proof: gapProof,
  began: time,
  /** Null: it lasts. */
  ended: time.nullable(),
  /** Records proved missing; null when nobody can know. */
  lost: count.nullable(),
  foundAt: time,
  state: gapState,
  /** Whether two people must answer for it. */
  needsSecond: z.boolean(),
  reason: gapReason.nullable(),
  words: z.string().nullable(),
  givenName: z.string().nullable(),
  givenAt: time.nullable(),
  decidedName: z.string().nullable(),
  decidedAt: time.nullable(),
});
export type LogGap = z.output<typeof gap>;

export const sourceLedger = route({
  method: 'GET',
  path: '/api/logs/sources/:id/completeness',
  summary: 'The hours of one source, day by day, with its gaps.',
  access: 'logs.read',
  params: sourceParams,
  query: z.object({ from: day.optional(), to: day.optional() }),
  reply: z.object({
    from: day,
    to: day,
    hours: z.array(ledgerHour),
    gaps: z.array(gap),
    /** Weeks from which the usual was learned; 0: not yet. */
    learnedWeeks: count,
  }),
});

export const listGaps = route({
  method: 'GET',
  path: '/api/logs/gaps',
  summary: 'Gaps of the caller’s sources and of the collectors, newest first.',
  access: 'logs.read',
  query: listQuery.extend({
    sourceId: z.coerce.number().int().optional(),
    unitId: z.uuid().optional(),
    proof: gapProof.optional(),
    state: gapState.optional(),
    from: moment.optional(),
    to: moment.optional(),
  }),
  reply: listOf(gap),
});

const gapAnswer = z.object({
  id: z.uuid(),
  reason: gapReason,
  words: z.string(),
  givenName: z.string(),
  givenAt: time,
  needsSecond: z.boolean(),
  /** Null: a second person has not decided yet. */
  accepted: z.boolean().nullable(),
  decidedName: z.string().nullable(),
  decidedAt: time.nullable(),
  decidedWords: z.string().nullable(),
});

const gapWithAnswers = gap.extend({ answers: z.array(gapAnswer) });
export type GapWithAnswers = z.output<typeof gapWithAnswers>;

export const getGap = route({
  method: 'GET',
  path: '/api/logs/gaps/:id',
  summary: 'One gap with everybody who answered for it.',
  access: 'logs.read',
  params: gapParams,
  reply: gapWithAnswers,
});

export const answerGap = route({
  method: 'POST',
  path: '/api/logs/gaps/:id/answers',
  summary:
    'Answers for a gap with its reason. A day or more, a gap that lasts, records proved missing and a collector’s gap need a second person.',
  access: 'logs.gaps',
  params: gapParams,
  body: z.object({ reason: gapReason, words: z.string().trim().min(2).max(500) }),
  reply: gapWithAnswers,
});

export const decideGap = route({
  method: 'POST',
  path: '/api/logs/gaps/:id/decision',
  summary: 'A second person accepts or refuses the answer for a gap.',
  access: 'logs.gaps_decide',
  params: gapParams,
  body: z.object({ accept: z.boolean(), words: z.string().trim().max(500).optional() }),
  reply: gapWithAnswers,
});

export const relianceCode = z.enum([
  'never_heard',
  'silence',
  'counter',
  'heartbeat',
  'collector',
  'lost',
  'waiting',
  'unread',
  'caution',
]);

const reliance = z.object({
  sourceId: count,
  name: z.string(),
  /** Whether what is not in its logs of this time did not happen, as far as this source would tell. */
  relies: z.boolean(),
  state: z.enum(['covered', 'gap', 'unknown']),
  reasons: z.array(z.object({ code: relianceCode, zh: z.string(), en: z.string() })),
  firstSeen: time.nullable(),
  lastSeen: time.nullable(),
  gaps: z.array(
    z.object({
      proof: gapProof,
      from: time.nullable(),
      to: time.nullable(),
      lost: count.nullable(),
      reason: z.string().nullable(),
    }),
  ),
  lost: count,
  unread: count,
  waiting: count,
});
export type RelianceReply = z.output<typeof reliance>;

export const askReliance = route({
  method: 'GET',
  path: '/api/logs/sources/:id/reliance',
  summary: 'Whether one may rely on a source for a time of at most 31 days, with the reasons.',
  access: 'logs.read',
  params: sourceParams,
  query: z.object({
    from: moment,
    to: moment,
    /** A silence longer than this counts; default: what is no chance by what the source usually sends. */
    gapSeconds: z.coerce.number().int().min(60).max(31_536_000).optional(),
  }),
  reply: reliance,
});

export const rhythm = z.object({
  /** The longest silence that is no alarm, seconds; null: learned. */
  maxSilenceSeconds: z.number().int().min(60).max(31_536_000).nullable(),
  /** A text that every sign of life contains, such as `-- MARK --`; and how often one comes, seconds. */
  beatText: z.string().min(3).max(200).nullable(),
  beatSeconds: z.number().int().min(10).max(86_400).nullable(),
  /** No alarms of silence: it sends only now and then. */
  quiet: z.boolean(),
});
export type SourceRhythm = z.output<typeof rhythm>;

export const getRhythm = route({
  method: 'GET',
  path: '/api/logs/sources/:id/rhythm',
  summary: 'What was agreed about how often a source sends, and what was learned.',
  access: 'logs.read',
  params: sourceParams,
  reply: rhythm.extend({ learnedWeeks: count, learnedAt: time.nullable() }),
});

export const setRhythm = route({
  method: 'PUT',
  path: '/api/logs/sources/:id/rhythm',
  summary: 'Agrees how often a source sends: its longest silence and its signs of life.',
  access: 'logs.sources',
  params: sourceParams,
  body: rhythm.refine((one) => (one.beatText === null) === (one.beatSeconds === null), {
    path: ['beatSeconds'],
    message: '心跳文本和间隔要一起填写 / give the text and the interval of signs of life together',
  }),
  reply: rhythm,
});

const alarm = z.object({
  id: z.uuid(),
  kind: alarmKind,
  sourceId: count.nullable(),
  source: z.string(),
  unitName: z.string().nullable(),
  began: time,
  ended: time.nullable(),
  urgedAt: time.nullable(),
  words: z.object({ zh: z.string(), en: z.string() }),
});
export type LogAlarm = z.output<typeof alarm>;

export const listAlarms = route({
  method: 'GET',
  path: '/api/logs/alarms',
  summary: 'What is wrong with sources and collectors now, and was; newest first.',
  access: 'logs.read',
  query: listQuery.extend({
    sourceId: z.coerce.number().int().optional(),
    open: z.enum(['true', 'false']).optional(),
  }),
  reply: listOf(alarm),
});

export const ledgerPermissions = {
  'logs.gaps': { zh: '说明日志缺口', en: 'Answer for gaps of logs' },
  'logs.gaps_decide': { zh: '复核日志缺口的说明', en: 'Decide on answers for gaps of logs' },
} as const;

export const ledgerErrors = {
  'logs.too_many_days': {
    status: 400,
    zh: '时间范围最多 {most} 天，请缩小范围',
    en: 'At most {most} days at once; choose a shorter time',
  },
  'logs.gap_answered': {
    status: 409,
    zh: '这个缺口已有说明（{name}），不必再说明；被退回后才能重新说明',
    en: 'Somebody has answered for this gap ({name}); another answer is possible after a refusal',
  },
  'logs.gap_nothing_waits': {
    status: 409,
    zh: '这个缺口没有待复核的说明',
    en: 'No answer for this gap waits for a decision',
  },
  'logs.gap_own_answer': {
    status: 403,
    zh: '说明人不能复核自己的说明，请由另一人复核',
    en: 'Who answered does not decide; ask another person',
  },
  'logs.gap_of_collector': {
    status: 403,
    zh: '采集器的缺口由市局说明',
    en: 'The city answers for a collector’s gap',
  },
} as const;
