/** Somebody leaves and another takes over: posts at once, sites and devices on the day itself. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, type HeldThing, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { appoint, endAppointment } from './appoint.ts';
import * as store from './appointment-store.ts';
import type { handOver as handOverRoute, nameSuccessor } from './contract.ts';
import { finishHandOver, insertHandOver, lastPosts, takeDueHandOvers } from './hand-over-store.ts';
import { inScope } from './import-units.ts';
import { readPerson } from './keep-people.ts';
import { todayOf } from './people-store.ts';
import { findUnit } from './store.ts';

type Body<R> = R extends { body?: infer B } ? z.output<NonNullable<B> & z.ZodType> : never;

/** Hands the posts of one unit over, and what hangs on them. Throws what `appoint` throws; then nothing is changed. */
export async function handOver(ctx: Ctx, personId: string, input: Body<typeof handOverRoute>) {
  if (personId === input.toPersonId) fail('units.same_person');
  const from = await readPerson(ctx, personId);
  const to = await readPerson(ctx, input.toPersonId);
  const unit = await findUnit(ctx, { id: input.unitId });
  if (!unit) fail('base.not_found', { what: input.unitId });
  if (!inScope(ctx, unit.unit_path)) fail('units.outside_scope', { code: unit.code });
  const today = await todayOf(ctx);
  const on = input.on ?? today;
  const open = (await store.findOpenOf(ctx, [from.id], on)).filter((row) => row.unitId === unit.id);
  const leaving = open.filter((row) =>
    input.appointmentIds ? input.appointmentIds.includes(row.id) : row.post !== 'teacher',
  );
  if (leaving.length === 0 || (input.appointmentIds && leaving.length < input.appointmentIds.length)) {
    fail('units.nothing_to_hand_over');
  }
  const heldAlready = await movePosts(ctx, leaving, { to: to.id, on, documentNo: input.documentNo ?? null });
  const later = input.withThings && on > today;
  const handOverId = await insertHandOver(ctx, {
    from: from.id,
    to: to.id,
    unitId: unit.id,
    unitPath: unit.unit_path,
    on,
    documentNo: input.documentNo ?? null,
    withThings: input.withThings,
    done: !later,
  });
  const things = input.withThings && !later ? await moveThings(ctx, from.id, to.id, unit.id) : 0;
  await recordAudit(ctx, {
    action: 'posts.hand_over',
    subject: `hand-over:${handOverId}`,
    unitPath: unit.unit_path,
    after: {
      from: from.person_no,
      to: to.person_no,
      on,
      posts: leaving.map(({ post }) => post),
      things,
      later,
    },
  });
  return { posts: leaving.length, things, thingsOn: later ? on : null, heldAlready };
}

async function movePosts(
  ctx: Ctx,
  leaving: readonly store.AppointmentRow[],
  turn: { to: string; on: string; documentNo: string | null },
) {
  const held = await store.findOpenOf(ctx, [turn.to], turn.on);
  // All ends come first: the successor may be named for two posts that one person held by exception.
  for (const row of leaving) await endAppointment(ctx, row.id, { endsOn: turn.on, reason: '交接' });
  const already = leaving.filter((row) =>
    held.some((other) => other.unitId === row.unitId && other.post === row.post),
  );
  for (const row of leaving.filter((one) => !already.includes(one))) {
    await appoint(ctx, {
      personId: turn.to,
      unitId: row.unitId,
      post: row.post,
      startsOn: turn.on,
      documentNo: turn.documentNo,
      fullTime: row.fullTime,
      reason: '接任',
    });
  }
  return already.map(({ post }) => post);
}

async function moveThings(ctx: Ctx, from: string, to: string, unitId: string): Promise<number> {
  let count = 0;
  for (const custody of ctx.app.modules.flatMap((module) => module.custody ?? [])) {
    count += (await custody.handOver?.(ctx, { from, to, of: { unitId } })) ?? 0;
  }
  return count;
}

/** Hands over the things whose day has come. Each hand-over is its own transaction and acts once. */
export async function settleHandOvers(app: App): Promise<void> {
  for (;;) {
    const done = await app.run(systemActor('units.hand_over'), async (ctx) => {
      const due = await takeDueHandOvers(ctx, 1);
      for (const row of due) {
        const things = await moveThings(ctx, row.from, row.to, row.unitId);
        await finishHandOver(ctx, row.id);
        await recordAudit(ctx, {
          action: 'posts.things_handed_over',
          subject: `hand-over:${row.id}`,
          unitPath: row.unitPath,
          after: { things },
        });
      }
      return due.length;
    });
    if (done === 0) return;
  }
}

const shownPerKind = 200;

/** What hangs on a person, of the kinds that the actor may see, and what of it nobody in post answers for. */
export async function listHeldThings(ctx: Ctx, personId: string) {
  const person = await readPerson(ctx, personId);
  const today = await todayOf(ctx);
  const custodies = ctx.app.modules
    .flatMap((module) => module.custody ?? [])
    .filter(({ permission }) => ctx.actor.kind === 'system' || ctx.actor.permissions.has(permission));
  const found: { kind: string; thing: HeldThing; canHandOver: boolean }[] = [];
  let total = 0;
  for (const custody of custodies) {
    const held = await custody.heldBy(ctx, person.id, shownPerKind);
    total += held.total;
    const canHandOver = custody.handOver !== undefined;
    found.push(...held.items.map((thing) => ({ kind: custody.kind, thing, canHandOver })));
  }
  const posts = await lastPosts(ctx, person.id);
  const items = found.map(({ kind, thing, canHandOver }) => {
    const ends = posts.filter(({ unitId }) => unitId === (thing.unitId ?? person.unit_id));
    const inPost = ends.some(
      ({ startsOn, endsOn }) => startsOn <= today && (endsOn === null || endsOn > today),
    );
    const since = ends.map(({ endsOn }) => endsOn ?? '').filter((day) => day !== '' && day <= today);
    const { unitPath: _, ...shown } = thing;
    return {
      kind,
      ...shown,
      orphaned: !inPost,
      orphanedSince: inPost ? null : (since.sort().at(-1) ?? null),
      canHandOver,
    };
  });
  return { items: items.sort((a, b) => Number(b.orphaned) - Number(a.orphaned)), total };
}

/** Gives one thing to another person. Throws `units.cannot_hand_over`. */
export async function giveThing(
  ctx: Ctx,
  personId: string,
  input: Body<typeof nameSuccessor>,
): Promise<void> {
  const from = await readPerson(ctx, personId);
  const to = await readPerson(ctx, input.toPersonId);
  if (to.merged_into) fail('units.person_merged', { no: to.person_no });
  const custody = ctx.app.modules
    .flatMap((module) => module.custody ?? [])
    .find(({ kind, permission }) => kind === input.kind && ctx.actor.permissions.has(permission));
  const moved = await custody?.handOver?.(ctx, { from: from.id, to: to.id, of: { id: input.thingId } });
  if (!moved) fail('units.cannot_hand_over', { what: input.kind });
}
