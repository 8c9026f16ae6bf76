/** Secrets at rest: sealed under a key of this installation, so that a copy of the database alone shows none. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findSecret, loadOrCreateKeys } from '#base/keys';

export interface Sealer {
  /** Seals `text`; it opens only with the same `context`, so that no row's secret can stand in another row. */
  seal(text: string, context: string): string;
  /** The same as bytes, for a column that holds bytes. */
  sealBytes(text: string, context: string): Buffer;
  /** The text, or undefined when it was changed, belongs to another context, or was sealed by another key. */
  open(sealed: string | Uint8Array, context: string): string | undefined;
}

const known = new Map<string, Promise<Sealer>>();
const version = 'v1.';

/**
 * The sealer of one purpose (AES-256-GCM, key derived with HKDF from `<dataDir>/keys/seal.pem`). Several machines
 * that share one database must share that file. Bytes that were sealed before under `keys/secrets.key` (nonce, tag,
 * text; bound to `<purpose>:<context>`) still open; nothing is sealed under that key any more.
 */
export function openSealer(dataDir: string, purpose: string): Promise<Sealer> {
  const name = `${purpose}\n${dataDir}`;
  const found = known.get(name) ?? makeSealer(dataDir, purpose);
  known.set(name, found);
  // A failure (a full disk, a folder that cannot be read) is not remembered.
  found.catch(() => known.delete(name));
  return found;
}

async function makeSealer(dataDir: string, purpose: string): Promise<Sealer> {
  const directory = join(dataDir, 'keys');
  const { privateKey } = await loadOrCreateKeys(directory, 'seal');
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' });
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `jiaodun ${purpose}`, 32));
  const formerKey = await findSecret(directory, 'secrets');
  const seal = (text: string, context: string) =>
    version + sealWith(key, text, context).toString('base64url');
  return {
    seal,
    sealBytes: (text, context) => Buffer.from(seal(text, context)),
    open: (sealed, context) => {
      const text = typeof sealed === 'string' ? sealed : Buffer.from(sealed).toString('latin1');
      const opened = text.startsWith(version)
        ? openWith(key, Buffer.from(text.slice(version.length), 'base64url'), context)
        : undefined;
      // A former nonce may begin with any three bytes, so both are tried.
      if (opened !== undefined || typeof sealed === 'string' || !formerKey) return opened;
      return openWith(formerKey, Buffer.from(sealed), `${purpose}:${context}`);
    },
  };
}

function sealWith(key: Buffer, text: string, context: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function openWith(key: Buffer, bytes: Buffer, context: string): string | undefined {
  if (bytes.length < 28) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(12, 28));
  const body = decipher.update(bytes.subarray(28));
  try {
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    // The tag does not fit: the answer is undefined, as promised.
    return undefined;
  }
}
