import type { Ctx } from '#base/app';
import { insertEntries } from './store.ts';

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
  await recordAudits(ctx, [record]);
}

/** The same for many, in their order and by one statement. */
export async function recordAudits(ctx: Ctx, records: readonly AuditRecord[]): Promise<void> {
  if (records.length === 0) return;
  const { viewer, onBehalfOf, id, name, unitPath } = ctx.actor;
  const entries = records.map((record) => {
    const entry = { ...record, unitPath: record.unitPath ?? unitPath };
    if (viewer) return { ...entry, after: withFact(record.after, 'viewedAs', { id, name }) };
    return onBehalfOf ? { ...entry, after: withFact(record.after, 'onBehalfOf', onBehalfOf) } : entry;
  });
  await insertEntries(ctx, viewer ?? ctx.actor, entries);
}

function withFact(after: unknown, key: string, fact: object): object {
  const isRecord = typeof after === 'object' && after !== null && !Array.isArray(after);
  if (isRecord) return { ...after, [key]: fact };
  return after === undefined ? { [key]: fact } : { value: after, [key]: fact };
}
