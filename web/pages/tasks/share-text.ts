interface Counts {
  readonly open: number;
  readonly done: number;
  readonly late: number;
  readonly unknown: number;
}

/** Done of all, in whole percent: `12/40 30%`; nothing asked is no share. */
export function shareText({ open, done, late, unknown }: Counts): string {
  const all = open + done + late + unknown;
  return all === 0 ? '—' : `${done}/${all} ${Math.floor((done / all) * 100)}%`;
}
