/** Traffic through the gateways: sessions with ports that are used again, port blocks, NAT behind NAT, proxies. */
import type { Chance } from './chance.ts';
import {
  conntrackLine,
  type Flow,
  h3cLine,
  huaweiLine,
  juniperLine,
  mikrotikLine,
  squidLine,
} from './format-lines.ts';
import type { Block, City, Gateway, Happening, Host, Session, Stay } from './model.ts';
import { note } from './run-leases.ts';

interface Wish {
  readonly gateway: Gateway;
  readonly host: Host;
  readonly insideIp: string;
  readonly insidePort: number;
  readonly proto: 'tcp' | 'udp';
  readonly dstIp: string;
  readonly dstPort: number;
  readonly start: number;
  readonly lastSent: number;
  readonly end: number;
  readonly client: Host | null;
}

/** Of a gateway that gives fixed blocks: each inside address has those of its last number. */
export const blocks = { from: 1024, size: 250 } as const;
const blockSize = 64;
const blockIdle = 120_000;

/** Draws what every stay sends, and takes it through the gateways in order of time. */
export function runGateways(city: City, chance: Chance, perHour: number): void {
  const wishes = city.stays.flatMap((stay) => wishesOf(city, stay, chance, perHour));
  wishes.sort((a, b) => a.start - b.start);
  const takers = new Map(city.gateways.map((gateway) => [gateway, new Taker(city, gateway, chance)]));
  for (const wish of wishes) {
    const session = takers.get(wish.gateway)!.take(wish);
    const upper = wish.host.school.upper;
    if (!session || !upper) continue;
    // The outer NAT sees the inner one's address and port.
    const { publicIp } = wish.gateway;
    session.outer = takers.get(upper)!.take({
      ...wish,
      gateway: upper,
      insideIp: publicIp,
      insidePort: session.publicPort,
    });
  }
  for (const taker of takers.values()) taker.close();
}

function wishesOf(city: City, stay: Stay, chance: Chance, perHour: number): Wish[] {
  const { host, ip } = stay;
  const { school } = host;
  if (host.kind === 'proxy') return [];
  const proxy = school.squid ? school.hosts.find((one) => one.kind === 'proxy') : undefined;
  const wishes: Wish[] = [];
  let at = stay.from + 500 + chance.wait(3_600_000 / perHour);
  while (at < stay.to - 500) {
    const start = Math.round(at);
    const lasts = drawLength(chance);
    const lastSent = Math.min(Math.round(start + lasts), Math.round(stay.to - 100));
    const linger = chance.pick([0, 0, 5000, 30_000, 120_000]);
    const wish: Wish = {
      gateway: school.gateway,
      host,
      insideIp: ip,
      insidePort: 32_768 + chance.whole(0, 499),
      proto: chance.hit(0.85) ? 'tcp' : 'udp',
      dstIp: `198.51.100.${chance.hit(0.3) ? chance.whole(1, 3) : chance.whole(4, 40)}`,
      dstPort: chance.pick([443, 443, 80, 8080]),
      start,
      lastSent: Math.max(start, lastSent),
      end: Math.max(start, lastSent) + 50 + linger,
      client: null,
    };
    wishes.push(
      proxy && wish.proto === 'tcp' && chance.hit(0.5) ? throughProxy(city, wish, proxy, chance) : wish,
    );
    at += chance.wait(3_600_000 / perHour);
  }
  return wishes;
}

/** Most sessions are short, some last for half an hour. */
function drawLength(chance: Chance): number {
  const kind = chance.next();
  if (kind < 0.5) return chance.whole(200, 20_000);
  return kind < 0.9 ? chance.whole(20_000, 300_000) : chance.whole(300_000, 2_400_000);
}

function throughProxy(city: City, wish: Wish, proxy: Host, chance: Chance): Wish {
  const { dstIp, dstPort, insideIp: client, insidePort: port, start, lastSent } = wish;
  const took = lastSent - start + 20;
  const number = city.happenings.length;
  note(city, wish.host.school.squid!, lastSent + 20, (local) =>
    squidLine(local, { took, client, port, dstIp, dstPort, number }),
  );
  return {
    ...wish,
    host: proxy,
    client: wish.host,
    insideIp: proxy.fixedIp!,
    insidePort: 32_768 + chance.whole(0, 499),
  };
}

/** Gives out the ports of one gateway. */
class Taker {
  readonly #city: City;
  readonly #gateway: Gateway;
  readonly #chance: Chance;
  /** Until when a port (with its destination, where it serves several) is taken. */
  readonly #taken = new Map<string, number>();
  readonly #blocks = new Map<string, Block>();
  readonly #blockBusy = new Map<Block, number>();

  constructor(city: City, gateway: Gateway, chance: Chance) {
    this.#city = city;
    this.#gateway = gateway;
    this.#chance = chance;
  }

  take(wish: Wish): Session | null {
    const block = this.#gateway.format === 'juniper' ? this.#blockFor(wish) : null;
    if (this.#gateway.format === 'juniper' && !block) return null;
    const publicPort = this.#portFor(wish, block);
    if (publicPort === null) return null;
    const gateway = this.#gateway;
    const session: Session = { ...wish, publicPort, block, logged: [], outer: null };
    this.#taken.set(this.#portKey(wish, publicPort), wish.end + gateway.holds);
    gateway.sessions.push(session);
    if (!block) this.#log(session);
    return session;
  }

  #portKey({ proto, dstIp, dstPort }: Wish, port: number): string {
    return this.#gateway.overloads ? `${proto} ${port} ${dstIp} ${dstPort}` : `${proto} ${port}`;
  }

  #portFor(wish: Wish, block: Block | null): number | null {
    const { from, to } = this.#rangeFor(wish, block);
    const isFree = (port: number) => (this.#taken.get(this.#portKey(wish, port)) ?? 0) < wish.start;
    // Linux keeps the port of the inside where it can.
    const own = from + (wish.insidePort % (to - from + 1));
    if (this.#gateway.format === 'conntrack' && isFree(own)) return own;
    for (let tries = 0; tries < 200; tries += 1) {
      const port = this.#chance.whole(from, to);
      if (isFree(port)) return port;
    }
    return null;
  }

  #rangeFor({ insideIp }: Wish, block: Block | null): { from: number; to: number } {
    if (block) return { from: block.lo, to: block.hi };
    if (this.#gateway.format !== 'rule') return this.#gateway.ports;
    const from = blocks.from + Number(insideIp.split('.')[3]) * blocks.size;
    return { from, to: from + blocks.size - 1 };
  }

  #blockFor(wish: Wish): Block | null {
    this.#freeBlocks(wish.start);
    const own = this.#blocks.get(wish.insideIp);
    const busy = Math.max(own ? (this.#blockBusy.get(own) ?? 0) : 0, wish.end);
    if (own) {
      this.#blockBusy.set(own, busy);
      return own;
    }
    const { from, to } = this.#gateway.ports;
    const used = new Set([...this.#blocks.values()].map(({ lo }) => lo));
    for (let lo = from; lo + blockSize - 1 <= to; lo += blockSize) {
      if (used.has(lo)) continue;
      const block: Block = {
        insideIp: wish.insideIp,
        lo,
        hi: lo + blockSize - 1,
        start: wish.start - 20,
        end: Number.POSITIVE_INFINITY,
        logged: [],
      };
      this.#blocks.set(wish.insideIp, block);
      this.#blockBusy.set(block, busy);
      this.#gateway.blocks.push(block);
      this.#logBlock(block, block.start, false);
      return block;
    }
    return null;
  }

  #freeBlocks(now: number): void {
    for (const [ip, block] of this.#blocks) {
      const over = (this.#blockBusy.get(block) ?? 0) + blockIdle;
      if (over > now) continue;
      block.end = over;
      this.#blocks.delete(ip);
      this.#logBlock(block, over, true);
    }
  }

  /** Frees what is idle at the end of the simulated time. */
  close(): void {
    this.#freeBlocks(this.#city.to);
  }

  #logBlock(block: Block, at: number, isFree: boolean): void {
    const { source, publicIp } = this.#gateway;
    if (!source || at > this.#city.to) return;
    const told = { insideIp: block.insideIp, lo: block.lo, hi: block.hi, publicIp };
    block.logged.push(note(this.#city, source, at, (local) => juniperLine(local, isFree, told, source.zone)));
  }

  /** What the gateway writes of a session. Linux lets an ended session rest; its DESTROY comes then. */
  #log(session: Session): void {
    const { source, format, publicIp } = this.#gateway;
    if (!source) return;
    const { start, end } = session;
    const flow: Flow = { ...session, publicIp };
    const add = (at: number, write: Happening['write']) => {
      if (at <= this.#city.to) session.logged.push(note(this.#city, source, at, write));
    };
    const own = (local: number) => local - (end - start);
    if (format === 'conntrack') {
      add(start, (local) => conntrackLine('NEW', local, flow));
      add(end, (local) => conntrackLine('DESTROY', local, flow));
    } else if (format === 'huawei-usg') {
      add(end, (local) => huaweiLine(local, own(local), flow, source.zone));
    } else if (format === 'h3c') {
      add(start, (local) => h3cLine(local, local, false, flow));
      add(end, (local) => h3cLine(local, own(local), true, flow));
    } else add(start, (local) => mikrotikLine(local, flow, source.zone));
  }
}
