import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { countReveals, findPhone, insertReveal } from './reveal-store.ts';

/** Numbers that one account may open within 24 hours: enough for a day's calls, too few to copy a list. */
const mostPerDay = 30;

/** Opens one phone number, once recorded. Fails with `auth.no_phone` and `auth.reveal_limit`. */
export async function revealPhone(
  ctx: Ctx,
  input: { personId: string; reason: string },
): Promise<{ phone: string; left: number }> {
  const person = (await findPhone(ctx, input.personId)) ?? fail('base.not_found', { what: input.personId });
  if (!person.phone) fail('auth.no_phone');
  const before = await countReveals(ctx, ctx.actor.id);
  if (before >= mostPerDay) fail('auth.reveal_limit', { limit: mostPerDay });
  await insertReveal(ctx, { ...input, unitPath: person.unit_path });
  await recordAudit(ctx, {
    action: 'auth.reveal_phone',
    subject: `person:${input.personId}`,
    unitPath: person.unit_path,
    after: { reason: input.reason },
  });
  return { phone: person.phone, left: mostPerDay - before - 1 };
}
