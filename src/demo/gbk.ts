/** GBK as an encoder: the platform only decodes it, so the table is read off its decoder once. */

let table: Map<string, number> | undefined;

function gbkTable(): Map<string, number> {
  if (table) return table;
  const decoder = new TextDecoder('gbk', { fatal: true });
  table = new Map();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      try {
        const text = decoder.decode(Uint8Array.of(lead, trail));
        if (!table.has(text)) table.set(text, (lead << 8) | trail);
      } catch (error) {
        // A code point that GBK leaves free: the decoder says so with a TypeError.
        if (!(error instanceof TypeError)) throw error;
      }
    }
  }
  return table;
}

/** The GBK bytes of `text`. Throws RangeError naming the first character that GBK cannot write. */
export function encodeGbk(text: string): Uint8Array<ArrayBuffer> {
  const known = gbkTable();
  const bytes = new Uint8Array(text.length * 2);
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) {
      bytes[length++] = code;
      continue;
    }
    const pair = known.get(character);
    if (pair === undefined) throw new RangeError(`GBK cannot write ${character} (U+${code.toString(16)})`);
    bytes[length++] = pair >> 8;
    bytes[length++] = pair & 0xff;
  }
  return bytes.slice(0, length);
}
