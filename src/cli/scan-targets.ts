/** What `jiaodun scan` was given, opened one after the other. */
import { opendir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { AppError } from '#base/errors';
import type { ScanTarget } from '#scan';

export interface OpenTarget {
  readonly target: string;
  open(): Promise<ScanTarget>;
}

const FETCH_MS = 15_000;
const FETCH_BYTES = 20 << 20;
const FILE_BYTES = 200 << 20;
const READ = new Set(
  '.txt .md .csv .log .xml .json .html .htm .xhtml .shtml .asp .aspx .jsp .php .js .docx .xlsx .pptx .docm .xlsm .pptm .odt .ods .odp .rtf .pdf .zip .tar .gz .tgz .doc .dot .xls .xlt .xlsb .ppt .pps .wps .et .dps .eml .msg .mht .mhtml .ofd .xps .oxps .rar .7z .xz .txz .bz2 .tbz2 .cab .fodt .fods .fodp .svg .vcf .ics .emf .wmf .epub .jpg .jpeg .png .gif .bmp .webp .tif .tiff'.split(
    ' ',
  ),
);

/** The targets in the order given; folders are walked in the order of their names. */
export async function* listTargets(
  targets: readonly string[],
  stdin: NodeJS.ReadableStream,
  name: string | undefined,
  onSkipped: (path: string) => void,
): AsyncGenerator<OpenTarget> {
  for (const target of targets) {
    if (target === '-') yield { target: name ?? '-', open: () => readStdin(stdin, name ?? '-') };
    else if (/^https?:\/\//i.test(target)) yield { target, open: () => fetchTarget(target) };
    else yield* listPath(target, onSkipped);
  }
}

async function* listPath(path: string, onSkipped: (path: string) => void): AsyncGenerator<OpenTarget> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    yield { target: path, open: () => Promise.reject(error) };
    return;
  }
  if (!isFolder) yield { target: path, open: () => readTarget(path) };
  else yield* walk(path, onSkipped);
}

/** Files of a folder whose kind can be read; the others, and links, are told as skipped. */
async function* walk(folder: string, onSkipped: (path: string) => void): AsyncGenerator<OpenTarget> {
  const entries: { name: string; isFolder: boolean }[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.isDirectory()) entries.push({ name: entry.name, isFolder: true });
      else if (entry.isFile() && READ.has(extname(entry.name).toLowerCase()))
        entries.push({ name: entry.name, isFolder: false });
      else onSkipped(join(folder, entry.name));
    }
  } catch (error) {
    yield { target: folder, open: () => Promise.reject(error) };
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFolder) yield* walk(path, onSkipped);
    else yield { target: path, open: () => readTarget(path) };
  }
}

async function readTarget(path: string): Promise<ScanTarget> {
  const { size } = await stat(path);
  if (size > FILE_BYTES) throw new AppError('scan.too_large', { target: path, limit: FILE_BYTES });
  return { name: basename(path), bytes: await readFile(path) };
}

async function readStdin(stdin: NodeJS.ReadableStream, name: string): Promise<ScanTarget> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    size += bytes.length;
    if (size > FILE_BYTES) throw new AppError('scan.too_large', { target: name, limit: FILE_BYTES });
    chunks.push(bytes);
  }
  return { name, bytes: Buffer.concat(chunks) };
}

async function fetchTarget(url: string): Promise<ScanTarget> {
  const failed = (reason: string, cause?: unknown) =>
    new AppError('scan.fetch_failed', { url, reason }, cause);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(FETCH_MS),
      headers: { 'user-agent': 'Jiaodun-scan/1 (education bureau website check)' },
    });
    if (!response.ok) throw failed(`HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > FETCH_BYTES) throw new AppError('scan.too_large', { target: url, limit: FETCH_BYTES });
      chunks.push(chunk);
    }
    const contentType = response.headers.get('content-type') ?? undefined;
    return {
      name: basename(new URL(response.url).pathname),
      bytes: Buffer.concat(chunks),
      contentType,
      url: response.url,
    };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { cause, message } = error as Error;
    throw failed(cause instanceof Error && cause.message ? cause.message : message, error);
  }
}
