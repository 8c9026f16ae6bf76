import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

export const checkState = z.enum(['running', 'clean', 'faulty', 'unreachable', 'blocked', 'failed']);

export const check = z.object({
  id: z.uuid(),
  siteId: z.uuid(),
  siteName: z.string(),
  state: checkState,
  startedAt: time,
  finishedAt: time.nullable(),
  pages: z.number().int(),
  bytes: z.number().int(),
  findings: z.number().int(),
  /** Why it could not look, in words; null when it could. */
  reason: z.string().nullable(),
});

export const startCheck = route({
  method: 'POST',
  path: '/api/sites/:id/check',
  summary: 'Crawls the site now.',
  access: 'watch.check',
  params: idParams,
  reply: check,
});

export const listChecks = route({
  method: 'GET',
  path: '/api/checks',
  summary: 'Crawls, newest first.',
  access: 'sites.read',
  query: listQuery.extend({ siteId: z.uuid().optional(), state: checkState.optional() }),
  reply: listOf(check),
});

export const getCheck = route({
  method: 'GET',
  path: '/api/checks/:id',
  summary: 'One crawl.',
  access: 'sites.read',
  params: idParams,
  reply: check.extend({
    pageList: z.array(
      z.object({
        url: z.string(),
        status: z.number().int(),
        charset: z.string().nullable(),
        bytes: z.number(),
        findings: z.number(),
        error: z.string().nullable(),
      }),
    ),
  }),
});

export const wordTier = z.enum(['ban', 'context', 'review']);
export const word = z.object({
  term: z.string().trim().min(1).max(32),
  category: z.string().trim().min(1).max(40),
  tier: wordTier,
  allow: z.array(z.string().max(60)).default([]),
  note: z.string().max(200).optional(),
});

export const wordList = z.object({
  version: z.number().int(),
  source: z.string(),
  changedAt: time,
  changedBy: z.string(),
  words: z.array(word),
});

export const getWordList = route({
  method: 'GET',
  path: '/api/words',
  summary: 'The word list in force.',
  access: 'words.read',
  reply: wordList,
});

export const saveWordList = route({
  method: 'PUT',
  path: '/api/words',
  summary: 'Saves a new version of the word list; it is in force from the next crawl on.',
  access: 'words.write',
  maxBytes: 64 * 1024 * 1024,
  body: z.object({ basedOn: z.number().int(), words: z.array(word).max(100_000) }),
  reply: wordList,
});

export const wordHit = z.object({
  rule: z.string(),
  severity: z.string(),
  text: z.string(),
  start: z.number().int(),
  end: z.number().int(),
  context: z.string(),
  view: z.string(),
  suppressed: z.string().nullable(),
});

export const testWords = route({
  method: 'POST',
  path: '/api/words/test',
  summary: 'Scans a text or a piece of HTML with the list in force (or with the one given).',
  access: 'words.read',
  body: z.object({
    text: z.string().max(200_000),
    html: z.boolean().default(false),
    words: z.array(word).optional(),
  }),
  reply: z.object({ hits: z.array(wordHit) }),
});

/** A crawl ended. `critical` lists the findings that call for an incident. */
export const checkFinished = event(
  'watch.check_finished',
  z.object({ checkId: z.uuid(), siteId: z.uuid(), state: checkState, critical: z.array(z.uuid()) }),
);

export const permissions = {
  'watch.check': { zh: '立即检查网站', en: 'Crawl a site now' },
  'words.read': { zh: '查看词表', en: 'Read the word list' },
  'words.write': { zh: '修改词表', en: 'Change the word list' },
} as const;

export const errors = {
  'watch.check_running': { status: 409, zh: '这个网站正在检查中', en: 'This site is being crawled already' },
  'watch.stale_word_list': {
    status: 409,
    zh: '词表已被 {by} 改为第 {version} 版，请刷新后再改',
    en: 'The list was changed to version {version} by {by}; reload first',
  },
} as const;
