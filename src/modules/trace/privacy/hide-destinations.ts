import { isIP } from 'node:net';
import { parseIp } from '#addresses';

/** Stands for an address that is nobody's who is looked for. */
export const hiddenAddress = '▇▇';

/** Digits with dots, or hexadecimal groups with colons: what may be an address is tried. */
const maybeAddress =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.]*\.\d|\w)/gi;

/** A raw line of a translation without the addresses that are not of `kept`: RFC 6888 REQ-12, for the eye. */
export function hideDestinations(line: string, kept: readonly string[]): string {
  const own = new Set(kept.map((ip) => parseIp(ip)?.text ?? ip));
  return line.replace(maybeAddress, (found) => {
    if (isIP(found) === 0) return found;
    return own.has(parseIp(found)?.text ?? found) ? found : hiddenAddress;
  });
}
