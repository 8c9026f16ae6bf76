/** Members of a ZIP file (docx, xlsx, archives) within limits that a bomb runs into early. */
import { fromBufferPromise, type ZipFile } from 'yauzl';
import { fail } from '#base/errors';
import { decodeBytes } from '../decode-bytes.ts';
import { kinds, unreadable } from './damage.ts';

export interface ZipLimits {
  readonly entries: number;
  /** Bytes after unpacking, of all members that are read. */
  readonly totalBytes: number;
  /** Unpacked to packed, judged once a member has unpacked to more than a mebibyte. */
  readonly ratio: number;
}

export const ZIP_LIMITS: ZipLimits = { entries: 10_000, totalBytes: 256 << 20, ratio: 300 };

/**
 * Reads the members whose name passes `wants`. The sizes in the directory are not believed: bytes are counted.
 * Fails with `scan.bomb` beyond the limits, `scan.damaged`, and `scan.encrypted` unless `onEncrypted` takes note of it.
 */
export async function readZip(
  bytes: Uint8Array,
  name: string,
  wants: (member: string) => boolean,
  limits: ZipLimits = ZIP_LIMITS,
  onEncrypted?: (member: string) => void,
): Promise<Map<string, Buffer>> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let zip: ZipFile;
  try {
    zip = await fromBufferPromise(buffer, {
      lazyEntries: true,
      validateEntrySizes: false,
      decodeStrings: false,
    });
  } catch (error) {
    return fail('scan.damaged', { name, reason: unreadable(kinds.zip, error) }, error);
  }
  if (zip.entryCount > limits.entries) fail('scan.bomb', { name, limit: `${limits.entries} entries` });
  const members = new Map<string, Buffer>();
  const times = new Map<string, number>();
  /** Programs differ in which of two members of one name they open: all are read. */
  const nextName = (member: string): string => {
    const time = (times.get(member) ?? 0) + 1;
    times.set(member, time);
    return time === 1 ? member : member.replace(/(?=\.\w{1,8}$)|(?<!\.\w{1,8})$/, ` (${time})`);
  };
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const member = memberName(entry as unknown as { fileNameRaw: Buffer; generalPurposeBitFlag: number });
      if (!wants(member)) continue;
      if (entry.isEncrypted()) {
        if (!onEncrypted) fail('scan.encrypted', { name });
        onEncrypted(member);
        continue;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
        size += chunk.length;
        total += chunk.length;
        if (total > limits.totalBytes) fail('scan.bomb', { name, limit: `${limits.totalBytes} bytes` });
        if (size > 1 << 20 && size > entry.compressedSize * limits.ratio) {
          fail('scan.bomb', { name, limit: `${limits.ratio}:1` });
        }
        chunks.push(chunk);
      }
      members.set(nextName(member), Buffer.concat(chunks));
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'AppError') throw error;
    return fail('scan.damaged', { name, reason: unreadable(kinds.zip, error) }, error);
  } finally {
    zip.close();
  }
  return members;
}

/** A member's name: UTF-8 when the archive says so, otherwise what its bytes are (Windows in China writes GBK). */
function memberName(entry: { readonly fileNameRaw: Buffer; readonly generalPurposeBitFlag: number }): string {
  const isUtf8 = (entry.generalPurposeBitFlag & 0x800) !== 0;
  const name = isUtf8 ? entry.fileNameRaw.toString('utf8') : decodeBytes(entry.fileNameRaw).text;
  return name.replace(/\\/g, '/');
}
