/**
 * The Merkle tree of RFC 6962 §2.1 (the same tree as RFC 9162 §2.1) over SHA-256. Pure: no I/O, no state.
 *
 * Every function takes and gives **leaf hashes** (`leafHash(entry)`), never the entries, so that a proof can
 * be made and checked by someone who may not read the log. Hashes are 32-byte arrays.
 */
import { createHash } from 'node:crypto';

/** Bytes in a hash of the tree. */
const HASH_BYTES = 32;

const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

/** The hash of one log entry: SHA-256(0x00 ‖ entry) (RFC 6962 §2.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF, entry);
}

/** The root of the tree over `leaves` in order; of no leaves, SHA-256 of the empty string (RFC 6962 §2.1). */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  return rootOfRange(leaves, 0, leaves.length);
}

/**
 * The audit path of leaf `index` in the tree over `leaves`, nearest sibling first (RFC 6962 §2.1.1).
 * Throws `RangeError` when there is no such leaf.
 */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`no leaf ${index} in a tree of ${leaves.length}`);
  }
  const path: Uint8Array[] = [];
  let from = 0;
  let to = leaves.length;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      path.push(rootOfRange(leaves, middle, to));
      to = middle;
    } else {
      path.push(rootOfRange(leaves, from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/**
 * Whether `proof` shows that `leaf` (a leaf hash) is leaf `index` of the tree of `size` leaves with `root`
 * (RFC 9162 §2.1.3.2). Never throws: anything malformed is simply not a proof.
 */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isPosition(index) || !isPosition(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = sha256(NODE, sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      hash = sha256(NODE, hash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equal(hash, root);
}

/**
 * The proof that the tree of the first `size` leaves is a prefix of the tree over `leaves` (RFC 6962 §2.1.2).
 * Empty when `size` is 0 or the whole. Throws `RangeError` when `size` is larger than the tree.
 */
export function consistencyProof(leaves: readonly Uint8Array[], size: number): Uint8Array[] {
  if (!isPosition(size) || size > leaves.length) {
    throw new RangeError(`no tree of ${size} inside a tree of ${leaves.length}`);
  }
  if (size === 0 || size === leaves.length) return [];
  const proof: Uint8Array[] = [];
  let from = 0;
  let to = leaves.length;
  // While the old tree ends inside the left half it is not yet a whole subtree of the new one.
  while (size !== to) {
    const middle = from + splitPoint(to - from);
    if (size <= middle) {
      proof.push(rootOfRange(leaves, middle, to));
      to = middle;
    } else {
      proof.push(rootOfRange(leaves, from, middle));
      from = middle;
    }
  }
  // Without its own root when the old tree is exactly this left subtree: the verifier already has it.
  if (from !== 0) proof.push(rootOfRange(leaves, from, to));
  return proof.reverse();
}

/**
 * Whether `proof` shows that the tree (`oldSize`, `oldRoot`) is a prefix of the tree (`size`, `root`)
 * (RFC 9162 §2.1.4.2). Never throws. The empty tree is a prefix of every tree, with an empty proof.
 */
export function verifyConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isPosition(oldSize) || !isPosition(size) || oldSize > size) return false;
  if (![oldRoot, root, ...proof].every(isHash)) return false;
  if (oldSize === 0) return proof.length === 0 && equal(oldRoot, rootOf([]));
  if (oldSize === size) return proof.length === 0 && equal(oldRoot, root);
  return foldConsistency(oldSize, oldRoot, size, root, proof);
}

function foldConsistency(
  oldSize: number,
  oldRoot: Uint8Array,
  size: number,
  root: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  let position = oldSize - 1;
  let last = size - 1;
  while (position % 2 === 1) {
    position = half(position);
    last = half(last);
  }
  const seed = path.shift();
  if (seed === undefined) return false;
  let oldHash = seed;
  let newHash = seed;
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      oldHash = sha256(NODE, sibling, oldHash);
      newHash = sha256(NODE, sibling, newHash);
      while (position % 2 === 0 && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      newHash = sha256(NODE, newHash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equal(oldHash, oldRoot) && equal(newHash, root);
}

/** Root of leaves [from, to), to > from. The depth of the recursion is log2 of the size. */
function rootOfRange(leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  if (to - from === 1) return leaves[from]!;
  const middle = from + splitPoint(to - from);
  return sha256(NODE, rootOfRange(leaves, from, middle), rootOfRange(leaves, middle, to));
}

/** The largest power of two smaller than `size` (RFC 6962 §2.1: k < n ≤ 2k); `size` ≥ 2. */
function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

// Sizes may pass 2^31, where JavaScript's bit operators wrap: arithmetic only.
function half(n: number): number {
  return Math.floor(n / 2);
}

function isPowerOfTwo(n: number): boolean {
  while (n % 2 === 0) n /= 2;
  return n === 1;
}

function isPosition(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
