/** Files that were made to hang, to crash or to fill the memory: the process around them answers, and goes on to the next one. */
import { readFileSync } from 'node:fs';
import { crc32, deflateSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { createScanPool, scanBytesConfined } from '../scan-confined.ts';
import { readZip } from './read-zip.ts';
import { writeZip } from './write-zip.ts';

const ID = '33110220150101001X';
const ruleset = createRuleset([starterTermList]);
const pool = createScanPool({ workers: 1, timeMs: 60_000 });
afterAll(() => pool.close());
const zip = (members: Record<string, string | Buffer>) =>
  writeZip(new Map(Object.entries(members).map(([name, body]) => [name, Buffer.from(body as string)])));
/** Rules that were found, or the code of the failure. */
async function outcomeOf(bytes: Buffer, name: string): Promise<string> {
  try {
    const { findings } = await scanBytesConfined(pool, { name, bytes }, ruleset);
    return [...new Set(findings.map((one) => one.rule))].join(' ');
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

function png(width: number, height: number): Buffer {
  const chunk = (kind: string, body: Buffer) => {
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(Buffer.concat([Buffer.from(kind), body])));
    return Buffer.concat([size, Buffer.from(kind), body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 1;
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(1 << 20))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function tiff(width: number, height: number, next: number): Buffer {
  const file = Buffer.alloc(200);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  const entries = [
    [256, width],
    [257, height],
    [259, 1],
    [273, 100],
    [279, 50],
  ] as const;
  file.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, value], at) => {
    file.writeUInt16LE(tag, 10 + at * 12);
    file.writeUInt16LE(4, 12 + at * 12);
    file.writeUInt32LE(1, 14 + at * 12);
    file.writeUInt32LE(value, 18 + at * 12);
  });
  file.writeUInt32LE(next, 10 + entries.length * 12);
  return file;
}

/** A GIF of one pixel whose frame claims to be far larger: the decoder ended its process over one. */
const gif = Buffer.concat([
  Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1'),
  Buffer.from([0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 1, 0x44, 0, 0x3b]),
]);
const nestedMail = `From: a@example.com\r\nMIME-Version: 1.0\r\n${Array.from({ length: 2000 }, (_, at) => `Content-Type: multipart/mixed; boundary="b${at}"\r\n\r\n--b${at}\r\n`).join('')}`;

describe('a hostile file', { timeout: 300_000 }, () => {
  it.each([
    ['a picture of 3.6 thousand million pixels', png(60_000, 60_000), 'a.png', 'unread.picture-too-large'],
    ['a TIFF of as many', tiff(60_000, 60_000, 0), 'a.tif', 'unread.picture-too-large'],
    ['a TIFF whose pages lead in a circle', tiff(100, 100, 8), 'a.tif', 'scan.damaged'],
    ['a GIF whose frame is larger than its screen', gif, 'a.gif', 'unread.picture-too-large'],
    ['XML that nests', zip({ 'word/document.xml': '<a>'.repeat(3000) }), 'a.docx', 'scan.bomb'],
    [
      'a member that no program shows, and that nests',
      zip({ 'word/document.xml': '<w:p/>', 'word/x.xml': '<a>'.repeat(3000) }),
      'a.docx',
      'scan.bomb',
    ],
    ['a svg that nests', Buffer.from(`<svg>${'<g>'.repeat(3000)}`), 'a.svg', 'scan.bomb'],
    ['mail that nests', Buffer.from(nestedMail), 'a.eml', 'scan.damaged'],
    ['nine million digits', Buffer.from('1'.repeat(9e6)), 'a.txt', ''],
    [
      'rich text with bytes that are not there',
      Buffer.from(`{\\rtf1\\bin2147483647 abc} ${ID}`),
      'a.rtf',
      '',
    ],
  ])('ends with an answer: %s', async (_, bytes, name, expected) => {
    expect(await outcomeOf(bytes, name)).toBe(expected);
  });

  it('in two hundred mutations of every kind ends with a result or a code, and the next one is read', async () => {
    const legacy = (name: string) =>
      gunzipSync(readFileSync(new URL(`legacy/samples/${name}.gz`, import.meta.url)));
    const page = `<ofd:Page><ofd:Content><ofd:TextObject Boundary="0 0 9 9" Size="5"><ofd:TextCode X="0" Y="1">${ID}</ofd:TextCode></ofd:TextObject></ofd:Content></ofd:Page>`;
    const samples: Record<string, Buffer> = {
      'a.doc': legacy('letter.doc'),
      'a.xls': legacy('roster.xls'),
      'a.ppt': legacy('talk.ppt'),
      'a.rtf': Buffer.from(
        `{\\rtf1\\ansicpg936{\\fonttbl{\\f0\\fcharset134 a;}}{\\v ${ID}}{\\*\\objdata d0cf11e0}{\\pict\\pngblip 89504e47}\\'b0\\'c4}`,
      ),
      'a.docx': zip({
        'word/document.xml': `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>${ID}</w:t></w:r></w:p>`,
        'word/styles.xml': '<w:style w:styleId="a"><w:rPr><w:vanish/></w:rPr></w:style>',
      }),
      'a.xlsx': zip({
        'xl/workbook.xml': '<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row><c r="A1" t="str"><v>${ID}</v></c></row></sheetData><dataValidation prompt="${ID}"/></worksheet>`,
      }),
      'a.ofd': zip({
        'OFD.xml': '<ofd:OFD><ofd:DocBody><ofd:DocRoot>D.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>',
        'D.xml': '<ofd:Document><ofd:Pages><ofd:Page ID="1" BaseLoc="P.xml"/></ofd:Pages></ofd:Document>',
        'P.xml': page,
        'Seal.esl': Buffer.from([0x30, 4, 0x0c, 2, 65, 66]),
      }),
    };
    const random = randomOf(20_260_101);
    for (let round = 0; round < 200; round++) {
      const names = Object.keys(samples);
      const name = names[round % names.length]!;
      const outcome = await outcomeOf(await mutated(samples[name]!, name, random), name);
      expect([name, round, outcome]).toEqual([name, round, expect.not.stringMatching(/^confine\./)]);
    }
    expect(await outcomeOf(Buffer.from(ID), 'a.txt')).toBe('personal.id-card');
  });
});

/** Mulberry32: the same numbers in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Bits turned, cut, spliced, lengths grown; of a package inside of a member, so that the package still opens. */
async function mutated(bytes: Buffer, name: string, random: (below: number) => number): Promise<Buffer> {
  if (bytes.toString('latin1', 0, 2) === 'PK' && random(4) > 0) {
    const members = await readZip(bytes, name, () => true);
    const member = [...members.keys()][random(members.size)]!;
    members.set(member, await mutated(members.get(member)!, member, random));
    return writeZip(members);
  }
  const copy = Buffer.from(bytes);
  if (copy.length < 8) return copy;
  const kind = random(4);
  if (kind === 0) for (let n = 0; n < 8; n++) copy[random(copy.length)] = random(256);
  else if (kind === 1) return copy.subarray(0, random(copy.length));
  else if (kind === 2)
    return Buffer.concat([copy.subarray(0, random(copy.length)), copy.subarray(random(copy.length))]);
  else copy.writeUInt32LE([0xffffffff, 0x7fffffff, 0x80000000, 0x10000][random(4)]!, random(copy.length - 4));
  return copy;
}
