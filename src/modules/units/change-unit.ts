/** Acts on the tree: looked at before, made at once, or kept until their day. */
import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { type Act, applyChange, type ChangeKind } from './apply-change.ts';
import type { ChangeReply } from './contract.ts';
import { unitChangeFailed } from './contract.ts';
import { explainTree } from './explain-tree.ts';
import { inScope } from './import-units.ts';
import { findUnit } from './store.ts';
import * as tree from './tree-store.ts';

interface Given {
  readonly effectiveOn: string;
  readonly docNo: string;
  readonly reason: string;
}
type Body<K extends ChangeKind> = Parameters<typeof applyChange<K>>[3] & Given;

/** Carries the outcome of a rehearsal out of the transaction that it undoes. */
class Rehearsed extends Error {
  readonly act: Act;
  constructor(act: Act) {
    super('rehearsed');
    this.act = act;
  }
}

/**
 * Makes a change: with `preview` only tells what it would do; of a later day it is kept and made on that day, after
 * a rehearsal today; otherwise made now, an earlier day correcting the history. Throws `units.*`.
 */
export async function changeUnit<K extends ChangeKind>(
  app: App,
  actor: Actor,
  order: { readonly kind: K; readonly unitId: string; readonly body: Body<K>; readonly preview: boolean },
): Promise<ChangeReply> {
  const day = await app.run(actor, tree.today);
  const isLater = order.body.effectiveOn > day;
  if (order.preview || isLater) {
    const act = await rehearse(app, actor, order, isLater ? day : order.body.effectiveOn);
    if (order.preview) return replyOf(null, 'preview', act);
    return app.run(actor, async (ctx) => replyOf(await keep(ctx, order), 'planned', act));
  }
  return app.run(actor, async (ctx) => {
    const id = await keep(ctx, order);
    const given = { changeId: id, on: order.body.effectiveOn, byName: actor.name };
    const act = await applyChange(ctx, order.kind, order.unitId, order.body, given);
    await tree.settleChange(ctx, id, 'applied');
    return replyOf(id, 'applied', act);
  });
}

function replyOf(id: string | null, state: ChangeReply['state'], act: Act): ChangeReply {
  return { id, state, moved: act.moved, paths: act.paths };
}

/** Does all of it and undoes it: what it tells is what would happen. */
async function rehearse<K extends ChangeKind>(
  app: App,
  actor: Actor,
  order: { readonly kind: K; readonly unitId: string; readonly body: Body<K> },
  on: string,
): Promise<Act> {
  try {
    return await app.run(actor, async (ctx) => {
      const given = { changeId: null, on, byName: actor.name };
      throw new Rehearsed(await applyChange(ctx, order.kind, order.unitId, order.body, given));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.act;
    throw error;
  }
}

async function keep<K extends ChangeKind>(
  ctx: Ctx,
  order: { readonly kind: K; readonly unitId: string; readonly body: Body<K> },
): Promise<string> {
  // First of all: the row of the change holds the unit's row, on which the change under way may wait.
  await tree.lockTree(ctx).catch((error: unknown) => explainTree(error, { name: '', on: '' }));
  const unit = await findUnit(ctx, { id: order.unitId });
  if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: order.unitId });
  // What was seen then says nothing about the day on which it is made.
  const { effectiveOn, docNo, reason, version: _seen, ...body } = order.body as Given & { version?: number };
  const id = await tree.insertChange(ctx, {
    unit_id: unit.id,
    unit_path: unit.unit_path,
    kind: order.kind,
    effective_on: effectiveOn,
    doc_no: docNo,
    reason,
    body,
  });
  await recordAudit(ctx, {
    action: 'units.plan_change',
    subject: `unit:${unit.id}`,
    unitPath: unit.unit_path,
    after: { change: id, kind: order.kind, effectiveOn, docNo, reason, ...body },
  });
  return id;
}

/** Withdraws a change that still waits. Throws `units.change_settled`. */
export async function cancelChange(ctx: Ctx, id: string, reason: string): Promise<tree.ChangeRow> {
  const change = await tree.findChange(ctx, id, true);
  if (!change) fail('base.not_found', { what: id });
  if (!(await tree.settleChange(ctx, id, 'cancelled', reason))) {
    fail('units.change_settled', { state: change.state });
  }
  await recordAudit(ctx, {
    action: 'units.cancel_change',
    subject: `unit:${change.unit_id}`,
    unitPath: change.unit_path,
    after: { change: id, reason },
  });
  return (await tree.findChange(ctx, id))!;
}

const timer = 'units.apply-planned';

/** Makes every change whose day has come, in the order of their days; then brings late rows after. */
export async function applyPlanned(app: App): Promise<void> {
  const system = systemActor(timer);
  for (const id of await app.run(system, tree.dueChanges)) await applyOne(app, id);
  const late = await app.run(system, tree.bringAfter);
  if (late > 0) app.log.info({ rows: late }, 'rows brought after a unit that had moved');
}

async function applyOne(app: App, id: string): Promise<void> {
  const system = systemActor(timer);
  try {
    await app.run(system, async (ctx) => {
      const change = await tree.findChange(ctx, id, true);
      if (change?.state !== 'planned') return;
      const body = {
        ...change.body,
        effectiveOn: change.effective_on,
        docNo: change.doc_no,
        reason: change.reason,
      };
      const given = { changeId: id, on: change.effective_on, byName: change.by_name };
      await applyChange(ctx, change.kind, change.unit_id, body as never, given);
      await tree.settleChange(ctx, id, 'applied');
    });
  } catch (error) {
    // Somebody else's change takes long: this one is made with the next minute.
    if (isAppError(error, 'units.tree_busy') || !isAppError(error)) throw error;
    const reason = error.messages();
    await app.run(system, async (ctx) => {
      const change = await tree.findChange(ctx, id, true);
      if (!change || !(await tree.settleChange(ctx, id, 'failed', `${reason.zh} / ${reason.en}`))) return;
      const { unit_id: unitId, unit_path: unitPath } = change;
      await recordAudit(ctx, {
        action: 'units.change_failed',
        subject: `unit:${unitId}`,
        unitPath,
        after: { change: id, code: error.code },
      });
      await ctx.emit(unitChangeFailed, { changeId: id, unitId, unitPath, reason: reason.zh }, unitPath);
    });
  }
}
