import { afterAll, describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
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
});
