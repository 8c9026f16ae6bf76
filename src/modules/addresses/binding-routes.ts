import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { tracing } from '#logs';
import * as contract from './contract.ts';
import { startRebuild } from './observe/rebuild-bindings.ts';
import { parseIp, parsePrefix } from './parse-ip.ts';
import { isRandomMac, parseMac } from './parse-mac.ts';
import { lastRebuild, type RebuildRow } from './store/binding-progress.ts';
import { type ListedBinding, listBindings } from './store/find-bindings.ts';

const tableAddress = '::';

export const bindingRoutes: Handler[] = [
  handle(contract.listBindings, async (ctx, { query }) => {
    const { items, ...counts } = await listBindings(ctx, {
      ...query,
      ip: query.ip === undefined ? undefined : rangeOf(query.ip),
      mac: query.mac === undefined ? undefined : macOf(query.mac),
      from: query.from === undefined ? undefined : new Date(query.from),
      to: query.to === undefined ? undefined : new Date(query.to),
    });
    const stateOf = await statesOf(ctx, items);
    return { ...counts, items: items.map((item) => bindingOf(item, stateOf(item))) };
  }),
  handle(contract.rebuildBindings, async (ctx) => rebuildOf(await startRebuild(ctx))),
  handle(contract.getRebuild, async (ctx) => {
    const last = await lastRebuild(ctx);
    return { last: last ? rebuildOf(last) : null };
  }),
];

function rangeOf(text: string): string {
  const trimmed = text.trim();
  const found = trimmed.includes('/') ? parsePrefix(trimmed) : parseIp(trimmed);
  return found?.text ?? fail('addresses.bad_range', { value: text, field: 'ip' });
}

function macOf(text: string): string {
  return parseMac(text.trim()) ?? fail('addresses.bad_mac', { value: text, field: 'mac' });
}

type State = 'held' | 'over' | 'unseen' | 'gap';

/**
 * Whether what is not claimed any more was not seen by a source that tells, or the source itself was silent: who is not
 * heard of while nobody listens has not gone.
 */
async function statesOf(ctx: Ctx, items: readonly ListedBinding[]): Promise<(item: ListedBinding) => State> {
  const now = ctx.clock.now();
  const claimed = (item: ListedBinding) => item.ended === null && item.until >= now;
  const quiet = items.filter((item) => item.ended === null && !claimed(item));
  const from = quiet.reduce((least, item) => Math.min(least, item.lastProof.getTime()), now.getTime());
  const sourceIds = [...new Set(quiet.map((item) => item.sourceId))];
  const { sources } =
    sourceIds.length === 0
      ? { sources: [] }
      : await tracing.relianceOf(ctx, { sourceIds, from: new Date(from), to: now });
  const known = new Map(sources.map((source) => [source.sourceId, source]));
  return (item) => {
    if (item.ended !== null) return 'over';
    if (claimed(item)) return 'held';
    const source = known.get(item.sourceId);
    if (!source || source.state === 'unknown') return 'gap';
    const after = item.lastProof.getTime();
    return source.gaps.some(({ to }) => to === null || to.getTime() > after) ? 'gap' : 'unseen';
  };
}

function bindingOf(item: ListedBinding, state: State) {
  return {
    ...item,
    ip: item.ip === tableAddress ? null : item.ip,
    macRandom: isRandomMac(item.mac),
    state,
    began: item.began.toISOString(),
    lastProof: item.lastProof.toISOString(),
    until: item.until.toISOString(),
  };
}

function rebuildOf(row: RebuildRow) {
  return {
    id: row.id,
    began: row.began.toISOString(),
    ended: row.ended?.toISOString() ?? null,
    addresses: row.addresses,
    changed: row.changed,
  };
}
