/**
 * Term matching against Hyperscan: the bar of the design is 1.5 times its speed at 10,000 Chinese terms, our
 * side with folding, skip view and original offsets, its side raw literals over UTF-8.
 * Runs of both sides alternate and processor time is taken, so that a busy machine slows both alike; the figure
 * is the ratio of the medians.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileTerms } from '../src/modules/scan/term-matcher.ts';
import { seeded } from './seeded.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: number | null;
  readonly holds: boolean | null;
  readonly peer: string;
  readonly command: string;
  readonly note?: string;
}

const CHARACTERS = 1_500_000;
const RUNS = 15;
const COMMAND = 'npm run bench -- scan';

/** Scans one text each time that a line arrives and prints the milliseconds of processor time; the patterns are the first file's lines. */
const HARNESS = `
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static unsigned long long hits;
static int on(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  (void)id; (void)from; (void)to; (void)flags; (void)context; hits++; return 0;
}
static char *slurp(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb"); if (!file) exit(3);
  fseek(file, 0, SEEK_END); *size = ftell(file); rewind(file);
  char *data = malloc(*size + 1); if (fread(data, 1, *size, file) != *size) exit(3);
  data[*size] = 0; fclose(file); return data;
}
int main(int count, char **arguments) {
  if (count < 3) return 2;
  size_t term_bytes, text_bytes, n = 0;
  char *terms = slurp(arguments[1], &term_bytes), *text = slurp(arguments[2], &text_bytes), line[16];
  for (size_t i = 0; i < term_bytes; i++) if (terms[i] == '\\n') n++;
  const char **expressions = malloc(n * sizeof *expressions); size_t *lengths = malloc(n * sizeof *lengths);
  unsigned *flags = calloc(n, sizeof *flags), *ids = malloc(n * sizeof *ids);
  char *at = terms;
  for (size_t i = 0; i < n; i++) { char *end = strchr(at, '\\n'); *end = 0; expressions[i] = at; lengths[i] = end - at; ids[i] = i; at = end + 1; }
  hs_database_t *database; hs_compile_error_t *error; hs_scratch_t *scratch = NULL;
  if (hs_compile_lit_multi(expressions, flags, ids, lengths, n, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) return 4;
  hs_alloc_scratch(database, &scratch);
  printf("ready %s\\n", hs_version()); fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    struct timespec a, b; hits = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a); hs_scan(database, text, text_bytes, 0, scratch, on, NULL); clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    printf("%.6f %llu\\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6, hits); fflush(stdout);
  }
  return 0;
}
`;

/** Times of Hyperscan's speed that the design asks for, by number of terms. */
const BARS: Readonly<Record<number, number>> = { 1000: 0.7, 10000: 1.5, 60000: 1.5 };

/** How many terms a list may have, and in how many milliseconds of processor time it must be built. */
const LONGEST_LIST = 100_000;
const BUILD_BAR = 1000;

/**
 * Measures the building of the longest list, cold; then at 1,000, 10,000 and 60,000 random terms: folding and skip view;
 * and, without a bar, all views.
 */
export async function run(): Promise<Figure[]> {
  const built = buildLongest();
  const folder = mkdtempSync(join(tmpdir(), 'bench-scan-'));
  try {
    const peer = buildPeer(folder);
    const figures: Figure[] = [built];
    for (const count of [1000, 10_000, 60_000]) figures.push(...(await measure(folder, count, peer)));
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The first list of the process, so that its tables and its compiled code count too: words of two to six of the 3,755 usual
 * characters (GB 2312, level 1), two in five of them long enough to be looked for by sound.
 */
function buildLongest(): Figure {
  const rows = Array.from({ length: 0xd7 - 0xb0 + 1 }, (_, row) =>
    Array.from({ length: 94 }, (_, cell) => [0xb0 + row, 0xa1 + cell]),
  );
  const usual = [...new TextDecoder('gb18030').decode(Uint8Array.from(rows.flat(2)))].slice(0, 3755);
  const { below, pick } = seeded(LONGEST_LIST);
  const words = new Set<string>();
  while (words.size < LONGEST_LIST)
    words.add(Array.from({ length: 2 + below(5) }, () => pick(usual)).join(''));
  const terms = Array.from(words, (term) => ({ term, category: 'bench', tier: 'ban' as const }));
  const start = process.cpuUsage();
  compileTerms(terms);
  const { user, system } = process.cpuUsage(start);
  const value = round((user + system) / 1000);
  return {
    name: `a list of ${LONGEST_LIST} terms built, with their sounds`,
    ...{ value, unit: 'ms of processor time', bar: BUILD_BAR, holds: value < BUILD_BAR },
    ...{
      peer: 'none',
      command: COMMAND,
      note: 'the first list of its process, its other threads (garbage, compiling) counted too',
    },
  };
}

/** The compiled harness, or why there is none. */
function buildPeer(folder: string): { program: string } | { missing: string } {
  if (!['/usr/include/hs/hs.h', '/usr/local/include/hs/hs.h'].some((path) => existsSync(path))) {
    return { missing: 'hs/hs.h is not installed (Debian: libhyperscan-dev)' };
  }
  const source = join(folder, 'peer.c');
  const program = join(folder, 'peer');
  writeFileSync(source, HARNESS);
  const built = spawnSync('cc', ['-O2', '-o', program, source, '-lhs'], { encoding: 'utf8' });
  if (built.status === 0) return { program };
  return { missing: `the harness does not compile: ${built.error?.message ?? built.stderr.slice(0, 200)}` };
}

async function measure(folder: string, count: number, peer: ReturnType<typeof buildPeer>): Promise<Figure[]> {
  const { text, terms } = makeCorpus(count);
  const matcher = compileTerms(terms.map((term) => ({ term, category: 'bench', tier: 'ban' as const })));
  let hits = 0;
  const ours = () => {
    const start = processorTime();
    hits = matcher.find(text).length;
    return processorTime() - start;
  };
  for (let warm = 0; warm < 8; warm++) ours();
  const bar = BARS[count] ?? null;
  const base = { peer: 'Hyperscan', command: COMMAND };
  const speed = (times: readonly number[]): Figure => ({
    ...base,
    name: `scan, ${count} terms`,
    value: round(text.length / median(times) / 1000),
    unit: 'million characters/s',
    bar: null,
    holds: null,
    note: `${hits} hits in ${text.length} characters`,
  });
  const ratio = { ...base, name: `scan, ${count} terms, against Hyperscan`, unit: 'times', bar };
  if ('missing' in peer) {
    const times = Array.from({ length: RUNS }, ours);
    return [speed(times), { ...ratio, value: 0, holds: null, note: peer.missing }];
  }
  const pairs = await alternate(folder, peer.program, text, terms, ours);
  const all = Array.from({ length: 5 }, () => {
    const start = processorTime();
    matcher.judge(text);
    return processorTime() - start;
  });
  const judged: Figure = {
    ...ratio,
    name: `scan, ${count} terms, all views (parts, sound) and judging, against Hyperscan`,
    value: round(median(pairs.theirs) / median(all)),
    bar: null,
    holds: null,
    note: 'random terms: two in three are long enough to be looked for by sound',
  };
  const value = round(median(pairs.theirs) / median(pairs.ours));
  const note = `medians of ${RUNS} alternating runs: ${round(median(pairs.ours))} ms and ${round(median(pairs.theirs))} ms of processor time; ${pairs.version}; its hits ${pairs.hits} (strict view only)`;
  return [speed(pairs.ours), { ...ratio, value, holds: bar === null ? null : value >= bar, note }, judged];
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/**
 * Processor time of this thread, in milliseconds. Linux counts a running thread's time at ticks only, every 4 ms;
 * when the thread sleeps for an instant the count is brought up to date.
 */
function processorTime(): number {
  Atomics.wait(nap, 0, 0, 0.01);
  const used = process.threadCpuUsage();
  return (used.user + used.system) / 1000;
}

/** One run of ours, one of theirs, and again. */
async function alternate(
  folder: string,
  program: string,
  text: string,
  terms: readonly string[],
  ours: () => number,
) {
  writeFileSync(join(folder, 'terms'), `${terms.join('\n')}\n`);
  writeFileSync(join(folder, 'text'), text);
  const child = spawn(program, [join(folder, 'terms'), join(folder, 'text')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done) throw new Error('the Hyperscan harness ended early');
    return line.value;
  };
  const result = { ours: [] as number[], theirs: [] as number[], version: await next(), hits: '' };
  for (let at = 0; at < RUNS + 3; at++) {
    child.stdin.write('\n');
    const [time, hits] = (await next()).split(' ');
    const own = ours();
    result.hits = hits ?? '';
    if (at < 3) continue;
    result.theirs.push(Number(time));
    result.ours.push(own);
  }
  child.stdin.end();
  await new Promise((ended) => child.once('close', ended));
  return { ...result, version: result.version.replace('ready ', 'Hyperscan ') };
}

/**
 * How many of the most frequent characters make up which share of modern Chinese text, in round figures: the
 * usual counts say about 17 % for the first 10, 40 % for 100, 75 % for 500, 89 % for 1,000, 97 % for 2,000.
 */
const SHARES = [
  [0, 0],
  [0.17, 10],
  [0.4, 100],
  [0.75, 500],
  [0.89, 1000],
  [0.97, 2000],
  [1, 3500],
] as const;

/** Text of 3,500 characters as frequent as in Chinese, with punctuation and a few letters; terms of two to six. */
function makeCorpus(count: number): { text: string; terms: string[] } {
  let seed = 20091122;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const alphabet = Array.from({ length: 3500 }, () =>
    String.fromCharCode(0x4e00 + Math.floor(random() * 20_900)),
  );
  const usual = () => {
    const share = random();
    const upper = SHARES.findIndex(([bound]) => share < bound);
    const [from, first] = SHARES[upper - 1]!;
    const [to, last] = SHARES[upper]!;
    return alphabet[Math.floor(first + ((share - from) / (to - from)) * (last - first))]!;
  };
  const any = () => alphabet[Math.floor(random() * alphabet.length)]!;
  const parts: string[] = [];
  for (let at = 0; at < CHARACTERS; at++) {
    const choice = random();
    if (choice < 0.1) parts.push('，。、 \n'[Math.floor(random() * 5)]!);
    else if (choice < 0.13) parts.push(String.fromCharCode(97 + Math.floor(random() * 26)));
    else parts.push(usual());
  }
  const terms = new Set<string>();
  while (terms.size < count) {
    const length = 2 + Math.floor(random() * 5);
    terms.add(Array.from({ length }, () => (random() < 0.5 ? any() : usual())).join(''));
  }
  return { text: parts.join(''), terms: [...terms] };
}

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1]!;
const round = (value: number) => Math.round(value * 100) / 100;
