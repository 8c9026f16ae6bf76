import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBag, loadOrCreateKeys } from '#evidence';
import { runCommand } from '#test/command';
import { evidenceCommand } from './evidence.ts';

let dir: string;
let bag: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-evidence-'));
  const keys = await loadOrCreateKeys(join(dir, 'keys'));
  bag = join(dir, 'bag-C1-1.zip');
  const item = {
    path: 'items/page.html',
    bytes: Buffer.from('<p>网页</p>'),
    source: 'http://www.school.example/',
    tool: 'test',
    collector: 'test',
    acquiredAt: new Date('2026-03-01T08:00:00Z'),
  };
  const { privateKey } = keys;
  await createBag({
    caseId: 'C1',
    number: 1,
    items: [item],
    privateKey,
    createdAt: item.acquiredAt,
    outFile: bag,
  });
});
afterAll(() => rm(dir, { recursive: true }));

const run = (...argv: string[]) => runCommand(evidenceCommand, argv);

describe('jiaodun evidence verify', () => {
  it('passes an untouched bag with the key of the data directory or with a named one', async () => {
    expect(await run('verify', bag, '--data', dir)).toMatchObject({ code: 0, stderr: '' });
    const json = await run('verify', bag, '--key', join(dir, 'keys', 'evidence.pub.pem'), '--json');
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ result: 'pass', problems: [], bag: { caseId: 'C1' } });
  });

  it('answers 1 and names the item when a byte of it was altered', async () => {
    const altered = join(dir, 'altered.zip');
    await copyFile(bag, altered);
    const bytes = await readFile(altered);
    bytes[bytes.indexOf('网页')]! ^= 1;
    await writeFile(altered, bytes);
    const told = await run('verify', altered, '--data', dir);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain('✗ items/page.html: content altered');
  });

  it('answers 2 without a bag, with an unknown option, a missing bag, a missing key or a wrong key file', async () => {
    expect((await run()).code).toBe(2);
    expect((await run('verify')).code).toBe(2);
    expect((await run('seal', bag)).code).toBe(2);
    expect((await run('verify', bag, bag)).code).toBe(2);
    expect((await run('verify', bag, '--force')).stderr).toContain('--force');
    expect((await run('verify', join(dir, 'none.zip'), '--data', dir)).stderr).toContain('none.zip');
    expect((await run('verify', bag, '--key', join(dir, 'none.pem'))).stderr).toContain('--key');
    expect((await run('verify', bag, '--key', bag)).code).toBe(2);
  });

  it('tells its usage when asked', async () => {
    const told = await run('verify', '--help');
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('jiaodun evidence verify BAG');
  });
});
