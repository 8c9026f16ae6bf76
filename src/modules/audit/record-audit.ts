import type { Ctx } from '#base/app';
import { insertEntry } from './store.ts';

export interface AuditRecord {
  /** `<module>.<verb>`, e.g. `sites.register`. */
  readonly action: string;
  /** What it was done to: `site:<id>`. */
  readonly subject: string;
  /** The unit that it concerns; default the actor's own. */
  readonly unitPath?: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/**
 * Writes one entry in the caller's transaction: either the change and its entry are kept, or neither. An act under
 * a delegation says for whom, a look through another account's eyes says whose: both are part of the hashed entry.
 */
export async function recordAudit(ctx: Ctx, record: AuditRecord): Promise<void> {
  const { viewer, onBehalfOf, id, name, unitPath } = ctx.actor;
  const entry = { ...record, unitPath: record.unitPath ?? unitPath };
  if (viewer) {
    const seen = { ...ctx, actor: { ...ctx.actor, id: viewer.id, name: viewer.name } };
    await insertEntry(seen, { ...entry, after: withFact(record.after, 'viewedAs', { id, name }) });
  } else if (onBehalfOf) {
    await insertEntry(ctx, { ...entry, after: withFact(record.after, 'onBehalfOf', onBehalfOf) });
  } else await insertEntry(ctx, entry);
}

function withFact(after: unknown, key: string, fact: object): object {
  const isRecord = typeof after === 'object' && after !== null && !Array.isArray(after);
  if (isRecord) return { ...after, [key]: fact };
  return after === undefined ? { [key]: fact } : { value: after, [key]: fact };
}
