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

const checks: readonly [name: string, command: string, ...args: string[]][] = [
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['types of the web UI', 'tsc', '-p', 'web/tsconfig.json'],
  ['style', 'biome', 'check', '--error-on-warnings', '.'],
  ['dead code', 'knip', '--no-progress'],
  ['references', 'node', 'src/cli/write-reference.ts', '--check'],
  ['web UI builds', 'vite', 'build', 'web', '--logLevel', 'warn'],
];

async function staticChecks(count: Count): Promise<void> {
  for (const [name, command, ...args] of checks) {
    process.stdout.write(`\n— ${name}\n`);
    if ((await run(command, args)) === 0) count.passed += 1;
    else {
      count.failed += 1;
      process.stdout.write(`failed: ${name}\n`);
    }
  }
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
