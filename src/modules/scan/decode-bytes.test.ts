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
});
