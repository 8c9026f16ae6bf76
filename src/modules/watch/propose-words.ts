/** Changes of the word list: proposed by one person, put in force by another. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { checkTerms } from '#scan';
import { askOffice, settleTask } from '#tasks';
import { findUnit } from '#units';
import { wordProposalWords } from './state-words.ts';
import {
  applyChanges,
  changedSince,
  changesOf,
  differenceOf,
  isImmediate,
  type Word,
  type WordChanges,
  type WordDifference,
} from './word-rules.ts';
import * as store from './word-store.ts';
import { readVersion, readWholeList } from './words.ts';

const WORDS_MAX = 100_000;
const daysToDecide = 2;
const taskKey = (id: string) => `watch:words:${id}`;

/**
 * Proposes changes. What only puts more before a person is in force at once; everything else waits for another person.
 * Throws `watch.stale_word_list` when another version came since the one that the editor saw, `scan.bad_term` for a
 * term that cannot be searched.
 */
export async function proposeWords(
  ctx: Ctx,
  input: WordChanges & { readonly basedOn: number; readonly note: string },
): Promise<store.ProposalRow> {
  await store.lockWords(ctx);
  const current = await readWholeList(ctx);
  if (current.version !== input.basedOn) {
    fail('watch.stale_word_list', { version: current.version, by: current.changed_by_name });
  }
  return propose(ctx, current, applyChanges(current.body, input), input.note);
}

/** Proposes to go back to a former version. */
export async function rollBackWords(
  ctx: Ctx,
  input: { version: number; note: string },
): Promise<store.ProposalRow> {
  await store.lockWords(ctx);
  const current = await readWholeList(ctx);
  return propose(ctx, current, (await readVersion(ctx, input.version)).body, input.note);
}

async function propose(
  ctx: Ctx,
  current: store.WordListRow,
  wanted: readonly Word[],
  note: string,
): Promise<store.ProposalRow> {
  const difference = differenceOf(current.body, wanted);
  const changes = changesOf(difference);
  if (changes.upserts.length + changes.removals.length === 0) fail('watch.no_word_change');
  if (wanted.length > WORDS_MAX) fail('watch.too_many_words', { count: wanted.length });
  checkTerms(changes.upserts);
  const city = await cityOf(ctx);
  const counts = countsOf(difference);
  const immediate = isImmediate(difference);
  const proposal = await store.insertProposal(ctx, {
    unitPath: city.unit_path,
    basedOn: current.version,
    note,
    changes,
    counts,
    immediate,
  });
  await audit(ctx, 'watch.propose_words', proposal, { note, ...counts, examples: examplesOf(difference) });
  if (immediate) await publish(ctx, proposal, wanted, null);
  else {
    await askOffice(ctx, {
      key: taskKey(proposal.id),
      kind: 'watch.words',
      unitPath: city.unit_path,
      title: `词表修改：增 ${counts.added}、改 ${counts.changed}、删 ${counts.removed}`,
      why: `${ctx.actor.name}提出：${note}。另一个人批准后，从下一次检查起生效。`,
      legalBasis: '丽教办发〔2009〕57号 第二条（D22）；提出与批准分离',
      minutes: 10,
      link: '/words?tab=proposals',
      days: daysToDecide,
    });
  }
  return (await store.findProposal(ctx, proposal.id))!;
}

/** Puts a proposal in force, or refuses it. Terms that another version has changed since are not overwritten. */
export async function decideWords(
  ctx: Ctx,
  id: string,
  input: { approve: boolean; note?: string | undefined },
): Promise<store.ProposalRow> {
  await store.lockWords(ctx);
  const proposal = (await store.findProposal(ctx, id, true)) ?? fail('base.not_found', { what: id });
  if (proposal.state !== 'proposed')
    fail('watch.words_decided', { state: proposal.state, now: wordProposalWords[proposal.state] });
  if (proposal.proposed_by === ctx.actor.id) fail('watch.own_words');
  if (input.approve) {
    const current = await readWholeList(ctx);
    const base = await readVersion(ctx, proposal.based_on);
    const term = changedSince(base.body, current.body, proposal);
    if (term !== undefined) fail('watch.word_changed_since', { term });
    await publish(ctx, proposal, applyChanges(current.body, proposal), input.note || null);
  } else {
    if ((input.note ?? '').length < 2) fail('watch.reason_needed');
    await store.setProposal(ctx, id, 'refused', { note: input.note!, version: null, isDecided: true });
    await audit(ctx, 'watch.refuse_words', proposal, { note: input.note });
  }
  const words = input.approve ? '已批准 / approved' : '未批准 / refused';
  await settleTask(ctx, taskKey(id), { state: 'done', words });
  return (await store.findProposal(ctx, id))!;
}

/** Takes one's own proposal back. */
export async function withdrawWords(ctx: Ctx, id: string): Promise<store.ProposalRow> {
  const proposal = (await store.findProposal(ctx, id, true)) ?? fail('base.not_found', { what: id });
  if (proposal.state !== 'proposed')
    fail('watch.words_decided', { state: proposal.state, now: wordProposalWords[proposal.state] });
  if (proposal.proposed_by !== ctx.actor.id) fail('base.forbidden', { permission: 'words.write' });
  await store.setProposal(ctx, id, 'withdrawn', { note: null, version: null, isDecided: false });
  await audit(ctx, 'watch.withdraw_words', proposal, {});
  await settleTask(ctx, taskKey(id), { state: 'cancelled', words: '已撤回 / taken back' });
  return (await store.findProposal(ctx, id))!;
}

async function publish(
  ctx: Ctx,
  proposal: store.ProposalRow,
  words: readonly Word[],
  note: string | null,
): Promise<void> {
  if (words.length > WORDS_MAX) fail('watch.too_many_words', { count: words.length });
  const city = await cityOf(ctx);
  const before = (await store.newestVersion(ctx)) ?? 0;
  const version = before + 1;
  const isDecided = !proposal.immediate;
  await store.setProposal(ctx, proposal.id, 'approved', { note, version, isDecided });
  await store.insertWords(ctx, {
    version,
    unitPath: city.unit_path,
    source: city.name,
    words,
    proposal,
    approvedBy: isDecided ? ctx.actor.name : null,
  });
  await recordAudit(ctx, {
    action: 'watch.save_words',
    subject: `words:${version}`,
    unitPath: city.unit_path,
    before: { version: before },
    after: { version, words: words.length, proposal: proposal.id, note },
  });
}

async function cityOf(ctx: Ctx) {
  return (await findUnit(ctx, { kind: 'city' })) ?? fail('base.not_found', { what: 'city' });
}

export function countsOf({ added, changed, removed }: WordDifference) {
  return { added: added.length, changed: changed.length, removed: removed.length };
}

function examplesOf({ added, changed, removed }: WordDifference): string[] {
  const words = [...added, ...changed.map(({ after }) => after), ...removed];
  return words.slice(0, 100).map(({ term }) => term);
}

async function audit(
  ctx: Ctx,
  action: string,
  { id, unit_path: unitPath }: store.ProposalRow,
  after: object,
) {
  await recordAudit(ctx, { action, subject: `words-proposal:${id}`, unitPath, after });
}
