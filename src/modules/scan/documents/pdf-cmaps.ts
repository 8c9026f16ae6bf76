/**
 * Predefined CMaps of Chinese PDF fonts (PDF 32000-1 9.7.5.2), made here because the files are not among the packages:
 * a code is mapped to the Unicode number of its character, and `Adobe-GB1-UCS2` back from there. That gives the text; it
 * does not give the glyph numbers of an embedded font.
 */

/** Ranges of codes by the name of the encoding. UCS2 and UTF16 codes are Unicode already. */
const UNICODE = /^(?:UniGB|UniCNS)-(?:UCS2|UTF16)-[HV]$/;
const LEGACY: Readonly<Record<string, string>> = {
  'GBK-EUC-H': 'gb18030',
  'GBK-EUC-V': 'gb18030',
  'GBKp-EUC-H': 'gb18030',
  'GBKp-EUC-V': 'gb18030',
  'GBK2K-H': 'gb18030',
  'GBK2K-V': 'gb18030',
  'GBpc-EUC-H': 'gb18030',
  'GBpc-EUC-V': 'gb18030',
  'GB-EUC-H': 'gb18030',
  'GB-EUC-V': 'gb18030',
  'ETen-B5-H': 'big5',
  'ETen-B5-V': 'big5',
  'B5pc-H': 'big5',
  'B5pc-V': 'big5',
};

const cache = new Map<string, Uint8Array>();

/**
 * What pdf.js asks for files: one for each document. The way back from glyph numbers is only told to a document whose
 * codes were mapped here: in another one the numbers are those of Adobe's collection, and its text would be wrong.
 */
export class BinaryDataFactory {
  #mapped = false;

  fetch({ kind, filename }: { readonly kind: string; readonly filename: string }): Promise<Uint8Array> {
    const name = filename.replace(/\.bcmap$/, '');
    const isBack = /^Adobe-(?:GB1|CNS1)-UCS2$/.test(name);
    if (kind === 'cMapUrl' && (UNICODE.test(name) || LEGACY[name] || (isBack && this.#mapped))) {
      this.#mapped = true;
      let data = cache.get(name);
      if (!data) {
        data = Buffer.from(
          isBack ? wayBack(name) : LEGACY[name] ? fromLegacy(name, LEGACY[name]) : identity(name),
        );
        cache.set(name, data);
      }
      // A copy: the taker may keep the buffer.
      return Promise.resolve(Uint8Array.from(data));
    }
    return Promise.reject(new Error(`no such file in this program: ${filename}`));
  }
}

const hex = (value: number, digits = 4) => value.toString(16).padStart(digits, '0');

function frame(name: string, codeSpace: string, body: readonly string[], kind: 'cid' | 'bf'): string {
  const blocks: string[] = [];
  for (let at = 0; at < body.length; at += 100) {
    const lines = body.slice(at, at + 100);
    blocks.push(`${lines.length} begin${kind}range`, ...lines, `end${kind}range`);
  }
  return [
    '/CIDInit /ProcSet findresource begin',
    'begincmap',
    `/CMapName /${name} def`,
    `/WMode ${name.endsWith('V') ? 1 : 0} def`,
    codeSpace,
    ...blocks,
    'endcmap',
  ].join('\n');
}

const TWO_BYTES = '1 begincodespacerange\n<0000> <ffff>\nendcodespacerange';
const ONE_OR_TWO = '2 begincodespacerange\n<00> <80>\n<8140> <fefe>\nendcodespacerange';

const identity = (name: string) =>
  frame(
    name,
    TWO_BYTES,
    Array.from({ length: 256 }, (_, high) => `<${hex(high, 2)}00> <${hex(high, 2)}ff> ${high * 256}`),
    'cid',
  );

const wayBack = (name: string) =>
  frame(
    name,
    TWO_BYTES,
    Array.from({ length: 256 }, (_, high) => `<${hex(high, 2)}00> <${hex(high, 2)}ff> <${hex(high, 2)}00>`),
    'bf',
  );

function fromLegacy(name: string, charset: string): string {
  const decoder = new TextDecoder(charset);
  const lines = ['<00> <7f> 0'];
  for (let high = 0x81; high <= 0xfe; high++) {
    for (let low = 0x40; low <= 0xfe; low++) {
      const text = decoder.decode(Uint8Array.of(high, low));
      const code = text.charCodeAt(0);
      if (text.length === 1 && code !== 0xfffd)
        lines.push(`<${hex(high * 256 + low)}> <${hex(high * 256 + low)}> ${code}`);
    }
  }
  return frame(name, ONE_OR_TWO, lines, 'cid');
}
