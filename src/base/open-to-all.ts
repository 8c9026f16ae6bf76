/** Modes of files that the browser reads as somebody else. */
import { chmod, stat } from 'node:fs/promises';

/**
 * Gives a file or folder the bits of `mode` that it lacks: those given when it is made are cut by our umask of 077. What has
 * them is left alone, also when it is another's.
 */
export async function openToAll(path: string, mode: number): Promise<void> {
  const now = (await stat(path)).mode & 0o777;
  if ((now & mode) !== mode) await chmod(path, now | mode);
}
