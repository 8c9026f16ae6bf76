import { type Actor, type App, systemActor } from '#base/app';
import { inSubtree } from '#base/scope';
import type { LogLine, TreeHead, Verification } from './contract.ts';
import { auditKeys } from './make-checkpoint.ts';
import * as store from './store.ts';
import { verifyLog } from './verify-log.ts';

const batch = 5_000;
const reader = systemActor('audit.read-log');

export function headOf(row: store.CheckpointRow): TreeHead {
  return {
    size: row.size,
    root: row.root.toString('hex'),
    at: row.at.toISOString(),
    signature: row.signature.toString('base64'),
  };
}

/**
 * The whole placed log as lines: the newest head, then every entry in its place, and each checkpoint after the
 * entries that it covers. What lies outside `actor`'s scope is given as its leaf hash only: enough to check the
 * tree, nothing to read. Each batch is a short transaction of its own: placed entries never change.
 */
export async function* readLog(app: App, actor: Actor): AsyncGenerator<LogLine> {
  const { publicPem } = await auditKeys(app);
  const { newest, heads } = await app.run(reader, async (ctx) => {
    const rows = (await store.listCheckpoints(ctx, 10_000_000, 0)).reverse();
    return { newest: rows.at(-1), heads: rows.map(headOf) };
  });
  if (!newest) return;
  yield { log: { ...headOf(newest), publicKey: publicPem } };
  let next = 0;
  for (let from = 0; from < newest.size; from += batch) {
    const rows = await app.run(reader, (ctx) => store.readLeaves(ctx, from, batch));
    for (const row of rows) {
      if (row.leaf_index >= newest.size) break;
      while (heads[next] && heads[next]!.size <= row.leaf_index) yield { checkpoint: heads[next++]! };
      yield lineOf(row, actor);
    }
  }
  while (heads[next]) yield { checkpoint: heads[next++]! };
}

function lineOf(row: store.LeafRow, actor: Actor): LogLine {
  const line = { index: row.leaf_index, leaf: row.leaf.toString('hex') };
  if (!inSubtree(row.unit_path, actor.scope)) return line;
  return { ...line, statement: row.statement, content: row.content, salt: row.salt.toString('hex') };
}

/** Recomputes every leaf and every signed head from the entries. Reads as the system; tells no content. */
export async function verifyStored(app: App): Promise<Verification> {
  const { publicPem } = await auditKeys(app);
  return verifyLog(readLog(app, reader), { publicKey: publicPem });
}
