/**
 * Runs parsers of hostile input in processes of their own: no rights to write, to start programs or to read
 * outside the program's folder, an unprivileged user where possible, limits on time, memory and answer.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'node:v8';
import { elapsed } from '#base/clock';
import type { ErrorCode } from '#base/contract';
import { AppError, registerErrors } from '#base/errors';

const confineErrors = {
  'confine.timeout': {
    status: 504,
    zh: '处理超过 {limitMs} 毫秒，已停止',
    en: 'Processing took longer than {limitMs} ms and was stopped',
  },
  'confine.memory': {
    status: 507,
    zh: '处理所需内存超过 {limitMb} MB，已停止',
    en: 'Processing needed more than {limitMb} MB of memory and was stopped',
  },
  'confine.crashed': {
    status: 500,
    zh: '处理进程中断：{reason}',
    en: 'The processing ended abnormally: {reason}',
  },
  'confine.too_large': { status: 413, zh: '结果超过 {limit} 字节', en: 'The result exceeds {limit} bytes' },
  'confine.closed': { status: 503, zh: '处理进程已关闭', en: 'The processing was closed' },
} as const satisfies Record<string, ErrorCode>;
registerErrors(confineErrors);

export interface ConfinedOptions {
  /** Module that calls `serveConfined`. */
  readonly entry: URL;
  /** Longest time for one input, in milliseconds. */
  readonly timeMs: number;
  /** JavaScript heap in MB. A process that holds more than twice that in all, after an input, is replaced. */
  readonly memoryMb: number;
  /**
   * A process is replaced after so many inputs, so that nothing an input left behind lives long. Default 500. A
   * new process is cold: it starts and compiles its code anew.
   */
  readonly maxInputs?: number;
  /** Processes at most. Default: one for each processor. */
  readonly workers?: number;
  /**
   * So many milliseconds an input waits for a process that is at work before another one is woken. Default 0. One that has
   * waited is cold: pages that take 1.6 ms each, one after another, took 2.5 ms with 8 ms between them.
   */
  readonly patienceMs?: number;
  /** Largest answer in bytes. Default 64 MiB. */
  readonly resultBytes?: number;
  /**
   * Native packages may be loaded (drawing). They are outside of Node's permissions: what holds them is the unprivileged
   * user, so the option is for entries that need one. Default: no.
   */
  readonly addons?: boolean;
  /** Told once when the process cannot change to the unprivileged user, and why. */
  readonly onNotice?: (notice: string) => void;
}

export interface ConfinedPool<I, O> {
  /** Gives one input to a free process. Fails with a `confine.*` error; the next input gets a fresh process then. */
  run(input: I): Promise<O>;
  /** Ends every process; inputs that are under way fail with `confine.closed`. */
  close(): Promise<void>;
}

interface Job {
  readonly input: unknown;
  /** When it came, by `elapsed()`. */
  readonly since: number;
  readonly done: (output: unknown) => void;
  readonly failed: (error: AppError) => void;
}

interface Worker {
  readonly child: ChildProcess;
  job: Job | null;
  timer: NodeJS.Timeout | null;
  inputs: number;
  stderr: string;
}

/** `nobody` on Linux and most Unix systems. */
const NOBODY = 65534;
const MAX_INPUTS = 500;

interface Message {
  readonly ready?: boolean;
  /** The answer as bytes: so its size is known before it is made. */
  readonly output?: Uint8Array;
  readonly error?: string;
  /** All memory that the process holds, in bytes. */
  readonly rss?: number;
}

/** Creates the pool; processes start with the first inputs and end with `close` or with this process. */
export function createConfinedPool<I, O>(options: ConfinedOptions): ConfinedPool<I, O> {
  const limit = options.workers ?? availableParallelism();
  const workers = new Set<Worker>();
  const waiting: Job[] = [];
  const launch = planLaunch(options);
  const maxInputs = options.maxInputs ?? MAX_INPUTS;
  const mostMemory = 2 * options.memoryMb * 2 ** 20;
  let closed = false;
  let wake: NodeJS.Timeout | null = null;

  const end = (worker: Worker, error: AppError | null) => {
    workers.delete(worker);
    if (worker.timer) clearTimeout(worker.timer);
    worker.child.kill('SIGKILL');
    const { job } = worker;
    worker.job = null;
    if (job && error) job.failed(error);
    next();
  };
  const settle = (worker: Worker, message: Message) => {
    const { job } = worker;
    if (!job) return;
    if (message.error !== undefined)
      return end(worker, new AppError('confine.crashed', { reason: message.error }));
    const answer = readAnswer(message.output, options.resultBytes ?? 64 << 20);
    if (answer.isBroken) return end(worker, answer.error);
    if (worker.timer) clearTimeout(worker.timer);
    worker.timer = null;
    worker.job = null;
    if (answer.error) job.failed(answer.error);
    else job.done(answer.output);
    if (worker.inputs >= maxInputs || (message.rss ?? 0) > mostMemory) end(worker, null);
    else {
      worker.child.unref();
      worker.child.channel?.unref();
      next();
    }
  };
  const start = (): Worker => {
    const worker: Worker = { child: launch(), job: null, timer: null, inputs: 0, stderr: '' };
    workers.add(worker);
    worker.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      worker.stderr = (worker.stderr + text).slice(-4000);
    });
    worker.child.on('message', (message: Message) => {
      if (!message.ready) settle(worker, message);
    });
    worker.child.on('error', (error) => {
      if (workers.has(worker)) end(worker, new AppError('confine.crashed', { reason: error.message }, error));
    });
    worker.child.on('close', (code, signal) => {
      if (workers.has(worker)) end(worker, explainEnd(worker, code, signal, options));
    });
    return worker;
  };
  const give = (worker: Worker, job: Job) => {
    worker.job = job;
    worker.inputs++;
    worker.child.ref();
    worker.child.channel?.ref();
    worker.timer = setTimeout(
      () => end(worker, new AppError('confine.timeout', { limitMs: options.timeMs })),
      options.timeMs,
    );
    worker.child.send({ id: worker.inputs, input: job.input }, (error) => {
      if (error && workers.has(worker))
        end(worker, new AppError('confine.crashed', { reason: error.message }, error));
    });
  };
  /** Whether the job has waited its time for a process that is at work; if not, it is looked at again then. */
  const isLate = (job: Job): boolean => {
    const left = (options.patienceMs ?? 0) - (elapsed() - job.since);
    if (left > 0)
      wake ??= setTimeout(() => {
        wake = null;
        next();
      }, left);
    return left <= 0;
  };
  const next = () => {
    while (!closed && waiting.length > 0) {
      const all = [...workers];
      if (all.some((worker) => worker.job) && !isLate(waiting[0]!)) return;
      const free = all.find((worker) => !worker.job) ?? (workers.size < limit ? start() : null);
      if (!free) return;
      give(free, waiting.shift()!);
    }
  };
  return {
    run: (input) =>
      new Promise<O>((done, failed) => {
        if (closed) return failed(new AppError('confine.closed'));
        waiting.push({ input, since: elapsed(), done: done as (output: unknown) => void, failed });
        next();
      }),
    close: async () => {
      closed = true;
      if (wake) clearTimeout(wake);
      const gone = [...workers].map(({ child }) => {
        child.ref();
        return new Promise((ended) => child.once('exit', ended));
      });
      for (const job of waiting.splice(0)) job.failed(new AppError('confine.closed'));
      for (const worker of [...workers]) end(worker, new AppError('confine.closed'));
      await Promise.all(gone);
    },
  };
}

type Answer =
  | { readonly isBroken: true; readonly error: AppError }
  | { readonly isBroken: false; readonly error?: AppError; readonly output?: unknown };

/** What the process answered. Bytes that are no answer are as good as a crash: nobody knows what runs there now. */
function readAnswer(bytes: unknown, limit: number): Answer {
  const isBytes = bytes instanceof Uint8Array;
  if (isBytes && bytes.length > limit)
    return { isBroken: false, error: new AppError('confine.too_large', { limit }) };
  try {
    if (isBytes) return { isBroken: false, output: deserialize(bytes) };
  } catch (error) {
    return { isBroken: true, error: new AppError('confine.crashed', { reason: 'no answer' }, error) };
  }
  return { isBroken: true, error: new AppError('confine.crashed', { reason: 'no answer' }) };
}

/** Why a process ended by itself: V8 says so on stderr when its heap is full. */
function explainEnd(
  worker: Worker,
  code: number | null,
  signal: string | null,
  options: ConfinedOptions,
): AppError {
  const { stderr } = worker;
  if (/heap out of memory|Array buffer allocation failed|Zone Allocation failed/i.test(stderr)) {
    return new AppError('confine.memory', { limitMb: options.memoryMb });
  }
  const last =
    stderr
      .trim()
      .split('\n')
      .find((line) => /error/i.test(line)) ?? '';
  return new AppError('confine.crashed', {
    reason: `${signal ?? `exit code ${code}`} ${last}`.trim().slice(0, 300),
  });
}

/** Decides once how processes start: folders that they may read, and the user. */
function planLaunch(options: ConfinedOptions): () => ChildProcess {
  // Node looks files up by their true paths: so must the permission, and wherever node_modules may be linked to.
  const entry = realpathSync(fileURLToPath(options.entry));
  const root = projectRoot(entry);
  const folders = [...new Set([root, packagesOf(root)])];
  const execArgv = [
    `--max-old-space-size=${options.memoryMb}`,
    '--permission',
    ...folders.map((folder) => `--allow-fs-read=${folder}`),
    ...(options.addons ? ['--allow-addons'] : []),
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
  ];
  const user = chooseUser(folders, options.onNotice);
  return () =>
    fork(entry, [], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
      cwd: root,
      ...user,
    });
}

/** The folder with package.json above a file: what the process must be able to read. */
function projectRoot(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (statSync(resolve(folder, 'package.json'), { throwIfNoEntry: false })) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${file}`);
  }
}

/** Where the packages of a project really are; the project itself when it has none of its own. */
function packagesOf(root: string): string {
  const folder = join(root, 'node_modules');
  return statSync(folder, { throwIfNoEntry: false }) ? realpathSync(folder) : root;
}

function chooseUser(
  readable: readonly string[],
  onNotice?: (notice: string) => void,
): { uid: number; gid: number } | object {
  if (process.getuid?.() !== 0) return {};
  const blocked = [...readable, realpathSync(process.execPath)]
    .flatMap(foldersOf)
    .find((folder) => !isOpen(folder));
  if (blocked === undefined) return { uid: NOBODY, gid: NOBODY };
  onNotice?.(`confined processes keep the user root: ${blocked} is not readable for others`);
  return {};
}

const foldersOf = (path: string): string[] =>
  dirname(path) === path ? [path] : [...foldersOf(dirname(path)), path];

/** Whether a user without rights of its own can enter the folder, or run the file. */
function isOpen(path: string): boolean {
  accessSync(path, constants.R_OK);
  return (statSync(path).mode & 0o001) !== 0;
}
