import { describe, expect, it } from 'vitest';
import { decodeBytes } from './decode-bytes.ts';

const gbk = Buffer.from('d6d0b9fa', 'hex'); // 中国

describe('decodeBytes', () => {
  it.each([
    ['a UTF-8 mark', Buffer.from('\ufeff中国'), undefined, '中国', 'utf-8', 'bom'],
    ['a UTF-16 mark', Buffer.from('\ufeff中国', 'utf16le'), undefined, '中国', 'utf-16le', 'bom'],
    [
      'UTF-8 that declares GBK',
      Buffer.from('<meta charset=gbk>中国'),
      undefined,
      '<meta charset=gbk>中国',
      'utf-8',
      'utf-8',
    ],
    ['GBK without a declaration', gbk, undefined, '中国', 'gb18030', 'guess'],
    ['GBK that the header declares', gbk, 'text/html; charset=GB2312', '中国', 'gb18030', 'http'],
    [
      'Big5 that the header declares',
      Buffer.from('a4a4b0ea', 'hex'),
      'text/html; charset=big5',
      '中國',
      'big5',
      'http',
    ],
    ['GBK that declares nonsense', gbk, 'text/html; charset=x-none', '中国', 'gb18030', 'guess'],
    ['GBK that declares UTF-8', gbk, 'text/html; charset=utf-8', '中国', 'gb18030', 'guess'],
    [
      'a four-byte GB18030 character',
      Buffer.from('9439da33d6d0', 'hex'),
      undefined,
      '💩中',
      'gb18030',
      'guess',
    ],
    [
      'UTF-8 cut off in a character',
      Buffer.from('中国中').subarray(0, 8),
      undefined,
      '中国',
      'utf-8',
      'utf-8',
    ],
    ['no bytes', Buffer.alloc(0), undefined, '', 'utf-8', 'utf-8'],
  ])('decodes %s', (_, bytes, contentType, text, charset, evidence) => {
    expect(decodeBytes(bytes, { contentType })).toMatchObject({ text, charset, evidence });
  });

  it('keeps a UTF-8 page with one broken byte as UTF-8', () => {
    const page = Buffer.concat([Buffer.from('中国'.repeat(100)), Buffer.from([0xff]), Buffer.from('教育')]);
    expect(decodeBytes(page)).toMatchObject({ charset: 'utf-8', evidence: 'replaced' });
    expect(decodeBytes(page).text.endsWith('教育')).toBe(true);
  });

  it('reads pages in every charset, with and without a mark, under a wrong declaration', () => {
    // Big5 of: 學校公告 請各位同學注意網路安全 (there is no encoder for it here).
    const big5 = Buffer.from('bec7aed5a4bda769bdd0a655a6eca650bec7aa60b74ebaf4b8f4a677a5fe', 'hex');
    const traditional = '學校公告請各位同學注意網路安全';
    const page = (text: string) => `<html><head><title>学校公告</title></head><body>${text}</body></html>`;
    for (const declared of [
      undefined,
      'text/html; charset=gbk',
      'text/html; charset=utf-8',
      'text/html; charset=big5',
    ])
      expect(decodeBytes(big5, { contentType: declared })).toMatchObject({
        text: traditional,
        charset: 'big5',
      });
    const wide = Buffer.from(page('请各位同学注意网络安全'), 'utf16le');
    expect(decodeBytes(wide)).toMatchObject({ text: wide.toString('utf16le'), charset: 'utf-16le' });
    expect(decodeBytes(Buffer.from(wide).swap16())).toMatchObject({
      text: wide.toString('utf16le'),
      charset: 'utf-16be',
    });
    const gb = Buffer.from('b9abb8e6a3bac7ebb8f7cebbcdacd1a7d7a2d2e2cdf8c2e7b0b2c8ab', 'hex');
    for (const declared of [undefined, 'text/html; charset=big5', 'text/html; charset=iso-8859-1'])
      expect(decodeBytes(gb, { contentType: declared }).text).toBe('公告：请各位同学注意网络安全');
  });

  it('reads seven-bit Chinese, and leaves programs with the same signs alone', () => {
    const hz = Buffer.from('<p>~{VPND~}~{QL8qKdHk~} a~~b</p>');
    expect(decodeBytes(hz, { contentType: 'text/html; charset=hz-gb-2312' })).toMatchObject({
      charset: 'hz-gb-2312',
    });
    expect(
      decodeBytes(Buffer.from('<p>~{VPND~}</p>'), { contentType: 'text/html; charset=HZ-GB-2312' }).text,
    ).toBe('<p>中文</p>');
    expect(decodeBytes(Buffer.from('\x1b$)A\x0eVPND\x0f.')).text).toBe('中文.');
    const program = 'const a = `~{x}~{y}~`; // ~{ab~}';
    expect(decodeBytes(Buffer.from(program)).text).toBe(program);
  });

  it('reads a page that was glued together from GBK and UTF-8', () => {
    const notice = Buffer.from('b9abb8e6a3bac7ebb8f7cebbcdacd1a7d7a2d2e2cdf8c2e7b0b2c8ab', 'hex');
    const bytes = Buffer.concat([Buffer.from('<p>'), notice, Buffer.from('</p><p>校园新闻网</p>')]);
    expect(decodeBytes(bytes).text).toBe('<p>公告：请各位同学注意网络安全</p><p>校园新闻网</p>');
  });

  it('reads GBK under a header of western letters, cut in a character, and leaves French alone', () => {
    const notice = Buffer.from('b9abb8e6a3bac7ebb8f7cebbcdacd1a7d7a2d2e2cdf8c2e7b0b2c8ab', 'hex');
    const contentType = 'text/html; charset=iso-8859-1';
    expect(decodeBytes(notice.subarray(0, -1), { contentType }).text).toBe('公告：请各位同学注意网络安');
    const french = 'élèves et professeurs préparent la fête de l’école'.replace('’', "'");
    expect(decodeBytes(Buffer.from(french, 'latin1'), { contentType }).text).toBe(french);
  });

  it('reads long UTF-16 with little ASCII and no mark', () => {
    const text = `<p>${'一读书活动使人进步'.repeat(300)}</p>`;
    expect(decodeBytes(Buffer.from(text, 'utf16le')).text).toBe(text);
    expect(decodeBytes(Buffer.from(text, 'utf16le').swap16()).text).toBe(text);
  });
});
