/** Reads what shows RADIUS sessions to be over that no Stop ended. */
import type { Batch, Work } from './batch.ts';
import type { SightingFact } from './facts.ts';
import { sightingFactsOf } from './log-facts.ts';
import { windowOf } from './origins.ts';
import { sessionOf } from './session-ends.ts';

interface Place {
  readonly work: Work;
  readonly ip: string;
  readonly realm: string;
}

/** Clocks of access servers and of the others on the way may differ by so much. */
const aside = 900_000;
const day = 86_400_000;

/** Of the sessions that were open at an address: whether they went on elsewhere, and whether their access server was restarted. */
export async function addSessionEnds({ reader }: Batch, places: readonly Place[]): Promise<void> {
  const asked = places.flatMap((place) => {
    const { at, to } = windowOf(place.work.question);
    const last = lastOfSessions(place).filter(
      (one) => one.action !== 'stop' && one.ts <= to + aside && to - one.ts <= day,
    );
    if (last.length === 0) return [];
    const common = { work: place.work, ip: '', port: null, realm: place.realm, at, to: to + aside };
    const servers = { ...common, from: Math.min(...last.map((one) => one.ts)) };
    return [servers, ...last.map((one) => ({ ...common, from: one.ts, mac: one.mac }))];
  });
  if (asked.length === 0) return;
  const rows = Map.groupBy(await reader.sessions(asked), (row) => row.question);
  for (const [n, { work }] of asked.entries()) {
    const { facts } = work;
    const known = new Set(facts.sightings.map(placeOf));
    const fresh = sightingFactsOf(rows.get(n) ?? []).filter((one) => !known.has(placeOf(one)));
    if (fresh.length > 0) facts.sightings = [...facts.sightings, ...fresh];
  }
}

/** The newest line of each session at the address. */
function lastOfSessions({ work: { facts }, ip, realm }: Place): SightingFact[] {
  const last = new Map<string, SightingFact>();
  for (const one of facts.sightings) {
    const session = sessionOf(one);
    if (session === null || one.mac === '' || one.ip !== ip || one.realm !== realm) continue;
    if ((last.get(session)?.ts ?? Number.NEGATIVE_INFINITY) <= one.ts) last.set(session, one);
  }
  return [...last.values()];
}

/** One record of accounting may tell two addresses. */
const placeOf = ({ segment, seq, ip }: SightingFact) => `${segment} ${seq} ${ip}`;
