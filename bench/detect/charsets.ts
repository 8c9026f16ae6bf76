/** Pages in every charset that Chinese sites are served in, with right, wrong and no declarations, whole and cut off. */
import { seeded } from '../seeded.ts';

const { below, pick } = seeded(20261127);

/** The writer of a two-byte charset, out of its reader. */
function writerOf(charset: 'gbk' | 'big5'): (text: string) => Buffer {
  const decoder = new TextDecoder(charset);
  const codes = new Map<string, Buffer>();
  for (let first = 0xa1; first <= 0xf9; first++) {
    for (let second = 0x40; second <= 0xfe; second++) {
      const bytes = Buffer.from([first, second]);
      const read = decoder.decode(bytes);
      if (read.length === 1 && read !== '\ufffd' && !codes.has(read)) codes.set(read, bytes);
    }
  }
  return (text) =>
    Buffer.concat([...text].map((one) => (one < '\u0080' ? Buffer.from(one) : codes.get(one)!)));
}

const gbk = writerOf('gbk');
const big5 = writerOf('big5');
/** GB18030 with its four-byte form for what lies beyond the BMP (GB 18030-2022). */
const gb18030 = (text: string) =>
  Buffer.concat(
    [...text].map((one) => {
      const point = one.codePointAt(0)!;
      if (point < 0x10000) return gbk(one);
      let rest = point - 0x10000 + 189_000;
      const parts = [10, 126, 10].map((size) => {
        const part = rest % size;
        rest = Math.floor(rest / size);
        return part;
      });
      return Buffer.from([0x81 + rest, 0x30 + parts[2]!, 0x81 + parts[1]!, 0x30 + parts[0]!]);
    }),
  );
const hz = (text: string) =>
  Buffer.from(
    text.replace(
      /[^\0-\x7f]+/g,
      (run) => `~{${[...gbk(run)].map((byte) => String.fromCharCode(byte & 0x7f)).join('')}~}`,
    ),
  );
const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();

const SIMPLE =
  '我校开展读书活动同学们积极参加图书馆老师介绍了新书家长也来到学校一起阅读校长说阅读使人进步希望大家每天坚持阅读半小时'.split(
    '',
  );
const TRADITIONAL =
  '我校開展讀書活動同學們積極參加圖書館老師介紹了新書家長也來到學校一起閱讀校長說閱讀使人進步希望大家每天堅持閱讀半小時'.split(
    '',
  );
const words = (from: readonly string[], length: number) => Array.from({ length }, () => pick(from)).join('');

interface Charset {
  readonly label: string;
  readonly wrong: string;
  readonly letters: readonly string[];
  readonly write: (text: string) => Buffer;
  /** Cut in the middle of a character, what was whole of it is read. */
  readonly canBeCut: boolean;
}
const charsets: Readonly<Record<string, Charset>> = {
  GBK: { label: 'gb2312', wrong: 'utf-8', letters: SIMPLE, write: gbk, canBeCut: true },
  'GB18030, four bytes': {
    label: 'gb18030',
    wrong: 'utf-8',
    letters: [...SIMPLE, ...SIMPLE, '𠮷'],
    write: gb18030,
    canBeCut: false,
  },
  Big5: { label: 'big5', wrong: 'gbk', letters: TRADITIONAL, write: big5, canBeCut: true },
  'UTF-8': {
    label: 'utf-8',
    wrong: 'gbk',
    letters: SIMPLE,
    write: (text) => Buffer.from(text),
    canBeCut: true,
  },
  'UTF-8 with its mark': {
    label: 'utf-8',
    wrong: 'gbk',
    letters: SIMPLE,
    write: (text) => Buffer.from(`\ufeff${text}`),
    canBeCut: false,
  },
  'UTF-16LE': {
    label: 'utf-16',
    wrong: 'utf-8',
    letters: SIMPLE,
    write: (text) => Buffer.from(text, 'utf16le'),
    canBeCut: false,
  },
  'UTF-16BE': { label: 'utf-16be', wrong: 'gbk', letters: SIMPLE, write: swapped, canBeCut: false },
  'UTF-16 with its mark': {
    label: 'utf-16',
    wrong: 'gbk',
    letters: SIMPLE,
    write: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    canBeCut: false,
  },
  HZ: { label: 'hz-gb-2312', wrong: 'utf-8', letters: SIMPLE, write: hz, canBeCut: false },
};

export interface Encoded {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  readonly text: string;
}

const pageOf = (meta: string | null, title: string, body: string) =>
  `<!doctype html><html><head>${meta ? `<meta charset="${meta}">` : ''}<title>${title}</title></head><body><p>${body}</p></body></html>`;

/** Families by charset: header and meta right, wrong, western or missing, lengths of 8 to 2,000 characters. */
export const charsetFamilies: readonly (readonly [name: string, make: () => Encoded])[] = [
  ...Object.entries(charsets).map(([name, { label, wrong, letters, write, canBeCut }]) => {
    const make = (): Encoded => {
      const header = pick([label, wrong, 'iso-8859-1', null]);
      const length = pick([8, 20, 200, 2000]);
      const text = pageOf(pick([label, wrong, null]), words(letters, 6), words(letters, length));
      const contentType = header === null ? 'text/html' : `text/html; charset=${header}`;
      if (!canBeCut || below(2) === 0) return { bytes: write(text), contentType, text };
      const end = text.indexOf('</p>');
      const bytes = write(text.slice(0, end));
      return { bytes: bytes.subarray(0, -1), contentType, text: text.slice(0, end - 1) };
    };
    return [name, make] as const;
  }),
  ...(
    [
      ['GBK page with a part in UTF-8', gbk, (text: string) => Buffer.from(text)],
      ['UTF-8 page with a part in GBK', (text: string) => Buffer.from(text), gbk],
    ] as const
  ).map(([name, outer, inner]) => {
    const make = (): Encoded => {
      const [head, part, tail] = [
        `<html><head><title>${words(SIMPLE, 6)}</title></head><body><p>${words(SIMPLE, 40)}</p><ul><li>`,
        words(SIMPLE, pick([5, 9, 30])),
        `</li></ul><p>${words(SIMPLE, 40)}</p></body></html>`,
      ];
      const bytes = Buffer.concat([outer(head), inner(part), outer(tail)]);
      return {
        bytes,
        contentType: pick(['text/html', 'text/html; charset=utf-8']),
        text: head + part + tail,
      };
    };
    return [name, make] as const;
  }),
];
