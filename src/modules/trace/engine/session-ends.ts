/** RADIUS sessions whose end no Stop tells: another line does. Pure. */
import type { SightingFact } from './facts.ts';
import type { Seen } from './sightings.ts';

/** A session that RADIUS tells of. Its number is unique within one access server only (RFC 2866 §5.5). */
export function sessionOf({ kind, sourceId, nas, session }: SightingFact): string | null {
  return kind === 'radius' && session !== '' ? `${sourceId} ${nas ?? ''} ${session}` : null;
}

const isVersion6 = (ip: string) => ip.includes(':');

/**
 * Of each session at an address the line that shows it to be over there, as a `stop` of that session at that line's place:
 * its access server was started anew, or gave the address to another; or the session went on with another address. One that
 * was heard of again at this address afterwards was not over. `seen`: what was seen at the address; `all`: what RADIUS told
 * besides; both in order of time.
 */
export function endsOf(seen: readonly Seen[], all: readonly Seen[]): Seen[] {
  const sessions = new Map<string, Seen>();
  for (const one of seen) {
    const session = sessionOf(one);
    if (session !== null && one.mac !== '') sessions.set(session, one);
  }
  return [...sessions].flatMap(([session, last]) => {
    if (last.action === 'stop') return [];
    const end = [...seen, ...all]
      .filter((one) => one.time > last.time && endsIt(one, last, session))
      .sort((a, b) => a.time - b.time)[0];
    return end
      ? [{ ...end, ip: last.ip, mac: last.mac, session: last.session, action: 'stop' as const }]
      : [];
  });
}

function endsIt(line: Seen, last: Seen, session: string): boolean {
  if (line.kind !== 'radius' || line.sourceId !== last.sourceId || line.realm !== last.realm) return false;
  if (!last.nas || line.nas !== last.nas) return false;
  if (line.ip === '') return true;
  if (line.ip === last.ip) return line.action === 'start' && line.mac !== '' && line.mac !== last.mac;
  return sessionOf(line) === session && isVersion6(line.ip) === isVersion6(last.ip);
}
