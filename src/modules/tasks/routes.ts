import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Ctx } from '#base/app';
import { AppError, fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { actOnTask } from './act-on-task.ts';
import { addFile } from './add-file.ts';
import * as contract from './contract.ts';
import { allowedActs } from './rules.ts';
import { databaseTime } from './store/clock.ts';
import * as lists from './store/lists.ts';
import { filesOf, type Parts, partsOf } from './store/parts.ts';
import { coreOf, findTask, signaturesOf, type TaskRow } from './store/tasks.ts';
import { accountsSeeing, everywhere, heldAmong } from './store/who.ts';
import { fileOf, historyItem, holderWords, taskOf } from './views.ts';
import { heldKeysBelow, standingOf } from './who-acts.ts';

interface Seen {
  readonly task: TaskRow;
  readonly signatures: Awaited<ReturnType<typeof signaturesOf>>;
  readonly parts: Parts;
  readonly standing: Awaited<ReturnType<typeof standingOf>>;
}

/** A task that the actor has to do with or oversees; anything else is not there. */
async function seeTask(ctx: Ctx, id: string): Promise<Seen> {
  const task = (await findTask(ctx, id)) ?? fail('base.not_found', { what: id });
  const signatures = await signaturesOf(ctx, id);
  const parts = await partsOf(ctx, id);
  const standing = await standingOf(ctx, task, {
    signerKeys: signatures.map((one) => one.signer_key),
    copies: parts.copies.map((copy) => copy.account_id),
    now: await databaseTime(ctx),
  });
  if (!standing.sees) fail('base.not_found', { what: id });
  return { task, signatures, parts, standing };
}

async function detailOf(ctx: Ctx, id: string) {
  const { task, signatures, parts, standing } = await seeTask(ctx, id);
  const core = coreOf(task, signatures);
  const held = standing.holders.filter((holder) => !holder.fallback);
  return {
    ...taskOf(task, held.length === 0 && (task.state === 'open' || task.state === 'claimed')),
    wantsFile: task.wants_file,
    round: task.round,
    signRule: task.sign_rule,
    signers: signatures.map((one) => ({
      ...holderWords(one.signer_key, null),
      signedByName: one.signed_by_name,
      signedAt: one.at,
    })),
    submissions: parts.submissions.map((one) => ({
      round: one.round,
      doneByName: one.done_by_name,
      answer: one.answer,
      at: one.at,
    })),
    files: parts.files.map(fileOf),
    copies: parts.copies.map((copy) => copy.account_name),
    history: parts.history.map(historyItem),
    holders: held.map((holder) => holder.name),
    allowed: ctx.actor.readOnly ? [] : allowedActs(core, standing.who, task.unit_id),
  };
}

export const routes: Handler[] = [
  handle(contract.listTasks, async (ctx, { query }) => {
    if (query.view === 'team' && !ctx.actor.permissions.has('tasks.team')) {
      fail('base.forbidden', { permission: 'tasks.team' });
    }
    const page = await lists.listTasks(ctx, query, query.nobody ? [...(await heldKeysBelow(ctx))] : null);
    const keys = [...new Set(page.items.map((row) => row.holder_key))];
    const held = await everywhere(ctx, () => heldAmong(ctx, keys));
    const nobody = (row: TaskRow) =>
      (row.state === 'open' || row.state === 'claimed') && !held.has(row.holder_key);
    return { ...page, items: page.items.map((row) => taskOf(row, nobody(row))) };
  }),
  handle(contract.taskSummary, async (ctx) => {
    const row = await lists.summarize(ctx);
    const { open, late, minutes, to_sign: toSign, came_back: cameBack, next_due_at: nextDueAt } = row;
    return { open, late, minutes, toSign, cameBack, nextDueAt };
  }),
  handle(contract.getTask, (ctx, { params }) => detailOf(ctx, params.id)),
  handle(contract.listTaskPeople, async (ctx, { params, query }) => {
    const { task } = await seeTask(ctx, params.id);
    const rows = await everywhere(ctx, () => accountsSeeing(ctx, task.unit_path, query.q ?? ''));
    return { items: rows.map(({ id, name, unit_name: unitName }) => ({ id, name, unitName })) };
  }),
  handle(contract.actOnTask, async (ctx, { params, body }) => {
    await actOnTask(ctx, params.id, body);
    return detailOf(ctx, params.id);
  }),
  handleRaw(contract.actOnMany, async (app, actor, { body }) => {
    const failed: { id: string; code: string; zh: string; en: string }[] = [];
    for (const id of new Set(body.ids)) {
      try {
        await app.run(actor, (ctx) => actOnTask(ctx, id, body.act));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failed.push({ id, code: error.code, ...error.messages() });
      }
    }
    return { done: new Set(body.ids).size - failed.length, failed };
  }),
  handleRaw(contract.addTaskFile, async (app, actor, { params, query }, { request }) => {
    const stored = await addFile(app, actor, params.id, query.fileName, request.body as Readable);
    return fileOf(stored);
  }),
  handleRaw(contract.getTaskFile, async (app, actor, { params }, { reply }) => {
    const file = await app.run(actor, async (ctx) => {
      const { task } = await seeTask(ctx, params.id);
      return (await filesOf(ctx, task.id)).find((one) => one.id === params.fileId);
    });
    const path = file && (await app.files.find(file.sha256));
    if (!path) fail('base.not_found', { what: params.fileId });
    return reply
      .type('application/octet-stream')
      .header('x-content-type-options', 'nosniff')
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
      .send(createReadStream(path));
  }),
];
