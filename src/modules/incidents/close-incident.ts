import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { closed } from './contract.ts';
import { mayClose } from './rules.ts';
import * as store from './store.ts';

/** Closes the incident when the page is clean and both reports are acknowledged; otherwise does nothing. */
export async function maybeClose(ctx: Ctx, incidentId: string): Promise<boolean> {
  const incident = await store.findIncident(ctx, incidentId, true);
  if (!incident || !mayClose(incident, await store.obligationsOf(ctx, [incidentId]))) return false;
  await store.setClosed(ctx, incidentId);
  await store.addEntry(ctx, incident, {
    key: `closed:${incident.reopened}`,
    kind: 'closed',
    zh: '网页已清理，两份报告均已签收，事件结束',
    en: 'The page is clean and both reports are acknowledged: closed',
  });
  await recordAudit(ctx, {
    action: 'incidents.close',
    subject: `incident:${incidentId}`,
    unitPath: incident.unit_path,
  });
  await ctx.emit(closed, { incidentId }, incident.unit_path);
  return true;
}
