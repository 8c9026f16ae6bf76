/** Pure decisions of the module. */
import { isIP } from 'node:net';
import type { SourceSettings } from './decoders/row.ts';

/**
 * A device sends flows and syslog lines from one address, and they are two sources: what came in by this door is
 * known by `flow:` before the address.
 */
export const flowSender = 'flow:';

/** Formats whose records are datagrams: a file of them is not lines. */
export function isBinary(format: string): boolean {
  return format === 'netflow' || format === 'h3c-flow';
}

/** How the lines of a source are read. */
export function settingsOf(source: {
  zone: string;
  realm: string;
  lease_seconds: number | null;
  host: string | null;
  fixed_year: number | null;
  field_zones: Readonly<Record<string, string>>;
}): SourceSettings {
  return {
    zone: source.zone,
    realm: source.realm,
    leaseSeconds: source.lease_seconds ?? undefined,
    host: source.host ?? undefined,
    year: source.fixed_year ?? undefined,
    fieldZones: source.field_zones,
  };
}

/** Piece of time for a histogram, in seconds: at most 120 pieces. */
export function bucketSeconds(from: Date, to: Date): number {
  const wanted = (to.getTime() - from.getTime()) / 120_000;
  const steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800];
  return steps.find((step) => step >= wanted) ?? Math.ceil(wanted / 604_800) * 604_800;
}

/** Where the next page of a search begins: behind this row. */
export interface Cursor {
  readonly ts: number;
  readonly seg: number;
  readonly seq: number;
}

export function encodeCursor({ ts, seg, seq }: Cursor): string {
  return `${ts}.${seg}.${seq}`;
}

/** `undefined` when the text is no cursor. */
export function decodeCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})\.(\d{1,10})$/.exec(text);
  return match ? { ts: Number(match[1]), seg: Number(match[2]), seq: Number(match[3]) } : undefined;
}

const quarantine = 'unregistered:';
/** Where senders go when too many are unregistered. */
export const othersName = `${quarantine}others`;

/** Name of the source that keeps what an unregistered sender sends. */
export function quarantineName(sender: string): string {
  return quarantine + sender;
}

/** The sender behind such a name. */
export function quarantinedSender(name: string): string {
  return name.slice(quarantine.length);
}

/** By what a source is known that has this sender: an address or a certificate. */
export function senderParts(sender: string): { senders: string[]; certificates: string[] } {
  if (sender.startsWith('cert:')) return { senders: [], certificates: [sender.slice('cert:'.length)] };
  const address = sender.startsWith(flowSender) ? sender.slice(flowSender.length) : sender;
  return { senders: isIP(address) === 0 ? [] : [address], certificates: [] };
}
