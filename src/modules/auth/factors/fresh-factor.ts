import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findProof, type Proof } from './factor-store.ts';

/** For how long one proof of a second factor serves the most sensitive acts. */
const freshSeconds = 600;

function kindsOf(proof: Proof): string[] {
  const kinds = (['totp', 'passkey', 'recovery'] as const).filter((kind) => proof[kind]);
  return proof.totp || proof.passkey ? kinds : ['password'];
}

/**
 * Demands that a person who has a second factor gave it in this session within the last ten minutes. Throws
 * `auth.factor_needed` with the kinds that serve; a client proves one with `POST /api/session/step-up` and repeats
 * the call. Who has no factor passes: whoever must have one cannot get here without.
 */
export async function requireFreshFactor(ctx: Ctx): Promise<void> {
  if (!ctx.actor.sessionId) return;
  const proof = (await findProof(ctx, ctx.actor.sessionId)) ?? fail('base.unauthenticated');
  if (!proof.totp && !proof.passkey) return;
  if (proof.factorAge === null || proof.factorAge > freshSeconds) {
    fail('auth.factor_needed', { kinds: kindsOf(proof) });
  }
}

/** Like `requireFreshFactor`, and of a person without a factor it demands a fresh password: for adding the first. */
export async function requireFreshProof(ctx: Ctx): Promise<void> {
  const { sessionId } = ctx.actor;
  const proof = (sessionId && (await findProof(ctx, sessionId))) || fail('base.unauthenticated');
  if (proof.totp || proof.passkey) return requireFreshFactor(ctx);
  if (proof.proofAge === null || proof.proofAge > freshSeconds) {
    fail('auth.factor_needed', { kinds: kindsOf(proof) });
  }
}
