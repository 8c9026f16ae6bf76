import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { type LeaseEvent, leaseEvents } from '../store/lease-events.ts';

export type { LeaseEvent };

export interface LeaseQuestion {
  readonly realm: string;
  readonly ip: string;
  readonly from: Date;
  readonly to: Date;
}

/**
 * DHCP events of one inside address of a realm in `[from, to]`, oldest first, among the sources that the actor
 * may see. Ask from well before the time in question: the lease that counts may have begun days earlier.
 */
export async function findLeases(ctx: Ctx, question: LeaseQuestion): Promise<LeaseEvent[]> {
  const sources = await catalogue.visibleSources(ctx);
  if (sources.size === 0) return [];
  const hidden = await hiddenRows(ctx);
  return leaseEvents(ctx.app.logstore, { ...question, sourceIds: [...sources.keys()], hidden });
}
