import { readFile } from 'node:fs/promises';

/**
 * Datagrams that the kernel threw away for the sockets on `port` since they were opened, from the last column
 * of /proc/net/udp and udp6. `null` where the system does not tell: unknown is not zero.
 */
export async function readKernelDrops(port: number): Promise<number | null> {
  let sum: number | null = null;
  for (const path of ['/proc/net/udp', '/proc/net/udp6']) {
    let table: string;
    try {
      table = await readFile(path, 'latin1');
    } catch {
      continue; // Not Linux, or no IPv6: the answer stays "unknown" unless the other file has it.
    }
    const drops = dropsIn(table, port);
    if (drops !== null) sum = (sum ?? 0) + drops;
  }
  return sum;
}

/** Sum of the drops of the sockets bound to `port` in the text of /proc/net/udp; `null` when none is there. */
export function dropsIn(table: string, port: number): number | null {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let sum: number | null = null;
  for (const line of table.split('\n').slice(1)) {
    const words = line.trim().split(/\s+/);
    if (!words[1]?.endsWith(suffix)) continue;
    const drops = Number(words.at(-1));
    if (Number.isSafeInteger(drops)) sum = (sum ?? 0) + drops;
  }
  return sum;
}
