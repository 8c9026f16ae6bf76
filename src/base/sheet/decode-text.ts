import { unreadable } from './issues.ts';

/**
 * Decodes a text file: byte order mark, else strict UTF-8, else GB18030 (what Excel writes in China).
 * A file that is UTF-8 except for a few damaged bytes is refused rather than read as GB18030, because the
 * wrong charset would turn every Chinese name into other, plausible characters. Throws `sheet.unreadable`.
 */
export function decodeText(bytes: Uint8Array, file: string): { text: string; charset: string } {
  const decoded = decode(bytes, file);
  const nul = decoded.text.indexOf('\0');
  if (nul >= 0)
    unreadable(file, '不是文本表格（含有二进制内容）', 'not a text table (it has binary content)');
  return decoded;
}

function decode(bytes: Uint8Array, file: string): { text: string; charset: string } {
  const marked = charsetOfMark(bytes);
  if (marked) {
    const text = tryDecode(bytes, marked);
    if (text === undefined) return unreadable(file, `不是完整的 ${marked} 文本`, `not valid ${marked} text`);
    return { text, charset: marked };
  }
  const utf8 = tryDecode(bytes, 'utf-8');
  const gb = tryDecode(bytes, 'gb18030');
  if (utf8 !== undefined && !(gb !== undefined && isChineseInDisguise(utf8, gb))) {
    return { text: utf8, charset: 'utf-8' };
  }
  if (utf8 === undefined) refuseDamagedUtf8(bytes, file);
  if (gb === undefined) {
    return unreadable(
      file,
      '字符编码既不是 UTF-8 也不是 GB18030',
      'the charset is neither UTF-8 nor GB18030',
    );
  }
  return { text: gb, charset: 'gb18030' };
}

function charsetOfMark(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** The text, or undefined when the bytes are not of that charset. TextDecoder removes the mark. */
function tryDecode(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * GB18030 pairs such as 学校 (D1 A7 D0 A3) are also well-formed UTF-8 (`ѧУ`). Chinese in UTF-8 needs three
 * bytes a character; so a text whose non-ASCII characters all take two, some of them side by side, and which
 * is Chinese throughout as GB18030, is GB18030.
 */
function isChineseInDisguise(utf8: string, gb: string): boolean {
  return (
    !/[\u0800-\uffff]/.test(utf8) &&
    /[\u0080-\u07ff]{2}/.test(utf8) &&
    !/[^\u0000-\u007f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/.test(gb)
  );
}

/**
 * Chinese GB18030 text read as UTF-8 is almost all replacement marks; damaged UTF-8 has few of them among
 * many well-formed characters. Ten to one separates the two by a wide margin.
 */
function refuseDamagedUtf8(bytes: Uint8Array, file: string): void {
  const text = new TextDecoder('utf-8').decode(bytes);
  let broken = 0;
  let wellFormed = 0;
  let line = 1;
  let firstBroken = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) line++;
    else if (code === 0xfffd) {
      broken++;
      firstBroken ||= line;
    } else if (code > 0x7ff) wellFormed++;
  }
  if (wellFormed > broken * 10) {
    unreadable(
      file,
      `UTF-8 编码在第 ${firstBroken} 行损坏，请重新导出`,
      `its UTF-8 is damaged in line ${firstBroken}; export it again`,
    );
  }
}
