import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { type ChainTarget, chainAcknowledged, chainExhausted, type MessageKind } from './contract.ts';
import type { Words } from './rules.ts';
import * as store from './store/chain-store.ts';
import {
  holdersOf,
  type Recipient,
  recipientOfAccount,
  recipientsAbove,
  unitAt,
} from './store/recipient-store.ts';
import { makeComposer, tellRecipient } from './tell-recipient.ts';

export interface ChainStart {
  /** What it is about, once: the same key starts one chain. */
  readonly key: string;
  /** Key of the chain as the bureau or a unit has set it. */
  readonly chain: string;
  readonly unitPath: string;
  readonly kind: MessageKind;
  readonly subject: Words;
  readonly body: Words;
  readonly link: string | null;
}

/**
 * Starts an escalation: whom each step tells, and at which addresses, is settled now and does not change with
 * later versions or appointments. Steps are due by the database's clock and stop when somebody acknowledges.
 * Runs as the system. Returns the run's id. Throws `notify.unknown_chain`, `notify.chain_reaches_nobody`.
 */
export async function startChain(ctx: Ctx, start: ChainStart): Promise<string> {
  const known = await store.findRunByKey(ctx, start.key);
  if (known) return known.id;
  const chain = await store.chainFor(ctx, start.chain, start.unitPath);
  if (!chain) fail('notify.unknown_chain', { chain: start.chain });
  const resolved = await Promise.all(
    chain.steps.map(async (step) => ({ ...step, recipients: await resolve(ctx, step.whom, start.unitPath) })),
  );
  if (resolved.every((step) => step.recipients.length === 0)) {
    fail('notify.chain_reaches_nobody', { chain: chain.name });
  }
  const runId = await store.insertRun(ctx, {
    unit_path: start.unitPath,
    key: start.key,
    chain_key: chain.key,
    chain_version: chain.version,
    kind: start.kind,
    urgent: true,
    subject: start.subject,
    body: start.body,
    link: start.link,
  });
  if (runId === undefined) return (await store.findRunByKey(ctx, start.key))!.id;
  for (const [at, { afterMinutes, recipients, channels }] of resolved.entries()) {
    const seq = at + 1;
    const due = await store.insertStep(ctx, {
      run_id: runId,
      unit_path: start.unitPath,
      seq,
      recipients,
      channels,
      afterMinutes,
    });
    await ctx.enqueue(chainJob, { runId, seq }, { runAt: due });
  }
  await recordAudit(ctx, {
    action: 'notify.start_chain',
    subject: `chain_run:${runId}`,
    unitPath: start.unitPath,
    after: { key: start.key, chain: chain.key, version: chain.version },
  });
  return runId;
}

/** Everyone once, in the order of the targets. */
async function resolve(ctx: Ctx, whom: readonly ChainTarget[], unitPath: string): Promise<Recipient[]> {
  const found: Recipient[] = [];
  for (const target of whom) found.push(...(await resolveOne(ctx, target, unitPath)));
  const seen = new Set<string>();
  return found.filter((one) => {
    const who = one.account_id ?? `${one.name}:${one.email ?? ''}:${one.phone ?? ''}`;
    return !seen.has(who) && seen.add(who);
  });
}

async function resolveOne(ctx: Ctx, target: ChainTarget, unitPath: string): Promise<Recipient[]> {
  if (target.by === 'role') return recipientsAbove(ctx, unitPath, [target.role]);
  if (target.by === 'account') {
    const one = await recipientOfAccount(ctx, target.accountId);
    return one ? [one] : [];
  }
  const path = await unitAt(ctx, unitPath, target.level);
  return path === null ? [] : holdersOf(ctx, path, target.post);
}

/** A wake-up at a step's time; what is due is read from the rows. */
export const chainJob = defineJob({
  name: 'notify.chain-step',
  payload: z.object({ runId: z.uuid(), seq: z.number().int() }),
  run: async (app, { runId, seq }) => {
    await fireStep(app, runId, seq);
  },
});

const batch = 200;

/** Fires every overdue step once, in order: at start and every minute. Returns how many. */
export async function fireDueChainSteps(app: App): Promise<number> {
  let fired = 0;
  for (;;) {
    const due = await app.run(systemActor('notify.chain-sweep'), (ctx) => store.dueSteps(ctx, batch));
    for (const { run_id, seq } of due) if (await fireStep(app, run_id, seq)) fired += 1;
    if (due.length < batch) return fired;
  }
}

function fireStep(app: App, runId: string, seq: number): Promise<boolean> {
  return app.run(systemActor('notify.chain'), async (ctx) => {
    const run = await store.lockRun(ctx, runId);
    const step = await store.takeStep(ctx, runId, seq);
    if (!run || !step) return false;
    if (run.acknowledged_at) return true;
    const { kind, subject, body, link } = run;
    const composer = makeComposer(ctx, {
      key: `chain:${runId}:${seq}`,
      kind,
      subject,
      body,
      link,
      urgent: true,
    });
    for (const recipient of step.recipients) {
      await tellRecipient(composer, recipient, { runId, channels: step.channels });
    }
    if (seq === (await store.lastStep(ctx, runId))) {
      await ctx.emit(chainExhausted, { runId, key: run.key }, run.unit_path);
    }
    return true;
  });
}

/** Somebody answered: the further steps do not happen. Later answers change nothing. Runs as the system. */
export async function acknowledgeChain(ctx: Ctx, runId: string, by: string, how: string): Promise<void> {
  if (!(await store.closeRun(ctx, runId, by, how))) return;
  const run = (await store.findRun(ctx, runId))!;
  await recordAudit(ctx, {
    action: 'notify.acknowledge_chain',
    subject: `chain_run:${runId}`,
    unitPath: run.unit_path,
    after: { by, how },
  });
  await ctx.emit(chainAcknowledged, { runId, key: run.key, by }, run.unit_path);
}
