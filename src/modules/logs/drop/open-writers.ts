import { readdir, readFile, readlink } from 'node:fs/promises';

/** Access modes of open(2) that write: O_WRONLY, O_RDWR. */
const writes = 0o3;

/**
 * Whether a process that we may look into has the file open for writing: a log that is written to once in ten minutes
 * looks quiet. `false` also where the system does not tell (not Linux) and for processes of other users.
 */
export async function isOpenForWriting(path: string): Promise<boolean> {
  for (const pid of (await list('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await list(`/proc/${pid}/fd`)) {
      if ((await readOr(() => readlink(`/proc/${pid}/fd/${descriptor}`))) !== path) continue;
      const info = await readOr(() => readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1'));
      const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
      if ((flags & writes) !== 0) return true;
    }
  }
  return false;
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
