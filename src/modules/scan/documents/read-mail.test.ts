import { describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { createRuleset, starterTermList } from '../ruleset.ts';
import { scanBytes } from '../scan-bytes.ts';
import { extractDocument } from './extract-document.ts';
import { maskDocument } from './mask-document.ts';
import { looksLikeMail } from './read-mail.ts';
import { writeZip } from './write-zip.ts';

const ruleset = createRuleset([starterTermList]);
const ID = '33110220150101001X';
/** 澳门赌场 in GBK. */
const GBK = Buffer.from('b0c4c3c5b6c4b3a1', 'hex');
const placesOf = async (bytes: Uint8Array, name: string) =>
  (await scanBytes({ name, bytes }, ruleset)).findings.map((finding) => `${finding.rule} @ ${finding.part}`);
const partsOf = async (bytes: Uint8Array, name: string) =>
  (await extractDocument(bytes, name)).parts.map(({ part, text }) => `${part}=${text.trim()}`);

/** A message: strings as they are, buffers as bytes that nobody encoded. */
const mail = (...lines: (string | Buffer)[]) =>
  Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\r\n')]));
const mixed = (...lines: (string | Buffer)[]) =>
  mail(
    'From: =?gbk?B?zfXAz8qm?= <wang@example.com>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    ...lines,
    '--b--',
  );

describe('a message', () => {
  it('is read in its charsets, with what is attached to it under its own names', async () => {
    const bytes = mixed(
      '--b',
      'Content-Type: text/plain; charset=gb2312',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '=B0=C4=C3=C5=B6=C4=B3=A1',
      '--b',
      'Content-Type: application/zip; name="=?gbk?B?w/u1pS56aXA=?="',
      'Content-Transfer-Encoding: base64',
      'Content-Disposition: attachment',
      '',
      writeZip(new Map([['a.txt', Buffer.from(ID)]])).toString('base64'),
    );
    expect(await partsOf(bytes, '通知.eml')).toEqual([
      'mail=王老师 <wang@example.com>',
      'mail (text)=澳门赌场',
      `名单.zip → a.txt=${ID}`,
    ]);
    expect(await placesOf(bytes, '通知.eml')).toContain('personal.id-card @ 名单.zip → a.txt');
  });

  it('is read where programs wrote bytes without saying in which charset, or named one that nobody knows', async () => {
    const bytes = mail(
      Buffer.concat([Buffer.from('Subject: '), GBK]),
      'Keywords: =?eucgb2312_cn?b?sMTDxbbEs6E=?=',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      GBK,
      '--b',
      Buffer.concat([
        Buffer.from('Content-Type: text/plain; charset=utf-8; name="'),
        GBK,
        Buffer.from('.txt"'),
      ]),
      'Content-Transfer-Encoding: 8bit',
      '',
      GBK,
      '--b--',
    );
    expect(await partsOf(bytes, 'a.eml')).toEqual([
      'mail=澳门赌场\n澳门赌场',
      'mail (text)=澳门赌场',
      '澳门赌场.txt=澳门赌场',
    ]);
  });

  it('tells a text once that stands in it as text and as a page, and what only the page hides', async () => {
    const alternative = (text: string) =>
      mixed(
        '--b',
        'Content-Type: multipart/alternative; boundary="c"',
        '',
        '--c',
        'Content-Type: text/plain; charset=utf-8',
        '',
        text,
        '--c',
        'Content-Type: text/html; charset=utf-8',
        '',
        `<p>号码 ${ID}</p><div style="display:none"><a href="http://ag.example.net/">澳门赌场</a></div>`,
        '--c--',
      );
    const places = await placesOf(alternative(`号码 ${ID}`), 'a.eml');
    expect(places.filter((place) => place.startsWith('personal.'))).toEqual([
      'personal.id-card @ mail (page)',
    ]);
    expect(places).toContain('hidden-link.display-none @ mail (page)');
    const other = await placesOf(alternative(`电话 13812345678`), 'a.eml');
    expect(other).toContain('personal.mobile @ mail (text)');
  });

  it('is read when it was sent on inside another, to the depth of archives', async () => {
    const wrap = (inner: Buffer, n = 0) =>
      mail(
        `Content-Type: multipart/mixed; boundary="b${n}"`,
        'MIME-Version: 1.0',
        '',
        `--b${n}`,
        'Content-Type: message/rfc822',
        '',
        inner,
        `--b${n}--`,
      );
    let bytes = mail('Subject: x', 'MIME-Version: 1.0', '', ID);
    bytes = wrap(bytes);
    expect(await placesOf(bytes, 'a.eml')).toEqual(['personal.id-card @ attachment.eml → mail (text)']);
    for (let n = 1; n < 6; n++) bytes = wrap(bytes, n);
    expect(await placesOf(bytes, 'a.eml')).toEqual([
      expect.stringMatching(/^unread\.too-deep @ attachment\.eml → /),
    ]);
  });

  it('tells what of it could not be read', async () => {
    const attached = (name: string, body: Buffer) =>
      mixed(
        '--b',
        `Content-Type: application/octet-stream; name="${name}"`,
        'Content-Transfer-Encoding: base64',
        '',
        body.toString('base64'),
      );
    const zeros = writeZip(new Map([['a.txt', Buffer.alloc(20 << 20)]]));
    expect(await placesOf(attached('a.zip', zeros), 'a.eml')).toEqual(['unread.bomb @ a.zip']);
    expect(await placesOf(attached('a.docx', Buffer.from('no')), 'a.eml')).toEqual([
      'unread.damaged @ a.docx',
    ]);
    const error = await maskDocument(mixed(), 'a.eml').catch((reason: unknown) => reason);
    expect(isAppError(error, 'scan.not_maskable')).toBe(true);
    const deep = [
      'MIME-Version: 1.0',
      ...Array.from({ length: 80 }, (_, n) => [
        `Content-Type: multipart/mixed; boundary=b${n}`,
        '',
        `--b${n}`,
      ]).flat(),
    ];
    const failure = await extractDocument(mail(...deep, '', 'x'), 'a.eml').catch((reason: unknown) => reason);
    expect(isAppError(failure, 'scan.damaged')).toBe(true);
  });

  it('is a page that a browser saved, too', async () => {
    const page = mail(
      'From: <Saved by Blink>',
      'Snapshot-Content-Location: https://school.example/',
      'MIME-Version: 1.0',
      'Content-Type: multipart/related; type="text/html"; boundary="b"',
      '',
      '--b',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<meta charset=3D"utf-8"><p>=E6=BE=B3=E9=97=A8=E8=B5=8C=E5=9C=BA</p>',
      '--b--',
    );
    expect(await placesOf(page, '页.mht')).toContain('term.gambling @ mail (page)');
  });

  it.each([
    ['From: a@example.com\r\nReceived: x\r\n\r\nhello', true],
    ['MIME-Version: 1.0\r\nSubject: x\r\n\ty\r\n\r\n', true],
    ['注意: 明天放假\n地点: 操场\n', false],
    ['From: here\nTo: there\n\nA poem.', false],
    ['姓名,证号\n', false],
  ])('is told from other texts by its head: %j', (head, expected) => {
    expect(looksLikeMail(head)).toBe(expected);
  });
});

describe('texts of programs', () => {
  it('are read in UTF-16 without a mark, and through the escapes of JSON', async () => {
    const text = '姓名,电话\r\n张三,13812345678\r\n李四,13912345678\r\n';
    for (const name of ['a.csv', 'a.txt'])
      expect(await placesOf(Buffer.from(text, 'utf16le'), name)).toContain('personal.mobile @ undefined');
    const json = Buffer.from(`{"名":"\\u6fb3\\u95e8\\u8d4c\\u573a"}`);
    expect(await placesOf(json, 'a.json')).toContain('term.gambling @ ');
  });
});
