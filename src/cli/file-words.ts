/** Why a file that the user named cannot be read or written, in words. */
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';

const words: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  ENOENT: ['没有这个文件或目录', 'no such file or directory'],
  EACCES: ['没有权限', 'permission denied'],
  EPERM: ['没有权限', 'permission denied'],
  EISDIR: ['这是目录，不是文件', 'is a directory, not a file'],
  ENOTDIR: ['路径中有一段不是目录', 'a part of the path is no directory'],
  ENAMETOOLONG: ['名称太长', 'the name is too long'],
  ELOOP: ['符号链接绕成了圈', 'the symbolic links go round in a circle'],
  EMFILE: ['打开的文件太多', 'too many open files'],
  EIO: ['磁盘读写出错', 'the disk cannot be read or written'],
  ENOSPC: ['磁盘已满', 'the disk is full'],
  EROFS: ['磁盘只读', 'the disk is read-only'],
};

/** Undefined for what is no error of a file. */
export function fileWords({ code = '' }: NodeJS.ErrnoException): { zh: string; en: string } | undefined {
  const found = words[code];
  return found && { zh: found[0], en: found[1] };
}

/** Both languages in a line; the system's own words for what has none here. */
export function fileReason(error: NodeJS.ErrnoException): string {
  const found = fileWords(error);
  return found ? `${found.zh} ${found.en}` : error.message;
}

/** Why no file can be made at this path; null where it can. Asked before the work, whose result would be lost. */
export async function whyUnwritable(path: string): Promise<string | null> {
  const folder = dirname(path);
  return access(folder, constants.W_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => `写不了 cannot write ${path}: ${folder}: ${fileReason(error)}`,
  );
}
