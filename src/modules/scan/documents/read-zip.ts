/** Members of a ZIP file (docx, xlsx) within limits that a bomb runs into early. */
import { fromBufferPromise, type ZipFile } from 'yauzl';
import { fail } from '#base/errors';

export interface ZipLimits {
  readonly entries: number;
  /** Bytes after unpacking, of all members that are read. */
  readonly totalBytes: number;
  /** Unpacked to packed, judged once a member has unpacked to more than a mebibyte. */
  readonly ratio: number;
}

const ZIP_LIMITS: ZipLimits = { entries: 10_000, totalBytes: 256 << 20, ratio: 300 };

/**
 * Reads the members whose name passes `wants`. The sizes in the directory are not believed: bytes are counted.
 * Fails with `scan.bomb` beyond the limits, `scan.encrypted`, or `scan.damaged`.
 */
export async function readZip(
  bytes: Uint8Array,
  name: string,
  wants: (member: string) => boolean,
  limits: ZipLimits = ZIP_LIMITS,
): Promise<Map<string, Buffer>> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let zip: ZipFile;
  try {
    zip = await fromBufferPromise(buffer, {
      lazyEntries: true,
      validateEntrySizes: false,
      strictFileNames: false,
    });
  } catch (error) {
    return fail('scan.damaged', { name, reason: String((error as Error).message) }, error);
  }
  if (zip.entryCount > limits.entries) fail('scan.bomb', { name, limit: `${limits.entries} entries` });
  const members = new Map<string, Buffer>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (!wants(entry.fileName) || members.has(entry.fileName)) continue;
      if (entry.isEncrypted()) fail('scan.encrypted', { name });
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
      members.set(entry.fileName, Buffer.concat(chunks));
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'AppError') throw error;
    return fail('scan.damaged', { name, reason: String((error as Error).message) }, error);
  } finally {
    zip.close();
  }
  return members;
}
