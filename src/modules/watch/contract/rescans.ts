/** Looking at all sites again at once, as after a new word. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

export const rescanState = z.enum(['running', 'paused', 'cancelled', 'done']);

export const rescan = z.object({
  id: z.uuid(),
  unitName: z.string(),
  reason: z.string(),
  wordVersion: z.number().int(),
  atOnce: z.number().int(),
  state: rescanState,
  startedBy: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  total: z.number().int(),
  done: z.number().int(),
  running: z.number().int(),
});

export const startRescan = route({
  method: 'POST',
  path: '/api/rescans',
  summary: 'Checks every website of one’s units again with the word list in force, so many at a time.',
  access: 'watch.rescan',
  body: z.object({
    reason: z.string().trim().min(2).max(200),
    atOnce: z.number().int().min(1).max(100).default(64),
  }),
  reply: rescan,
});

export const listRescans = route({
  method: 'GET',
  path: '/api/rescans',
  summary: 'Rescans, newest first.',
  access: 'sites.read',
  query: listQuery,
  reply: listOf(rescan),
});

export const getRescan = route({
  method: 'GET',
  path: '/api/rescans/:id',
  summary: 'One rescan with its progress by county and how the checks ended.',
  access: 'sites.read',
  params: idParams,
  reply: rescan.extend({
    counties: z.array(z.object({ name: z.string(), total: z.number().int(), done: z.number().int() })),
    /** What could not be looked at is counted by itself, never as clean. */
    results: z.array(z.object({ result: z.string(), count: z.number().int() })),
  }),
});

export const actOnRescan = route({
  method: 'POST',
  path: '/api/rescans/:id/acts',
  summary: 'Pauses, resumes or cancels a rescan; checks that are under way end by themselves.',
  access: 'watch.rescan',
  params: idParams,
  body: z.object({ act: z.enum(['pause', 'resume', 'cancel']) }),
  reply: rescan,
});

export const rescanPermissions = {
  'watch.rescan': { zh: '重新检查全部网站', en: 'Check all websites again' },
} as const;

export const rescanErrors = {
  'watch.rescan_live': {
    status: 409,
    zh: '已有一次全部重查在进行（{done}/{total}），请等它结束，或先取消',
    en: 'A rescan is under way already ({done}/{total}); wait for it or cancel it first',
  },
  'watch.rescan_nothing': { status: 409, zh: '没有可检查的网站', en: 'There is no website to check' },
  'watch.rescan_state': {
    status: 409,
    zh: '这次重查是“{now}”状态，不能这样做',
    en: 'This rescan is {now}; that cannot be done',
  },
} as const;
