import { type AllocationHit, findAllocationsOf } from '#addresses';
import type { Ctx } from '#base/app';
import { findNatSessions, type NatSession } from '#logs';
import { coversWindow } from './rules.ts';
import type { LogSource } from './store.ts';
import { pathWords, type Words } from './words.ts';

export interface Asked {
  readonly ip: string;
  readonly port: number | null;
  readonly proto: 'tcp' | 'udp';
  readonly at: Date;
}

/** An inside address from which the asked traffic may have come. */
export interface Origin {
  readonly realm: string;
  readonly insideIp: string;
  /** Its translations at that time; empty when none was needed. */
  readonly sessions: readonly NatSession[];
  readonly nat: 'none' | 'covers' | 'open';
}

export interface Origins {
  readonly origins: readonly Origin[];
  readonly notes: readonly Words[];
  /** Whether translations were looked up. */
  readonly translated: boolean;
  readonly truncated: boolean;
  /** The allocation that the asked address belongs to. */
  readonly asked: AllocationHit | null;
}

const protocols = { tcp: 6, udp: 17 } as const;

/**
 * Every inside address that may be behind the asked one. Ours and not an exit: it is the origin itself, once
 * per realm. Otherwise every address that a translation of it shows within the exporter's clock tolerance.
 */
export async function findOrigins(
  ctx: Ctx,
  asked: Asked,
  sources: ReadonlyMap<number, LogSource>,
): Promise<Origins> {
  const hits = await findAllocationsOf(ctx, [asked.ip]);
  const [nearest] = hits;
  if (nearest?.role === 'inside') return ownAddress(asked, hits, nearest);
  const tolerances = [...sources.values()].map((source) => source.toleranceSeconds);
  const answer = await findNatSessions(ctx, {
    publicIp: asked.ip,
    publicPort: asked.port ?? undefined,
    proto: protocols[asked.proto],
    at: asked.at,
    toleranceSeconds: Math.max(2, ...tolerances),
  });
  const origins = originsOf(answer.sessions, asked.at.getTime(), sources);
  const notes: Words[] = [];
  if (!nearest) notes.push(pathWords.notOurs(asked.ip));
  if (asked.port === null && origins.length > 1) notes.push(pathWords.noPort);
  if (origins.length === 0) notes.push(pathWords.noSession);
  if (answer.truncated) notes.push(pathWords.truncated);
  return { origins, notes, translated: true, truncated: answer.truncated, asked: nearest ?? null };
}

function ownAddress(asked: Asked, hits: readonly AllocationHit[], nearest: AllocationHit): Origins {
  const inside = hits.filter((hit) => hit.role === 'inside');
  return {
    origins: inside.map(({ realm }) => ({ realm, insideIp: asked.ip, sessions: [], nat: 'none' })),
    notes: inside.map(({ realm }) => pathWords.skippedNat(asked.ip, realm)),
    translated: false,
    truncated: false,
    asked: nearest,
  };
}

/** Sessions that may touch the time by their own exporter's clock, by inside address. */
function originsOf(
  sessions: readonly NatSession[],
  at: number,
  sources: ReadonlyMap<number, Pick<LogSource, 'toleranceSeconds'>>,
): Origin[] {
  const window = (session: NatSession) => {
    const tolerance = (sources.get(session.src)?.toleranceSeconds ?? 2) * 1000;
    return { from: at - tolerance, to: at + tolerance };
  };
  const touching = sessions.filter((session) => {
    const { from, to } = window(session);
    const ends = session.end ?? session.endedBefore ?? Number.POSITIVE_INFINITY;
    return (session.start ?? Number.NEGATIVE_INFINITY) <= to && ends >= from;
  });
  const groups = Map.groupBy(touching, (session) => `${session.realm} ${session.inIp}`);
  return [...groups.values()].map((group) => {
    const covers = group.some((session) => {
      const { from, to } = window(session);
      return coversWindow({ ...session, firstEvent: session.events[0]?.ts ?? session.lastProof }, from, to);
    });
    const { realm, inIp } = group[0]!;
    return { realm, insideIp: inIp, sessions: group, nat: covers ? 'covers' : 'open' };
  });
}
