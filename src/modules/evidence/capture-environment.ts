/** Where and with what a capture was made, so that a court can judge its circumstances. */
import { createHash } from 'node:crypto';
import { getServers } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { release, type } from 'node:os';

interface CaptureCircumstances {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** Our addresses that the connections went out from. */
  readonly egress: readonly string[];
  readonly browser: Readonly<Record<string, unknown>>;
}

let product: Promise<string> | undefined;

/** The product's name and version, and the runtime's: what `tool` says in a bag. */
export function toolName(): Promise<string> {
  product ??= readFile(new URL('../../../package.json', import.meta.url), 'utf8').then((text) => {
    const { version } = JSON.parse(text) as { version: string };
    return `jiaodun ${version}, Node.js ${process.version}`;
  });
  return product;
}

/** The environment as a JSON object. The clock's offset is null: no reference clock was asked. */
export async function describeEnvironment({ startedAt, finishedAt, egress, browser }: CaptureCircumstances) {
  return {
    tool: await toolName(),
    versions: {
      openssl: process.versions.openssl,
      llhttp: process.versions.llhttp,
      zlib: process.versions.zlib,
    },
    system: `${type()} ${release()} ${process.arch}`,
    clock: { startedAt: startedAt.toISOString(), finishedAt: finishedAt.toISOString(), offsetMs: null },
    resolver: { servers: getServers(), hostsFileSha256: await hashOf('/etc/hosts') },
    proxy: null,
    egress,
    browser,
  };
}

async function hashOf(path: string): Promise<string | null> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
