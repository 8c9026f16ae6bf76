/** Proofs about the stored tree, made from the roots of its perfect subtrees: hundreds of rows, not millions. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { joined } from './frontier.ts';
import { countNodes, insertNodes, leavesBetween, nodesBetween } from './node-store.ts';

/** Subtree roots are stored at every eighth level. */
const step = 8;
const fan = 2 ** step;
const topLevel = 40;

type Hash = Uint8Array;

/** Stores the roots of all perfect subtrees of 2^8, 2^16, … leaves that a tree of `size` leaves holds. */
export async function extendNodes(ctx: Ctx, size: number): Promise<void> {
  for (let level = step; level <= topLevel && size >= 2 ** level; level += step) {
    const want = Math.floor(size / 2 ** level);
    for (let from = await countNodes(ctx, level); from < want; ) {
      const to = Math.min(want, from + fan);
      const below = await rowsOf(ctx, level - step, from * fan, to * fan);
      const roots = [];
      for (let at = 0; at < below.length; at += fan) roots.push(Buffer.from(fold(below.slice(at, at + fan))));
      await insertNodes(ctx, level, from, roots);
      from = to;
    }
  }
}

/** The audit path of leaf `index` in the tree of `size` leaves, nearest sibling first (RFC 6962 §2.1.1). */
export async function proveInclusion(ctx: Ctx, index: number, size: number): Promise<Hash[]> {
  const path: Hash[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      path.push(await rootOfRange(ctx, middle, to));
      to = middle;
    } else {
      path.push(await rootOfRange(ctx, from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** The proof that the tree of `old` leaves is a prefix of the tree of `size` leaves (RFC 6962 §2.1.2). */
export async function proveConsistency(ctx: Ctx, old: number, size: number): Promise<Hash[]> {
  if (old === 0 || old === size) return [];
  const proof: Hash[] = [];
  let [from, to] = [0, size];
  while (old !== to) {
    const middle = from + splitPoint(to - from);
    if (old <= middle) {
      proof.push(await rootOfRange(ctx, middle, to));
      to = middle;
    } else {
      proof.push(await rootOfRange(ctx, from, middle));
      from = middle;
    }
  }
  if (from !== 0) proof.push(await rootOfRange(ctx, from, to));
  return proof.reverse();
}

/** Root of leaves [from, to). `from` is a multiple of the largest power of two that fits: RFC 6962's split. */
async function rootOfRange(ctx: Ctx, from: number, to: number): Promise<Hash> {
  const length = to - from;
  if (isPowerOfTwo(length)) return perfectRoot(ctx, from, length);
  const middle = from + splitPoint(length);
  return joined(await rootOfRange(ctx, from, middle), await rootOfRange(ctx, middle, to));
}

async function perfectRoot(ctx: Ctx, from: number, length: number): Promise<Hash> {
  const level = Math.round(Math.log2(length));
  const stored = level - (level % step);
  const unit = 2 ** stored;
  return fold(await rowsOf(ctx, stored, from / unit, (from + length) / unit));
}

async function rowsOf(ctx: Ctx, level: number, from: number, to: number): Promise<Buffer[]> {
  const rows = level === 0 ? await leavesBetween(ctx, from, to) : await nodesBetween(ctx, level, from, to);
  if (rows.length !== to - from) fail('audit.tree_broken', { place: from * 2 ** level });
  return rows;
}

/** Root of 2^n hashes. */
function fold(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(joined(row[at]!, row[at + 1]!));
    row = above;
  }
  return row[0]!;
}

/** The largest power of two smaller than `size`; `size` ≥ 2. */
function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(Math.log2(n));
}
