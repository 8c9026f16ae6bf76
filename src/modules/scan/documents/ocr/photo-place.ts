/** Where a photo was taken, as cameras write it (Exif 2.3, IFD of the position): it tells where a child was. */

/** `31.23041,121.47370`, or null when the photo does not say. */
export function findPhotoPlace(bytes: Uint8Array): string | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1 << 20));
  const at = view.indexOf('Exif\0\0', 0, 'latin1');
  if (at < 0 || at + 14 > view.length) return null;
  try {
    return readPlace(view.subarray(at + 6));
  } catch (error) {
    // An offset that points out of the file: what is said there cannot be read by anybody.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readPlace(tiff: Buffer): string | null {
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  /** Entry of a tag in a directory: where its value or its offset is. */
  const entry = (directory: number, tag: number): number | null => {
    for (let n = 0; n < short(directory); n++)
      if (short(directory + 2 + n * 12) === tag) return directory + 2 + n * 12 + 8;
    return null;
  };
  const position = entry(long(4), 0x8825);
  if (position === null) return null;
  const directory = long(position);
  const degrees = (tag: number, negative: string) => {
    const [side, value] = [entry(directory, tag - 1), entry(directory, tag)];
    if (value === null) return null;
    const parts = [0, 8, 16].map((step) => {
      const at = long(value) + step;
      return long(at + 4) === 0 ? 0 : long(at) / long(at + 4);
    });
    const sign = side !== null && tiff.toString('latin1', side, side + 1) === negative ? -1 : 1;
    return sign * (parts[0]! + parts[1]! / 60 + parts[2]! / 3600);
  };
  const [latitude, longitude] = [degrees(2, 'S'), degrees(4, 'W')];
  if (latitude === null || longitude === null || (latitude === 0 && longitude === 0)) return null;
  return `${latitude.toFixed(5)},${longitude.toFixed(5)}`;
}
