import { sign, verify } from 'node:crypto';
import { join } from 'node:path';
import type { App, Ctx } from '#base/app';
import { loadOrCreateKeys } from '#base/keys';
import { append, emptyFrontier, type Frontier, rootOfFrontier } from './frontier.ts';
import * as store from './store.ts';

const batch = 50_000;

/** What is signed: C2SP-like text of origin, size and root, so that it can be read and printed on paper. */
function statement(size: number, root: Uint8Array): Buffer {
  return Buffer.from(`jiaodun/audit\n${size}\n${Buffer.from(root).toString('base64')}\n`);
}

async function keysOf(app: App) {
  return loadOrCreateKeys(join(app.config.dataDir, 'keys'), 'audit');
}

/**
 * Gives every entry without a place its leaf index and signs the tree. Must run as the system, whose scope
 * is every unit. Returns the size of the tree.
 */
export async function makeCheckpoint(ctx: Ctx): Promise<number> {
  await store.lockTree(ctx);
  const last = await store.lastCheckpoint(ctx);
  let frontier: Frontier = last ? { size: last.size, roots: last.frontier } : emptyFrontier;
  for (;;) {
    const leaves = await store.placeEntries(ctx, frontier.size, batch);
    frontier = append(frontier, leaves);
    if (leaves.length < batch) break;
  }
  if (frontier.size === (last?.size ?? 0)) return frontier.size;
  const root = rootOfFrontier(frontier);
  const { privateKey } = await keysOf(ctx.app);
  await store.insertCheckpoint(ctx, {
    size: frontier.size,
    root: Buffer.from(root),
    frontier: frontier.roots.map((node) => Buffer.from(node)),
    signature: sign(null, statement(frontier.size, root), privateKey),
  });
  return frontier.size;
}

export interface Verification {
  readonly entries: number;
  readonly checkpoints: number;
  readonly intact: boolean;
  readonly problem: string | null;
}

/** Recomputes the whole tree from the entries and compares it with every checkpoint and its signature. */
export async function verifyTree(ctx: Ctx): Promise<Verification> {
  const { publicKey } = await keysOf(ctx.app);
  const checkpoints = (await store.listCheckpoints(ctx, 1_000_000, 0)).reverse();
  let frontier: Frontier = emptyFrontier;
  const broken = (problem: string): Verification => ({
    entries: frontier.size,
    checkpoints: checkpoints.length,
    intact: false,
    problem,
  });
  for (const checkpoint of checkpoints) {
    while (frontier.size < checkpoint.size) {
      const want = Math.min(batch, checkpoint.size - frontier.size);
      const rows = await store.recomputeLeaves(ctx, frontier.size, want);
      if (rows.length < want) return broken(`entries after ${frontier.size + rows.length} are missing`);
      for (const [index, row] of rows.entries()) {
        if (row.leaf_index !== frontier.size + index)
          return broken(`entry ${frontier.size + index} is missing`);
        if (!row.leaf.equals(row.computed)) return broken(`entry ${row.leaf_index} was changed`);
      }
      frontier = append(
        frontier,
        rows.map((row) => row.computed),
      );
    }
    const root = rootOfFrontier(frontier);
    if (!checkpoint.root.equals(Buffer.from(root)))
      return broken(`the root at size ${checkpoint.size} differs`);
    if (!verify(null, statement(checkpoint.size, root), publicKey, checkpoint.signature)) {
      return broken(`the signature at size ${checkpoint.size} is not valid`);
    }
  }
  return { entries: frontier.size, checkpoints: checkpoints.length, intact: true, problem: null };
}
