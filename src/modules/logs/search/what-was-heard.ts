import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { type HeardKinds, heardKinds, type SeenHolder, seenHolders } from '../store/heard-kinds.ts';
import { hiddenRows } from '../store/hidden-rows.ts';

const most = 1_000_000;

/**
 * Of the sources that the actor may see: which gave translations, leases and sightings in a span of time, and which
 * hardware address was seen with which address. For figures about units, never about one person.
 */
export async function whatWasHeard(
  ctx: Ctx,
  span: { readonly from: Date; readonly to: Date },
): Promise<{ kinds: HeardKinds[]; holders: SeenHolder[] }> {
  const sourceIds = [...(await catalogue.visibleSources(ctx)).keys()];
  if (sourceIds.length === 0) return { kinds: [], holders: [] };
  const hidden = await hiddenRows(ctx);
  const kinds = await heardKinds(ctx.app.logstore, { ...span, sourceIds });
  const holders = await seenHolders(ctx.app.logstore, { ...span, sourceIds, hidden, most });
  return { kinds, holders };
}
