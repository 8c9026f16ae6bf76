/** DHCP, DNS and NAT events of one bureau's exit. */
import type { Exit } from './city-model.ts';
import { conntrackLine, dhcpLine, dnsLine, type NatFlow } from './log-lines.ts';
import { INTERNET, type LogEvent, type PlannedChange } from './log-model.ts';
import { type Client, LEASE_SECONDS, whoAndWhen } from './presence.ts';
import { type Chance, seedChance } from './seeded.ts';

const RENEWAL_MS = (LEASE_SECONDS / 2) * 1000;

/** Leases: DISCOVER…ACK when a client comes, then REQUEST and ACK every half lease (RFC 2131 §4.4.5). */
export function dhcpEvents(clients: readonly Client[], end: number): LogEvent[] {
  const events: LogEvent[] = [];
  for (const client of clients) {
    for (const window of client.windows) {
      for (const verb of ['DHCPDISCOVER', 'DHCPOFFER'] as const) {
        events.push({ at: window.from - 2, line: dhcpLine(window.from - 2, verb, client.ip, client.mac) });
      }
      for (let at = window.from; at < window.to && at < end; at += RENEWAL_MS) {
        events.push({ at: at - 1, line: dhcpLine(at - 1, 'DHCPREQUEST', client.ip, client.mac) });
        events.push({ at, line: dhcpLine(at, 'DHCPACK', client.ip, client.mac, client.hostName) });
      }
    }
  }
  return events;
}

/** About 4,500 questions of an exit's clients. */
export function dnsEvents(seed: number, code: string, clients: readonly Client[]): LogEvent[] {
  const chance = seedChance(seed, `dns ${code}`);
  const draw = whoAndWhen(clients, chance);
  return Array.from({ length: 4500 }, () => {
    const { client, at } = draw();
    const type = chance.between(1, 4) === 1 ? 'AAAA' : 'A';
    return { at, line: dnsLine(at, type, chance.pick(INTERNET).host, client.ip) };
  });
}

const SESSIONS = 4800;
const FIRST_PORT = 20_000;
/** Fewer ports than sessions: each port serves two or three sessions a day, hours apart, as in a real exit. */
const PORTS = 2048;

interface Session extends Omit<NatFlow, 'publicIp' | 'publicPort'> {
  readonly start: number;
  readonly stop: number;
}

/**
 * One exit's NAT sessions as NEW and DESTROY lines. Ports go round in order of the session's beginning, so
 * that a port is never shared and never used again within minutes (RFC 6888 REQ-8 asks for 120 s).
 * The planted session is one of them; its public port is the answer when this exit carried it.
 */
export function natEvents(
  seed: number,
  exit: Exit,
  clients: readonly Client[],
  plan: PlannedChange,
): { events: LogEvent[]; plantedPort: number } {
  const chance = seedChance(seed, `nat ${exit.bureauCode}`);
  const draw = whoAndWhen(clients, chance);
  const sessions = Array.from({ length: SESSIONS }, () => newSession(draw(), chance));
  const planted = exit.bureauCode === plan.exitCode ? plantedSession(plan) : undefined;
  if (planted) sessions.push(planted);
  sessions.sort((a, b) => a.start - b.start);
  const events: LogEvent[] = [];
  const first = chance.between(0, PORTS - 1);
  let plantedPort = 0;
  sessions.forEach((session, i) => {
    const publicPort = FIRST_PORT + ((first + i) % PORTS);
    if (session === planted) plantedPort = publicPort;
    const flow: NatFlow = { ...session, publicIp: exit.publicIp, publicPort };
    events.push({ at: session.start, line: conntrackLine(session.start, 'NEW', flow) });
    if (session.stop < plan.end) {
      events.push({ at: session.stop, line: conntrackLine(session.stop, 'DESTROY', flow) });
    }
  });
  return { events, plantedPort };
}

function newSession(drawn: { client: Client; at: number }, chance: Chance): Session {
  const server = chance.pick(INTERNET);
  const udp = chance.between(1, 5) === 1;
  // Microsecond stamps, as the kernel gives them.
  const start = Math.floor(drawn.at * 1000) / 1000;
  return {
    proto: udp ? 'udp' : 'tcp',
    inIp: drawn.client.ip,
    inPort: chance.between(32_768, 60_999),
    dstIp: server.ip,
    dstPort: udp ? 443 : chance.pick([80, 443, 443, 443]),
    start,
    stop: start + (udp ? 30_000 : 0) + chance.between(2_000, 480_000),
  };
}

function plantedSession(plan: PlannedChange): Session {
  return {
    proto: 'tcp',
    inIp: plan.insideIp,
    inPort: plan.insidePort,
    dstIp: plan.serverIp,
    dstPort: 80,
    start: plan.at - 94_218.417,
    stop: plan.at + 66_104.902,
  };
}
