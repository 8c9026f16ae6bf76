import { openBag, readAt } from './bag-file.ts';
import {
  MANIFEST_NAME,
  manifestBytes,
  SIGNATURE_BYTES,
  SIGNATURE_NAME,
  TRUST_NAME,
  trustBytes,
} from './bag-format.ts';
import type { BagManifest } from './contract.ts';
import { placeEntries } from './zip-layout.ts';

/** The bytes of an item of a bag's file, at the place that follows from the manifest; undefined when it has none of that path. */
export async function openItem(
  file: string,
  manifest: BagManifest,
  path: string,
): Promise<Buffer | undefined> {
  const number = manifest.items.findIndex((item) => item.path === path);
  if (number < 0) return undefined;
  const own = [
    { name: MANIFEST_NAME, bytes: manifestBytes(manifest).length },
    { name: SIGNATURE_NAME, bytes: SIGNATURE_BYTES },
    { name: TRUST_NAME, bytes: trustBytes(manifest.publicKeyId).length },
  ];
  const entries = [...own, ...manifest.items.map((item) => ({ name: item.path, bytes: item.bytes }))];
  const placed = placeEntries(entries.map((entry) => ({ ...entry, crc32: 0 })))[own.length + number]!;
  const bag = await openBag(file);
  try {
    return await readAt(bag, placed.dataAt, placed.endAt - placed.dataAt);
  } finally {
    await bag.close();
  }
}
