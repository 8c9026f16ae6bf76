import type { Readable } from 'node:stream';
import { fail } from '#base/errors';

const most = 32 * 1024;

/** A small body as text. Throws `base.too_large`. */
export async function readForm(body: unknown): Promise<string> {
  if (typeof body === 'string') return body;
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of (body ?? []) as Readable) {
    length += (piece as Buffer).length;
    if (length > most) fail('base.too_large', { limit: '32 KiB' });
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}
