/**
 * The worker that crawls, and at last every process, is killed at random moments of a crawl of several sites. The sites'
 * own log of requests says: every page was fetched; at most the request under way at a kill was made again, never one
 * whose answer had been kept; and no site was asked more than once a second, whoever was killed in between.
 * JIAODUN_TEST_KILLS sets how many kills; 3 unless told.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { elapsed } from '#base/clock';
import { pause } from '#base/timers';
import { registerSite } from '#sites/contract';
import { askProduct, type Client, ownSyslogPorts } from '#test/demo';
import { freePort, newDataDir, type Product, removeDataDir, startProduct, until } from '#test/product';
import { registerUnit } from '#units/contract';
import { getCheck, listChecks } from '#watch/contract';
import { connect } from '../../src/cli/client.ts';

const kills = Number(process.env.JIAODUN_TEST_KILLS ?? 3);
const siteCount = 5;
/** Enough that the last kill still meets a crawl: up to nine requests lie between two of them. */
const pageCount = Math.max(11, 2 * kills + 2);
const pauseMs = 1000;
/** By how much a request may be seen late: the machine has other work, and this process answers by and by. */
const lateMs = 350;

interface Asked {
  readonly host: string;
  readonly path: string;
  readonly at: number;
}

const asked: Asked[] = [];
const hosts = Array.from({ length: siteCount }, (_, n) => `www${n}.school.example`);
const paths = ['/', ...Array.from({ length: pageCount }, (_, n) => `/p${n}.html`)];
let server: Server;
let product: Product;
let port: number;
const siteIds: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    // The probes ask for the home page, too, and look for forgotten files; pages are asked for by the crawl alone.
    asked.push({ host: request.headers.host ?? '', path, at: elapsed() });
    const at = paths.indexOf(path);
    if (at < 0) return void response.writeHead(404).end();
    const links = [1, 2].map((step) => `<a href="${paths[(2 * at + step) % paths.length]}">${step}</a>`);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<html><title>示例学校</title><body><p>第 ${at} 页</p>${links.join('')}</body></html>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = await freePort();
  product = await start(await newDataDir());
  const client = await connect({ data: product.dataDir });
  await client.call(registerUnit, { body: { code: 'city', name: '示例市教育局', kind: 'city' } });
  for (const [n, host] of hosts.entries()) {
    const resolveTo = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = { name: `示例站${n}`, unitCode: 'city', url: `http://${host}/`, resolveTo };
    siteIds.push((await client.call(registerSite, { body })).id);
  }
}, 120_000);

afterAll(async () => {
  await product?.stop();
  server?.closeAllConnections();
  server?.close();
  if (product) await removeDataDir(product.dataDir);
}, 60_000);

async function start(dataDir: string): Promise<Product> {
  const env = { ...(await ownSyslogPorts()), JIAODUN_WATCH_LOOPBACK_PAUSE_MS: String(pauseMs) };
  return startProduct({ dataDir, port, env });
}

/** Requests that only the crawl makes. */
const pagesOf = (host: string) => asked.filter((one) => one.host === host && /^\/p\d+\.html$/.test(one.path));
const total = () => hosts.reduce((sum, host) => sum + pagesOf(host).length, 0);
const ask = <T>(question: (client: Client) => Promise<T>) => askProduct(product, question);

it('fetches every page once, whoever is killed, and keeps its pace', {
  timeout: 180_000 + 20_000 * kills,
}, async () => {
  /** For each site, what it was asked for last before each kill. */
  const underWay = new Map<string, string[]>(hosts.map((host) => [host, []]));
  const moments: string[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    // Requests say when, and chance where between two of them: in fetching, reading, keeping or waiting.
    const least = total() + siteCount + Math.floor(Math.random() * siteCount);
    await until(`request ${least}`, 90_000, async () => total() >= least);
    const late = Math.random() * pauseMs;
    await pause(late);
    const role = kill === kills ? 'everything' : 'worker';
    await product.kill(role);
    moments.push(`${role} ${late.toFixed(0)} ms after request ${total()}`);
    for (const host of hosts) underWay.get(host)!.push(pagesOf(host).at(-1)?.path ?? '');
    if (role === 'everything') product = await start(product.dataDir);
  }
  const said = moments.join(', ');
  const checks = await until('the end of every check', 120_000, async () => {
    const reply = await ask((client) => client.call(listChecks, { query: { pageSize: 100 } }));
    return reply && reply.total >= siteCount && reply.items.every(({ state }) => state !== 'running')
      ? reply.items
      : undefined;
  });
  expect(checks.map(({ siteId }) => siteId).sort()).toEqual(siteIds.toSorted());
  for (const { id, state, siteId } of checks) {
    const host = hosts[siteIds.indexOf(siteId)]!;
    expect([host, state], said).toEqual([host, 'clean']);
    const check = await ask((client) => client.call(getCheck, { params: { id } }));
    const kept = check?.pageList.map(({ url }) => new URL(url).pathname).sort();
    expect(kept, said).toEqual(paths.toSorted());
    const requests = pagesOf(host);
    expect(new Set(requests.map(({ path }) => path))).toEqual(new Set(paths.slice(1)));
    const again = requests.filter(({ path }, n) => requests.findIndex((one) => one.path === path) < n);
    // Only what was under way at a kill is asked for again, once for that kill.
    const allowed = [...underWay.get(host)!];
    for (const { path } of again) {
      expect(allowed, `${host}${path}: ${said}`).toContain(path);
      allowed.splice(allowed.indexOf(path), 1);
    }
    for (const [n, { at, path }] of requests.entries()) {
      if (n === 0) continue;
      expect(at - requests[n - 1]!.at, `${host}${path}: ${said}`).toBeGreaterThan(pauseMs - lateMs);
      const since = requests[0]!.at;
      expect(at - since, `${host}${path} since the first: ${said}`).toBeGreaterThan(n * pauseMs - lateMs);
    }
  }
});
