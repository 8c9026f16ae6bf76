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

/** Writes one entry in the caller's transaction: either the change and its entry are kept, or neither. */
export async function recordAudit(ctx: Ctx, record: AuditRecord): Promise<void> {
  await insertEntry(ctx, { ...record, unitPath: record.unitPath ?? ctx.actor.unitPath });
}
