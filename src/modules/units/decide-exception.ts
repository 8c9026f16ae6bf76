/** Exceptions from “administrator is not security officer”: asked for by one, approved by another, for a year at most. */
import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { postExceptionExpired, type proposePostException } from './contract.ts';
import * as store from './exception-store.ts';
import { refreshFive } from './five-job.ts';
import { inScope } from './import-units.ts';
import { readPerson } from './keep-people.ts';
import { todayOf } from './people-store.ts';
import { findUnit } from './store.ts';

type Body<R> = R extends { body?: infer B } ? z.output<NonNullable<B> & z.ZodType> : never;

/** The latest end of an exception that starts on `day`: the same day a year later (29 February: the 28th). */
export function yearAfter(day: string): string {
  const later = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
  return later.endsWith('-02-29') ? `${later.slice(0, 8)}28` : later;
}

export async function proposeException(
  ctx: Ctx,
  input: Body<typeof proposePostException>,
): Promise<store.ExceptionRow> {
  const unit = await findUnit(ctx, { id: input.unitId });
  if (!unit) fail('base.not_found', { what: input.unitId });
  if (!inScope(ctx, unit.unit_path)) fail('units.outside_scope', { code: unit.code });
  const person = await readPerson(ctx, input.personId);
  const startsOn = input.startsOn ?? (await todayOf(ctx));
  if (input.expiresOn <= startsOn) fail('units.ends_before_start', { startsOn });
  const latest = yearAfter(startsOn);
  if (input.expiresOn > latest) fail('units.exception_too_long', { latest });
  const row = { personId: person.id, unitId: unit.id, unitPath: unit.unit_path, reason: input.reason };
  const id = await store.insertException(ctx, { ...row, startsOn, expiresOn: input.expiresOn });
  await recordAudit(ctx, {
    action: 'posts.exception_propose',
    subject: `post-exception:${id}`,
    unitPath: unit.unit_path,
    after: { ...row, startsOn, expiresOn: input.expiresOn },
  });
  return (await store.findException(ctx, id))!;
}

export async function decideException(ctx: Ctx, id: string, approve: boolean): Promise<store.ExceptionRow> {
  const before = (await store.findException(ctx, id)) ?? fail('base.not_found', { what: id });
  if (before.approved !== null) fail('units.decided_already');
  if (before.proposedById === ctx.actor.id) fail('units.exception_own_proposal');
  if (!(await store.decideException(ctx, id, approve))) fail('units.decided_already');
  await recordAudit(ctx, {
    action: approve ? 'posts.exception_approve' : 'posts.exception_refuse',
    subject: `post-exception:${id}`,
    unitPath: before.unitPath,
    after: { approve },
  });
  return (await store.findException(ctx, id))!;
}

/** Tells once of every exception that has ended: the post that it carried ended with it, by its own date. */
export async function tellExpired(app: App): Promise<void> {
  await app.run(systemActor('units.exceptions'), async (ctx) => {
    const expired = await store.takeExpired(ctx);
    for (const { id: exceptionId, personId, unitId, expiresOn, unitPath } of expired) {
      await ctx.emit(postExceptionExpired, { exceptionId, personId, unitId, expiresOn }, unitPath);
    }
    await refreshFive(ctx, [...new Set(expired.map(({ unitId }) => unitId))]);
  });
}
