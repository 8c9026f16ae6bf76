import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '#base/errors';
import { syncDirectory } from '#base/files';
import { publicKeyIdOf } from './bag-format.ts';

/** The installation's key pair for bags. `publicPem` is what a verifier elsewhere needs. */
export interface EvidenceKeys {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
  readonly publicKeyId: string;
}

const PRIVATE_FILE = 'evidence.key.pem';
/** The public half's file name in the key directory. */
export const PUBLIC_FILE = 'evidence.pub.pem';

/**
 * The Ed25519 keys in `dir` (PKCS #8 and SPKI, PEM), made on first use. The private file is readable by its
 * owner only. Two processes that call it at once get the same pair: the file appears whole, by a hard link
 * that fails when another process was first. Fails with `evidence.bad_key` when the files are not a pair
 * of ours or the private one can be read by others.
 */
export async function loadOrCreateKeys(dir: string): Promise<EvidenceKeys> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, PRIVATE_FILE);
  if (!(await exists(path))) {
    const { privateKey } = generateKeyPairSync('ed25519');
    await putOnce(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600);
  }
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) !== 0)
    fail('evidence.bad_key', { reason: `${path} has mode ${mode.toString(8)}, not 600` });
  const privateKey = readPrivateKey(await readFile(path, 'utf8'), path);
  const publicKey = createPublicKey(privateKey);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const publicPath = join(dir, PUBLIC_FILE);
  if (!(await exists(publicPath))) await putOnce(publicPath, publicPem, 0o644);
  if ((await readFile(publicPath, 'utf8')) !== publicPem) {
    fail('evidence.bad_key', { reason: `${publicPath} does not belong to ${PRIVATE_FILE}` });
  }
  return { privateKey, publicPem, publicKeyId: publicKeyIdOf(publicKey) };
}

function readPrivateKey(pem: string, path: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    return fail('evidence.bad_key', { reason: `${path}: ${(error as Error).message}` }, error);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    fail('evidence.bad_key', { reason: `${path}: ${key.asymmetricKeyType}` });
  return key;
}

async function putOnce(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' });
    const handle = await open(temporary, 'r');
    await handle.sync().finally(() => handle.close());
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(join(path, '..'));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
