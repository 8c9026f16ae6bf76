import type { Counter, Memory } from '../row.ts';

interface Seen {
  readonly value: number;
  /** Data records of that message, and those of them that are flows and not options. */
  readonly all: number;
  readonly flows: number;
  readonly mode?: Mode;
}

/**
 * RFC 7011 §3.1: the sequence number is that of all data records sent before this message (`all-before`). Exporters in
 * use leave out the records of options, or count the message's own (softflowd 1.1 does both).
 */
type Mode = 'all-before' | 'flows-before' | 'all-after' | 'flows-after';
const modes: readonly Mode[] = ['all-before', 'flows-before', 'flows-after', 'all-after'];

/** A restarted device, or a forged one, must not make us remember domains without end. */
const maxDomains = 512;

/**
 * The running number of an IPFIX message in the way of the RFC. Which way the exporter counts is told by two messages
 * that follow each other; before that the number says nothing and is left out.
 */
export function ipfixCounter(
  memory: Memory,
  place: { readonly sender: string; readonly domain: number },
  message: { readonly value: number; readonly all: number; readonly flows: number },
): Counter | undefined {
  const key = `ipfix:${place.sender}`.slice(0, 200);
  const domains = (memory.get(key) ?? {}) as Record<string, Seen>;
  const before = domains[place.domain];
  if (!before && Object.keys(domains).length >= maxDomains) return undefined;
  const mode = before && modeOf(before, message);
  memory.set(key, { ...domains, [place.domain]: { ...message, ...(mode && { mode }) } satisfies Seen });
  if (!mode) return undefined;
  const span = mode.startsWith('all') ? message.all : message.flows;
  const value = mode.endsWith('before') ? message.value : (message.value - span) >>> 0;
  return { name: `ipfix:${place.domain}`, value, span };
}

/** The way of counting that explains the step between two messages; when none does, the one known so far. */
function modeOf(before: Seen, now: Omit<Seen, 'mode'>): Mode | undefined {
  const step = (now.value - before.value) >>> 0;
  const steps: Record<Mode, number> = {
    'all-before': before.all,
    'flows-before': before.flows,
    'all-after': now.all,
    'flows-after': now.flows,
  };
  if (before.mode && steps[before.mode] === step) return before.mode;
  return modes.find((mode) => steps[mode] === step) ?? before.mode;
}
