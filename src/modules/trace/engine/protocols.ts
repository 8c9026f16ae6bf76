/** The protocols of a question as the logs have them. Pure. */
import type { TraceQuestion } from './facts.ts';

/** Numbers of IANA; of ICMP that of IPv6, too. */
const protocolNumbers = { tcp: [6], udp: [17], icmp: [1, 58], gre: [47], esp: [50] } as const;

/** The numbers that a question asks for: without a protocol those of both that have ports. */
export function numbersOf(proto: TraceQuestion['proto']): readonly number[] {
  return proto === null ? [...protocolNumbers.tcp, ...protocolNumbers.udp] : protocolNumbers[proto];
}

/** What names a translation beside its address: none of a protocol without ports. */
export function askedPort({ proto, port }: TraceQuestion): number | null {
  return hasPorts(proto) ? port : null;
}

export function hasPorts(proto: TraceQuestion['proto']): boolean {
  return proto === null || proto === 'tcp' || proto === 'udp';
}
