/**
 * Crawling: SITES websites of PAGES pages each on this machine, first cycle (everything is read) and second (conditional
 * requests). Processor time is that of this process, its readers and its database; the websites' server is left out.
 * Arguments: number of sites (default 50), pages each (default 200). The bar of the design is for 1000 × 200.
 *
 * `npm run bench -- crawl 1000 200 polite` is the literal thing: every site is asked once a second at most, as in the
 * field, 250 sites at once; the least time between two requests to a site is taken from the server's own log. It takes
 * half an hour to an hour, ends by itself (LIMIT_MS at the latest) and makes no second cycle. What `kill -9` does to a
 * crawl is shown by `JIAODUN_TEST_KILLS=20 vitest run test/system/crawl-kill.test.ts`.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { systemActor } from '#base/app';
import { repeat } from '#base/timers';
import { registerSite } from '#sites';
import { buildCity } from '#test/city';
import { testApp } from '#test/db';
import { modules } from '../src/compose.ts';
import { createReaderPool } from '../src/modules/watch/read-page.ts';
import { runCheck } from '../src/modules/watch/run-check.ts';
import { type Figure, rounded } from './figure.ts';

const AT_ONCE = 16;
/** At one request a second a crawl waits most of its time: so many have to run for the processor to have work. */
const POLITELY_AT_ONCE = 250;
const PAUSE_MS = 1000;
const LIMIT_MS = 2 * 3_600_000;
const COMMAND = 'npm run bench -- crawl';

/** A site like a school's: 14 KB a page, menus, a list, a footer, an ETag; the same for every Host. */
const SERVER = `
const { createServer } = require('node:http');
const pages = Number(process.argv[1]);
const para = '学校坚持立德树人，开展丰富多彩的校园文化活动，师生共同成长。'.repeat(6);
const body = new Map();
function pageOf(n) {
  let text = body.get(n);
  if (text) return text;
  const links = Array.from({ length: 40 }, (_, k) => '<li><a href="/p' + ((n * 7 + k + 1) % pages) + '.html">第' + k + '条 校园新闻 2026-11-' + (k % 28 + 1) + '</a></li>').join('');
  const menu = Array.from({ length: 30 }, (_, k) => '<li class="m"><a href="/p' + k + '.html"><span>栏目' + k + '</span></a></li>').join('');
  text = Buffer.from('<!doctype html><html><head><meta charset="utf-8"><title>示例学校 ' + n + '</title></head><body><div class="top"><ul>' + menu + '</ul></div><div class="main">' + Array.from({ length: 8 }, (_, k) => '<p>' + n + ' ' + para + k + '</p>').join('') + '<ul>' + links + '</ul></div><div class="foot"><p>浙ICP备12345678号</p></div></body></html>');
  body.set(n, text);
  return text;
}
// Of each site: when it was last asked, the shortest time since the time before, how often each page was asked for.
const asked = new Map();
let least = Infinity, again = 0;
const note = (host, url) => {
  const now = performance.now();
  const site = asked.get(host) ?? asked.set(host, { last: -Infinity, pages: new Map() }).get(host);
  least = Math.min(least, now - site.last);
  site.last = now;
  if (!/^\\/p\\d/.test(url)) return;
  const times = (site.pages.get(url) ?? 0) + 1;
  site.pages.set(url, times);
  if (times > 1) again += 1;
};
const server = createServer((request, response) => {
  if (request.url === '/.told') return response.end(JSON.stringify({ least, again }));
  note(request.headers.host, request.url);
  const match = /^\\/(?:p(\\d+)\\.html)?$/.exec(request.url);
  if (!match) return response.writeHead(404).end();
  const n = Number(match[1] ?? 0) % pages, tag = '"' + n + '"';
  if (request.headers['if-none-match'] === tag) return response.writeHead(304, { etag: tag }).end();
  response.writeHead(200, { 'content-type': 'text/html', etag: tag }).end(pageOf(n));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
`;

/** Crawls and measures. */
export async function run(args: readonly string[] = []): Promise<Figure[]> {
  const sites = Number(args[0] ?? 50);
  const pages = Number(args[1] ?? 200);
  const isPolite = args[2] === 'polite';
  const server = spawn(process.execPath, ['-e', SERVER, String(pages)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await new Promise<[string]>((resolve) =>
    createInterface({ input: server.stdout }).once('line', (line) => resolve([line])),
  );
  const config = isPolite ? { watchLoopbackPauseMs: PAUSE_MS } : {};
  const app = await testApp([...modules], { config });
  const pool = createReaderPool({ workers: 2 });
  try {
    await buildCity(app);
    const ids: string[] = [];
    for (let n = 0; n < sites; n++) {
      const site = await app.run(systemActor('bench'), (ctx) =>
        registerSite(ctx, {
          name: `示例站${n}`,
          unitCode: ['east-1', 'east-2', 'west-1', 'west-2'][n % 4]!,
          url: `http://www${n}.school.example/`,
          resolveTo: `127.0.0.1:${port}`,
        }),
      );
      ids.push(site.id);
    }
    const cycle = async () => {
      const from = cpuParts(server.pid!);
      const start = performance.now();
      const waiting = [...ids];
      const signal = AbortSignal.timeout(LIMIT_MS);
      // A crawl of its own would end at 15 minutes; at 250 at once on a loaded machine that is near.
      const limits = isPolite ? { totalMs: LIMIT_MS } : {};
      const work = async () => {
        for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
          await runCheck(app, id, { pool, signal, limits });
      };
      const atOnce = isPolite ? POLITELY_AT_ONCE : AT_ONCE;
      let most = 0;
      const stop = repeat(1000, () => {
        most = Math.max(most, memoryMb(server.pid!));
      });
      await Promise.all(Array.from({ length: atOnce }, work)).finally(stop);
      const parts = cpuParts(server.pid!);
      const cpu = (name: keyof typeof parts) => parts[name] - from[name];
      const [own, readers, database] = [cpu('own'), cpu('readers'), cpu('database')];
      const all = own + readers + database;
      return { cpu: all, own, readers, database, most, wall: (performance.now() - start) / 1000 };
    };
    const first = await cycle();
    const told = (await (await fetch(`http://127.0.0.1:${port}/.told`)).json()) as Told;
    const second = isPolite ? null : await cycle();
    const { rows } = await app.ownerPool.query<{ pages: string; checks: string }>(
      `SELECT sum(pages) AS pages, count(*) FILTER (WHERE state <> 'failed') AS checks FROM watch."check"`,
    );
    const fetched = Number(rows[0]!.pages) / (second ? 2 : 1);
    const scale = 200_000 / fetched / 60;
    const load = `load average ${loadavg()[0]!.toFixed(1)}; ${sites} sites × ${pages} pages, ${fetched} fetched`;
    const isFull = fetched >= 190_000;
    const figure = (
      name: string,
      value: number,
      unit: string,
      bar: number | null,
      isUpper = true,
    ): Figure => ({
      name,
      value: rounded(value),
      unit,
      bar,
      holds: bar === null ? null : isUpper ? value <= bar : value >= bar,
      peer: null,
      command: COMMAND,
      note: load,
    });
    return [
      figure(
        isFull ? 'crawl of 1000 × 200 pages' : 'crawl of 1000 × 200 pages, reckoned from this run',
        first.cpu * scale,
        'CPU minutes',
        15,
      ),
      figure('of it the crawler itself', first.own * scale, 'CPU minutes', null),
      figure('of it reading pages', first.readers * scale, 'CPU minutes', null),
      figure('of it the database', first.database * scale, 'CPU minutes', null),
      ...(second
        ? [
            figure('the same, nothing changed', second.cpu * scale, 'CPU minutes', null),
            figure('second cycle', fetched / second.wall, 'pages/s', null),
          ]
        : [figure('least time between two requests to a site', told.least, 'ms', PAUSE_MS - LATE_MS, false)]),
      figure('first cycle', fetched / first.wall, 'pages/s', null),
      figure('pages asked for a second time in the first cycle', told.again, 'requests', 0),
      figure(
        'peak memory of the crawler and its readers',
        Math.max(first.most, second?.most ?? 0),
        'MB',
        1024,
      ),
    ];
  } finally {
    await pool.close();
    await app.close();
    server.stdin.end();
  }
}

/** What the websites' server says of the first cycle. */
interface Told {
  /** Shortest time between two requests to one site, milliseconds. */
  readonly least: number;
  readonly again: number;
}

/** By how much a request may be seen late: the server has one processor at most, and others before this one. */
const LATE_MS = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  /** Of children that ended. */
  readonly ended: number;
}

/** This process and all below it, without the websites' server. */
function family(without: number): Stat[] {
  const all = readdirSync('/proc').flatMap((entry): Stat[] => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
      const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
      // utime, stime; cutime, cstime.
      const [ticks, ended] = [
        Number(fields[11]) + Number(fields[12]),
        Number(fields[13]) + Number(fields[14]),
      ];
      return [{ pid: Number(entry), parent: Number(fields[1]), name, ticks, ended }];
    } catch {
      return []; // It ended meanwhile; its parent has its time.
    }
  });
  const own = new Set([process.pid]);
  for (let size = 0; size < own.size; ) {
    size = own.size;
    for (const { pid, parent } of all) if (own.has(parent) && pid !== without) own.add(pid);
  }
  return all.filter(({ pid }) => own.has(pid));
}

/** Processor seconds so far of this process, of those that read pages, and of the database. */
function cpuParts(without: number) {
  const parts = { own: 0, readers: 0, database: 0 };
  for (const { pid, name, ticks, ended } of family(without)) {
    const part = pid === process.pid ? 'own' : name.startsWith('postgres') ? 'database' : 'readers';
    parts[part] += ticks / 100;
    // Readers are replaced after so many pages; nothing else of this process's children ends meanwhile.
    parts[part === 'own' ? 'readers' : part] += ended / 100;
  }
  return parts;
}

/** Resident memory of the node processes; the database's is its own. */
function memoryMb(without: number): number {
  return family(without)
    .filter(({ name }) => !name.startsWith('postgres'))
    .reduce((sum, { pid }) => {
      const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
      return sum + Number(kb ?? 0) / 1024;
    }, 0);
}
