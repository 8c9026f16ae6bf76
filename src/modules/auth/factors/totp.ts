/** One-time codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds, which every app understands). */
import { generateSecret, generateURI, verify } from 'otplib';
import type { Ctx } from '#base/app';
import { openSealer } from '#base/seal';
import { currentPolicy } from '../policy/policy-store.ts';
import { type FactorRow, takeStep } from './factor-store.ts';

const period = 30;

async function sealer(ctx: Ctx) {
  return openSealer(ctx.app.config.dataDir, 'auth totp');
}

/** A new secret with the address that an authenticator app reads from the square. */
export function newTotp(label: string): { secret: string; uri: string } {
  const secret = generateSecret();
  return { secret, uri: generateURI({ issuer: '教盾 Jiaodun', label, secret }) };
}

/** Seals a secret for the row `factorId`. */
export async function sealTotp(ctx: Ctx, secret: string, factorId: string): Promise<string> {
  return (await sealer(ctx)).seal(secret, factorId);
}

/**
 * The time step to which `code` belongs by the database's clock, one step early or late included (a telephone's
 * clock may be off by half a minute); undefined for a wrong code.
 */
export async function stepOf(ctx: Ctx, secret: string, code: string): Promise<number | undefined> {
  const { now } = await currentPolicy(ctx);
  const epoch = Math.floor(now.getTime() / 1000);
  const result = await verify({ secret, token: code, epoch, epochTolerance: period, period });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

/**
 * Takes a code for the account's authenticator: right, and of a step later than every code taken before (RFC 6238
 * §5.2: a code is accepted once). Two requests with one code: the database lets one of them through.
 */
export async function takeTotp(ctx: Ctx, factor: FactorRow, code: string): Promise<boolean> {
  const secret = (await sealer(ctx)).open(factor.secret_sealed ?? '', factor.id);
  if (secret === undefined) {
    ctx.log.error({ factor: factor.id }, 'the secret of an authenticator was sealed with another key');
    return false;
  }
  const step = await stepOf(ctx, secret, code);
  return step !== undefined && takeStep(ctx, factor.id, step);
}
