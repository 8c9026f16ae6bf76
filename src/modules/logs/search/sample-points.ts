import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { type SampledHost, sampleRows } from '../store/sample-rows.ts';

const mostHosts = 400_000;

/**
 * A few real translations at random of every inside address, sessions and port blocks, among the sources that the actor
 * may see: for drills. The times are those of the writers' clocks.
 */
export async function samplePoints(
  ctx: Ctx,
  question: { readonly from: Date; readonly to: Date; readonly perHost: number; readonly seed: number },
): Promise<SampledHost[]> {
  const sources = await catalogue.visibleSources(ctx);
  if (sources.size === 0) return [];
  const query = { ...question, sourceIds: [...sources.keys()], hidden: await hiddenRows(ctx), mostHosts };
  const sessions = await sampleRows(ctx.app.logstore, 'nat', query);
  return [...sessions, ...(await sampleRows(ctx.app.logstore, 'block', query))];
}
