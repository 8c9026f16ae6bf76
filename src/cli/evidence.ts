/** `jiaodun evidence verify`: the offline check of an evidence bag. No server, no network, no database. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isAppError, registerErrors } from '#base/errors';
import { verifyBag } from '#evidence';
import { errors, type Verification } from '#evidence/contract';

/** Where a command writes; strings are written as they are. */
interface CommandIo {
  stdout(text: string): void;
  stderr(text: string): void;
}

registerErrors(errors);

const HELP = `用法 / usage: jiaodun evidence verify BAG [--key PUBLIC.pem] [--data DIR] [--json]

离线校验证据包，只需要公钥文件。Checks an evidence bag offline; needs only the public key.

  --key FILE   公钥（Ed25519，PEM）。The public key. 默认 / default: DIR/keys/evidence.pub.pem
  --data DIR   数据目录 / data directory (default ./data)
  --json       {result, problems: [{item, problem}], bag}

退出码 / exit code: 0 通过 pass · 1 不通过或不完整 fail or incomplete · 2 用法或输入错误 usage or input error
`;

/**
 * Runs `jiaodun evidence …`; `argv` is what follows the word `evidence`. Returns the exit code: 0 pass, 1 fail or
 * incomplete (the item at fault is named), 2 wrong usage, no key, or a file that cannot be read.
 */
export async function evidenceCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  let parsed: ReturnType<typeof parseCommand>;
  try {
    parsed = parseCommand(argv);
  } catch (error) {
    io.stderr(`${HELP}\n${(error as Error).message}\n`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    io.stdout(HELP);
    return 0;
  }
  const [verb, bag, ...rest] = positionals;
  if (verb !== 'verify' || bag === undefined || rest.length > 0) {
    io.stderr(HELP);
    return 2;
  }
  try {
    const keyFile = values.key ?? join(values.data ?? './data', 'keys', 'evidence.pub.pem');
    const pem = await readKey(keyFile);
    const verified = await verifyBag(bag, pem);
    io.stdout(values.json ? `${JSON.stringify(verified)}\n` : describe(bag, verified));
    return verified.result === 'pass' ? 0 : 1;
  } catch (error) {
    if (!isAppError(error) && !isFileError(error)) throw error;
    io.stderr(`${isAppError(error) ? `${error.messages().zh}\n${error.message}` : error.message}\n`);
    return 2;
  }
}

function parseCommand(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw Object.assign(
      new Error(`公钥读不到，用 --key 指定 / no public key, give one with --key: ${reason}`),
      {
        code: (error as NodeJS.ErrnoException).code,
        cause: error,
      },
    );
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException).code));
}

const WORDS = { pass: '通过 PASS', fail: '不通过 FAIL', incomplete: '不完整 INCOMPLETE' } as const;

function describe(file: string, { result, problems, bag }: Verification): string {
  const lines = [`${WORDS[result]}  ${printable(file)}`];
  if (bag) {
    const bytes = bag.items.reduce((sum, item) => sum + item.bytes, 0);
    lines.push(
      `  ${printable(bag.caseId)} #${bag.number} · ${bag.createdAt} · ${bag.items.length} items, ${bytes} B`,
    );
    lines.push(`  ${bag.publicKeyId}`);
  }
  for (const { item, problem } of problems) lines.push(`  ✗ ${printable(item)}: ${printable(problem)}`);
  return `${lines.join('\n')}\n`;
}

/** What a hostile bag names must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?');
}
