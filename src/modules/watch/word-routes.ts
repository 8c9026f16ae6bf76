import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { importSheet } from '#units';
import * as contract from './contract.ts';
import { applyWords } from './import-words.ts';
import { countsOf, decideWords, proposeWords, rollBackWords, withdrawWords } from './propose-words.ts';
import { tryWords } from './test-words.ts';
import { applyChanges, differenceOf, isExpired, type Word, type WordDifference } from './word-rules.ts';
import * as store from './word-store.ts';
import { readVersion, readWholeList, readWords, todayOf } from './words.ts';

type Facts = Omit<store.WordListRow, 'body'>;

function factsOf(row: Facts) {
  return {
    version: row.version,
    source: row.source,
    changedAt: row.changed_at,
    changedBy: row.changed_by_name,
    approvedBy: row.approved_by_name,
    note: row.note,
  };
}

function proposalOf(ctx: Ctx, row: store.ProposalRow): z.input<typeof contract.wordProposal> {
  const { actor } = ctx;
  const isOwn = row.proposed_by === actor.id;
  const isOpen = row.state === 'proposed';
  return {
    id: row.id,
    basedOn: row.based_on,
    note: row.note,
    added: row.added,
    changed: row.changed,
    removed: row.removed,
    immediate: row.immediate,
    state: row.state,
    proposedBy: row.proposed_by_name,
    proposedAt: row.proposed_at,
    decidedBy: row.decided_by_name,
    decidedAt: row.decided_at,
    decisionNote: row.decision_note,
    version: row.version,
    mayDecide: isOpen && !isOwn && actor.permissions.has('words.approve'),
    mayWithdraw: isOpen && isOwn && actor.permissions.has('words.write'),
  };
}

const SHOWN = 1000;

function shownOf(difference: WordDifference) {
  return {
    added: difference.added.slice(0, SHOWN),
    removed: difference.removed.slice(0, SHOWN),
    changed: difference.changed.slice(0, SHOWN),
    counts: countsOf(difference),
  };
}

type TermQuery = z.output<NonNullable<typeof contract.listWords.query>>;

/** A version never changes and is kept in memory: a search of 100,000 terms there takes milliseconds. */
function findTerms(words: readonly Word[], query: TermQuery, today: string) {
  const typed = query.q?.toLowerCase() ?? '';
  const found = words.filter(
    (one) =>
      (query.category === undefined || one.category === query.category) &&
      (query.tier === undefined || one.tier === query.tier) &&
      (query.expired === undefined || isExpired(one, today) === (query.expired === 'true')) &&
      (typed === '' || one.term.toLowerCase().includes(typed) || (one.note ?? '').includes(typed)),
  );
  const by = query.sort?.replace(/^-/, '');
  if (by === 'term' || by === 'category') {
    const sign = query.sort!.startsWith('-') ? -1 : 1;
    found.sort((a, b) => sign * (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0));
  }
  const start = (query.page - 1) * query.pageSize;
  return { items: found.slice(start, start + query.pageSize), total: found.length };
}

async function summaryOf(ctx: Ctx) {
  const list = await readWholeList(ctx);
  const today = todayOf(ctx);
  const counts = new Map<string, number>();
  for (const { category } of list.body) counts.set(category, (counts.get(category) ?? 0) + 1);
  return {
    ...factsOf(list),
    total: list.body.length,
    expired: list.body.filter((one) => isExpired(one, today)).length,
    waiting: await store.countWaiting(ctx),
    categories: [...counts]
      .map(([category, count]) => ({ category, count }))
      .sort((a, b) => b.count - a.count),
  };
}

export const wordRoutes: Handler[] = [
  handle(contract.getWordList, async (ctx) => {
    const list = await readWords(ctx);
    return { ...factsOf(list), words: list.body };
  }),
  handle(contract.wordSummary, (ctx) => summaryOf(ctx)),
  handle(contract.listWords, async (ctx, { query }) =>
    findTerms((await readWholeList(ctx)).body, query, todayOf(ctx)),
  ),
  handle(contract.proposeWords, async (ctx, { body }) => proposalOf(ctx, await proposeWords(ctx, body))),
  handle(contract.rollBackWords, async (ctx, { body }) => proposalOf(ctx, await rollBackWords(ctx, body))),
  handle(contract.listWordProposals, async (ctx, { query }) => {
    const { items, ...counts } = await store.listProposals(ctx, query);
    return { ...counts, items: items.map((row) => proposalOf(ctx, row)) };
  }),
  handle(contract.getWordProposal, async (ctx, { params }) => {
    const row = (await store.findProposal(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    const base = (await readVersion(ctx, row.based_on)).body;
    return { ...proposalOf(ctx, row), ...shownOf(differenceOf(base, applyChanges(base, row))) };
  }),
  handle(contract.decideWords, async (ctx, { params, body }) =>
    proposalOf(ctx, await decideWords(ctx, params.id, body)),
  ),
  handle(contract.withdrawWords, async (ctx, { params }) =>
    proposalOf(ctx, await withdrawWords(ctx, params.id)),
  ),
  handle(contract.listWordVersions, async (ctx, { query }) => {
    const { items, ...counts } = await store.listVersions(ctx, query);
    const rows = items.map((row) => ({
      ...factsOf(row),
      terms: row.terms,
      added: row.added,
      changed: row.changed,
      removed: row.removed,
    }));
    return { ...counts, items: rows };
  }),
  handle(contract.compareWords, async (ctx, { query }) => {
    const [before, after] = [await readVersion(ctx, query.from), await readVersion(ctx, query.to)];
    return shownOf(differenceOf(before.body, after.body));
  }),
  handleRaw(contract.importWords, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.wordSheet,
      { name: query.fileName, content: request.body as Readable },
      applyWords,
    ),
  ),
  handleRaw(contract.testWords, (app, actor, { body }) => tryWords(app, actor, body)),
];
