/**
 * Sends what is due. One worker per lane (a configured channel, or the mail server of the configuration); the
 * attempt is written before anything is sent. A crash between the two leaves it `unknown`, and the same goes out
 * again under the same Message-ID or idempotency header: a receiver that knows it drops the copy, a group robot or
 * a telephone shows it twice. Nothing is lost.
 */
import { z } from 'zod';
import { type App, type Ctx, systemActor } from '#base/app';
import { newId } from '#base/id';
import { defineJob } from '#base/jobs';
import { repeat } from '#base/timers';
import { type ChannelKind, channelBroken } from './contract.ts';
import { type OpenChannel, openChannel } from './open-channel.ts';
import { settle } from './record-outcome.ts';
import { bucketOf, limits, perMinuteOf } from './rules.ts';
import type { Outcome, Outgoing } from './send/outcome.ts';
import { sendOutgoing } from './send/send-outgoing.ts';
import { findChannel } from './store/channel-store.ts';
import type { DeliveryRow } from './store/delivery-store.ts';
import * as lanes from './store/lane-store.ts';
import { cityPath } from './store/recipient-store.ts';
import { escapeFor, fitting, mergeTexts } from './texts.ts';

const atOnce = 8;
const mostMerged = 50;
const renewMs = 5_000;
/** Failures in a row after which a channel counts as broken for everyone. */
const brokenAfter = 3;
const system = systemActor('notify.pump');

export const pumpJob = defineJob({
  name: 'notify.pump',
  payload: z.object({ lane: z.string() }),
  maxAttempts: 5,
  run: (app, { lane }) => pumpLane(app, lane),
});

/**
 * Asks for a lane’s worker, in this transaction. Each time has a wake-up of its own: one for now must not replace
 * the one for the end of a rest.
 */
export async function wakeLane(ctx: Ctx, lane: string, at?: Date | null): Promise<void> {
  if (at) await ctx.enqueue(pumpJob, { lane }, { key: `notify.pump:${lane}:${at.toISOString()}`, runAt: at });
  else await ctx.enqueue(pumpJob, { lane }, { key: `notify.pump:${lane}` });
}

/** Works a lane until nothing in it is due, or its limit is used up. */
export async function pumpLane(app: App, lane: string): Promise<void> {
  const pump = newId();
  const lease = await app.run(system, (ctx) => lanes.takeLane(ctx, lane, pump));
  if (!lease.taken) {
    await app.run(system, (ctx) => wakeLane(ctx, lane, lease.freeAt));
    return;
  }
  let isMine = true;
  const endRenewal = repeat(renewMs, () => {
    app
      .run(system, (ctx) => lanes.renewLane(ctx, lane, pump))
      .then((still) => {
        isMine = still;
      })
      .catch((error: unknown) => app.log.warn({ err: error, lane }, 'a lane could not be renewed'));
  });
  let work: Step = { sent: 0, rest: null, needsToken: false };
  try {
    const channel = await findOpenChannel(app, lane);
    while (channel !== 'gone' && isMine) {
      const step = await workStep(app, lane, pump, channel);
      work = { ...step, sent: work.sent + step.sent };
      if (step.sent === 0) break;
    }
  } finally {
    endRenewal();
    await app.run(system, async (ctx) => {
      const next = await lanes.releaseLane(ctx, lane, pump);
      const wake = next && wakeTime(next, work);
      if (wake) await wakeLane(ctx, lane, wake);
    });
  }
}

/**
 * When the lane is to be looked at again. A worker that found nothing to do was woken early; who made the others
 * wait has asked for their wake-up already.
 */
function wakeTime(next: { at: Date; isDue: boolean }, work: Step): Date | null {
  const isOver = work.sent === 0 && !work.needsToken && (work.rest !== null || !next.isDue);
  if (isOver) return null;
  return work.rest && work.rest > next.at ? work.rest : next.at;
}

/** Null: the mail server of the configuration. `gone`: switched off; what is due became dead letters. */
async function findOpenChannel(app: App, lane: string): Promise<OpenChannel | null | 'gone'> {
  if (lane === 'mail') return null;
  const row = z.uuid().safeParse(lane).success
    ? await app.run(system, (ctx) => findChannel(ctx, lane))
    : undefined;
  if (row?.enabled) return openChannel(app, row);
  const why = row
    ? '通道已停用：启用后重发，或改用别的通道 the channel is switched off'
    : '没有可用的通道 no such channel is set up';
  await app.run(system, (ctx) => lanes.endLane(ctx, lane, why));
  return 'gone';
}

interface Step {
  readonly sent: number;
  /** Until when nothing goes out: the limit is used up, or the other side wants rest. */
  readonly rest: Date | null;
  readonly needsToken: boolean;
}

interface Batch {
  readonly outgoing: Outgoing;
  readonly deliveries: readonly DeliveryRow[];
}

interface Claim {
  readonly batches: readonly Batch[];
  readonly rest: Date | null;
  readonly needsToken: boolean;
}

const nothing: Claim = { batches: [], rest: null, needsToken: false };

async function workStep(app: App, lane: string, pump: string, channel: OpenChannel | null): Promise<Step> {
  const claimed = await app.run(system, async (ctx) => {
    if (!(await lanes.renewLane(ctx, lane, pump))) return nothing;
    const rest = await lanes.pauseOf(ctx, lane);
    if (rest) return { ...nothing, rest };
    const health = await lanes.findLane(ctx, lane);
    // A lane that failed is tried with one message first.
    return claim(ctx, lane, channel, (health?.failures ?? 0) > 0 ? 1 : atOnce);
  });
  await Promise.all(
    claimed.batches.map(async ({ outgoing, deliveries }) => {
      const outcome = await sendOutgoing(app, channel, outgoing).catch((error: unknown): Outcome => {
        app.log.error({ err: error, lane, batch: outgoing.batchId }, 'sending failed unexpectedly');
        return { outcome: 'temporary', detail: `程序错误 ${(error as Error).message}`, left: false };
      });
      await app.run(system, (ctx) => settle(ctx, lane, deliveries, outcome));
    }),
  );
  await app.run(system, (ctx) => tellWhenBroken(ctx, lane, channel));
  return { sent: claimed.batches.length, rest: claimed.rest, needsToken: claimed.needsToken };
}

/** Takes up to `most` batches with their tokens and notes the attempts; committed before anything is sent. */
async function claim(ctx: Ctx, lane: string, channel: OpenChannel | null, most: number): Promise<Claim> {
  const kind = channel?.kind ?? 'mail';
  const perMinute = perMinuteOf(kind, channel?.settings.perMinute);
  const batches: Batch[] = [];
  while (batches.length < most) {
    const due = await lanes.dueTogether(ctx, lane, mostMerged);
    if (due.length === 0) break;
    if (perMinute !== null) {
      const token = await lanes.takeToken(ctx, lane, bucketOf(perMinute));
      if (!token.taken) return { batches, rest: token.at, needsToken: true };
    }
    const chosen = due[0]!.batch_id ? due : due.slice(0, fitting(due.map(textOf), limits[kind].maxBytes));
    const batchId = chosen[0]!.batch_id ?? (chosen.length === 1 ? chosen[0]!.id : newId());
    await lanes.beginAttempts(
      ctx,
      chosen.map((one) => one.id),
      batchId,
    );
    const deliveries = chosen.map((one) => ({ ...one, attempts: one.attempts + 1 }));
    batches.push({ deliveries, outgoing: outgoingOf(deliveries, batchId, kind) });
  }
  return { batches, rest: null, needsToken: false };
}

/** Says once per outage that nobody can be reached by a channel. */
async function tellWhenBroken(ctx: Ctx, lane: string, channel: OpenChannel | null): Promise<void> {
  const health = await lanes.findLane(ctx, lane);
  if (!health?.broken_since || health.failures < brokenAfter || !(await lanes.noteAlarm(ctx, lane))) return;
  const row = channel ? await findChannel(ctx, channel.id) : undefined;
  const unitPath = row?.unit_path ?? (await cityPath(ctx));
  await ctx.emit(
    channelBroken,
    {
      lane,
      name: row?.name ?? 'smtpUrl',
      kind: row?.kind ?? 'mail',
      unitPath,
      since: health.broken_since,
      failures: health.failures,
      error: health.last_error ?? '',
    },
    unitPath,
  );
}

/** A group reads subject and text as one; a mail has a subject of its own. */
function textOf(row: DeliveryRow): string {
  return row.channel === 'mail' || row.channel === 'sms' ? row.body : `${row.subject}\n${row.body}`.trim();
}

function outgoingOf(rows: readonly DeliveryRow[], batchId: string, kind: ChannelKind): Outgoing {
  const head = rows[0]!;
  const many = rows.length > 1;
  const maxBytes = kind === 'app' ? 0 : limits[kind].maxBytes;
  const parts = rows.map((row) =>
    many && row.channel === 'mail' ? `${row.subject}\n\n${row.body}` : textOf(row),
  );
  return {
    batchId,
    to: head.recipient,
    subject: many ? `${escapeFor('sms', head.subject)} 等 ${rows.length} 条消息` : head.subject,
    text: mergeTexts(parts, maxBytes),
    link: many ? null : head.link,
    urgent: rows.some((row) => row.urgent),
    attachments: rows.flatMap((row) => row.attachments),
    messages: rows.map(({ id, at, kind: about, urgent, subject, body, link }) => ({
      id,
      at,
      kind: about,
      urgent,
      subject,
      body,
      link,
    })),
  };
}
