import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import { describe, expect, it } from 'vitest';
import { fontFiles } from '#base/fonts';
import { extractDocument } from './extract-document.ts';
import { pictureReader } from './ocr/picture-reader.ts';

const ID = '33110220150101001X';

/** A PDF of one page: `extra` goes into its page, `objects` follow those that every file here has (from 6 on). */
function pdf(stream: string, extra = '', ...objects: string[]): Buffer {
  const all = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>${extra}>>`,
    `<</Length ${stream.length}>>stream\n${stream}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
    ...objects,
  ];
  let body = '%PDF-1.4\n';
  const table = all.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj${object}endobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const size = all.length + 1;
  return Buffer.from(
    `${body}xref\n0 ${size}\n0000000000 65535 f \n${table.join('')}trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1',
  );
}

/** The same file with another object 4, as programs save what was changed: behind the file as it was. */
function changed(file: Buffer, stream: string): Buffer {
  const before = /startxref\n(\d+)\n%%EOF\n$/.exec(file.toString('latin1'))![1];
  const object = `4 0 obj<</Length ${stream.length}>>stream\n${stream}\nendstream endobj\n`;
  const table = `xref\n4 1\n${String(file.length).padStart(10, '0')} 00000 n \n`;
  const end = `trailer<</Size 6/Root 1 0 R/Prev ${before}>>\nstartxref\n${file.length + object.length}\n%%EOF\n`;
  return Buffer.concat([file, Buffer.from(object + table + end, 'latin1')]);
}

const show = (text: string, y = 700) => `BT /F1 12 Tf 50 ${y} Td (${text}) Tj ET`;
const partsOf = async (bytes: Buffer, pictures?: typeof pictureReader) => {
  const { parts, unread } = await extractDocument(bytes, 'a.pdf', undefined, pictures);
  return [
    ...parts.map(({ part, text }) => `${part}=${text}`),
    ...unread.map((one) => `${one.reason} @ ${one.part}`),
  ];
};

describe('a pdf', () => {
  it('is read beyond the edges of its pages, turned or not', async () => {
    const stream = `${show('seen')} ${show(`ID ${ID}`, -200)}`;
    const expected = ['page:1=seen', `page:1 (outside the page)=ID ${ID}`];
    expect(await partsOf(pdf(stream))).toEqual(expected);
    expect(await partsOf(pdf(stream, '/Rotate 90'))).toEqual(expected);
  });

  it('is read as it was before each change, and tells only what is gone', async () => {
    const first = pdf(`${show(`ID ${ID}`)} ${show('kept', 600)}`);
    const second = changed(first, `${show('second')} ${show('kept', 600)}`);
    expect(await partsOf(changed(second, show('kept', 600)))).toEqual([
      'page:1=kept',
      'page:1 (earlier version)=second',
      `page:1 (earlier version)=ID ${ID}`,
    ]);
  });

  it('is called garbled when its Chinese reads as western letters, though its digits are right', async () => {
    const garbage = '\\200\\202\\203\\204\\205\\206\\207\\210';
    expect(await partsOf(pdf(show(`${garbage} ${ID}`)))).toContain('garbled @ page:1');
    const french = 'Les \\351l\\350ves de l\\222\\351cole sont re\\347us \\340 No\\353l \\200 20';
    expect(await partsOf(pdf(show(french)))).toEqual([expect.stringMatching(/^page:1=Les élèves/)]);
  });

  it('is read in its form fields and layers that are off', async () => {
    const field = `<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(${ID})/Rect[50 500 300 520]/P 3 0 R>>`;
    expect(await partsOf(pdf(show('form'), '/Annots[6 0 R]', field))).toContain(`page:1#notes=${ID}`);
    const off = pdf(
      `/OC /oc1 BDC ${show(ID)} EMC`,
      '/Resources<</Font<</F1 5 0 R>>/Properties<</oc1 6 0 R>>>>',
      '<</Type/OCG/Name(off)>>',
    );
    expect(await partsOf(off)).toContain(`page:1=${ID}`);
  });

  it('is read in its bookmarks, scripts, descriptions and notes that carry files', async () => {
    const file = pdf(
      show('x'),
      '/Annots[8 0 R]',
      `<</Title(${ID})/Parent 7 0 R>>`,
      '<</First 6 0 R/Last 6 0 R/Count 1>>',
      '<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 9 0 R/T(Zhang)>>',
      '<</Type/Filespec/F(roster.txt)/EF<</F 10 0 R>>>>',
      `<</Type/EmbeddedFile/Length 18>>stream\n${ID}\nendstream`,
    );
    const whole = Buffer.from(
      file.toString('latin1').replace('/Type/Catalog', '/Type/Catalog/Outlines 7 0 R'),
      'latin1',
    );
    const parts = (await partsOf(whole)).map((part) => part.trim());
    expect(parts).toContain(`bookmarks=${ID}`);
    expect(parts).toContain(`roster.txt=${ID}`);
    expect(parts).toContain('page:1#notes=Zhang');
  });

  it('tells text that nobody sees, and a number that is broken over two lines', async () => {
    const marksOf = async (bytes: Buffer) =>
      (await extractDocument(bytes, 'a.pdf')).parts.flatMap(({ text, marks = [] }) =>
        marks.map((mark) => `${mark.note}=${text.slice(mark.start, mark.end)}`),
      );
    expect(await marksOf(pdf(`${show('seen')} 3 Tr ${show(ID, 600)}`))).toEqual([`invisible text=${ID}`]);
    expect(await marksOf(pdf(`${show('seen')} 1 g ${show(ID, 600)}`))).toEqual([`white text=${ID}`]);
    expect(await marksOf(pdf(`0 0 1 rg 40 590 300 30 re f 1 g ${show(ID, 600)}`))).toEqual([]);
    expect(await marksOf(pdf(show(ID).replace('12 Tf', '1 Tf')))).toEqual([`tiny text=${ID}`]);
    const broken = `${show(ID.slice(0, 11))} ${show(ID.slice(11), 680)}`;
    expect(await marksOf(pdf(broken))).toEqual([`over two lines=${ID}`]);
    expect(await marksOf(pdf(broken.replace('220150', '229950')))).toEqual([]);
  });

  it('is recognised whichever way up it was scanned, also as a TIFF', { timeout: 180_000 }, async () => {
    GlobalFonts.registerFromPath(fontFiles().serif, 'Print');
    const turned = (quarters: number) => {
      const canvas = createCanvas(600, 600);
      const pen = canvas.getContext('2d');
      pen.fillStyle = '#fff';
      pen.fillRect(0, 0, 600, 600);
      pen.translate(300, 300);
      pen.rotate((quarters * Math.PI) / 2);
      pen.fillStyle = '#000';
      pen.font = '32px Print';
      for (const [at, line] of ['花名册', `号码 ${ID}`, '请妥善保管'].entries())
        pen.fillText(line, -220, -60 + at * 70);
      return canvas;
    };
    for (const quarters of [1, 2, 3]) {
      const { parts } = await extractDocument(
        turned(quarters).toBuffer('image/jpeg'),
        'a.jpg',
        undefined,
        pictureReader,
      );
      expect([quarters, parts[0]?.text.replace(/ /g, '')]).toEqual([quarters, expect.stringContaining(ID)]);
    }
    const pixels = turned(0).getContext('2d').getImageData(0, 0, 600, 600).data;
    const tags = [
      [256, 600],
      [257, 600],
      [258, 8],
      [259, 1],
      [262, 1],
      [273, 200],
      [277, 1],
      [278, 600],
      [279, 360_000],
    ] as const;
    const tiff = Buffer.alloc(200 + 360_000);
    tiff.write('II*\0', 'latin1');
    tiff.writeUInt32LE(8, 4);
    tiff.writeUInt16LE(tags.length, 8);
    tags.forEach(([tag, value], at) => {
      tiff.writeUInt16LE(tag, 10 + at * 12);
      tiff.writeUInt16LE(4, 12 + at * 12);
      tiff.writeUInt32LE(1, 14 + at * 12);
      tiff.writeUInt32LE(value, 18 + at * 12);
    });
    for (let at = 0; at < 360_000; at++) tiff[200 + at] = pixels[at * 4]!;
    const { parts } = await extractDocument(tiff, 'a.tif', undefined, pictureReader);
    expect(parts[0]?.text.replace(/ /g, '')).toContain(ID);
  });

  it.each(['jpeg2000.pdf', 'jbig2.pdf'])(
    'is read in a picture as scanners write it: %s',
    { timeout: 180_000 },
    async (name) => {
      const bytes = gunzipSync(readFileSync(new URL(`samples/${name}.gz`, import.meta.url)));
      expect(await partsOf(bytes, pictureReader)).toEqual([`page:1 (picture)=${ID}`]);
      expect(await partsOf(bytes)).toEqual(['no-text @ page:1']);
    },
  );

  it('is read in its pictures when it has text, too, and what a picture shows again is told once', {
    timeout: 180_000,
  }, async () => {
    GlobalFonts.registerFromPath(fontFiles().serif, 'Print');
    const canvas = createCanvas(800, 200);
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, 800, 200);
    pen.fillStyle = '#000';
    pen.font = '40px Print';
    pen.fillText(ID, 60, 110);
    const jpeg = canvas.toBuffer('image/jpeg').toString('latin1');
    const picture = `<</Type/XObject/Subtype/Image/Width 800/Height 200/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length ${jpeg.length}>>stream\n${jpeg}\nendstream`;
    const file = (size: string) =>
      pdf(
        `${show('Heading of a letter')} q ${size} 20 300 cm /I Do Q`,
        '/Resources<</Font<</F1 5 0 R>>/XObject<</I 6 0 R>>>>',
        picture,
      );
    const expected = ['page:1=Heading of a letter', `page:1 (picture)=${ID}`];
    expect(await partsOf(file('550 0 0 137'), pictureReader)).toEqual(expected);
    // A logo, and a process that reads no pictures.
    expect(await partsOf(file('60 0 0 15'), pictureReader)).toEqual(expected.slice(0, 1));
    expect(await partsOf(file('550 0 0 137'))).toEqual(expected.slice(0, 1));
  });

  it('tells a picture that cannot be decoded: a blank page is not a clean one', {
    timeout: 180_000,
  }, async () => {
    const bytes = gunzipSync(readFileSync(new URL('samples/jpeg2000.pdf.gz', import.meta.url)));
    const at = bytes.indexOf(Buffer.from([0xff, 0x93]));
    bytes.fill(0, at - 60, at);
    expect(await partsOf(bytes, pictureReader)).toContain('damaged @ page:1 (picture)');
  });
});
