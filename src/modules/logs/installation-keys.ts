import { join } from 'node:path';
import type { App, Ctx } from '#base/app';
import { type KeyPair, loadOrCreateKeys } from '#base/keys';
import { fingerprintOf } from './segments/link-signature.ts';
import * as chainStore from './store/chain-store.ts';

/** With what this installation signs links and receipts. */
export interface SigningKeys extends KeyPair {
  readonly fingerprint: string;
}

// Read once a process: the pair never changes while it runs, and every sealing needs it.
const loaded = new WeakMap<App, Promise<SigningKeys>>();

/** The Ed25519 pair of this machine for links, made at first use in `<dataDir>/keys/logs.pem`. */
export function signingKeys(app: App): Promise<SigningKeys> {
  const known = loaded.get(app);
  if (known) return known;
  const loading = loadOrCreateKeys(join(app.config.dataDir, 'keys'), 'logs').then((pair) => ({
    ...pair,
    fingerprint: fingerprintOf(pair.publicPem),
  }));
  loaded.set(app, loading);
  loading.catch(() => loaded.delete(app));
  return loading;
}

/** The keys, known to the catalogue: who verifies a link finds the public one there. */
export async function registeredKeys(ctx: Ctx): Promise<SigningKeys> {
  const keys = await signingKeys(ctx.app);
  await chainStore.ensureSigner(ctx, keys.fingerprint, keys.publicPem);
  return keys;
}
