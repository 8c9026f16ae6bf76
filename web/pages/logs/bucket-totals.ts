interface Histogram {
  readonly bucketSeconds: number;
  readonly buckets: readonly { readonly at: string; readonly rows: number }[];
}

/** Buckets drawn at most; beyond that the empty ones between are not filled in. */
const fillLimit = 2000;

/**
 * One total per piece of time from `from` to `to` (milliseconds), the kinds summed. Pieces without any row
 * are zeros, not left out: a gap in the logs must be seen as a gap.
 */
export function bucketTotals(histogram: Histogram, from: number, to: number): { at: number; rows: number }[] {
  const totals = new Map<number, number>();
  for (const bucket of histogram.buckets) {
    const at = Date.parse(bucket.at);
    totals.set(at, (totals.get(at) ?? 0) + bucket.rows);
  }
  const step = histogram.bucketSeconds * 1000;
  const anchor = totals.keys().next().value;
  if (anchor !== undefined && step > 0 && (to - from) / step <= fillLimit) {
    // Buckets are counted from the server's own start, which need not be `from`.
    const first = anchor - Math.floor((anchor - from) / step) * step;
    for (let at = first; at < to; at += step) if (!totals.has(at)) totals.set(at, 0);
  }
  return [...totals].map(([at, rows]) => ({ at, rows })).sort((a, b) => a.at - b.at);
}
