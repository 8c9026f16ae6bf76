import type { tracing } from '#logs';
import type { CoverageFact } from './facts.ts';

/** What the ledger says of a source, as a fact. */
export function coverageFact(
  reliance: tracing.Reliance,
  source: { readonly id: number; readonly unitPath: string },
  purpose: CoverageFact['purpose'],
): CoverageFact {
  const seen = (at: Date | null) => at?.toISOString() ?? '—';
  const parts = [
    `${seen(reliance.firstSeen)} – ${seen(reliance.lastSeen)}`,
    ...reliance.reasons.map(({ zh }) => zh),
  ];
  for (const gap of reliance.gaps) parts.push(`缺口 ${seen(gap.from)} – ${seen(gap.to)}`);
  const { name, state } = reliance;
  return { sourceId: source.id, name, unitPath: source.unitPath, purpose, state, detail: parts.join('；') };
}
