import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeFontConfig } from '#base/fonts';
import { openToAll } from '#base/open-to-all';

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

it('gives a file the bits that it lacks and takes none away', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-modes-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'file');
  await writeFile(file, '', { mode: 0o600 });
  await openToAll(file, 0o644);
  expect(await modeOf(file)).toBe('644');
  await openToAll(dir, 0o755);
  await openToAll(dir, 0o644);
  expect(await modeOf(dir)).toBe('755');
});

it('lets the browser, who is somebody else, read its fonts under the umask of the product', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-modes-'));
  const before = process.umask(0o077);
  onTestFinished(async () => {
    process.umask(before);
    await rm(dir, { recursive: true });
  });
  const fonts = join(dir, 'fonts');
  await writeFontConfig(fonts);
  expect(await modeOf(fonts)).toBe('755');
  const names = await readdir(fonts);
  expect(names).toContain('fonts.conf');
  for (const name of names) expect([name, await modeOf(join(fonts, name))]).toEqual([name, '644']);
});
