import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildCity } from './city.ts';
import { accessLine, conntrackLine, dhcpLine, squidLine } from './log-lines.ts';
import type { LogFormat } from './log-model.ts';
import { makeLogDay, writeLogFiles } from './logs.ts';

const city = buildCity({
  seed: 2009,
  resolveTo: { 'school-07': '127.0.0.1:1', 'school-23': '127.0.0.1:2', 'school-41': '127.0.0.1:3' },
});
const now = new Date('2026-03-02T06:30:00.500Z');
const day = makeLogDay(city, now);
const linesOf = (format: LogFormat): string[] =>
  day.sources.filter((s) => s.source.format === format).flatMap((s) => s.events.map((e) => e.line));
const dirs: string[] = [];
afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true });
});

const IP = '\\d+\\.\\d+\\.\\d+\\.\\d+';
const MAC = '(?:[0-9a-f]{2}:){5}[0-9a-f]{2}';
const HEAD = '(?:Mar  [12]) \\d\\d:\\d\\d:\\d\\d';
const SIDE = `src=${IP} dst=${IP} sport=\\d+ dport=\\d+`;
const SHAPES: Record<LogFormat, RegExp> = {
  dnsmasq: new RegExp(
    `^${HEAD} (?:dnsmasq-dhcp\\[969\\]: (?:DHCPDISCOVER\\(br0\\) ${MAC}|DHCP(?:OFFER|REQUEST)\\(br0\\) ${IP} ${MAC}|DHCPACK\\(br0\\) ${IP} ${MAC} \\S+)|dnsmasq\\[969\\]: query\\[A(?:AAA)?\\] \\S+ from ${IP})$`,
  ),
  conntrack: new RegExp(
    `^\\[\\d{10}\\.\\d{6}\\]\\t(?: {4}\\[NEW\\] (?:tcp {6}6 120 SYN_SENT|udp {6}17 30) ${SIDE} \\[UNREPLIED\\] ${SIDE}|\\[DESTROY\\] (?:tcp {6}6|udp {6}17) ${SIDE} ${SIDE} \\[ASSURED\\])$`,
  ),
  squid: new RegExp(
    `^\\d{10}\\.\\d{3} +\\d+ ${IP} TCP_[A-Z_]+/200 \\d+ (?:CONNECT \\S+:443|GET http://\\S+) - HIER_(?:NONE/-|DIRECT/${IP}) (?:-|text/html)$`,
  ),
  access: new RegExp(
    `^(${IP}) - - \\[0[12]/Mar/2026:\\d\\d:\\d\\d:\\d\\d \\+0800\\] "(?:GET|POST) \\S+ HTTP/1\\.1" \\d{3} \\d+ "[^"]+" "[^"]+" \\1:\\d+ host=www\\.school-07\\.example$`,
  ),
};

describe('the generated day of logs', () => {
  it('is the same for the same city and end', () => {
    const digest = (of: typeof day): string => {
      const hash = createHash('sha256');
      for (const { source, events } of of.sources) {
        hash.update(JSON.stringify(source));
        for (const event of events) hash.update(`${event.at} ${event.line}\n`);
      }
      return hash.digest('hex');
    };
    expect(digest(makeLogDay(city, now))).toBe(digest(day));
    expect(makeLogDay(city, new Date('2026-03-02T06:30:01.500Z')).change.at).not.toBe(day.change.at);
  });

  it('has at least 200,000 lines, every one of its format, in order of time and within the day', () => {
    let total = 0;
    for (const { source, events } of day.sources) {
      total += events.length;
      let last = now.getTime() - 24 * 3600_000 - 10;
      for (const { at, line } of events) {
        if (!SHAPES[source.format].test(line)) expect.fail(`${source.name}: ${line}`);
        if (at < last || at > now.getTime())
          expect.fail(`${source.name} is out of order or out of the day: ${line}`);
        last = at;
      }
    }
    expect(total).toBeGreaterThanOrEqual(200_000);
  });

  it.each(['2026-03-01T16:00:00Z', '2026-03-01T22:10:00Z', '2026-12-31T17:00:00Z'])(
    'holds the chain also when the day ends at %s, by night and over New Year',
    (end) => {
      const other = makeLogDay(city, new Date(end));
      const total = other.sources.reduce((sum, s) => sum + s.events.length, 0);
      expect(total).toBeGreaterThanOrEqual(200_000);
      expect(chainOf(other)).toEqual([city.story.deviceAssetNo]);
    },
  );

  it('writes the formats as their programs do', () => {
    const at = Date.UTC(2026, 2, 2, 6, 30, 0) + 123.4;
    expect(dhcpLine(at, 'DHCPACK', '10.0.0.5', '00:00:5e:00:53:01', 'PC-1')).toBe(
      'Mar  2 14:30:00 dnsmasq-dhcp[969]: DHCPACK(br0) 10.0.0.5 00:00:5e:00:53:01 PC-1',
    );
    const flow = { inIp: '10.0.0.5', inPort: 1, publicIp: '203.0.113.2', publicPort: 2, dstIp: '192.0.2.1' };
    expect(conntrackLine(at, 'NEW', { proto: 'tcp', dstPort: 80, ...flow })).toBe(
      '[1772433000.123400]\t    [NEW] tcp      6 120 SYN_SENT src=10.0.0.5 dst=192.0.2.1 sport=1 dport=80 [UNREPLIED] src=192.0.2.1 dst=203.0.113.2 sport=80 dport=2',
    );
    const proxied = { client: '10.0.0.5', result: 'TCP_MISS/200', method: 'GET', url: 'http://a.example/' };
    expect(
      squidLine(at, {
        ...proxied,
        durationMs: 45,
        bytes: 9,
        peer: 'HIER_DIRECT/192.0.2.1',
        type: 'text/html',
      }),
    ).toBe(
      '1772433000.123     45 10.0.0.5 TCP_MISS/200 9 GET http://a.example/ - HIER_DIRECT/192.0.2.1 text/html',
    );
    const asked = { clientIp: '203.0.113.2', clientPort: 2, method: 'GET', path: '/', status: 200, bytes: 9 };
    expect(accessLine(at, { ...asked, referrer: '-', agent: 'x', host: 'a.example' })).toBe(
      '203.0.113.2 - - [02/Mar/2026:14:30:00 +0800] "GET / HTTP/1.1" 200 9 "-" "x" 203.0.113.2:2 host=a.example',
    );
  });
});

/** Follows the site's log to devices with nothing but the lines, as an investigator would. */
function chainOf(from: typeof day): string[] {
  const lines = (format: LogFormat) =>
    from.sources.filter((s) => s.source.format === format).flatMap((s) => s.events);
  const saves = lines('access').filter((e) => e.line.includes('"POST /admin/article/save'));
  return saves.flatMap(({ at, line }) => {
    const [, ip, port] = / ([\d.]+):(\d+) host=/.exec(line)!;
    const side = ` dst=${ip} sport=80 dport=${port}`;
    const sessions = lines('conntrack').filter(
      (e) => e.line.includes(side) && /dst=203\.0\.113\.10 /.test(e.line),
    );
    const opened = sessions.filter((e) => e.line.includes('[NEW]') && e.at <= at);
    const closed = sessions.filter((e) => e.line.includes('[DESTROY]') && e.at >= at);
    expect([opened.length, closed.length]).toEqual([1, 1]);
    const inside = / src=([\d.]+) /.exec(opened[0]!.line)![1]!;
    const acks = lines('dnsmasq').filter((e) => e.line.includes(`DHCPACK(br0) ${inside} `));
    const before = acks.filter((e) => e.at <= at && e.at > at - 7200_000);
    const after = acks.filter((e) => e.at > at && e.at < at + 3600_000);
    expect(before.length).toBeGreaterThan(0);
    expect(after.length).toBeGreaterThan(0);
    const macs = new Set([...before, ...after].map((e) => e.line.split(' ').at(-2)!));
    return city.devices.filter((d) => macs.has(d.mac)).map((d) => d.assetNo);
  });
}

describe('the planted chain', () => {
  it('leads from the one change of the page to one registered device with owner and room', () => {
    expect(chainOf(day)).toEqual([city.story.deviceAssetNo]);
    const device = city.devices.find((d) => d.assetNo === city.story.deviceAssetNo)!;
    expect(device.ip).toBe(day.change.insideIp);
    expect(device.ownerNo).toMatch(/^P\d{4}$/);
    expect(now.getTime() - day.change.at).toBeGreaterThan(39 * 60_000);
    expect(now.getTime() - day.change.at).toBeLessThan(41 * 60_000);
  });

  it('uses a public port that others had before and that nobody shares with it', () => {
    const side = `dst=${day.change.publicIp} `;
    const port = ` dport=${day.change.publicPort}`;
    const events = day.sources
      .find((s) => s.source.name === `${day.change.exitCode}-nat`)!
      .events.filter(
        ({ line }) => line.includes(side) && new RegExp(`${port}(?: \\[ASSURED\\])?$`).test(line),
      );
    const insides = new Set(events.map(({ line }) => / src=([\d.]+) /.exec(line)![1]));
    expect(insides.size).toBeGreaterThan(1);
    const open = new Set<string>();
    for (const { line } of events) {
      const flow = / src=[\d.]+ dst=[\d.]+ sport=\d+/.exec(line)![0];
      if (line.includes('[NEW]')) {
        expect(open.size).toBe(0);
        open.add(flow);
      } else open.delete(flow);
    }
  });

  it('never gives one public port to two sessions at a time anywhere', () => {
    for (const { source, events } of day.sources) {
      if (source.format !== 'conntrack') continue;
      const open = new Set<string>();
      for (const { line } of events) {
        const port = /dport=(\d+)(?: \[ASSURED\])?$/.exec(line)![1]!;
        if (line.includes('[NEW]')) {
          if (open.has(port)) expect.fail(`${source.name}: ${line}`);
          open.add(port);
        } else open.delete(port);
      }
    }
  });

  it('is the only edit in the site log', () => {
    const posts = linesOf('access').filter((line) => line.includes('"POST '));
    expect(posts.map((line) => /"POST (\S+)/.exec(line)![1])).toEqual([
      '/admin/login',
      '/admin/article/save',
    ]);
  });
});

describe('the log files', () => {
  it('hold exactly the lines of the day, each ended by a line feed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'jiaodun-logs-'));
    dirs.push(dir);
    const files = await writeLogFiles(day, dir);
    expect(files.map((file) => file.source.name)).toEqual(day.sources.map((s) => s.source.name));
    for (const [i, file] of files.entries()) {
      const wanted = `${day.sources[i]!.events.map((event) => event.line).join('\n')}\n`;
      const text = await readFile(file.path, 'utf8');
      if (text !== wanted) expect.fail(`${file.source.name} differs`);
      expect(file.lines).toBe(day.sources[i]!.events.length);
    }
  });
});
