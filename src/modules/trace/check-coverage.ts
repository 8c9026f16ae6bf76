import type { Ctx } from '#base/app';
import { type Reliance, relianceOf } from '#logs';
import { inScope } from '#units';
import type { Trace } from './contract.ts';
import type { Holder } from './find-holders.ts';
import type { Origins } from './find-origins.ts';
import { isRelated } from './rules-coverage.ts';
import type { LogSource } from './store.ts';

/** A gateway is never silent for long; a DHCP server of a small school may be, for half a lease. */
const silence = { nat: 300, lease: 3600 } as const;

type Described = Trace['coverage']['sources'][number];
type Sources = ReadonlyMap<number, LogSource>;

/**
 * Whether the translation logs on which the answer rests (or, when there is no answer, those that should hold
 * it) were there around the time. A source that was not heard is `unknown`: then nothing is complete.
 */
export async function coverTranslation(
  ctx: Ctx,
  found: Origins,
  sources: Sources,
  window: { from: number; to: number },
): Promise<Described[]> {
  if (!found.translated) return [];
  const ids = natSources(found, sources);
  const list = await describeAll(ctx, ids, sources, window, silence.nat);
  if (ids.length === 0) list.push(missing('NAT', '没有登记地址转换日志源'));
  if (found.truncated) list.push(missing('NAT', '转换记录没有全部读完', 'gap'));
  return list;
}

/** The same for the DHCP logs of the holders that were found. */
export async function coverLeases(
  ctx: Ctx,
  holders: readonly Holder[],
  sources: Sources,
  window: { from: number; to: number },
): Promise<Described[]> {
  const ids = leaseSources(holders, sources);
  if (ids.length > 0) return describeAll(ctx, ids, sources, window, silence.lease);
  return holders.length > 0 ? [missing('DHCP', '没有登记地址租约日志源')] : [];
}

async function describeAll(
  ctx: Ctx,
  sourceIds: readonly number[],
  sources: Sources,
  window: { from: number; to: number },
  gapSeconds: number,
): Promise<Described[]> {
  const span = { from: new Date(window.from), to: new Date(window.to) };
  const answer = await relianceOf(ctx, { ...span, sourceIds, gapSeconds });
  const list = answer.sources.map((source) => {
    const owner = sources.get(source.sourceId)?.unitPath ?? '';
    return describe(source, inScope(ctx, owner) ? source.name : '（其他单位的日志源）');
  });
  if (answer.lostDatagrams > 0) {
    list.push(missing('collector', `采集器在此期间丢失 ${answer.lostDatagrams} 个报文`, 'gap'));
  }
  return list;
}

function natSources(found: Origins, sources: ReadonlyMap<number, LogSource>): number[] {
  const used = found.origins.flatMap((origin) => origin.sessions.map((session) => session.src));
  if (used.length > 0) return [...new Set(used)];
  return [...sources.values()].filter((source) => isRelated(source, 'nat', found.asked)).map(({ id }) => id);
}

function leaseSources(holders: readonly Holder[], sources: ReadonlyMap<number, LogSource>): number[] {
  const wanted = new Set<number>();
  for (const { origin, binding, unitPath } of holders) {
    if (binding) wanted.add(binding.before.sourceId);
    if (binding || unitPath === null) continue;
    for (const source of sources.values()) {
      if (isRelated(source, 'lease', { realm: origin.realm, unitPath })) wanted.add(source.id);
    }
  }
  return [...wanted];
}

function describe(source: Reliance, name: string): Described {
  const seen = (at: Date | null) => at?.toISOString() ?? '—';
  const parts = [
    `${seen(source.firstSeen)} – ${seen(source.lastSeen)}`,
    ...source.reasons.map(({ zh }) => zh),
  ];
  for (const gap of source.gaps) parts.push(`缺口 ${seen(gap.from)} – ${seen(gap.to)}`);
  return { name, state: source.state, detail: parts.join('；') };
}

function missing(name: string, detail: string, state: Described['state'] = 'unknown'): Described {
  return { name, state, detail };
}
