/** What is signed about a chain of segments. Pure. */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** Readable, so that it can be printed on paper: purpose, chain, place, link. */
function linkText(chain: string, chainSeq: number, link: string): Buffer {
  return Buffer.from(`jiaodun/logs\n${chain}\n${chainSeq}\n${link}\n`);
}

/** Ed25519 over a link; `chain` is the installation that made it. */
export function signLink(chain: string, chainSeq: number, link: string, key: KeyObject): Buffer {
  return sign(null, linkText(chain, chainSeq, link), key);
}

export function verifyLink(
  chain: string,
  chainSeq: number,
  link: string,
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  return verify(null, linkText(chain, chainSeq, link), key, signature);
}

/** SHA-256 over the key's SubjectPublicKeyInfo, hexadecimal. Throws when the text is no Ed25519 public key. */
export function fingerprintOf(publicPem: string): string {
  const key = createPublicKey(publicPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 key');
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
