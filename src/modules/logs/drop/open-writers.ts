import { readdir, readFile, readlink } from 'node:fs/promises';
import { elapsed } from '#base/clock';

/** Access modes of open(2) that write: O_WRONLY, O_RDWR. */
const writes = 0o3;
const staleMs = 2000;

/**
 * Which files below a folder some process has open for writing: a log that is written to once in ten minutes looks
 * quiet. Knows nothing where the system does not tell (not Linux), and of processes that we may not look into.
 */
export class OpenWriters {
  readonly #root: string;
  #paths = new Set<string>();
  #at = Number.NEGATIVE_INFINITY;

  constructor(root: Buffer) {
    this.#root = `${root.toString('utf8')}/`;
  }

  /** By the path as text; bytes that are no UTF-8 look the same on both sides. */
  async has(path: Buffer): Promise<boolean> {
    if (elapsed() - this.#at > staleMs) {
      this.#paths = await this.#find();
      this.#at = elapsed();
    }
    return this.#paths.has(path.toString('utf8'));
  }

  async #find(): Promise<Set<string>> {
    const found = new Set<string>();
    for (const pid of (await list('/proc')).filter((name) => /^\d+$/.test(name))) {
      for (const descriptor of await list(`/proc/${pid}/fd`)) {
        const path = await readOr(() => readlink(`/proc/${pid}/fd/${descriptor}`));
        if (!path.startsWith(this.#root)) continue;
        const info = await readOr(() => readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1'));
        const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
        if ((flags & writes) !== 0) found.add(path);
      }
    }
    return found;
  }
}

const list = (path: string): Promise<string[]> =>
  readdir(path)
    .catch(away)
    .then((names) => names ?? []);
const readOr = (read: () => Promise<string>): Promise<string> =>
  read()
    .catch(away)
    .then((text) => text ?? '');

/** A process that ended meanwhile, or is somebody else's. */
function away(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH', 'ENOTDIR', 'EINVAL'].includes(error.code ?? ''))
    return undefined;
  throw error;
}
