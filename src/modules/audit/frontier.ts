/** The right edge of a growing Merkle tree: lets a root be computed without reading the older leaves. */
import { createHash } from 'node:crypto';

/** Roots of the perfect subtrees of a tree of `size` leaves, largest first. */
export interface Frontier {
  readonly size: number;
  readonly roots: readonly Uint8Array[];
}

export const emptyFrontier: Frontier = { size: 0, roots: [] };

/** Appends leaf hashes. Cost: two hashes per leaf on average. */
export function append(frontier: Frontier, leaves: readonly Uint8Array[]): Frontier {
  const roots = [...frontier.roots];
  let size = frontier.size;
  for (const leaf of leaves) {
    let node = leaf;
    // Each trailing 1 bit of the old size is a perfect subtree that this leaf completes into the next one.
    for (let bits = size; bits % 2 === 1; bits = Math.floor(bits / 2)) node = joined(roots.pop()!, node);
    roots.push(node);
    size += 1;
  }
  return { size, roots };
}

/** The root hash (RFC 6962 §2.1) of the tree that ends in this frontier. */
export function rootOfFrontier(frontier: Frontier): Uint8Array {
  if (frontier.roots.length === 0) return createHash('sha256').digest();
  return frontier.roots.reduceRight((right, left) => joined(left, right));
}

export function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();
}
