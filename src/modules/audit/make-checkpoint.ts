import { join } from 'node:path';
import type { App, Ctx } from '#base/app';
import { type KeyPair, loadOrCreateKeys } from '#base/keys';
import { append, emptyFrontier, type Frontier, rootOfFrontier } from './frontier.ts';
import { signHead } from './statement.ts';
import * as store from './store.ts';
import { extendNodes } from './tree-proof.ts';

const batch = 50_000;

/** The Ed25519 pair with which this installation signs its audit tree. */
export async function auditKeys(app: App): Promise<KeyPair> {
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
  const { privateKey } = await auditKeys(ctx.app);
  await extendNodes(ctx, frontier.size);
  await store.insertCheckpoint(ctx, {
    size: frontier.size,
    root: Buffer.from(root),
    frontier: frontier.roots.map((node) => Buffer.from(node)),
    signature: signHead(frontier.size, root, privateKey),
  });
  return frontier.size;
}
