import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { hiddenRows } from '../store/hidden-rows.ts';
import { type SampledHost, type SampledProxy, sampleRequests, sampleRows } from '../store/sample-rows.ts';

const mostHosts = 400_000;

/**
 * A few real translations at random of every inside address, sessions and port blocks, and requests of every client of
 * a proxy, among the sources that the actor may see: for drills. The times are those of the writers' clocks.
 */
export async function samplePoints(
  ctx: Ctx,
  question: { readonly from: Date; readonly to: Date; readonly perHost: number; readonly seed: number },
): Promise<SampledHost[]> {
  const sources = await catalogue.visibleSources(ctx);
  if (sources.size === 0) return [];
  const query = { ...question, sourceIds: [...sources.keys()], hidden: await hiddenRows(ctx), mostHosts };
  const store = ctx.app.logstore;
  const sessions = await sampleRows(store, 'nat', query);
  const blocks = await sampleRows(store, 'block', query);
  return [...sessions, ...blocks, ...(await sampleRequests(store, proxiesOf([...sources.values()]), query))];
}

/** Proxies are known by the one address that they send their log from; a range of addresses names none. */
function proxiesOf(sources: readonly catalogue.SourceRow[]): SampledProxy[] {
  return sources.flatMap(({ id: sourceId, format, realm, senders }) => {
    const ip = senders.map((sender) => sender.replace(/\/(?:32|128)$/, '')).find((one) => !one.includes('/'));
    return format === 'squid' && ip !== undefined ? [{ sourceId, ip, realm }] : [];
  });
}
