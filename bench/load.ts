/**
 * Load on a server, from a process of its own: requests that arrive independently of each other, as those of many
 * people do, at a mean rate (a Poisson process, the same one in every run). A request's time runs from the moment at
 * which it was due, so that a server that stalls is not spared the requests that wait.
 *
 * autocannon was used before: it sends a second's requests in a burst of as many as it has connections, and its
 * correction for coordinated omission takes one millisecond for the interval between them (`Math.ceil(1 / rate)` in
 * run.js of 9.0.0), which multiplies every slow answer.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { Agent, get } from 'node:http';
import { elapsed } from '#base/clock';
import { pause } from '#base/timers';

export interface Load {
  readonly origin: string;
  /** Asked in turn. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly perSecond: number;
  readonly requests: number;
}

export interface Outcome {
  /** Milliseconds of each answer, sorted. */
  readonly times: readonly number[];
  /** Statuses other than 2xx, and errors. */
  readonly refused: readonly string[];
}

export interface Generator {
  run(load: Load): Promise<Outcome>;
  stop(): void;
}

/** Starts the process that makes load. */
export function startGenerator(): Generator {
  const child: ChildProcess = fork(import.meta.filename, ['load'], { stdio: ['ignore', 2, 2, 'ipc'] });
  return {
    run: (load) =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null) => reject(new Error(`the load ended with ${code}`));
        child.once('exit', ended);
        child.once('message', (outcome) => {
          child.off('exit', ended);
          resolve(outcome as Outcome);
        });
        child.send(load);
      }),
    stop: () => child.kill('SIGTERM'),
  };
}

/** The value below which this share of the sorted times lies. */
export function percentile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? Number.NaN;
}

const agent = new Agent({ keepAlive: true });

async function make({ origin, paths, headers, perSecond, requests }: Load): Promise<Outcome> {
  const times: number[] = [];
  const refused: string[] = [];
  const answers: Promise<void>[] = [];
  const draw = drawing(20_261_122);
  const started = elapsed();
  let due = 0;
  for (let n = 0; n < requests; n++) {
    due += (-Math.log(1 - draw()) * 1000) / perSecond;
    const wait = started + due - elapsed();
    if (wait > 0) await pause(wait);
    const dueAt = started + due;
    const url = origin + paths[n % paths.length]!;
    const answer = ask(url, headers).then((told) => {
      times.push(elapsed() - dueAt);
      if (told !== undefined) refused.push(told);
    });
    answers.push(answer);
  }
  await Promise.all(answers);
  return { times: times.sort((a, b) => a - b), refused };
}

/** What was wrong with the answer, read to its end. */
function ask(url: string, headers: Readonly<Record<string, string>>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent, headers }, (reply) => {
      const { statusCode = 0 } = reply;
      reply.resume();
      reply.once('end', () =>
        resolve(statusCode >= 200 && statusCode < 300 ? undefined : `${url}: ${statusCode}`),
      );
      reply.once('error', (error) => resolve(`${url}: ${error.message}`));
    });
    request.once('error', (error) => resolve(`${url}: ${error.message}`));
  });
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

if (process.send && process.argv[2] === 'load') {
  process.on('message', (load: Load) => {
    make(load).then((outcome) => process.send?.(outcome));
  });
}
