/** The queues: who works on one, what is due, the token bucket, what became of an attempt. Runs as the system. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { DeliveryRow } from './delivery-store.ts';

export interface LaneRow {
  lane: string;
  tokens: number | null;
  failures: number;
  broken_since: Date | null;
  alarmed_at: Date | null;
  paused_until: Date | null;
  last_error: string | null;
}

/** A worker that has not said so for this long is dead. */
const leaseSeconds = 20;

/**
 * Makes this worker the lane's only one. When the last one died, what it was sending is due again, its attempt
 * `unknown`. Returns when the lane may be free if another works on it.
 */
export async function takeLane(
  ctx: Ctx,
  lane: string,
  pump: string,
): Promise<{ taken: true } | { taken: false; freeAt: Date }> {
  await sql`INSERT INTO notify.lane (lane) VALUES (${lane}) ON CONFLICT DO NOTHING`.execute(ctx.db);
  const taken = await sql`UPDATE notify.lane SET pump = ${pump}::uuid,
      pump_until = base.now() + ${leaseSeconds} * interval '1 second'
    WHERE lane = ${lane} AND (pump_until IS NULL OR pump_until <= base.now())`.execute(ctx.db);
  if (taken.numAffectedRows === 0n) {
    const { rows } = await sql<{ pump_until: Date | null }>`SELECT pump_until FROM notify.lane
      WHERE lane = ${lane}`.execute(ctx.db);
    return { taken: false, freeAt: rows[0]?.pump_until ?? ctx.clock.now() };
  }
  await sql`UPDATE notify.attempt a SET ended_at = base.now(), outcome = 'unknown',
      detail = '程序在发送途中中断，结果未知 stopped in the middle; what became of it is not known'
    FROM notify.delivery d WHERE d.lane = ${lane} AND d.state = 'sending' AND a.delivery_id = d.id
      AND a.attempt = d.attempts AND a.ended_at IS NULL`.execute(ctx.db);
  await sql`UPDATE notify.delivery SET state = 'waiting' WHERE lane = ${lane} AND state = 'sending'`.execute(
    ctx.db,
  );
  return { taken: true };
}

/** False: another worker has taken the lane meanwhile. */
export async function renewLane(ctx: Ctx, lane: string, pump: string): Promise<boolean> {
  const done =
    await sql`UPDATE notify.lane SET pump_until = base.now() + ${leaseSeconds} * interval '1 second'
    WHERE lane = ${lane} AND pump = ${pump}::uuid`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/**
 * Gives the lane back and returns when it has work again; null: none waits. The row is locked first, so what was
 * committed by then is seen here, and who comes later finds the lane free.
 */
export async function releaseLane(
  ctx: Ctx,
  lane: string,
  pump: string,
): Promise<{ at: Date; isDue: boolean } | null> {
  await sql`UPDATE notify.lane SET pump = NULL, pump_until = NULL
    WHERE lane = ${lane} AND pump = ${pump}::uuid`.execute(ctx.db);
  const { rows } = await sql<{ at: Date | null; due: boolean }>`SELECT min(due_at) AS at,
      min(due_at) <= base.now() AS due FROM notify.delivery WHERE lane = ${lane} AND state = 'waiting'`.execute(
    ctx.db,
  );
  const row = rows[0];
  return row?.at ? { at: row.at, isDue: row.due } : null;
}

export async function findLane(ctx: Ctx, lane: string): Promise<LaneRow | undefined> {
  const { rows } = await sql<LaneRow>`SELECT * FROM notify.lane WHERE lane = ${lane}`.execute(ctx.db);
  return rows[0];
}

/** Takes one token. Returns when the next one comes if there is none. */
export async function takeToken(
  ctx: Ctx,
  lane: string,
  bucket: { burst: number; perSecond: number },
): Promise<{ taken: true } | { taken: false; at: Date }> {
  const { rows } = await sql<{ tokens: number; at: Date }>`WITH filled AS (
      SELECT least(${bucket.burst}::float8, coalesce(tokens + ${bucket.perSecond}::float8
        * extract(epoch FROM base.now() - refilled_at)::float8, ${bucket.burst}::float8)) AS tokens
      FROM notify.lane WHERE lane = ${lane} FOR UPDATE)
    UPDATE notify.lane l SET refilled_at = base.now(),
      tokens = f.tokens - CASE WHEN f.tokens >= 0.999999 THEN 1 ELSE 0 END
    FROM filled f WHERE l.lane = ${lane}
    RETURNING f.tokens, base.now() + greatest(0, (1 - f.tokens) / ${bucket.perSecond}::float8)
      * interval '1 second' AS at`.execute(ctx.db);
  const row = rows[0]!;
  return row.tokens >= 0.999999 ? { taken: true } : { taken: false, at: row.at };
}

/** The next due delivery, urgent ones first, and what may go out with it; locked. */
export async function dueTogether(ctx: Ctx, lane: string, most: number): Promise<DeliveryRow[]> {
  const first = await sql<DeliveryRow>`SELECT * FROM notify.delivery
    WHERE lane = ${lane} AND state = 'waiting' AND due_at <= base.now()
    ORDER BY urgent DESC, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`.execute(ctx.db);
  const head = first.rows[0];
  if (!head) return [];
  if (head.batch_id) {
    // What was sent together once is sent together again, under the same id.
    const { rows } =
      await sql<DeliveryRow>`SELECT * FROM notify.delivery WHERE batch_id = ${head.batch_id}::uuid
      AND state = 'waiting' ORDER BY due_at, id FOR UPDATE`.execute(ctx.db);
    return rows;
  }
  if (!head.group_key || head.alone) return [head];
  const { rows } = await sql<DeliveryRow>`SELECT * FROM notify.delivery
    WHERE group_key = ${head.group_key} AND state = 'waiting' AND due_at <= base.now() AND batch_id IS NULL
      AND NOT alone AND id <> ${head.id}::uuid ORDER BY due_at, id LIMIT ${most - 1} FOR UPDATE SKIP LOCKED`.execute(
    ctx.db,
  );
  return [head, ...rows];
}

/** Notes the attempts before anything is sent. */
export async function beginAttempts(ctx: Ctx, ids: readonly string[], batchId: string): Promise<void> {
  await sql`WITH begun AS (UPDATE notify.delivery SET state = 'sending', batch_id = ${batchId}::uuid,
      attempts = attempts + 1 WHERE id = ANY(${[...ids]}::uuid[]) RETURNING id, attempts, unit_path)
    INSERT INTO notify.attempt (delivery_id, attempt, unit_path, batch_id)
      SELECT id, attempts, unit_path, ${batchId}::uuid FROM begun`.execute(ctx.db);
}

export interface AttemptEnd {
  readonly outcome: 'accepted' | 'permanent' | 'temporary' | 'unreachable';
  readonly detail: string;
  readonly state: 'waiting' | 'done' | 'dead';
  /** Until the next attempt; null: due as it was. */
  readonly afterSeconds: number | null;
  readonly carrierId: string | null;
  /** Gives up being one message with the others. */
  readonly split: boolean;
}

/** Ends one attempt. False: it is no longer this worker's (another took the lane over). */
export async function endAttempt(
  ctx: Ctx,
  delivery: Pick<DeliveryRow, 'id' | 'attempts'>,
  end: AttemptEnd,
): Promise<boolean> {
  const done = await sql`UPDATE notify.attempt SET ended_at = base.now(), outcome = ${end.outcome},
      detail = ${end.detail.slice(0, 2000)}
    WHERE delivery_id = ${delivery.id}::uuid AND attempt = ${delivery.attempts} AND ended_at IS NULL`.execute(
    ctx.db,
  );
  if (done.numAffectedRows === 0n) return false;
  const isGood = end.outcome === 'accepted';
  await sql`UPDATE notify.delivery SET state = ${end.state},
      due_at = coalesce(base.now() + ${end.afterSeconds}::float8 * interval '1 second', due_at),
      error = ${isGood ? null : end.detail.slice(0, 2000)}, response = ${isGood ? end.detail.slice(0, 2000) : null},
      accepted_at = CASE WHEN ${isGood} THEN base.now() ELSE accepted_at END,
      carrier_id = coalesce(${end.carrierId}, carrier_id),
      batch_id = CASE WHEN ${end.split} THEN NULL ELSE batch_id END, alone = alone OR ${end.split}
    WHERE id = ${delivery.id}::uuid AND state = 'sending' AND attempts = ${delivery.attempts}`.execute(
    ctx.db,
  );
  return true;
}

/** Notes that the lane works, or that nobody was reached. Returns the lane as it was before. */
export async function noteLane(
  ctx: Ctx,
  lane: string,
  health: { ok: true } | { ok: false; error: string; pauseSeconds: number },
): Promise<LaneRow | undefined> {
  const before = await findLane(ctx, lane);
  if (health.ok) {
    await sql`UPDATE notify.lane SET failures = 0, broken_since = NULL, alarmed_at = NULL, paused_until = NULL,
      last_error = NULL WHERE lane = ${lane} AND failures > 0`.execute(ctx.db);
  } else {
    await sql`UPDATE notify.lane SET failures = failures + 1, broken_since = coalesce(broken_since, base.now()),
      paused_until = base.now() + ${health.pauseSeconds} * interval '1 second',
      last_error = ${health.error.slice(0, 500)} WHERE lane = ${lane}`.execute(ctx.db);
  }
  return before;
}

export async function noteAlarm(ctx: Ctx, lane: string): Promise<boolean> {
  const done = await sql`UPDATE notify.lane SET alarmed_at = base.now()
    WHERE lane = ${lane} AND alarmed_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Until when the lane rests; null: it does not. */
export async function pauseOf(ctx: Ctx, lane: string): Promise<Date | null> {
  const { rows } = await sql<{ paused_until: Date | null }>`SELECT paused_until FROM notify.lane
    WHERE lane = ${lane} AND paused_until > base.now()`.execute(ctx.db);
  return rows[0]?.paused_until ?? null;
}

/** Lanes with something due, or left in the middle. */
export async function lanesWithWork(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ lane: string }>`SELECT lane FROM notify.delivery
      WHERE state = 'waiting' AND due_at <= base.now() AND channel <> 'app' GROUP BY lane
    UNION SELECT lane FROM notify.delivery WHERE state = 'sending' GROUP BY lane`.execute(ctx.db);
  return rows.map((row) => row.lane);
}

export async function brokenLanes(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM notify.lane
    WHERE failures >= 3 AND broken_since IS NOT NULL`.execute(ctx.db);
  return rows[0]!.n;
}

/** Lets a lane rest although it works: the other side asked for it. */
export async function pauseLane(ctx: Ctx, lane: string, seconds: number): Promise<void> {
  await sql`UPDATE notify.lane SET paused_until = greatest(paused_until,
    base.now() + ${seconds} * interval '1 second') WHERE lane = ${lane}`.execute(ctx.db);
}

/** Ends everything that is due in a lane: its channel is switched off. Returns how many. */
export async function endLane(ctx: Ctx, lane: string, reason: string): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`WITH ended AS (UPDATE notify.delivery SET state = 'dead', error = ${reason},
      level = CASE WHEN level IN ('composed', 'sent') THEN 'failed' ELSE level END, batch_id = NULL
      WHERE lane = ${lane} AND state = 'waiting' AND due_at <= base.now() RETURNING id, unit_path, attempts),
    receipt AS (INSERT INTO notify.receipt (delivery_id, unit_path, level, attempt, proof)
      SELECT id, unit_path, 'failed', attempts, ${reason} FROM ended ON CONFLICT DO NOTHING)
    SELECT count(*) AS n FROM ended`.execute(ctx.db);
  return rows[0]!.n;
}
