import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMail, readableText } from './mime.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const read = (...lines: string[]) => parseMail(bytes(lines.join('\r\n')));

describe('reading a mail', () => {
  it('joins folded headers and neighbouring encoded words', () => {
    const mail = read('Subject: =?UTF-8?B?572R57uc?=', ' =?gb2312?Q?=B0=B2=C8=AB?= end', '', '');
    expect(mail.subject).toBe('网络安全 end');
  });

  it('reads quoted-printable text in GBK', () => {
    const mail = read(
      'Content-Type: text/plain; charset=gbk',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '=CD=F8=',
      '=C2=E7 =3D',
    );
    expect(readableText(mail)).toBe('网络 =');
  });

  it('reads nested parts and file names of RFC 2231 in pieces', () => {
    const mail = read(
      'Content-Type: multipart/mixed; boundary="out er"',
      '',
      'preamble --out er',
      '--out er',
      'Content-Type: multipart/alternative; boundary=in',
      '',
      '--in',
      'Content-Type: text/html',
      '',
      '<b>no</b>',
      '--in',
      '',
      'plain',
      '--in--',
      '--out er',
      'Content-Type: application/pdf',
      "Content-Disposition: attachment; filename*0*=utf-8''%E6%8A%A5; filename*1*=%E5%91%8A; filename*2=.pdf",
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '/w==',
      '--out er--',
      'epilogue',
    );
    expect(readableText(mail)).toBe('plain');
    expect(mail.parts.map((part) => part.fileName)).toEqual(['', '', '报告.pdf']);
    expect([...mail.parts[2]!.bytes]).toEqual([0, 1, 2, 255]);
  });

  it('keeps what is there of a mail cut short, and reads an unknown charset as UTF-8', () => {
    const mail = read(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=klingon',
      '',
      'half',
    );
    expect(readableText(mail)).toBe('half');
  });

  it('caps depth and number of parts', () => {
    const deep = ['Content-Type: multipart/mixed; boundary=b', ''];
    for (let i = 0; i < 200; i++) deep.push('--b', 'Content-Type: multipart/mixed; boundary=b', '');
    expect(read(...deep).parts.length).toBeLessThanOrEqual(100);
    const wide = ['Content-Type: multipart/mixed; boundary=b', ''];
    for (let i = 0; i < 500; i++) wide.push('--b', '', `part ${i}`);
    expect(read(...wide).parts.length).toBe(100);
  });

  it('never throws on any bytes', () => {
    const piece = fc.constantFrom(
      'Content-Type: multipart/mixed; boundary=b\r\n',
      'Content-Type: text/plain; charset="',
      'Content-Transfer-Encoding: base64\r\n',
      'Subject: =?gbk?Q?=81?= =?utf-8?B?/?=\r\n',
      "Content-Disposition: attachment; filename*=nope''%ff%\r\n",
      '--b\r\n',
      '--b--',
      '\r\n',
      '\r\n\r\n',
      '\n',
      '=',
      '%',
      '\u0000',
    );
    const any = fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (pieces) => {
        const mail = parseMail(bytes(pieces.join('')));
        expect(typeof readableText(mail)).toBe('string');
      }),
      { numRuns: 500 },
    );
  });
});
