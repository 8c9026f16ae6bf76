import type { openClocks } from '#incidents/contract';
import type { RouteReply } from './api.ts';

type Clock = RouteReply<typeof openClocks>['clocks'][number];

/** The open duties of one incident that share a deadline. */
export interface ClockGroup {
  readonly incidentId: string;
  readonly number: string;
  readonly dueAt: string;
  readonly duties: readonly { readonly to: Clock['to']; readonly isSent: boolean }[];
}

/** Open obligations by incident and deadline, the nearest deadline first. */
export function groupClocks(clocks: readonly Clock[]): ClockGroup[] {
  const groups = Map.groupBy(clocks, (clock) => `${clock.incidentId} ${Date.parse(clock.dueAt)}`);
  return [...groups.values()]
    .flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const duties = members.map((clock) => ({ to: clock.to, isSent: clock.sentAt !== null }));
      return [{ incidentId: first.incidentId, number: first.number, dueAt: first.dueAt, duties }];
    })
    .sort((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt));
}
