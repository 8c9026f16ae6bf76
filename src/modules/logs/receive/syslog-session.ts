import type { SpoolGate } from './spool-gate.ts';
import type { StreamPeer, StreamSession } from './stream-listener.ts';
import { SyslogFramer } from './syslog-framer.ts';

/** What the connections of one listener have brought. */
export interface StreamCounts {
  received: number;
  cut: number;
}

export interface SyslogSessionOptions {
  readonly peer: StreamPeer;
  readonly gate: SpoolGate;
  readonly now: () => Date;
  readonly counts: StreamCounts;
  /** RFC 5425 knows octet counting only. */
  readonly octetsOnly?: boolean;
}

/** Syslog over one connection, into the spool. There are no acknowledgements. */
export function openSyslogSession({
  peer,
  gate,
  now,
  counts,
  octetsOnly,
}: SyslogSessionOptions): StreamSession {
  let sink = gate.spool.of(peer.sender);
  let recvAt = 0;
  let unfinishedSince: number | null = null;
  const framer = new SyslogFramer(
    {
      line: (source, start, end) => {
        counts.received += 1;
        sink.append(recvAt, source, start, end);
      },
      lines: (source, start, end, count) => {
        counts.received += count;
        sink.appendLines(recvAt, source, start, end, count);
      },
    },
    octetsOnly ? { octetsOnly } : {},
  );
  const take = (step: () => void) => {
    // Looked up again each time: a commit gives the buffers away.
    sink = gate.spool.of(peer.sender);
    recvAt = now().getTime();
    const cut = framer.cutMessages;
    step();
    counts.cut += framer.cutMessages - cut;
  };
  return {
    data: (chunk) => {
      const messages = counts.received;
      take(() => framer.push(chunk));
      if (!framer.isInsideCounted) unfinishedSince = null;
      else if (unfinishedSince === null || counts.received !== messages) unfinishedSince = recvAt;
    },
    end: () => take(() => framer.end()),
    unfinishedSince: () => unfinishedSince,
  };
}
