/** Passkeys and security keys (W3C Web Authentication), always with user verification: finger, face or PIN. */
import { isIP } from 'node:net';
import type { Ctx } from '#base/app';
import { type Config, publicUrlOf } from '#base/config';
import { fail } from '#base/errors';
import { type FactorRow, findPasskey, listFactors, takeCounter } from './factor-store.ts';
import { openState, sealState } from './sealed-state.ts';

/** Loaded when the first passkey comes: with what it needs it is an eighth of all the files that a role would read at its start. */
const webauthn = () => import('@simplewebauthn/server');

interface Party {
  readonly rpID: string;
  readonly origins: string[];
}

/** Whose passkeys they are: the host of the public address. A passkey belongs to a name, never to a bare address. */
function partyOf(config: Config): Party {
  const url = new URL(publicUrlOf(config));
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (isLoopback) {
    const port = url.port ? `:${url.port}` : '';
    return { rpID: 'localhost', origins: [`${url.protocol}//localhost${port}`] };
  }
  if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 || url.protocol !== 'https:') {
    fail('auth.passkey_unavailable', { url: url.origin });
  }
  return { rpID: url.hostname, origins: [url.origin] };
}

/** What the browser makes a new passkey from, with the sealed state that comes back with its answer. */
export async function offerPasskey(ctx: Ctx, account: { id: string; username: string; name: string }) {
  const { rpID } = partyOf(ctx.app.config);
  const known = await listFactors(ctx, account.id);
  const options = await (await webauthn()).generateRegistrationOptions({
    rpName: '教盾 Jiaodun',
    rpID,
    userName: account.username,
    userDisplayName: account.name,
    userID: new TextEncoder().encode(account.id),
    attestationType: 'none',
    excludeCredentials: known
      .filter((one) => one.kind === 'passkey')
      .map((one) => ({ id: one.credential_id!, transports: one.transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  const state = await sealState(ctx, 'new-passkey', account.id, options.challenge);
  return { options, state };
}

/** Checks the browser's answer. Throws `auth.passkey_refused`, which says why. */
export async function readNewPasskey(ctx: Ctx, accountId: string, state: string, response: unknown) {
  const { rpID, origins } = partyOf(ctx.app.config);
  const expectedChallenge = await openState(ctx, 'new-passkey', accountId, state);
  const { verifyRegistrationResponse } = await webauthn();
  const verified = await verifyRegistrationResponse({
    response: response as never,
    expectedChallenge,
    expectedOrigin: origins,
    expectedRPID: rpID,
    requireUserVerification: true,
  }).catch((error: unknown) => fail('auth.passkey_refused', { why: (error as Error).message }, error));
  if (!verified.verified) fail('auth.passkey_refused', { why: 'not verified' });
  const { id, publicKey, counter, transports } = verified.registrationInfo.credential;
  return { credentialId: id, publicKey, counter, transports: transports ?? [] };
}

/** A challenge for the passkeys of one account, or (no account) for whichever passkey the device knows. */
export async function challengePasskey(ctx: Ctx, accountId: string | undefined) {
  const { rpID } = partyOf(ctx.app.config);
  const known = accountId ? await listFactors(ctx, accountId) : [];
  const options = await (await webauthn()).generateAuthenticationOptions({
    rpID,
    userVerification: 'required',
    allowCredentials: known
      .filter((one) => one.kind === 'passkey')
      .map((one) => ({ id: one.credential_id!, transports: one.transports })),
  });
  const state = await sealState(ctx, 'passkey', accountId ?? 'anybody', options.challenge);
  return { options, state };
}

export interface PasskeyAnswer {
  readonly state: string;
  readonly response: { readonly id: string };
}

/**
 * Checks an answer to a challenge; returns the factor, whose counter has moved on. Throws `auth.passkey_refused`
 * for an unknown key, a wrong signature, a used challenge, a counter that did not rise.
 */
export async function takePasskey(
  ctx: Ctx,
  accountId: string | undefined,
  answer: PasskeyAnswer,
): Promise<FactorRow> {
  const { rpID, origins } = partyOf(ctx.app.config);
  const expectedChallenge = await openState(ctx, 'passkey', accountId ?? 'anybody', answer.state);
  const factor = await findPasskey(ctx, answer.response.id);
  if (!factor || (accountId && factor.account_id !== accountId)) {
    fail('auth.passkey_refused', { why: 'unknown passkey' });
  }
  const { verifyAuthenticationResponse } = await webauthn();
  const verified = await verifyAuthenticationResponse({
    response: answer.response as never,
    expectedChallenge,
    expectedOrigin: origins,
    expectedRPID: rpID,
    requireUserVerification: true,
    credential: {
      id: factor.credential_id!,
      publicKey: new Uint8Array(factor.public_key!),
      // The database compares the counters, under its lock.
      counter: 0,
    },
  }).catch((error: unknown) => fail('auth.passkey_refused', { why: (error as Error).message }, error));
  if (!verified.verified || !(await takeCounter(ctx, factor.id, verified.authenticationInfo.newCounter))) {
    fail('auth.passkey_refused', { why: verified.verified ? 'counter did not rise' : 'not verified' });
  }
  return factor;
}
