import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zoneName } from './zone.ts';

const run = promisify(execFile);

export type ZoneCheck =
  | { readonly result: 'passed'; readonly by: string }
  | { readonly result: 'refused'; readonly reason: string }
  | { readonly result: 'not_checked' };

/** Asks BIND's own `named-checkzone`; a machine without it gives `not_checked`, never a pass. */
export async function checkZone(zone: string): Promise<ZoneCheck> {
  const directory = await mkdtemp(join(tmpdir(), 'jiaodun-zone-'));
  const file = join(directory, 'zone');
  try {
    await writeFile(file, zone);
    await run('named-checkzone', ['-k', 'ignore', zoneName, file], { timeout: 60_000, maxBuffer: 1 << 20 });
    const { stdout } = await run('named-checkzone', ['-v'], { timeout: 10_000 });
    return { result: 'passed', by: `named-checkzone ${stdout.trim()}` };
  } catch (error) {
    const { code, stdout, message } = error as { code?: string | number; stdout?: string; message: string };
    if (code === 'ENOENT') return { result: 'not_checked' };
    return { result: 'refused', reason: (stdout || message).trim().slice(0, 500) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
