/** Through whose exit an address is, as a school uses it. Pure. */
import { isAtOrBelow } from './nest-prefixes.ts';
import { parseIp } from './parse-ip.ts';

export type SeenOutcome = 'bureau' | 'inside' | 'own' | 'other';

export interface Declared {
  readonly ip: string;
  readonly role: 'inside' | 'exit';
  readonly cidr: string;
  readonly unitPath: string;
}

export interface JudgedExit {
  readonly outcome: SeenOutcome;
  /** The declared prefix, or the network (/24, /48) of an address that nobody declared. */
  readonly network: string;
  readonly exitUnitPath: string | null;
}

/** The first hour that counts, and the first that does not, of a working day in China. */
const officeHours = { from: 7, to: 19 };

/**
 * Whether a sign-in then tells about the school's network: on weekdays in office hours. At other times people sign in
 * from home, and their line is nobody's business.
 */
export function tellsOfSchool(at: Date): boolean {
  const there = new Date(at.getTime() + 8 * 3_600_000);
  const weekday = there.getUTCDay();
  const hour = there.getUTCHours();
  return weekday !== 0 && weekday !== 6 && hour >= officeHours.from && hour < officeHours.to;
}

/** Null for this machine itself and link-local addresses, which tell nothing; undefined text is no address. */
export function judgeExit(
  remote: string,
  unitPath: string,
  declared: readonly Declared[],
): JudgedExit | null {
  const ip = parseIp(remote);
  if (!ip || isHere(ip.text)) return null;
  const of = (role: Declared['role']) => declared.find((one) => one.ip === ip.text && one.role === role);
  const exit = of('exit');
  if (exit && isAtOrBelow(unitPath, exit.unitPath)) {
    const outcome = exit.unitPath === unitPath ? 'own' : 'bureau';
    return { outcome, network: exit.cidr, exitUnitPath: exit.unitPath };
  }
  const inside = of('inside');
  if (inside && (isAtOrBelow(unitPath, inside.unitPath) || isAtOrBelow(inside.unitPath, unitPath))) {
    return { outcome: 'inside', network: inside.cidr, exitUnitPath: inside.unitPath };
  }
  return { outcome: 'other', network: exit?.cidr ?? networkOf(ip.text, ip.family), exitUnitPath: null };
}

function isHere(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1' || ip.startsWith('169.254.') || ip.startsWith('fe80:');
}

/** /24 or /48: enough to find the line, too little to find a person at home. */
function networkOf(ip: string, family: 4 | 6): string {
  if (family === 4) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  const bytes = parseIp(ip)!.bytes;
  const groups = [0, 2, 4].map((at) => ((bytes[at]! << 8) | bytes[at + 1]!).toString(16));
  return `${parseIp(`${groups.join(':')}::`)!.text}/48`;
}
