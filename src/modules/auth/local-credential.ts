/** The credential in the data directory with which the CLI on the same machine reaches the server. */
import { timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, newSecret } from '#base/id';

async function readOrCreate(dataDir: string, name: string): Promise<string> {
  const path = join(dataDir, name);
  const found = await readFile(path, 'utf8').catch(absent);
  if (found) return found.trim();
  await mkdir(dataDir, { recursive: true });
  const temporary = join(dataDir, `.${newId()}`);
  await writeFile(temporary, `${newSecret()}\n`, { mode: 0o600, flag: 'wx' });
  await rename(temporary, path);
  return (await readFile(path, 'utf8')).trim();
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** Readable by the owner of the data directory only, who could read the database all the same. */
export function localToken(dataDir: string): Promise<string> {
  return readOrCreate(dataDir, 'cli-token');
}

/** The one-time token of the first set-up. */
export function setupToken(dataDir: string): Promise<string> {
  return readOrCreate(dataDir, 'setup-token');
}

export async function discardSetupToken(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'setup-token'), { force: true });
}

/** Compares two secrets in constant time. */
export function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
