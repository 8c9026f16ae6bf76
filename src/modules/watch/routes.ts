import type { z } from 'zod';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { startCheck } from './request-check.ts';
import * as store from './store.ts';
import { tryWords } from './test-words.ts';
import type { WordListRow } from './word-store.ts';
import { readWords, saveWords } from './words.ts';

function checkOf(row: store.CheckRow): z.input<typeof contract.check> {
  return {
    id: row.id,
    siteId: row.site_id,
    siteName: row.site_name,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    pages: row.pages,
    bytes: row.bytes,
    findings: row.findings,
    reason: row.reason,
  };
}

function wordListOf(row: WordListRow): z.input<typeof contract.wordList> {
  return {
    version: row.version,
    source: row.source,
    changedAt: row.changed_at,
    changedBy: row.changed_by_name,
    words: row.body,
  };
}

export const routes: Handler[] = [
  handle(contract.startCheck, async (ctx, { params }) => checkOf(await startCheck(ctx, params.id))),
  handle(contract.listChecks, async (ctx, { query }) => {
    const { items, ...counts } = await store.listChecks(ctx, query);
    return { ...counts, items: items.map(checkOf) };
  }),
  handle(contract.getCheck, async (ctx, { params }) => {
    const row = (await store.findCheck(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    return { ...checkOf(row), pageList: await store.listPages(ctx, params.id) };
  }),
  handle(contract.getWordList, async (ctx) => wordListOf(await readWords(ctx))),
  handle(contract.saveWordList, async (ctx, { body }) => wordListOf(await saveWords(ctx, body))),
  handleRaw(contract.testWords, (app, actor, { body }) => tryWords(app, actor, body)),
];
