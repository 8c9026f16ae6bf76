/** Where old segments go: another directory (a larger disk, a network share) or a bucket that speaks S3. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { App } from '#base/app';
import { sha256OfFile, syncDirectory } from '#base/files';
import { s3Archive } from './s3-archive.ts';

export interface Archive {
  readonly tier: 'archive' | 's3';
  /** As the catalogue names it; it holds no credentials. */
  readonly name: string;
  /** Stores a file durably, and again over what is there. */
  put(file: string, from: string): Promise<void>;
  /** Reads it back whole: SHA-256 of what is stored. */
  hashOf(file: string): Promise<string>;
  /** Writes what is stored to `to`. Throws ENOENT when it is not there. */
  get(file: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Where it can be read at once, without fetching it. */
  pathOf?(file: string): string;
  /** Throws what is in the way of writing and reading. */
  check(): Promise<void>;
}

type Where = Pick<App, 'config'>;

/** The place to which segments move now; undefined: they stay. */
export function presentArchive(app: Where): Archive | undefined {
  return configured(app)[0];
}

/** A place that segments were moved to, as far as it is still configured. */
export function archiveNamed(app: Where, name: string): Archive | undefined {
  return configured(app).find((archive) => archive.name === name);
}

function configured({ config }: Where): Archive[] {
  const s3 = config.archiveS3 === undefined ? [] : [s3Archive(config, config.archiveS3)];
  // A bucket comes first: who has both moves on from the directory, which is still read.
  return config.archiveDir === undefined ? s3 : [...s3, directoryArchive(config.archiveDir)];
}

function directoryArchive(root: string): Archive {
  const at = (file: string) => join(root, file);
  return {
    tier: 'archive',
    name: root,
    pathOf: at,
    async put(file, from) {
      const target = at(file);
      const part = `${target}.${randomUUID()}.part`;
      await mkdir(dirname(target), { recursive: true });
      try {
        await copyFile(from, part, constants.COPYFILE_EXCL);
        const handle = await open(part, 'r+');
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(part, target);
      } finally {
        await rm(part, { force: true });
      }
      await syncDirectory(dirname(target));
    },
    hashOf: (file) => sha256OfFile(at(file)),
    get: (file, to) => copyFile(at(file), to),
    remove: (file) => rm(at(file), { force: true }),
    check: () => access(root, constants.R_OK | constants.W_OK),
  };
}
