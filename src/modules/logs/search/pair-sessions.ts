/** Puts the events of one public address and port together into sessions. Pure. */

export interface NatEvent {
  readonly kind: 'new' | 'update' | 'destroy';
  readonly ts: number;
  /** Start that a destroy line told by its duration; 0 or below: not told. */
  readonly start: number;
  readonly src: number;
  readonly realm: string;
  readonly direction: 'out' | 'in';
  readonly proto: number;
  readonly pubIp: string;
  readonly pubPort: number;
  readonly inIp: string;
  readonly inPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
  readonly flow: string;
  readonly segment: number;
  readonly seq: number;
}

/** Leads to the raw line of an event. */
export interface EventPlace {
  readonly kind: NatEvent['kind'];
  readonly ts: number;
  readonly segment: number;
  readonly seq: number;
}

/** A translation in time; all times are epoch milliseconds by the clock of the exporter. */
export interface NatSession
  extends Pick<
    NatEvent,
    | 'src'
    | 'realm'
    | 'direction'
    | 'proto'
    | 'pubIp'
    | 'pubPort'
    | 'inIp'
    | 'inPort'
    | 'dstIp'
    | 'dstPort'
    | 'flow'
  > {
  /** `null`: the line that told it was not received. */
  readonly start: number | null;
  readonly end: number | null;
  /** The last line that shows the session alive (or ending). It proves nothing beyond itself. */
  readonly lastProof: number;
  /** When the same session must be over because its tuple began anew, if its own end was not received. */
  readonly endedBefore: number | null;
  readonly events: readonly EventPlace[];
}

interface Draft {
  readonly first: NatEvent;
  start: number | null;
  end: number | null;
  lastProof: number;
  endedBefore: number | null;
  readonly events: EventPlace[];
}

/**
 * Pairs NEW with the DESTROY of the same tuple of the same exporter. A DESTROY without NEW has an unknown start
 * (unless it tells it); a NEW without DESTROY an unknown end; a second NEW ends what was open before it.
 */
export function pairSessions(events: readonly NatEvent[]): NatSession[] {
  const open = new Map<string, Draft>();
  const done: Draft[] = [];
  const ordered = [...events].sort((a, b) => a.ts - b.ts || order[a.kind] - order[b.kind] || a.seq - b.seq);
  for (const event of ordered) {
    const key = keyOf(event);
    const current = open.get(key);
    if (event.kind === 'new' || !current) {
      if (current) {
        current.endedBefore = event.ts;
        done.push(current);
      }
      const draft = begin(event);
      if (event.kind === 'destroy') done.push(draft);
      else open.set(key, draft);
      continue;
    }
    current.events.push(placeOf(event));
    current.lastProof = event.ts;
    if (event.kind === 'destroy') {
      current.end = event.ts;
      if (current.start === null && event.start > 0) current.start = event.start;
      done.push(current);
      open.delete(key);
    }
  }
  return [...done, ...open.values()]
    .map(finish)
    .sort((a, b) => (a.start ?? a.lastProof) - (b.start ?? b.lastProof));
}

/** At one instant an old session ends before its successor begins. */
const order = { destroy: 0, new: 1, update: 2 };

function keyOf(event: NatEvent): string {
  const { src, proto, inIp, inPort, pubIp, pubPort, dstIp, dstPort } = event;
  return `${src} ${proto} ${inIp} ${inPort} ${pubIp} ${pubPort} ${dstIp} ${dstPort}`;
}

function placeOf({ kind, ts, segment, seq }: NatEvent): EventPlace {
  return { kind, ts, segment, seq };
}

function begin(event: NatEvent): Draft {
  return {
    first: event,
    start: event.kind === 'new' ? event.ts : event.start > 0 ? event.start : null,
    end: event.kind === 'destroy' ? event.ts : null,
    lastProof: event.ts,
    endedBefore: null,
    events: [placeOf(event)],
  };
}

function finish({ first, start, end, lastProof, endedBefore, events }: Draft): NatSession {
  const { src, realm, direction, proto, pubIp, pubPort, inIp, inPort, dstIp, dstPort, flow } = first;
  const tuple = { src, realm, direction, proto, pubIp, pubPort, inIp, inPort, dstIp, dstPort, flow };
  return { ...tuple, start, end, lastProof, endedBefore, events };
}

/**
 * Whether the session may have been alive between `from` and `to`: certainly not before a known start, after a
 * known end, or after its tuple began anew. An unknown bound excludes nothing.
 */
export function mayTouch(session: NatSession, from: number, to: number): boolean {
  const begins = session.start ?? Number.NEGATIVE_INFINITY;
  const ends = session.end ?? session.endedBefore ?? Number.POSITIVE_INFINITY;
  return begins <= to && ends >= from;
}
