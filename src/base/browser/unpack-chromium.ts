/** Unpacks the Chromium that npm brought: one executable and the libraries that a bare system lacks. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib';
import { newId } from '#base/id';
import { openToAll } from '#base/open-to-all';

export interface ChromiumFiles {
  readonly executable: string;
  readonly libraries: string;
}

const TAR_BLOCK = 512;

/**
 * The unpacked browser below `dir`, unpacked on first use (210 MB, some seconds). Appears whole or not at all: a
 * second process either finds it or does the same work and loses the race harmlessly. Throws where npm's package
 * has no build for this processor.
 */
export async function unpackChromium(dir: string): Promise<ChromiumFiles> {
  if (process.arch !== 'x64' || process.platform !== 'linux') {
    throw new Error(
      `no bundled Chromium for ${process.platform} ${process.arch}; name one in the configuration`,
    );
  }
  const source = packageFolder();
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
  const home = join(dir, `chromium-${version}`);
  const files = { executable: join(home, 'chromium'), libraries: join(home, 'lib') };
  if (await isThere(files.executable)) {
    await openAll(home, files);
    return files;
  }
  const temporary = join(dir, `.chromium-${newId()}`);
  await mkdir(join(temporary, 'lib'), { recursive: true, mode: 0o755 });
  try {
    await pipeline(
      createReadStream(join(source, 'bin', 'chromium.br')),
      createBrotliDecompress(),
      createWriteStream(join(temporary, 'chromium'), { mode: 0o755 }),
    );
    for (const archive of ['al2023.tar.br', 'swiftshader.tar.br']) {
      const tar = brotliDecompressSync(await readFile(join(source, 'bin', archive)));
      await extractFlat(tar, join(temporary, 'lib'));
    }
    await openAll(temporary, { executable: join(temporary, 'chromium'), libraries: join(temporary, 'lib') });
    await rename(temporary, home).catch(async (error: Error) => {
      if (!(await isThere(files.executable))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return files;
}

/** The browser runs as somebody else, whatever our umask; folders of older versions are mended too. */
async function openAll(home: string, { executable, libraries }: ChromiumFiles): Promise<void> {
  for (const path of [home, executable, libraries]) await openToAll(path, 0o755);
  for (const name of await readdir(libraries)) await openToAll(join(libraries, name), 0o755);
}

function packageFolder(): string {
  // The package exports no package.json; its entry lies in build/.
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  return dirname(dirname(entry));
}

/** Writes the regular files of a ustar archive into one folder, by their last name (POSIX.1-1988, ustar). */
async function extractFlat(tar: Buffer, dir: string): Promise<void> {
  for (let at = 0; at + TAR_BLOCK <= tar.length; ) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0;
    const kind = tar.toString('latin1', at + 156, at + 157);
    if (name === '') return;
    if (kind === '0' || kind === '\0') {
      const content = tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size);
      await writeFile(join(dir, basename(name)), content, { mode: 0o755 });
    }
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
