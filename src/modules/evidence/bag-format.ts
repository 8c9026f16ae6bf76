/** What every bag has besides its items, and the fixed order of its entries. Pure. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import { fail } from '#base/errors';
import type { BagManifest } from './contract.ts';

export const MANIFEST_NAME = 'bag.json';
export const SIGNATURE_NAME = 'sig/bag.ed25519';
export const TRUST_NAME = 'trust/public-key-id.txt';
/** Ed25519 signatures are 64 bytes (RFC 8032 §5.1.6). */
export const SIGNATURE_BYTES = 64;
/** A manifest of 100,000 items stays below this. */
export const MANIFEST_MAX_BYTES = 64 * 1024 * 1024;

/** The manifest's bytes in the canonical form of RFC 8785: what is signed and stored. */
export function manifestBytes(manifest: BagManifest): Buffer {
  const text = canonicalize(manifest);
  if (text === undefined) throw new TypeError('a manifest is an object');
  return Buffer.from(text, 'utf8');
}

/** A hint at the key that made the bag. Never trusted: the verifier's key comes from outside the bag. */
export function trustBytes(keyId: string): Buffer {
  return Buffer.from(`${keyId}\n`, 'latin1');
}

/** `sha256:` and the hexadecimal SHA-256 of the public key's SPKI DER. */
export function publicKeyIdOf(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** Reads a public key; fails with `evidence.bad_key` unless it is an Ed25519 key in PEM. */
export function readPublicKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (error) {
    return fail('evidence.bad_key', { reason: (error as Error).message }, error);
  }
  if (key.asymmetricKeyType !== 'ed25519') fail('evidence.bad_key', { reason: `${key.asymmetricKeyType}` });
  return key;
}
