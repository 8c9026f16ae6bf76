/** Ed25519 key pairs of this installation: the private key readable by its owner only. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '#base/files';
import { newId } from '#base/id';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicPem: string;
}

/**
 * Reads `<directory>/<name>.pem`, making the pair when it is not there. Two processes that start together
 * end with the same key: the file is linked into place, and the loser reads the winner's.
 */
export async function loadOrCreateKeys(directory: string, name: string): Promise<KeyPair> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${name}.pem`);
  const existing = await readFile(path, 'utf8').catch(absentAsUndefined);
  if (existing === undefined) await create(directory, path);
  const privateKey = createPrivateKey(existing ?? (await readFile(path, 'utf8')));
  const publicKey = createPublicKey(privateKey);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await writeFile(join(directory, `${name}.pub.pem`), publicPem, { mode: 0o644 });
  return { privateKey, publicKey, publicPem };
}

async function create(directory: string, path: string): Promise<void> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const temporary = join(directory, newId());
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(pem);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function absentAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
