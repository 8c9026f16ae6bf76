/** What the city's web traffic leaves behind: the faulty site's own log, and the proxies of some schools. */
import { HOSTING_ADDRESS } from './city.ts';
import type { City } from './city-model.ts';
import { accessLine, type SiteRequest, squidLine } from './log-lines.ts';
import { type Change, INTERNET, type LogEvent, type PlannedChange } from './log-model.ts';
import { type Client, whoAndWhen } from './presence.ts';
import { type Chance, seedChance } from './seeded.ts';

/** Schools that keep a proxy, of five different bureaus. */
export const SQUID_SCHOOLS = ['school-02', 'school-11', 'school-15', 'school-33', 'school-56'] as const;

const CHANGED_BEFORE_END_MS = 40 * 60_000;

/** Forty minutes before the end of the day, from the device that the city's story names. */
export function planChange(city: City, end: number): PlannedChange {
  const device = city.devices.find((d) => d.assetNo === city.story.deviceAssetNo);
  const network = city.networks.find((n) => n.unitCode === device?.unitCode);
  if (!device || !network) throw new Error(`${city.story.deviceAssetNo} has no network`);
  return {
    at: Math.floor((end - CHANGED_BEFORE_END_MS) / 1000) * 1000,
    end,
    exitCode: network.exitCode,
    insideIp: device.ip,
    insidePort: 51_734,
    mac: device.mac,
    assetNo: device.assetNo,
    serverIp: HOSTING_ADDRESS,
  };
}

const AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36';
const VISITED = ['/', '/news/', '/news/101.html', '/news/102.html', '/notice/', '/about.html', '/style.css'];

/** The faulty site's log: a day of readers, and one editor who signs in, saves an article and leaves. */
export function accessEvents(city: City, change: Change, host: string, end: number): LogEvent[] {
  const chance = seedChance(city.seed, 'site readers');
  const events = Array.from({ length: 2400 }, (): LogEvent => {
    const at = end - chance.next() * 24 * 3600_000;
    return { at, line: accessLine(at, readerRequest(city, chance, host)) };
  });
  const edit = (offset: number, method: string, path: string, status: number, referrer: string): void => {
    const at = change.at + offset;
    const { publicIp: clientIp, publicPort: clientPort } = change;
    const request = { clientIp, clientPort, method, path, status, referrer, agent: AGENT, host, bytes: 1874 };
    events.push({ at, line: accessLine(at, request) });
  };
  const admin = `http://${host}/admin/`;
  edit(-93_000, 'GET', '/admin/login', 200, '-');
  edit(-61_000, 'POST', '/admin/login', 302, `${admin}login`);
  edit(-60_000, 'GET', '/admin/article/edit?id=1', 200, `${admin}login`);
  edit(0, 'POST', '/admin/article/save', 302, `${admin}article/edit?id=1`);
  edit(1_000, 'GET', '/', 200, `${admin}article/edit?id=1`);
  return events;
}

/** A reader comes through one of the city's exits or, more often, from outside. */
function readerRequest(city: City, chance: Chance, host: string): SiteRequest {
  const inside = chance.between(1, 3) === 1;
  // Readers' ports lie above every port that an exit's NAT gives out.
  return {
    clientIp: inside ? chance.pick(city.exits).publicIp : `192.0.2.${chance.between(226, 250)}`,
    clientPort: chance.between(33_000, 60_000),
    method: 'GET',
    path: chance.pick(VISITED),
    status: chance.between(1, 9) === 1 ? 304 : 200,
    bytes: chance.between(900, 24_000),
    referrer: chance.between(1, 2) === 1 ? '-' : `http://${host}/`,
    agent: AGENT,
    host,
  };
}

/** About 5,500 requests of one school's proxy. */
export function proxyEvents(seed: number, code: string, clients: readonly Client[]): LogEvent[] {
  const chance = seedChance(seed, `proxy ${code}`);
  const draw = whoAndWhen(clients, chance);
  return Array.from({ length: 5500 }, () => {
    const { client, at } = draw();
    const server = chance.pick(INTERNET);
    const secure = chance.between(1, 3) > 1;
    const hit = !secure && chance.between(1, 4) === 1;
    const line = squidLine(at, {
      durationMs: hit ? chance.between(0, 4) : chance.between(18, 5200),
      client: client.ip,
      result: secure ? 'TCP_TUNNEL/200' : hit ? 'TCP_MEM_HIT/200' : 'TCP_MISS/200',
      bytes: chance.between(380, 260_000),
      method: secure ? 'CONNECT' : 'GET',
      url: secure ? `${server.host}:443` : `http://${server.host}/page/${chance.between(1, 900)}.html`,
      peer: hit ? 'HIER_NONE/-' : `HIER_DIRECT/${server.ip}`,
      type: secure ? '-' : 'text/html',
    });
    return { at, line };
  });
}
