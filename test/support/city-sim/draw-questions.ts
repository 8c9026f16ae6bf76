/** What a complaint would ask of the simulated time, and who it really was. */
import { Chance } from './chance.ts';
import { macAt, Truth } from './judge-provable.ts';
import type { City, Host, Session } from './model.ts';
import { addressV6 } from './run-leases.ts';

export type Moment = 'traffic' | 'start' | 'end' | 'reuse' | 'change' | 'handover' | 'outage' | 'idle' | 'v6';

export interface Question {
  readonly ip: string;
  readonly port: number;
  readonly proto: 'tcp' | 'udp';
  readonly at: number;
  readonly dst: { readonly ip: string; readonly port: number } | null;
  /** What was known then; null: what is known when all is over. */
  readonly knownAt: number | null;
}

/** The answer that only the simulation knows. */
export interface Answer {
  /** Null: nobody sent anything then. */
  readonly host: string | null;
  readonly mac: string | null;
  readonly assetNo: string | null;
  readonly ownerNo: string | null;
  readonly room: string | null;
  readonly moment: Moment;
  readonly network: string;
  /** Null: provable; else why not. */
  readonly unprovable: string | null;
}

export interface Asked {
  readonly question: Question;
  readonly answer: Answer;
}

const weights: readonly [Moment, number][] = [
  ['traffic', 0.45],
  ['start', 0.55],
  ['end', 0.64],
  ['reuse', 0.76],
  ['change', 0.82],
  ['handover', 0.85],
  ['outage', 0.89],
  ['idle', 0.95],
  ['v6', 1],
];

/** `knownAt`: share of the questions that ask what was known some time after. */
export function drawQuestions(city: City, count: number, knownAt = 0): Asked[] {
  const chance = new Chance(city.seed, 'questions');
  const past = new Chance(city.seed, 'known then');
  const pool = new Pool(city);
  const asked: Asked[] = [];
  while (asked.length < count) {
    const draw = chance.next();
    const moment = weights.find(([, up]) => draw < up)![0];
    const one = moment === 'v6' ? askV6(city, pool, chance) : askSession(city, pool, moment, chance);
    if (one) asked.push(past.hit(knownAt) ? asKnownThen(city, one) : one);
  }
  return asked;
}

/** At the next but one full hour: of the corrections of the register none had been made, and of the logs not all had come. */
function asKnownThen(city: City, { question, answer }: Asked): Asked {
  const knownAt = Math.min((Math.floor(question.at / 3_600_000) + 2) * 3_600_000, city.to + 1000);
  const host = city.schools.flatMap(({ hosts }) => hosts).find(({ id }) => id === answer.host);
  const told = host?.timely ? { ...(host.holdings[0] ?? null), ...host.misnamed } : null;
  const known = {
    assetNo: answer.assetNo === null ? null : (told?.assetNo ?? null),
    ownerNo: told?.ownerNo ?? null,
    room: told?.room ?? null,
  };
  return {
    question: { ...question, knownAt },
    answer: { ...answer, ...known, unprovable: answer.unprovable ?? 'known then' },
  };
}

/** Sessions that have a public side, by the moments that they are good for. */
class Pool {
  readonly truth: Truth;
  readonly all: readonly Session[];
  readonly of: Readonly<Record<'reuse' | 'change' | 'handover' | 'outage', readonly Session[]>>;

  constructor(city: City) {
    this.truth = new Truth(city);
    const { truth } = this;
    // An inner NAT's session is asked for by its outer one.
    this.all = city.gateways.flatMap(({ sessions }) => sessions).filter(isAskable);
    const edges = Map.groupBy(city.stays, ({ ip, host }) => `${host.school.code} ${ip}`);
    const nearEdge = (one: Session) =>
      (edges.get(`${one.host.school.code} ${one.insideIp}`) ?? []).some((stay) =>
        [stay.from, stay.to].some((edge) => Math.abs(edge - one.start) < 30_000),
      );
    this.of = {
      reuse: this.all.filter((one) => truth.rivals(publicSide(one), one.start, 10_000).length > 0),
      change: this.all.filter(nearEdge),
      handover: this.all.filter(({ host, start }) =>
        host.holdings.some(({ from }) => Math.abs(from - start) < 300_000),
      ),
      outage: this.all.filter((one) => {
        const outage = publicSide(one).gateway.source?.outage;
        return outage && one.start > outage.from - 60_000 && one.start < outage.to + 60_000;
      }),
    };
  }
}

/** Sessions as the host began them: those of an outer NAT are reached by the inner ones. */
function isAskable({ host, gateway, outer }: Session): boolean {
  return host.school.upper ? gateway !== host.school.upper && outer !== null : true;
}

const publicSide = (session: Session) => session.outer ?? session;

function askSession(city: City, pool: Pool, moment: Exclude<Moment, 'v6'>, chance: Chance): Asked | null {
  const list = moment in pool.of ? pool.of[moment as keyof Pool['of']] : pool.all;
  if (list.length === 0) return null;
  const session = chance.pick(list);
  if (moment === 'idle') return askIdle(city, pool, session, chance);
  const { start, lastSent } = session;
  const place = moment === 'start' || moment === 'reuse' ? 0 : moment === 'end' ? 1 : chance.next();
  const exact = Math.round(start + (lastSent - start) * place);
  const at = chance.hit(0.5) ? exact : Math.floor(exact / 1000) * 1000;
  const { dstIp, dstPort } = session;
  const dst = chance.hit(0.5) ? { ip: dstIp, port: dstPort } : null;
  const outside = publicSide(session);
  const question = {
    ip: outside.gateway.publicIp,
    port: outside.publicPort,
    proto: session.proto,
    at,
    dst,
    knownAt: null,
  };
  const unprovable = pool.truth.whyNot(session, exact, dst !== null);
  return { question, answer: answerOf(session.client ?? session.host, exact, moment, unprovable) };
}

/** A port that was used, at a time when nobody had it. */
function askIdle(city: City, pool: Pool, session: Session, chance: Chance): Asked | null {
  const outside = publicSide(session);
  const at = chance.whole(city.from, city.to);
  const { block, gateway, start, end } = outside;
  // A fixed block is its owner's though nobody sends.
  if (gateway.format === 'rule') return null;
  if (pool.truth.rivals(outside, at, 15_000).length > 0 || (start - 15_000 <= at && end + 15_000 >= at))
    return null;
  const inBlock = (one: { lo: number; start: number; end: number }) =>
    one.lo === block?.lo && one.start - 15_000 <= at && one.end + 15_000 >= at;
  if (gateway.blocks.some(inBlock)) return null;
  const question = {
    ip: gateway.publicIp,
    port: outside.publicPort,
    proto: outside.proto,
    at,
    dst: null,
    knownAt: null,
  };
  const nobody = { host: null, mac: null, assetNo: null, ownerNo: null, room: null };
  return { question, answer: { ...nobody, moment: 'idle', network: gateway.format, unprovable: 'nobody' } };
}

function askV6(city: City, pool: Pool, chance: Chance): Asked | null {
  const stays = city.stays.filter(({ host }) => host.school.v6 !== null && host.kind !== 'proxy');
  if (stays.length === 0) return null;
  const stay = chance.pick(stays);
  const at = chance.whole(
    Math.ceil(stay.from) + 1000,
    Math.max(Math.ceil(stay.from) + 1000, Math.floor(stay.to) - 1000),
  );
  if (at >= stay.to) return null;
  const { host } = stay;
  const ip = addressV6(host, at)!;
  const question = {
    ip,
    port: chance.whole(32_768, 60_000),
    proto: 'tcp' as const,
    at,
    dst: null,
    knownAt: null,
  };
  const near = at - stay.from < 310_000 || stay.to - at < 310_000 || stay.stolen || host.kind === 'static';
  const why = near ? 'edge of the stay' : pool.truth.whyNotV6(host, at);
  return { question, answer: answerOf(host, at, 'v6', why) };
}

function answerOf(host: Host, at: number, moment: Moment, unprovable: string | null): Answer {
  const holding = host.holdings.findLast(({ from }) => from <= at);
  return {
    host: host.id,
    mac: macAt(host, at),
    // A random address is registered only as the one that it was at first.
    assetNo: macAt(host, at) === host.macs[0]!.mac ? (holding?.assetNo ?? null) : null,
    ownerNo: holding?.ownerNo ?? null,
    room: holding?.room ?? null,
    moment,
    network: `${host.school.way} ${host.school.gateway.format}`,
    unprovable,
  };
}
