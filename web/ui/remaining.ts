/** How near a deadline is. `urgent` from 30 minutes on, as the escalation plan has its last warnings there. */
export type Urgency = 'calm' | 'urgent' | 'over';

/** Minutes before the deadline from which the clock turns red. */
export const urgentMinutes = 30;

export interface Remaining {
  readonly urgency: Urgency;
  /** Whole seconds to the deadline, or past it; never negative. */
  readonly seconds: number;
}

/** Compares a deadline with now, both in milliseconds since 1970. The second of the deadline itself is over. */
export function remainingUntil(due: number, now: number): Remaining {
  const left = due - now;
  if (left <= 0) return { urgency: 'over', seconds: Math.floor((now - due) / 1000) };
  return { urgency: left <= urgentMinutes * 60_000 ? 'urgent' : 'calm', seconds: Math.ceil(left / 1000) };
}

/** `1:59:07`; days are counted in hours up to 99, beyond that as `5 d 03:00:00` without words to translate. */
export function clockText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
  if (hours < 100) return `${hours}:${rest}`;
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)}:${rest}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
