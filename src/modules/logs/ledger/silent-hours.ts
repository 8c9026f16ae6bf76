/** Silences of a source as the hours of the ledger tell them, by the rule that reliance goes by. Pure. */
import { judge } from './judge-silence.ts';
import { hourMs } from './rules.ts';

/** Epoch milliseconds; `to` null: it lasts. */
export interface Silence {
  readonly from: number;
  readonly to: number | null;
}

/**
 * Silences between and behind the hours (numbers since 1970, ascending) in which records came, until `until` (ms). They
 * begin with the end of such an hour: nearer than that the ledger does not know. Before the first one nothing is said.
 */
export function silencesIn(
  hours: readonly number[],
  until: number,
  silentFrom: (since: number) => number,
): Silence[] {
  const first = hours[0];
  if (first === undefined) return [];
  const heard = hours.map((hour) => ({ from: hour * hourMs, to: (hour + 1) * hourMs }));
  const window = { from: new Date((first + 1) * hourMs), to: new Date(until) };
  const { gaps } = judge(heard, { ...window, silentFrom });
  return gaps.map(({ from, to }) => ({ from: from!.getTime(), to: to?.getTime() ?? null }));
}
