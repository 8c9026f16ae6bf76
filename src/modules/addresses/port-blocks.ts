/**
 * Deterministic NAT (RFC 7422 §2): which inside address has an outside address and port is arithmetic, and no log is
 * kept. Pure; IPv4 only, as carrier-grade NAT is.
 */

export type BlockAlgorithm = 'sequential' | 'spread' | 'staggered';

export interface PortBlocks {
  readonly inside: string;
  readonly outside: string;
  readonly portFrom: number;
  readonly portTo: number;
  readonly blockSize: number;
  readonly algorithm: BlockAlgorithm;
}

/** Ports of one outside address: `from` to `to`, every `step`th. */
export interface PortBlock {
  readonly ip: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

interface Shape {
  readonly inside: { readonly first: number; readonly count: number };
  readonly outside: { readonly first: number; readonly count: number };
  /** How many inside addresses share one outside address. */
  readonly sharing: number;
}

function shapeOf(rule: PortBlocks): Shape {
  const sharing = Math.floor((rule.portTo - rule.portFrom + 1) / rule.blockSize);
  return { inside: rangeOf(rule.inside), outside: rangeOf(rule.outside), sharing };
}

/** Inside addresses that the rule has no ports for: they would not get out. */
export function withoutPorts(rule: PortBlocks): number {
  const { inside, outside, sharing } = shapeOf(rule);
  return Math.max(0, inside.count - outside.count * sharing);
}

/**
 * The inside address that has `port` of `ip`. Null when the rule gives that port to nobody: outside its range, or
 * in what is left over at its end. `sequential` fills one outside address after the other, `spread` deals inside
 * addresses out to the outside addresses in turn, `staggered` gives every n-th port instead of a run of ports.
 */
export function insideOf(rule: PortBlocks, ip: string, port: number): string | null {
  const { inside, outside, sharing } = shapeOf(rule);
  const place = numberOf(ip) - outside.first;
  const offset = port - rule.portFrom;
  if (place < 0 || place >= outside.count || offset < 0 || offset >= sharing * rule.blockSize) return null;
  const slot = rule.algorithm === 'staggered' ? offset % sharing : Math.floor(offset / rule.blockSize);
  const index = rule.algorithm === 'spread' ? slot * outside.count + place : place * sharing + slot;
  return index < inside.count ? textOf(inside.first + index) : null;
}

/** All inside addresses that share the outside address `ip`, in the order of their ports. */
export function insidesOf(rule: PortBlocks, ip: string): string[] {
  const { sharing } = shapeOf(rule);
  const step = rule.algorithm === 'staggered' ? 1 : rule.blockSize;
  const ports = Array.from({ length: sharing }, (_, slot) => rule.portFrom + slot * step);
  return ports.flatMap((port) => insideOf(rule, ip, port) ?? []);
}

/** The ports that the inside address has; null when it is outside the rule or left without ports. */
export function blockOf(rule: PortBlocks, insideIp: string): PortBlock | null {
  const { inside, outside, sharing } = shapeOf(rule);
  const index = numberOf(insideIp) - inside.first;
  if (index < 0 || index >= inside.count || index >= outside.count * sharing) return null;
  const spread = rule.algorithm === 'spread';
  const place = spread ? index % outside.count : Math.floor(index / sharing);
  const slot = spread ? Math.floor(index / outside.count) : index % sharing;
  const ip = textOf(outside.first + place);
  if (rule.algorithm !== 'staggered') {
    const from = rule.portFrom + slot * rule.blockSize;
    return { ip, from, to: from + rule.blockSize - 1, step: 1 };
  }
  const from = rule.portFrom + slot;
  return { ip, from, to: from + (rule.blockSize - 1) * sharing, step: sharing };
}

function rangeOf(cidr: string): { first: number; count: number } {
  const [address = '', bits] = cidr.split('/');
  return { first: numberOf(address), count: 2 ** (32 - Number(bits)) };
}

function numberOf(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
