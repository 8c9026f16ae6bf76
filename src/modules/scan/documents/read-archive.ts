/** Archives: what a tar or a gzip holds. Zip is in `read-zip`. */
import { gunzipSync } from 'node:zlib';
import { fail } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import { cutOff, kinds, unreadable } from './damage.ts';
import { type Reading, spendBytes, spendEntries } from './document-part.ts';

/** Unpacks a gzip within what is left of the budget. Fails with `scan.bomb` or `scan.damaged`. */
export function gunzip(bytes: Uint8Array, reading: Reading): Buffer {
  const { name, budget } = reading;
  // A text seldom packs to less than a hundredth; a bomb to a thousandth.
  const most = Math.min(budget.bytes, Math.max(1 << 20, bytes.length * 300));
  try {
    const plain = gunzipSync(bytes, { maxOutputLength: Math.max(1, most) });
    spendBytes(reading, plain.length);
    return plain;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') fail('scan.bomb', { name, limit: `${most} bytes` }, error);
    if (code?.startsWith('Z_')) fail('scan.damaged', { name, reason: unreadable(kinds.gzip, error) }, error);
    throw error;
  }
}

/** The regular files of a tar (POSIX.1-1988 ustar, GNU long names, pax paths). Fails with `scan.damaged`. */
export function readTar(bytes: Buffer, reading: Reading): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let longName = '';
  for (let at = 0; at + 512 <= bytes.length; ) {
    const head = bytes.subarray(at, at + 512);
    if (head.every((byte) => byte === 0)) break;
    const size = Number.parseInt(head.toString('latin1', 124, 136).replace(/[\0 ]/g, '') || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0 || at + 512 + size > bytes.length)
      fail('scan.damaged', { name: reading.name, reason: cutOff });
    const body = bytes.subarray(at + 512, at + 512 + size);
    const type = String.fromCharCode(head[156]!);
    const prefix = textOf(head.subarray(345, 500));
    const short = `${prefix === '' || !head.toString('latin1', 257, 262).startsWith('ustar') ? '' : `${prefix}/`}${textOf(head.subarray(0, 100))}`;
    if (type === 'L') longName = textOf(body);
    else if (type === 'x') longName = /\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1] ?? '';
    else {
      if (type === '0' || type === '\0' || type === '7') {
        spendEntries(reading, 1);
        files.set(longName || short, body);
      }
      longName = '';
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return decodeBytes(end < 0 ? field : field.subarray(0, end)).text;
}
