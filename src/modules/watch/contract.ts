import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { crawlErrors, identityLook } from './contract/crawl.ts';
import { documentPermissions } from './contract/documents.ts';
import { homePictureErrors } from './contract/home-pictures.ts';
import { pictureErrors } from './contract/pictures.ts';
import { renderedErrors } from './contract/rendered.ts';

export * from './contract/crawl.ts';
export * from './contract/documents.ts';
export * from './contract/home-pictures.ts';
export * from './contract/pictures.ts';
export * from './contract/rendered.ts';

import { probeErrors, probePermissions } from './contract/probes.ts';

export * from './contract/probes.ts';

import { rescanErrors, rescanPermissions } from './contract/rescans.ts';
import { wordErrors, wordPermissions } from './contract/words.ts';

export * from './contract/rescans.ts';
export * from './contract/words.ts';

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
        /** How it ended; null for checks of older versions. */
        outcome: z.string().nullable(),
      }),
    ),
    /** How the home page answered under other names. */
    looks: z.array(identityLook),
  }),
});

/** A crawl ended. `critical` lists the findings that call for an incident. */
export const checkFinished = event(
  'watch.check_finished',
  z.object({ checkId: z.uuid(), siteId: z.uuid(), state: checkState, critical: z.array(z.uuid()) }),
);

export const permissions = {
  ...probePermissions,
  ...documentPermissions,
  'watch.check': { zh: '立即检查网站', en: 'Crawl a site now' },
  ...wordPermissions,
  ...rescanPermissions,
} as const;

export const errors = {
  ...probeErrors,
  'watch.check_running': { status: 409, zh: '这个网站正在检查中', en: 'This site is being crawled already' },
  ...wordErrors,
  ...rescanErrors,
  ...crawlErrors,
  ...pictureErrors,
  ...homePictureErrors,
  ...renderedErrors,
} as const;
