/** The samples are files of LibreOffice in which every place holds an identity number behind the name of the place. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as sheetJs from '@e965/xlsx';
import { describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { createRuleset, starterTermList } from '../../ruleset.ts';
import { scanBytes } from '../../scan-bytes.ts';
import { extractDocument } from '../extract-document.ts';
import { maskDocument } from '../mask-document.ts';
import { writeZip } from '../write-zip.ts';

const { CFB } = sheetJs;
const ruleset = createRuleset([starterTermList]);
const ID = '33110220150101001X';
const sample = (name: string) => gunzipSync(readFileSync(new URL(`samples/${name}.gz`, import.meta.url)));

/** `正文 @ document`: the word before each identity number, and where it was found. */
async function placesOf(bytes: Uint8Array, name: string): Promise<string[]> {
  const { findings } = await scanBytes({ name, bytes }, ruleset);
  return findings.map((one) => {
    if (one.rule !== 'personal.id-card') return `${one.rule} @ ${one.part}`;
    const before = one.context.slice(0, one.context.indexOf(one.text));
    return `${/([\u4e00-\u9fff]+[A-Z\d]*)\s$/.exec(before)?.[1] ?? before} @ ${one.part}`;
  });
}

async function codeOf(bytes: Uint8Array, name: string): Promise<string> {
  const error = await extractDocument(bytes, name).catch((reason: unknown) => reason);
  if (!isAppError(error)) throw new Error(`${name} was read`);
  return error.code;
}

function container(streams: Record<string, string | Buffer>): Buffer {
  const file = CFB.utils.cfb_new();
  for (const [path, body] of Object.entries(streams))
    CFB.utils.cfb_add(file, path, Buffer.from(body as string));
  return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array);
}

describe('a .doc', () => {
  it('is read with all its stories, and with what is deleted, hidden, white and tiny in it', async () => {
    const places = await placesOf(sample('letter.doc'), '通知.doc');
    expect(places).toEqual(
      expect.arrayContaining([
        '正文 @ document',
        '插入 @ document',
        '甲隐字 @ document (hidden text)',
        '白白字 @ document (white text)',
        '小一磅 @ document (tiny text)',
        '表格 @ document',
        '隐节 @ document',
        '脚注 @ footnotes',
        '页眉 @ headers',
        '页脚 @ headers',
        '批注 @ comments',
        '尾注 @ endnotes',
        '文框 @ text boxes',
        '图形字 @ text boxes',
        '文题名 @ properties',
        '文自定 @ properties',
      ]),
    );
    expect(places.filter((place) => place.includes('(deleted)'))).toHaveLength(1);
    expect(places.filter((place) => place.startsWith('正文'))).toHaveLength(1);
  });

  it('is known by its content when it was renamed, and told as not maskable', async () => {
    expect(await placesOf(sample('letter.doc'), '通知.docx')).toContain('正文 @ document');
    const error = await maskDocument(sample('letter.doc'), 'a.doc').catch((reason: unknown) => reason);
    expect(isAppError(error, 'scan.not_maskable')).toBe(true);
  });

  it('is read where it is packed or embedded', async () => {
    const inZip = writeZip(new Map([['附件/名单.doc', sample('letter.doc')]]));
    expect(await placesOf(inZip, 'a.zip')).toContain('脚注 @ 附件/名单.doc → footnotes');
    const inDocx = writeZip(
      new Map<string, Uint8Array>([
        ['word/document.xml', Buffer.from('<w:p/>')],
        ['word/embeddings/oleObject1.bin', container({ 'ObjectPool/_1/Package': inZip })],
      ]),
    );
    expect((await placesOf(inDocx, 'a.docx')).some((place) => place.startsWith('脚注 @ '))).toBe(true);
  });
});

describe('a .xls', () => {
  it('is read by cell, with what hides each, and with comments, boxes, names and headers', async () => {
    const places = await placesOf(sample('roster.xls'), '名单.et');
    expect(places.sort()).toEqual(
      [
        '可见A1 @ sheet:名单!A1',
        '隐列B1 @ sheet:名单!B1 (hidden column)',
        '批注C1 @ sheet:名单!C1#comment',
        '白字D1 @ sheet:名单!D1',
        '一磅E1 @ sheet:名单!E1',
        '隐行A2 @ sheet:名单!A2 (hidden row)',
        '筛行A3 @ sheet:名单!A3 (hidden row)',
        '公式C4 @ sheet:名单!C4 (formula)',
        '可见A17 @ sheet:名单!A17',
        '图形框 @ sheet:名单!text boxes',
        '隐表A1 @ sheet:藏表!A1 (hidden sheet)',
        '名称 @ names',
        '页眉 @ headers',
        '页脚 @ headers',
        '表题名 @ properties',
        '表主题 @ properties',
        '表关键 @ properties',
        '表自定 @ properties',
        'personal.mobile @ sheet:名单!A4',
      ].sort(),
    );
  });

  it('is read in the binary forms of Excel 5 and of today', async () => {
    const book = sheetJs.utils.book_new();
    sheetJs.utils.book_append_sheet(book, sheetJs.utils.aoa_to_sheet([['证号', ID]]), 'Sheet1');
    for (const [bookType, name] of [
      ['biff5', 'a.xls'],
      ['biff8', 'a.xls'],
      ['xlsb', 'a.xlsb'],
    ] as const) {
      const bytes = Buffer.from(sheetJs.write(book, { bookType, type: 'buffer' }) as Uint8Array);
      expect([bookType, await placesOf(bytes, name)]).toEqual([
        bookType,
        [expect.stringMatching(/sheet:Sheet1!B1$/)],
      ]);
    }
  });
});

describe('a .ppt', () => {
  it('is read by slide, with hidden slides, notes and comments', async () => {
    expect((await placesOf(sample('talk.ppt'), '课件.ppt')).sort()).toEqual(
      [
        '片一 @ slide:1',
        '批注一 @ slide:1 (comment)',
        '备注一 @ slide:1 (notes)',
        '隐片二 @ slide:2 (hidden slide)',
        '片外三 @ slide:3',
        '演题名 @ properties',
        '演主题 @ properties',
        '演关键 @ properties',
        '演自定 @ properties',
      ].sort(),
    );
  });
});

describe('a message of Outlook', () => {
  it('is read with its page and its attachments', async () => {
    const wide = (text: string) => Buffer.from(text, 'utf16le');
    const bytes = container({
      '__properties_version1.0': 'x',
      '__substg1.0_0037001F': wide(`题名 ${ID}`),
      '__substg1.0_1000001E': Buffer.from('澳门赌场'),
      '__attach_version1.0_#00000000/__substg1.0_3707001F': wide('名单.doc'),
      '__attach_version1.0_#00000000/__substg1.0_37010102': sample('letter.doc'),
    });
    const places = await placesOf(bytes, 'a.msg');
    expect(places).toContain('题名 @ mail');
    expect(places).toContain('term.gambling @ mail');
    expect(places).toContain('正文 @ 名单.doc → document');
  });
});

describe('what cannot be read', () => {
  const doc = sample('letter.doc');
  const broken = (change: (stream: Buffer) => void): Buffer => {
    const file = CFB.read(Buffer.from(doc), { type: 'buffer' });
    const stream = CFB.find(file, 'WordDocument')!;
    const body = Buffer.from(stream.content as Uint8Array);
    change(body);
    stream.content = body as never;
    return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array);
  };
  it.each([
    [
      'an encrypted docx',
      container({ EncryptedPackage: 'x', EncryptionInfo: 'y' }),
      'a.docx',
      'scan.encrypted',
    ],
    ['an encrypted .doc', broken((body) => body.writeUInt16LE(0x0100, 0x0a)), 'a.doc', 'scan.encrypted'],
    ['a .doc of Word 6', broken((body) => body.writeUInt16LE(0x65, 2)), 'a.doc', 'scan.legacy'],
    [
      'a .doc without its text table',
      broken((body) => body.writeUInt32LE(0xffff_fff0, 0x01a2)),
      'a.doc',
      'scan.damaged',
    ],
    ['a .doc cut off', doc.subarray(0, 2000), 'a.doc', 'scan.damaged'],
    ['a .ppt cut off', sample('talk.ppt').subarray(0, 5000), 'a.ppt', 'scan.damaged'],
    [
      'a head without anything',
      Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1'),
      'a.doc',
      'scan.damaged',
    ],
    ['a container of something else', container({ Thing: 'x' }), 'a.doc', 'scan.unsupported'],
  ])('is told: %s', async (_, bytes, name, code) => {
    expect(await codeOf(bytes, name)).toBe(code);
  });

  it('ends with an answer whatever byte is changed', { timeout: 180_000 }, async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    const files = ['letter.doc', 'roster.xls', 'talk.ppt'].map((name) => [name, sample(name)] as const);
    for (let n = 0; n < 60; n++) {
      const [name, whole] = files[n % files.length]!;
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 8; change++) bytes[random(Math.min(bytes.length, 12_000))] = random(256);
      const answer = await extractDocument(bytes, name).catch((error: unknown) => error);
      expect(isAppError(answer) || Array.isArray((answer as { parts: unknown }).parts)).toBe(true);
    }
  });
});
