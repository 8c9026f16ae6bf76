import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Act, taskChanged } from './contract.ts';
import { type ActRecord, decideAct, evolve, isRefusal, type TaskCore } from './rules.ts';
import { tellSettled } from './settle-task.ts';
import { databaseTime } from './store/clock.ts';
import {
  copiesOf,
  filesOf,
  insertCopy,
  insertSignatures,
  insertSigner,
  insertSubmission,
} from './store/parts.ts';
import { type Besides, coreOf, lockTask, saveAct, signaturesOf, type TaskRow } from './store/tasks.ts';
import { accountSeeing, everywhere } from './store/who.ts';
import { standingOf } from './who-acts.ts';
import { actWords, stateWords } from './words.ts';

/** Does one act upon a task, or throws why not (`tasks.*`); two at once are one after the other. */
export async function actOnTask(ctx: Ctx, id: string, input: Act): Promise<void> {
  const task = (await lockTask(ctx, { id })) ?? fail('base.not_found', { what: id });
  const signatures = await signaturesOf(ctx, id);
  const copies = (await copiesOf(ctx, id)).map((one) => one.account_id);
  const now = await databaseTime(ctx);
  const signerKeys = signatures.map((one) => one.signer_key);
  const { who, sees, holders } = await standingOf(ctx, task, { signerKeys, copies, now });
  if (!sees) fail('base.not_found', { what: id });
  const before = coreOf(task, signatures);
  const record = decideAct(before, input, who, task.unit_id);
  if (isRefusal(record)) fail(record.code, refusalDetails(task, input, holders));
  const after = evolve(before, record);
  const besides = await doBesides(ctx, task, input, record, after);
  const told = { data: toldOf(input, besides), besides };
  await saveAct(ctx, task, after, record, told);
  await recordAudit(ctx, {
    action: `tasks.${input.act}`,
    subject: `task:${id}`,
    unitPath: task.unit_path,
    before: { state: before.state, holder: before.holderKey, claimedBy: before.claimedBy },
    after: { state: after.state, holder: after.holderKey, claimedBy: after.claimedBy, ...told.data },
  });
  if (settles(before, after)) await tellSettled(ctx, task, after.state as 'done', besides.outcome ?? null);
  else await ctx.emit(taskChanged, { taskId: id, kind: task.kind }, task.unit_path);
}

function settles(before: TaskCore, after: TaskCore): boolean {
  return before.state !== after.state && (after.state === 'done' || after.state === 'cancelled');
}

function refusalDetails(task: TaskRow, input: Act, holders: readonly { name: string }[]) {
  const who = task.claimed_by_name ?? (holders.map((holder) => holder.name).join('、') || '—');
  return { who, act: actWords[input.act], state: stateWords[task.state], link: task.link ?? '' };
}

/** Writes what hangs on the task, and says what else of its row changes. */
async function doBesides(
  ctx: Ctx,
  task: TaskRow,
  input: Act,
  record: ActRecord,
  after: TaskCore,
): Promise<Besides> {
  switch (input.act) {
    case 'claim':
      return { claimedByName: ctx.actor.name };
    case 'finish': {
      const files = await filesOf(ctx, task.id);
      if (task.wants_file && !files.some((file) => file.round === after.round)) fail('tasks.file_needed');
      await insertSubmission(ctx, task, after.round, input.answer);
      const standsIn = after.claimedBy !== ctx.actor.id;
      return {
        doneByName: ctx.actor.name,
        ...(!standsIn && { claimedByName: ctx.actor.name }),
        returned: { reason: null, field: null },
        outcome: input.answer || null,
      };
    }
    case 'return':
    case 'send_back':
      return { returned: { reason: input.reason, field: input.field || null }, outcome: null };
    case 'reissue':
      return reissued(ctx, input);
    case 'transfer':
      await demandAccount(ctx, task, input.to);
      return {};
    case 'delegate': {
      const account = await demandAccount(ctx, task, input);
      return { claimedByName: ctx.actor.name, delegateName: account!.name };
    }
    case 'sign':
      await insertSignatures(ctx, task, record.data.keys!);
      return {};
    case 'add_signer':
      await demandAccount(ctx, task, input.signer);
      await insertSigner(ctx, task, record.data.key!);
      return {};
    case 'copy':
      await insertCopy(ctx, task, (await demandAccount(ctx, task, input))!);
      return {};
    case 'withdraw':
      return { outcome: input.reason };
    default:
      return {};
  }
}

async function reissued(ctx: Ctx, input: Extract<Act, { act: 'reissue' }>): Promise<Besides> {
  const besides: Besides = { returned: { reason: null, field: null } };
  if (input.dueAt === undefined) return besides;
  if (new Date(input.dueAt) <= (await databaseTime(ctx))) fail('tasks.until_past');
  return { ...besides, dueAt: new Date(input.dueAt) };
}

/** Whoever gets something of a task must be able to see it. */
async function demandAccount(
  ctx: Ctx,
  task: TaskRow,
  to: object,
): Promise<{ id: string; name: string } | undefined> {
  if (!('accountId' in to)) return undefined;
  const id = String(to.accountId);
  const account = await everywhere(ctx, () => accountSeeing(ctx, id, task.unit_path));
  return account ?? fail('tasks.nobody_there', { who: id });
}

/** What the history and the audit keep in words. */
function toldOf(input: Act, besides: Besides): object {
  const { act: _, ...said } = input;
  return {
    ...('reason' in said && { reason: said.reason }),
    ...('field' in said && said.field && { field: said.field }),
    ...('text' in said && { text: said.text }),
    ...('note' in said && said.note && { text: said.note }),
    ...('answer' in said && said.answer && { text: said.answer }),
    ...(besides.dueAt && { dueAt: besides.dueAt.toISOString() }),
    ...('accountId' in said && { accountId: said.accountId, name: besides.delegateName }),
  };
}
