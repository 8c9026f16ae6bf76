import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import { afterAll, describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { fontFiles } from '#base/fonts';
import { createRuleset, starterTermList } from './ruleset.ts';
import { scanBytes } from './scan-bytes.ts';
import { createScanPool, scanBytesConfined } from './scan-confined.ts';

const pool = createScanPool();
afterAll(() => pool.close());

describe('scanBytesConfined', () => {
  it('finds in its own process what is found here, with the lists that the caller has', async () => {
    const own = createRuleset([
      { id: 'own', version: '1', source: 'test', terms: [{ term: '校训', category: 'own', tier: 'ban' }] },
    ]);
    const target = { name: 'a.html', bytes: Buffer.from('<p>澳门新葡京娱乐，校训</p>') };
    for (const ruleset of [createRuleset([starterTermList]), own]) {
      const confined = await scanBytesConfined(pool, target, ruleset);
      expect(confined).toEqual(await scanBytes(target, ruleset));
      expect(confined.findings.length).toBeGreaterThan(0);
    }
  });

  it('passes on why a file cannot be read, and reads the next one', async () => {
    const ruleset = createRuleset([starterTermList]);
    const error = await scanBytesConfined(pool, { name: 'a.docx', bytes: Buffer.from('x') }, ruleset).catch(
      (reason: unknown) => reason,
    );
    expect(isAppError(error, 'scan.damaged')).toBe(true);
    const next = await scanBytesConfined(pool, { name: 'a.txt', bytes: Buffer.from('机密★1年') }, ruleset);
    expect(next.findings).toHaveLength(1);
  });

  it('finds marks of secrets and identity numbers in a turned and noisy picture', {
    timeout: 60_000,
  }, async () => {
    GlobalFonts.registerFromPath(fontFiles().serif, 'Print');
    const page = createCanvas(640, 200);
    const pen = page.getContext('2d');
    pen.fillStyle = '#e8e4da';
    pen.fillRect(0, 0, 640, 200);
    pen.rotate(0.02);
    pen.fillStyle = '#333';
    pen.font = '28px Print';
    pen.fillText('机密★1年', 30, 60);
    pen.fillText('张三 33110220150101001X', 30, 130);
    const noise = pen.getImageData(0, 0, 640, 200);
    for (let at = 0, seed = 1; at < noise.data.length; at++) {
      seed = (seed * 1_103_515_245 + 12_345) >>> 0;
      if (at % 4 !== 3) noise.data[at]! += ((seed >>> 16) % 60) - 30;
    }
    pen.putImageData(noise, 0, 0);
    const ruleset = createRuleset([starterTermList]);
    const target = { name: 'scan.jpg', bytes: page.toBuffer('image/jpeg') };
    const { findings } = await scanBytesConfined(pool, target, ruleset);
    const rules = findings.map((finding) => finding.rule);
    expect(rules).toContain('secrecy.mark');
    expect(rules).toContain('personal.id-card');
    // Without the recognition the same picture is unread, not clean.
    const unread = await scanBytes(target, ruleset);
    expect(unread.findings.map((finding) => finding.rule)).toEqual(['unread.no-ocr']);
  });

  it('does not decode a picture of a hundred megapixels', async () => {
    const head = Buffer.alloc(40);
    head.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 0, 'latin1');
    head.writeUInt32BE(10_000, 16);
    head.writeUInt32BE(10_000, 20);
    const { findings } = await scanBytesConfined(
      pool,
      { name: 'a.png', bytes: head },
      createRuleset([starterTermList]),
    );
    expect(findings.map((finding) => finding.rule)).toEqual(['unread.picture-too-large']);
  });
});
