import type { KeyObject } from 'node:crypto';
import { loadOrCreateKeys as loadOrCreatePair } from '#base/keys';
import { publicKeyIdOf } from './bag-format.ts';

/** The installation's key pair for bags. `publicPem` is what a verifier elsewhere needs. */
export interface EvidenceKeys {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
  /** `sha256:` and the SHA-256 of the public key's SPKI DER, as bags name it. */
  readonly publicKeyId: string;
}

/** The Ed25519 keys `evidence.pem` (its owner's only) and `evidence.pub.pem` in `dir`, made on first use. */
export async function loadOrCreateKeys(dir: string): Promise<EvidenceKeys> {
  const { privateKey, publicKey, publicPem } = await loadOrCreatePair(dir, 'evidence');
  return { privateKey, publicPem, publicKeyId: publicKeyIdOf(publicKey) };
}
