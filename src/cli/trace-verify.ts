/** `jiaodun trace verify`: works a trace out again from its evidence bag. No server, no network, no database. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, isAppError, registerErrors } from '#base/errors';
import { errors } from '#evidence/contract';
import { verifyTraceBag } from '#trace';
import type { ClientIo } from './commands.ts';
import { fileWords } from './file-words.ts';
import { verdicts } from './trace-flags.ts';

const keyErrors = {
  'cli.no_key': {
    status: 400,
    zh: '读不到公钥 {path}：{reason}。用 --key 指定做出证据包的那台服务器的公钥（它的数据目录里的 keys/evidence.pub.pem）',
    en: 'Cannot read the public key {path}: {reason}. Name with --key that of the server that made the bag (keys/evidence.pub.pem in its data directory)',
  },
} as const;
registerErrors(errors);
registerErrors(keyErrors);

const help = `用法 / usage: jiaodun trace verify BAG [--key PUBLIC.pem] [--data DIR] [--json]

离线核验溯源证据包：逐字节校验，用原解析器重读原始日志，比对事实，重新计算结论。
Checks a trace's evidence bag offline: every byte, the raw lines read again, the facts, the outcome worked out again.

  --key FILE   公钥（Ed25519，PEM）the public key; 默认 default: DIR/keys/evidence.pub.pem

退出码 / exit code: 0 通过 pass · 1 不通过或不完整 fail or incomplete · 2 用法或输入错误 usage or input error
`;

const words = { pass: '通过 PASS', fail: '不通过 FAIL', incomplete: '不完整 INCOMPLETE' } as const;

/** Runs `trace verify`; `argv` is what follows. Returns the exit code. Throws `cli.no_key`, `evidence.bad_key`, `evidence.unreadable`. */
export async function verifyTrace(argv: readonly string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [bag, ...rest] = positionals;
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  if (bag === undefined || rest.length > 0) {
    io.stderr(help);
    return 2;
  }
  const pem = await readKey(values.key ?? join(io.dataDir ?? './data', 'keys', 'evidence.pub.pem'));
  const verified = await verifyTraceBag(bag, pem).catch((error: unknown) => tellFile(bag, error));
  io.stdout(values.json ? `${JSON.stringify(verified)}\n` : describe(bag, verified));
  return verified.result === 'pass' ? 0 : 1;
}

/** Throws `cli.no_key`. */
async function readKey(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    fail('cli.no_key', { path, reason: fileWords(error) ?? error.message }, error),
  );
}

/** What the system says of a file, in words. */
function tellFile(file: string, error: unknown): never {
  const words =
    isAppError(error, 'evidence.unreadable') && fileWords((error.cause ?? {}) as NodeJS.ErrnoException);
  if (words) fail('evidence.unreadable', { file, reason: words }, error);
  throw error;
}

function verdictOf({ result, verdict }: Awaited<ReturnType<typeof verifyTraceBag>>): string {
  if (result === 'fail') return '不作结论：证据包不可采信 none: the bag cannot be relied on';
  return verdict === null ? '—' : verdicts[verdict];
}

function describe(file: string, checked: Awaited<ReturnType<typeof verifyTraceBag>>): string {
  const lines = [
    `${words[checked.result]}  ${printable(file)}`,
    `  结论 verdict: ${verdictOf(checked)} · 原始日志 lines: ${checked.lines} · 重读一致 rebuilt: ${checked.rebuilt} · 位置已证明 proven: ${checked.proven} · 位置由签名声明 stated: ${checked.stated}`,
  ];
  for (const { item, problem } of checked.problems)
    lines.push(`  ✗ ${printable(item)}: ${printable(problem)}`);
  for (const { item, problem } of checked.notes) lines.push(`  ! ${printable(item)}: ${printable(problem)}`);
  return `${lines.join('\n')}\n`;
}

/** What a hostile bag names must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?');
}
