/** `jiaodun logs verify | catalogue | proof`: what verifies here is the code that verifies in the server. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { offline } from '#logs';
import {
  type CatalogueLine,
  type ChainCheck,
  type ChainHead,
  type ChainProblem,
  exportCatalogue,
  proveRecordRoute,
  type RecordProof,
  recordProof,
} from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { jsonLines, parsedJson } from './json-lines.ts';
import { InputError, UsageError } from './logs-usage.ts';

const { checkFile, faultOfProof, findStrays, fingerprintOf, verifyCatalogue } = offline;

const options = {
  dir: { type: 'string' },
  catalogue: { type: 'string' },
  key: { type: 'string' },
  trust: { type: 'string' },
  audit: { type: 'string' },
  proof: { type: 'string' },
  out: { type: 'string' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Exit code 0: whole; 1: something does not hold (with `--strict` also a note); 2: wrong use, or no catalogue. */
export async function verifyLogs(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options });
  const key = values.key && keyIn(values.key, await readFile(values.key, 'utf8'));
  if (values.proof) return checkProof(await readFile(values.proof, 'utf8'), key, io);
  const dir = await directoryOf(values.dir, values.catalogue, io);
  const content = values.catalogue
    ? createReadStream(values.catalogue)
    : await io.client.stream(exportCatalogue);
  const audited = values.audit ? await keptInAudit(values.audit) : { heads: [], days: [] };
  const trusted = [...(values.trust ? await readHeads(values.trust) : []), ...audited.heads];
  const named = new NamedFiles();
  const check = await verifyCatalogue(
    named.noting(jsonLines<CatalogueLine>(content, values.catalogue ?? io.client.url)),
    {
      trusted,
      droppedDays: audited.days,
      ...(key && { trustedKeys: new Set([key]) }),
      ...(dir && { checkFile: (line) => checkFile(dir, line) }),
    },
  );
  const notes = dir ? await named.notesOn(dir, values.catalogue === undefined) : [];
  if (values.json) io.stdout(`${JSON.stringify({ ...check, notes })}\n`);
  else io.stdout(tell(check, dir, notes));
  if (values.trust && check.intact) await writeHeads(values.trust, check);
  return check.intact && !(values.strict && notes.length > 0) ? 0 : 1;
}

function keyIn(path: string, text: string): string {
  try {
    return fingerprintOf(text);
  } catch {
    throw new InputError(`--key ${path}: 不是 Ed25519 公钥（PEM） no Ed25519 public key in PEM`);
  }
}

/** The named directory, or on the server's own machine the one that it keeps; undefined: files are not read. */
async function directoryOf(given: string | undefined, catalogue: string | undefined, io: ClientIo) {
  if (given !== undefined) {
    const found = await stat(given).catch(() => undefined);
    if (!found?.isDirectory()) throw new InputError(`--dir ${given}: 没有这个目录 no such directory`);
    return resolve(given);
  }
  if (catalogue !== undefined || io.dataDir === undefined) return undefined;
  const own = resolve(join(io.dataDir, 'segments'));
  return (await stat(own).catch(() => undefined))?.isDirectory() ? own : undefined;
}

const headShape = z.object({ chain: z.string(), chainSeq: z.number().int(), link: z.string() });

async function readHeads(path: string): Promise<ChainHead[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  const heads = z.array(headShape).safeParse(parsedJson(text));
  if (heads.success) return heads.data;
  throw new InputError(`--trust ${path}: 不是链头文件 no file of chain heads`);
}

async function writeHeads(path: string, { chains }: ChainCheck): Promise<void> {
  const heads = chains.map(({ chain, chainSeq, link }) => ({ chain, chainSeq, link }));
  await writeFile(`${path}.part`, `${JSON.stringify(heads, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** Which files the catalogue names, and what is said of the others. */
class NamedFiles {
  readonly #kept = new Set<string>();
  readonly #dropped = new Set<string>();
  #at = Number.POSITIVE_INFINITY;

  async *noting(lines: AsyncIterable<CatalogueLine>): AsyncGenerator<CatalogueLine> {
    for await (const line of lines) {
      if ('catalogue' in line) this.#at = Date.parse(line.catalogue.at);
      if ('segment' in line) (line.segment.dropped ? this.#dropped : this.#kept).add(line.segment.file);
      yield line;
    }
  }

  /** `isLive`: what was sealed after the catalogue was read is none of it yet, and no stranger. */
  async notesOn(dir: string, isLive: boolean): Promise<string[]> {
    const notes: string[] = [];
    for await (const { file, bytes, changed } of findStrays(dir, this.#kept)) {
      if (this.#dropped.has(file))
        notes.push(`${file}: 已清除，文件还在 dropped, and its file is still here`);
      else if (!isLive || changed.getTime() <= this.#at)
        notes.push(`${file}: 目录里没有登记的文件 not named by the catalogue, ${bytes} B`);
    }
    return notes;
  }
}

const auditLine = z.object({ statement: z.string(), content: z.string() });
const droppedShape = z.object({ day: z.string(), digest: z.string() });

interface DroppedDay {
  readonly plan: string;
  readonly day: string;
  readonly digest: string;
}

/**
 * What an audit log keeps of the chains: heads (entries `logs.chain_head`) and the digests of dropped days
 * (`logs.drop_day`); the content of both is `[before, after, name]`. A day that was decided in two goes has two digests,
 * neither of the whole.
 */
async function keptInAudit(file: string): Promise<{ heads: ChainHead[]; days: DroppedDay[] }> {
  const heads: ChainHead[] = [];
  const days = new Map<string, DroppedDay | null>();
  for await (const line of jsonLines<object>(createReadStream(file), file)) {
    const entry = auditLine.safeParse(line).data;
    if (entry?.statement.includes('logs.drop_day')) {
      const plan = /log_drop:([0-9a-f-]{36})/.exec(entry.statement)?.[1];
      const dropped = droppedShape.safeParse(afterIn(entry.content)).data;
      const key = `${plan} ${dropped?.day}`;
      if (plan && dropped) days.set(key, days.has(key) ? null : { plan, ...dropped });
    }
    if (!entry?.statement.includes('logs.chain_head')) continue;
    const head = headShape.safeParse(afterIn(entry.content)).data;
    if (head) heads.push(head);
  }
  return { heads, days: [...days.values()].filter((day) => day !== null) };
}

function afterIn(content: string): unknown {
  const value = parsedJson(content);
  return Array.isArray(value) ? value[1] : undefined;
}

const words: Record<ChainProblem['code'], string> = {
  segment_missing: '缺少封存段 a segment is missing',
  link_differs: '链接不符（目录被改动或错序） the link differs: edited or out of order',
  signature_bad: '签名无效 the signature is not valid',
  signer_unknown: '签名密钥不被信任 signed by a key that is not trusted',
  rolled_back: '封存链被回滚 the chain was rolled back',
  forked: '封存链被换成另一条 the chain is another one than was seen before',
  head_differs: '链头与封存段不符 the head does not fit the segments',
  file_missing: '封存文件缺失 the file is missing',
  file_cut: '封存文件被截断 the file is cut off',
  file_appended: '封存文件被追加了内容 something was appended to the file',
  file_damaged: '封存文件被改动 the file was changed',
  file_other: '封存文件被替换 the file was replaced',
  unreadable: '无法读取 cannot be read',
  drop_differs: '清除记录与目录不符 what is kept of dropped logs does not fit',
};

const listedNotes = 50;

function tell(check: ChainCheck, dir: string | undefined, notes: readonly string[]): string {
  const lines = check.chains.map(
    ({ chain, segments, records, link }) =>
      `链 chain ${chain}: ${segments} 段 segments, ${records} 行 records, 链头 head ${link}`,
  );
  lines.push(`签名有效 signed: ${check.signed}`);
  lines.push(dir ? `已读文件 files read: ${check.files}` : '未读封存文件 files were not read (--dir DIR)');
  if (check.dropped > 0)
    lines.push(
      `已按留存期限清除 dropped, retention over: ${check.dropped}, 摘要已重算 digests recomputed: ${check.droppedDays}`,
    );
  if (check.elsewhere > 0)
    lines.push(`已归档，此处未读 moved to the archive, not read here: ${check.elsewhere}`);
  for (const note of notes.slice(0, listedNotes)) lines.push(`注意 note: ${note}`);
  if (notes.length > listedNotes) lines.push(`注意 note: … 另有 and more: ${notes.length - listedNotes}`);
  for (const { code, chain, chainSeq, detail } of check.problems)
    lines.push(`✗ ${chain && `${chain}#${chainSeq} `}${words[code]}: ${detail}`);
  if (check.more > 0) lines.push(`… 另有 and more: ${check.more}`);
  lines.push(check.intact ? '完好 intact' : '不一致 broken');
  return `${lines.join('\n')}\n`;
}

/** Saves the whole catalogue, or nothing. */
export async function saveCatalogue(argv: string[], io: ClientIo): Promise<number> {
  const { positionals } = parseArgs({ args: argv, options: {}, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined) throw new UsageError('请给出文件名 name a file');
  await pipeline(await io.client.stream(exportCatalogue), createWriteStream(`${file}.part`, { mode: 0o600 }));
  await rename(`${file}.part`, file);
  io.stdout(`已导出 exported: ${file}\n`);
  return 0;
}

/** Fetches the proof of one record and checks it before it is given out. */
export async function proveLog(argv: string[], io: ClientIo): Promise<number> {
  const why = { case: { type: 'string' }, reason: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({
    args: argv,
    options: { ...options, ...why },
    allowPositionals: true,
  });
  const [, id, seq] = /^(\d+):(\d+)$/.exec(positionals[0] ?? '') ?? [];
  if (id === undefined) throw new UsageError('请写成 write it as SEGMENT:SEQ, e.g. 12:345');
  const proof = await io.client.call(proveRecordRoute, {
    params: { id: Number(id), seq: Number(seq) },
    query: { caseNo: values.case, reason: values.reason },
  });
  const fault = faultOfProof(proof);
  if (fault) {
    io.stderr(`证明不成立 the proof does not hold: ${fault}\n`);
    return 1;
  }
  const text = `${JSON.stringify(proof, null, 2)}\n`;
  if (values.out) await writeFile(values.out, text, { mode: 0o600 });
  else io.stdout(text);
  return 0;
}

function checkProof(text: string, key: string | undefined, io: ClientIo): number {
  const read = recordProof.safeParse(parsedJson(text));
  if (!read.success) throw new InputError('这不是证明文件 this is no proof');
  const proof: RecordProof = read.data;
  const isForeign = () => key !== undefined && fingerprintOf(proof.publicKey) !== key;
  const fault = faultOfProof(proof) ?? (isForeign() ? 'signature' : null);
  io.stdout(
    fault
      ? `不成立 does not hold: ${fault}\n`
      : `成立 holds: ${String(proof.meta.chain)}#${String(proof.meta.chainSeq)}, 封存段 segment ${proof.sha256}, 公钥 key ${fingerprintOf(proof.publicKey)}\n`,
  );
  return fault ? 1 : 0;
}
