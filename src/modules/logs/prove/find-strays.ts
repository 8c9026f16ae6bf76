import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A file in the directory of segments that no line of a catalogue names. */
export interface Stray {
  /** Below the directory. */
  readonly file: string;
  readonly bytes: number;
  readonly changed: Date;
}

/** Every file below `root` that `named` does not hold; what goes away meanwhile is left out. */
export async function* findStrays(root: string, named: ReadonlySet<string>): AsyncGenerator<Stray> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = relative(root, path);
    if (named.has(file)) continue;
    const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (facts) yield { file, bytes: facts.size, changed: facts.mtime };
  }
}
