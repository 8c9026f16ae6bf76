import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { publicUrlOf } from '#base/config';
import { fail } from '#base/errors';
import { publishJob } from './publish-zone.ts';
import { type EntryRow, findEntry, insertEntry, withdrawEntry } from './store.ts';

/** Names that no school can lose: this system's own, and the two filing sites that every footer links to. */
function isProtected(ctx: Ctx, host: string): boolean {
  const own = new URL(publicUrlOf(ctx.app.config)).hostname;
  return [own, 'localhost', 'miit.gov.cn', 'mps.gov.cn'].some(
    (name) => host === name || name.endsWith(`.${host}`),
  );
}

/** Blocks a host in the caller's transaction; the new version of the list is published right after it. */
export async function blockHost(
  ctx: Ctx,
  input: { host: string; reason: string; unitPath: string; incidentId: string | null },
): Promise<EntryRow> {
  const host = input.host.toLowerCase();
  if (isProtected(ctx, host)) fail('shield.protected_host', { host });
  const { id, added } = await insertEntry(ctx, { ...input, host });
  if (added) {
    await recordAudit(ctx, {
      action: 'shield.block',
      subject: `host:${host}`,
      unitPath: input.unitPath,
      after: { reason: input.reason, incidentId: input.incidentId },
    });
    await ctx.enqueue(publishJob, { incidentId: input.incidentId });
  }
  return (await findEntry(ctx, id))!;
}

/** Ends a block; the entry stays on record. */
export async function withdrawHost(ctx: Ctx, id: string, reason: string): Promise<EntryRow> {
  const entry = (await findEntry(ctx, id)) ?? fail('base.not_found', { what: id });
  if (!(await withdrawEntry(ctx, id, reason))) fail('shield.not_active', { host: entry.host });
  await recordAudit(ctx, {
    action: 'shield.withdraw',
    subject: `host:${entry.host}`,
    unitPath: entry.unit_path,
    after: { reason },
  });
  await ctx.enqueue(publishJob, { incidentId: entry.incident_id });
  return (await findEntry(ctx, id))!;
}
