/** Lines as they arrive, before they are indexed. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { readingQuery } from './reading.ts';

/** One line of the tail; names of people and devices are tokens. */
export const tailLine = z.object({
  recvAt: time,
  source: z.string(),
  sourceId: z.number().int(),
  sender: z.string(),
  raw: z.string(),
  /** True: only its beginning is here. */
  cut: z.boolean(),
});
export type TailLine = z.output<typeof tailLine>;

/**
 * Server-sent events: `lines` {lines, skipped} as lines arrive (`skipped`: how many more there were than can be shown),
 * `end` {reason: time | ended} when it is over.
 */
export const tailLogs = route({
  method: 'GET',
  path: '/api/logs/tail',
  summary: 'Lines of the caller’s sources as they are received, for at most 15 minutes. Audited.',
  access: 'logs.read',
  produces: 'events',
  query: z.object({
    ...readingQuery,
    source: z.string().max(120).optional(),
    unit: z.string().max(60).optional(),
    /** Only lines that hold this text. */
    text: z.string().trim().min(1).max(200).optional(),
  }),
});

export const tailErrors = {
  'logs.too_many_tails': {
    status: 429,
    zh: '同时查看实时日志的窗口太多（每人 2 个，全系统 20 个），请先关闭一个',
    en: 'Too many live views are open (2 of one person, 20 in all); close one first',
  },
} as const;
