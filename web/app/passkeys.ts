import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser';
import { addPasskey, challengePasskey, offerPasskey } from '#auth/contract';
import type { RouteReply } from './api.ts';
import { call } from './api.ts';
import { ApiError } from './api-error.ts';

/** Whether this browser, at this address, can use passkeys at all: a secure context and a host name. */
export function canUsePasskeys(): boolean {
  const isAddress = /^[\d.]+$|^\[/.test(location.hostname);
  return window.isSecureContext && browserSupportsWebAuthn() && !isAddress;
}

/** Asks the browser for a passkey and returns the answer that the server checks. */
export async function askPasskey(ticket?: string) {
  const offer: RouteReply<typeof challengePasskey> = await call(
    challengePasskey,
    { body: ticket === undefined ? {} : { ticket } },
    { quietSignIn: true },
  );
  const response = await startAuthentication({ optionsJSON: offer.options as never }).catch(refused);
  return { state: offer.state, response: response as never };
}

/** Makes a new passkey on this device and adds it to the signed-in account. */
export async function makePasskey(name: string): Promise<string[] | null> {
  const offer = await call(offerPasskey, {});
  const response = await startRegistration({ optionsJSON: offer.options as never }).catch(refused);
  const { recoveryCodes } = await call(addPasskey, {
    body: { name, state: offer.state, response: response as never },
  });
  return recoveryCodes;
}

/** The browser's own words are for developers; a person needs to know what to do. */
function refused(error: unknown): never {
  const { name } = error as Error;
  if (name === 'InvalidStateError') {
    throw new ApiError(0, 'web.passkey_known', {
      zh: '这台设备上已经有您的通行密钥，无需重复添加。',
      en: 'This device already holds a passkey of yours; there is no need to add another.',
    });
  }
  throw new ApiError(0, 'web.passkey_cancelled', {
    zh: '没有使用通行密钥：操作已取消或超时。可以再试一次，或改用另一种方式。',
    en: 'No passkey was used: it was cancelled or took too long. Try again, or use another way.',
  });
}
