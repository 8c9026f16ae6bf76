/**
 * `npm test`: the static checks, then every test. The last line is the plain count of both. With names of
 * files or folders as arguments only those tests run.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const only = process.argv.slice(2);

// The processes that tests start read the same 600 files again and again.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/node');

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Runs a command to its end and keeps what it said, so that two at a time can be read. */
function runQuietly(command: string, args: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, said }));
  });
}

// One checker: TypeScript's four find the same things for twice the processor time.
const checks: readonly [name: string, command: string, ...args: string[]][] = [
  ['types of the web UI', 'tsc', '-p', 'web/tsconfig.json', '--checkers', '1'],
  ['types', 'tsc', '-p', 'tsconfig.json', '--checkers', '1'],
  ['style', 'biome', 'check', '--error-on-warnings', '.'],
  ['dead code', 'knip', '--no-progress'],
  ['references', 'node', 'src/cli/write-reference.ts', '--check'],
  ['web UI builds', 'vite', 'build', 'web', '--logLevel', 'warn'],
];

async function staticChecks(count: Count): Promise<void> {
  const waiting = [...checks];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const [name, command, ...args] = check;
      const { code, said } = await runQuietly(command, args);
      process.stdout.write(`\n— ${name}\n${said}${code === 0 ? '' : `failed: ${name}\n`}`);
      if (code === 0) count.passed += 1;
      else count.failed += 1;
    }
  };
  await Promise.all([lane(), lane()]);
}

async function tests(count: Count): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'jiaodun-report-'));
  const report = join(directory, 'report.json');
  await run('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...only,
  ]);
  // No report means that the runner itself broke: that is a failure, not zero tests.
  const text = await readFile(report, 'utf8').catch(() => undefined);
  await rm(directory, { recursive: true, force: true });
  if (text === undefined) {
    count.failed += 1;
    return;
  }
  const result = JSON.parse(text) as {
    success: boolean;
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
  };
  count.passed += result.numPassedTests;
  count.failed += result.numFailedTests;
  count.skipped += result.numPendingTests + result.numTodoTests;
  // A file that cannot be loaded fails the run without a failed test.
  if (!result.success && result.numFailedTests === 0) count.failed += 1;
}

const count: Count = { passed: 0, failed: 0, skipped: 0 };
if (only.length === 0) await staticChecks(count);
await tests(count);
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
process.exitCode = count.failed > 0 ? 1 : 0;
