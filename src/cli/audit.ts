/** `jiaodun audit …`: the auditor's command. What verifies here is the code that verifies in the server. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { verifyLog } from '#audit';
import {
  exportLog,
  type LogLine,
  type LogProblem,
  latestHead,
  listEntries,
  sealLog,
  type Verification,
} from '#audit/contract';
import { fail, registerErrors } from '#base/errors';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';
import { jsonLines } from './json-lines.ts';

const auditErrors = {
  'cli.no_audit_log': {
    status: 422,
    zh: '{name}：不是导出的审计日志',
    en: '{name}: is no exported audit log',
  },
} as const;
registerErrors(auditErrors);

const help = `用法 / usage:
  jiaodun audit list [--action A] [--actor ID] [--subject S] [--from T] [--to T] [--limit N] [--json]
  jiaodun audit verify [FILE] [--key PUBLIC.pem] [--trust HEAD.json] [--json]
  jiaodun audit export FILE
  jiaodun audit seal
  jiaodun audit witness --state DIR [--show-key] [--every SECONDS]

list     谁做了什么；--action 可用 units.* 这样的前缀。Who did what.
verify   重算整条日志。不写 FILE 时从服务器取；--trust 记住见过的检查点，下次能发现回滚。
         Recomputes the whole log, from the server or from an exported FILE; --trust remembers the
         newest head in a file, so that the next run shows a roll-back.
export   整条日志存为 NDJSON，可离线校验。The whole log as NDJSON.
seal     立即签名一个检查点。Signs a checkpoint now.
witness  在另一台机器上见证：只对从上次接着长出来的日志会签。Countersigns, on another machine, only
         what grew out of the head that it saw last; --show-key prints the key to register.

退出码 / exit code: 0 完好 intact · 1 不一致 broken · 2 用法或输入错误 usage or input error
`;

const options = {
  action: { type: 'string' },
  actor: { type: 'string' },
  subject: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  limit: { type: 'string' },
  key: { type: 'string' },
  trust: { type: 'string' },
  state: { type: 'string' },
  every: { type: 'string' },
  'show-key': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface AuditOptions {
  readonly [name: string]: string | boolean | undefined;
}

/** Runs `jiaodun audit …`. Exit code 1 means that the log is not whole. */
export async function auditCommand(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [verb, file] = positionals;
  if (values.help || verb === undefined) {
    io.stdout(help);
    return values.help ? 0 : 2;
  }
  if (verb === 'list') return list(values, io);
  if (verb === 'verify') return verify(file, values, io);
  if (verb === 'export' && file) return save(file, io);
  if (verb === 'seal') return seal(io);
  if (verb === 'witness' && values.state) {
    const { witnessCommand } = await import('./audit-witness.ts');
    return witnessCommand(values.state, values, io);
  }
  io.stderr(help);
  return 2;
}

async function list(values: AuditOptions, io: ClientIo): Promise<number> {
  const { action, actor, subject, from, to, limit } = values as Record<string, string | undefined>;
  const reply = await io.client.call(listEntries, {
    query: {
      pageSize: Math.min(500, Number(limit ?? 50) || 50),
      ...(action && { action }),
      ...(actor && { actorId: actor }),
      ...(subject && { subject }),
      ...(from && { from }),
      ...(to && { to }),
    },
  });
  if (values.json) io.stdout(`${JSON.stringify(reply.items, null, 2)}\n`);
  else
    for (const { at, index, actorName, action: done, subject: thing } of reply.items) {
      io.stdout(`${beijing(at)}  #${index ?? '—'}  ${actorName}  ${done}  ${thing}\n`);
    }
  return 0;
}

async function save(file: string, io: ClientIo): Promise<number> {
  const content = await io.client.stream(exportLog);
  // Whole or not at all: a log that broke off must not look like a log.
  await pipeline(content, createWriteStream(`${file}.part`, { mode: 0o600 }));
  await rename(`${file}.part`, file);
  io.stdout(`已导出 exported: ${file}\n`);
  return 0;
}

async function seal(io: ClientIo): Promise<number> {
  const head = await io.client.call(sealLog);
  io.stdout(`${head.size}  ${head.root}  ${beijing(head.at)}\n`);
  return 0;
}

async function verify(file: string | undefined, values: AuditOptions, io: ClientIo): Promise<number> {
  const content = file ? createReadStream(file) : await io.client.stream(exportLog);
  const publicKey = values.key
    ? await readFile(String(values.key), 'utf8')
    : file
      ? undefined
      : (await io.client.call(latestHead)).publicKey;
  const trusted = values.trust ? await readHead(String(values.trust)) : undefined;
  const lines = await openLog(content, file ?? io.client.url, publicKey);
  const result = await verifyLog(lines.rest, { publicKey: lines.publicKey, trusted });
  if (values.json) io.stdout(`${JSON.stringify(result)}\n`);
  else io.stdout(tell(result, publicKey === undefined));
  if (values.trust && result.intact) await writeHead(String(values.trust), result);
  return result.intact ? 0 : 1;
}

/** The lines of a log and the key to check them with: the one given, or the one that the log itself names. */
async function openLog(
  content: Readable,
  name: string,
  given: string | undefined,
): Promise<{ publicKey: string; rest: AsyncGenerator<LogLine> }> {
  const lines = jsonLines<LogLine>(content, name);
  const first = await lines.next();
  const named = !first.done && 'log' in first.value ? first.value.log.publicKey : undefined;
  const publicKey = given ?? named;
  if (publicKey === undefined) fail('cli.no_audit_log', { name });
  async function* rest(): AsyncGenerator<LogLine> {
    if (!first.done) yield first.value;
    yield* lines;
  }
  return { publicKey, rest: rest() };
}

const problemWords: Record<LogProblem['code'], string> = {
  entry_missing: '缺少记录 an entry is missing',
  entry_changed: '记录被改动 an entry was changed',
  checkpoint_misplaced: '检查点错位 a checkpoint is out of place',
  root_differs: '根哈希不符 the root differs',
  signature_bad: '签名不对 the signature is not valid',
  cut_short: '日志不完整 the log is cut short',
  rolled_back: '日志被回滚 the log was rolled back behind a head that was seen before',
  forked: '日志被换过 the log is not the one that was seen before',
  unreadable: '读不懂 unreadable',
};

function tell(result: Verification, ownKey: boolean): string {
  const { entries, checkpoints, root, problem } = result;
  const size = `${entries} 条记录 entries, ${checkpoints} 个检查点 checkpoints, ${root}`;
  const warning = ownKey
    ? '注意：用的是文件自带的公钥，只能说明文件自身一致；用 --key 指定另行取得的公钥。\n' +
      'The key came with the file: this shows only that it agrees with itself. Give --key.\n'
    : '';
  if (!problem) return `完好 INTACT: ${size}\n${warning}`;
  return `不一致 BROKEN: ${problemWords[problem.code]} (#${problem.place})\n${size}\n${warning}`;
}

async function readHead(file: string): Promise<{ size: number; root: string } | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as { size: number; root: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeHead(file: string, { entries, root }: Verification): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify({ size: entries, root })}\n`, { mode: 0o600 });
  await rename(`${file}.part`, file);
}
