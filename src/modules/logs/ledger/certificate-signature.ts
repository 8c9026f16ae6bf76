/** What is signed of a certificate of retention. Pure: the command line verifies with it, too. */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { SignedCertificate } from '../contract.ts';

const purpose = 'jiaodun/log-retention\n';

export function signStatement(statement: string, key: KeyObject): { sha256: string; signature: string } {
  return {
    sha256: sha256Of(statement),
    signature: sign(null, Buffer.from(purpose + statement, 'utf8'), key).toString('base64'),
  };
}

function keyOf(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem);
  } catch {
    return null; // Somebody replaced the key by what is none: the statement is signed by nobody.
  }
}

function sha256Of(statement: string): string {
  return createHash('sha256').update(statement, 'utf8').digest('hex');
}

/** Whether the statement is as it was signed with this key. */
export function isSigned({ statement, sha256, publicKey, signature }: SignedCertificate): boolean {
  const key = keyOf(publicKey);
  if (key === null) return false;
  const text = Buffer.from(purpose + statement, 'utf8');
  return sha256 === sha256Of(statement) && verify(null, text, key, Buffer.from(signature, 'base64'));
}
