/** Whether a raw line, read again, says what a fact of a trace says. Pure. */
import type { offline } from '#logs';
import type {
  BlockFact,
  LeaseFact,
  NatFact,
  RequestFact,
  SightingFact,
  TraceFacts,
  TraceQuestion,
} from '../engine/facts.ts';
import { isAskedEnd, isAskedRequest } from '../engine/log-facts.ts';

type Row = Exclude<ReturnType<typeof offline.decodeAgain>, string>[number];

export type AnyFact =
  | { readonly table: 'nat'; readonly fact: NatFact }
  | { readonly table: 'block'; readonly fact: BlockFact }
  | { readonly table: 'event'; readonly fact: RequestFact }
  | { readonly table: 'lease'; readonly fact: LeaseFact }
  | { readonly table: 'sighting'; readonly fact: SightingFact };

/** Every fact of the logs, with the table of the row that it was read from. */
export function logFactsOf(facts: TraceFacts): AnyFact[] {
  return [
    ...facts.nat.map((fact) => ({ table: 'nat' as const, fact })),
    ...facts.blocks.map((fact) => ({ table: 'block' as const, fact })),
    ...facts.requests.map((fact) => ({ table: 'event' as const, fact })),
    ...facts.leases.map((fact) => ({ table: 'lease' as const, fact })),
    ...facts.sightings.map((fact) => ({ table: 'sighting' as const, fact })),
  ];
}

/** Fields in which the rows of a line differ from a fact; empty: one of them says the same. */
export function differencesOf(rows: readonly Row[], one: AnyFact, question: TraceQuestion): string[] {
  const same = rows.filter((row) => row.table === one.table);
  if (same.length === 0) return ['row'];
  const found = same.map((row) => differenceOf(row, one, question));
  return found.sort((a, b) => a.length - b.length)[0]!;
}

function differenceOf(row: Row, { fact }: AnyFact, question: TraceQuestion): string[] {
  const expected = expectedOf(row, fact, question);
  const wrong = Object.entries(expected).filter(([key, value]) => {
    const told = fact[key as keyof typeof fact] as unknown;
    // The store keeps milliseconds; a line may say more.
    if (key === 'ts' || key === 'start') return !isSameTime(told, value);
    return told !== value;
  });
  return wrong.map(([key]) => key);
}

function isSameTime(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(Number(a) - Number(b)) < 1;
}

function expectedOf(row: Row, fact: AnyFact['fact'], question: TraceQuestion): Record<string, unknown> {
  const { ts } = row;
  switch (row.table) {
    case 'nat': {
      const { event, direction, proto, pubIp, pubPort, inIp, inPort, flow, dstIp, dstPort } = row;
      const isAsked = isAskedEnd(dstIp, dstPort, question);
      return {
        ts,
        kind: event,
        start: startOf(row),
        direction,
        proto,
        pubIp,
        pubPort,
        inIp,
        inPort,
        flow,
        isAsked,
      };
    }
    case 'block': {
      const { event, proto, pubIp, lo, hi, step, inIp } = row;
      return { ts, kind: event, start: startOf(row), proto, pubIp, lo, hi, step, inIp };
    }
    case 'lease': {
      const { action, ip, mac, leaseSeconds } = row;
      return { ts, action, ip, mac, leaseSeconds };
    }
    case 'sighting': {
      const { kind, action, ip, mac, oldMac, session, nas } = row;
      const told = { ts, kind, action, ip, mac, oldMac, session };
      return 'nas' in fact ? { ...told, nas } : told;
    }
    default:
      return {
        ts,
        clientIp: row.cli,
        clientPort: row.cport,
        took: row.took,
        ...(question.url && {
          isAsked: isAskedRequest(
            { dstIp: row.dst, dstPort: row.dport, host: row.host, path: row.path },
            question,
          ),
        }),
      };
  }
}

function startOf({ start }: { readonly start: number }): number | null {
  return start > 0 ? start : null;
}
