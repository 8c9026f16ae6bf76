/** Pure decisions about incidents. */

export interface Milestones {
  readonly closed_at: Date | null;
  readonly dismissed_at: Date | null;
  readonly contained_at: Date | null;
}

export type IncidentState = 'responding' | 'contained' | 'closed' | 'dismissed';

/** The state follows from what happened. */
export function stateOf(row: Milestones): IncidentState {
  if (row.dismissed_at) return 'dismissed';
  if (row.closed_at) return 'closed';
  return row.contained_at ? 'contained' : 'responding';
}

/** Late once the deadline passed without an acknowledgement, for good (迟报). */
export function isLate(clock: { due_at: Date; acknowledged_at: Date | null }, now: Date): boolean {
  return (clock.acknowledged_at ?? now).getTime() > clock.due_at.getTime();
}

/** Closed when the page is clean and everyone who must know has acknowledged. */
export function mayClose(row: Milestones, clocks: readonly { acknowledged_at: Date | null }[]): boolean {
  return (
    stateOf(row) === 'contained' &&
    clocks.length > 0 &&
    clocks.every((clock) => clock.acknowledged_at !== null)
  );
}

/** The minutes at which a round escalates, absolute times, in order, each once. */
export function stepTimes(t0: Date, minutes: readonly number[]): { minute: number; dueAt: Date }[] {
  const inOrder = [...new Set(minutes)].sort((a, b) => a - b);
  return inOrder.map((minute) => ({ minute, dueAt: new Date(t0.getTime() + minute * 60_000) }));
}

/**
 * Hosts to block for an incident: the page's own host, and the outside hosts that its hidden links lead to.
 * Addresses on this machine or in private ranges are never blocked: no resolver of ours answers with them.
 */
export function hostsToBlock(url: string | null, links: readonly (string | null)[]): string[] {
  const hosts = [url, ...links].flatMap((text) =>
    text && URL.canParse(text) ? [new URL(text).hostname] : [],
  );
  return [...new Set(hosts)].filter(
    (host) => host.includes('.') && !/^(?:127|10|192\.168|169\.254)\./.test(host),
  );
}

/** Roles that an escalation minute reaches: ever higher, never fewer. */
export function rolesAt(minute: number, dueMinutes: number): string[] {
  const base = ['school_teacher', 'leader'];
  if (minute < dueMinutes / 4) return base;
  if (minute < dueMinutes / 2) return [...base, 'county_officer'];
  return [...base, 'county_officer', 'city_officer'];
}
