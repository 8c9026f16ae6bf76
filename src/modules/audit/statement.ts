/** What is signed about the tree. Pure. */
import { type KeyObject, sign, verify } from 'node:crypto';

/** A tree head: C2SP-like text of origin, size and root, so that it can be read, and printed on paper. */
export function treeHead(size: number, root: Uint8Array): Buffer {
  return Buffer.from(`jiaodun/audit\n${size}\n${Buffer.from(root).toString('base64')}\n`);
}

/** What a witness signs: that this tree grew out of the one it had seen before. */
function witnessed(size: number, root: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('jiaodun/audit/witnessed\n'), treeHead(size, root)]);
}

export function signHead(size: number, root: Uint8Array, key: KeyObject): Buffer {
  return sign(null, treeHead(size, root), key);
}

export function verifyHead(size: number, root: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  return verify(null, treeHead(size, root), key, signature);
}

export function signWitnessed(size: number, root: Uint8Array, key: KeyObject): Buffer {
  return sign(null, witnessed(size, root), key);
}

export function verifyWitnessed(
  size: number,
  root: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  return verify(null, witnessed(size, root), key, signature);
}
