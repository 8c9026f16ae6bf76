/** Reads what a trace rests on: a fixed number of queries for a trace or a batch of traces. */
import { findAllocationsOf, findCustodiesAt, findDevicesAt, findNatRules, insideOf } from '#addresses';
import type { Ctx } from '#base/app';
import { tracing } from '#logs';
import { sourcesWanted } from './cover.ts';
import { coverageFact } from './coverage-fact.ts';
import { maxOrigins } from './decide.ts';
import { noFacts, type RequestFact, type SourceFact, type TraceFacts, type TraceQuestion } from './facts.ts';
import { findHolders, holdsAt } from './holders.ts';
import {
  blockFactsOf,
  farEndsOf,
  isAskedEnd,
  leaseFactsOf,
  natFactsOf,
  sightingFactsOf,
} from './log-facts.ts';
import { type Endpoint, findOrigins, type Origins, proxySourcesAt, windowOf } from './origins.ts';

const day = 86_400_000;
/** Linux keeps an idle established connection for five days by default (nf_conntrack_tcp_timeout_established). */
const longestSession = 5 * day;
const spans = {
  nat: { back: longestSession, ahead: longestSession },
  /** A block is held as long as its subscriber is there. */
  blocks: { back: 31 * day, ahead: 8 * day },
  /** Two weeks cover the longest leases in use. */
  leases: { back: 14 * day, ahead: 2 * day },
  sightings: { back: 2 * day, ahead: 2 * day },
} as const;
/** A gateway is never silent for long; a DHCP server of a small school may be, for half a lease. */
const silence = { nat: 300, lease: 3600 } as const;
const mostRounds = 3;

type Draft = { -readonly [K in keyof TraceFacts]: TraceFacts[K] };

interface Work {
  readonly question: TraceQuestion;
  readonly facts: Draft;
  readonly asked: Set<string>;
  /** Far ends by what names them in the facts: they themselves are not kept. */
  readonly far: Map<string, string[]>;
}

interface Batch {
  readonly ctx: Ctx;
  readonly reader: tracing.TraceReader;
  readonly works: readonly Work[];
  readonly knownAt: Date;
  /** Sources that are known by an address: what a question meets on its way may be one of them. */
  readonly proxies: readonly SourceFact[];
}

/** What one trace rests on. The caller looks everywhere (`lookEverywhere`) and shows what the actor may see. */
export async function gatherFacts(ctx: Ctx, question: TraceQuestion): Promise<TraceFacts> {
  const [facts] = await gatherMany(ctx, [question]);
  return facts!;
}

/**
 * The same for many questions, in their order. Best some hundred at a time and near to each other in time: every query
 * reads the whole span from the earliest to the latest. All must have one `knownAt`.
 */
export async function gatherMany(ctx: Ctx, questions: readonly TraceQuestion[]): Promise<TraceFacts[]> {
  const [first] = questions;
  if (!first) return [];
  if (questions.some((one) => one.knownAt !== first.knownAt))
    throw new RangeError('one batch has one knownAt');
  const reader = await tracing.openTraceReader(ctx, first.knownAt);
  const proxies = [...reader.sources.values()]
    .filter((source) => source.format === 'squid' && source.senders.length > 0)
    .map((source) => ({ ...source, clock: null }));
  const works = questions.map(
    (question): Work => ({
      question,
      facts: { ...noFacts, sources: proxies },
      asked: new Set(),
      far: new Map(),
    }),
  );
  const batch: Batch = { ctx, reader, works, knownAt: new Date(first.knownAt), proxies };
  await addAllocations(batch, (work) => [work.question.ip]);
  for (let round = 0; round < mostRounds; round += 1) {
    if (!(await followOnce(batch))) break;
  }
  await addHolds(batch);
  await addRegister(batch);
  await addCoverage(batch);
  return works.map(({ question, facts }) => withoutIdle(question, facts));
}

/** Follows every question by one translation or proxy. False when there was nothing more to follow. */
async function followOnce(batch: Batch): Promise<boolean> {
  const ends = batch.works.flatMap((work) => {
    const found = findOrigins(work.question, work.facts);
    return [
      ...found.endpoints.map((end) => ({ work, end, key: `nat ${end.ip} ${end.port}`, proxy: null })),
      ...found.proxies.map((ip) => ({ work, end: null, key: `proxy ${ip}`, proxy: ip })),
    ].filter(({ key }) => !work.asked.has(key));
  });
  if (ends.length === 0) return false;
  for (const { work, key } of ends) work.asked.add(key);
  await addTranslations(
    batch,
    ends.flatMap(({ work, end }) => (end ? [{ work, end }] : [])),
  );
  for (const { work, proxy } of ends) if (proxy !== null) await addRequests(batch, work, proxy);
  for (const work of new Set(ends.map((one) => one.work))) await addServed(batch, work);
  await addClocks(batch);
  await addAllocations(batch, (work) =>
    findOrigins(work.question, work.facts).origins.map((one) => one.insideIp),
  );
  return true;
}

async function addTranslations(batch: Batch, ends: readonly { work: Work; end: Endpoint }[]): Promise<void> {
  const questions = (span: { back: number; ahead: number }) =>
    ends.map(({ work, end }) => {
      const { at, from, to } = windowOf(work.question);
      return { ip: end.ip, port: end.port, realm: '', at, from: from - span.back, to: to + span.ahead };
    });
  const nat = await batch.reader.nat(questions(spans.nat));
  const blocks = await batch.reader.blocks(questions(spans.blocks));
  const natOf = Map.groupBy(nat, (row) => row.question);
  const blocksOf = Map.groupBy(blocks, (row) => row.question);
  for (const [n, { work, end }] of ends.entries()) {
    const own = natOf.get(n) ?? [];
    const { facts, question } = work;
    facts.nat = [...facts.nat, ...natFactsOf(own, question)];
    for (const [far, names] of farEndsOf(own)) work.far.set(far, [...(work.far.get(far) ?? []), ...names]);
    facts.blocks = [...facts.blocks, ...blockFactsOf(blocksOf.get(n) ?? [])];
    if (own.length >= (end.port === null ? 50_000 : 2_000))
      facts.cut = [...facts.cut, { what: 'nat', read: own.length }];
    if (end.port !== null) await addRules(batch, work, end.ip, end.port);
  }
}

async function addRules({ ctx, knownAt }: Batch, { facts, question }: Work, ip: string, port: number) {
  const rules = await findNatRules(ctx, ip, new Date(question.at), knownAt);
  for (const rule of rules) {
    const inIp = insideOf(rule, ip, port);
    if (inIp === null) continue;
    const { id, realm, unitPath } = rule;
    const times = { validFrom: rule.validFrom?.getTime() ?? null, recordedAt: rule.recordedAt.getTime() };
    facts.rules = [...facts.rules, { id, pubIp: ip, port, realm, inIp, unitPath, ...times }];
  }
}

async function addRequests(batch: Batch, work: Work, proxyIp: string): Promise<void> {
  const rows = await requestsOf(batch, work, proxySourcesAt(work.facts, proxyIp), proxyIp);
  work.facts.requests = [...work.facts.requests, ...rows];
}

/**
 * A school's proxy need not send its log from the address that it translates from. So where a realm has a proxy, what
 * that was fetching from the very far ends of the sessions at that time is read, too.
 */
async function addServed(batch: Batch, work: Work): Promise<void> {
  const realms = new Set(findOrigins(work.question, work.facts).origins.map((one) => one.realm));
  for (const source of batch.reader.sources.values()) {
    const key = `served ${source.id}`;
    if (source.format !== 'squid' || !realms.has(source.realm) || work.asked.has(key)) continue;
    work.asked.add(key);
    const rows = await requestsOf(batch, work, [{ ...source, clock: null }], '');
    work.facts.requests = [...work.facts.requests, ...rows.filter((row) => row.serves.length > 0)];
  }
}

async function requestsOf(
  { reader }: Batch,
  { facts, question, far }: Work,
  sources: readonly SourceFact[],
  proxyIp: string,
): Promise<RequestFact[]> {
  const { from, to } = windowOf(question);
  const ids = sources.map((source) => source.id);
  // Its lines bear its own time: with a clock that is off, those of the asked moment are written earlier or later.
  const clocks = await reader.clocks(ids.map((sourceId) => ({ sourceId, at: question.at })));
  const off = clocks.map(({ offsetMs, spreadMs }) => Math.abs(offsetMs) + spreadMs);
  const margin =
    Math.max(0, ...off) + 1000 * Math.max(2, ...sources.map((source) => source.toleranceSeconds));
  const rows = await reader.served({ sourceIds: ids, from: from - margin, to: to + margin });
  if (rows.length >= 1_000) facts.cut = [...facts.cut, { what: 'nat', read: rows.length }];
  const realms = new Map(sources.map((source) => [source.id, source.realm]));
  return rows.map(({ dstIp, dstPort, ...row }) => ({
    ...row,
    realm: realms.get(row.sourceId)!,
    proxyIp,
    serves: far.get(`${dstIp} ${dstPort}`) ?? [],
    isAsked: isAskedEnd(dstIp, dstPort, question),
  }));
}

/** Sources of the facts so far, with their clocks at the time. */
async function addClocks({ reader, works }: Batch): Promise<void> {
  const missing = works.flatMap((work) => {
    const { facts } = work;
    const known = new Set(
      facts.sources.filter((one) => work.asked.has(`clock ${one.id}`)).map((one) => one.id),
    );
    const lists = [facts.nat, facts.blocks, facts.requests, facts.leases, facts.sightings];
    const used = new Set(lists.flatMap((list) => list.map((one) => one.sourceId)));
    return [...used].filter((id) => !known.has(id)).map((sourceId) => ({ work, sourceId }));
  });
  const clocks = await reader.clocks(
    missing.map(({ work, sourceId }) => ({ sourceId, at: work.question.at })),
  );
  const byQuestion = new Map(clocks.map((one) => [one.question, one]));
  for (const [n, { work, sourceId }] of missing.entries()) {
    const source = reader.sources.get(sourceId);
    if (!source) continue;
    const found = byQuestion.get(n);
    const { offsetMs, spreadMs, samples, steady } = found ?? {};
    const clock = found
      ? {
          at: found.at.getTime(),
          offsetMs: offsetMs!,
          spreadMs: spreadMs!,
          samples: samples!,
          steady: steady!,
        }
      : null;
    work.asked.add(`clock ${sourceId}`);
    const others = work.facts.sources.filter((one) => one.id !== sourceId);
    work.facts.sources = [...others, { ...source, clock }].sort((a, b) => a.id - b.id);
  }
}

async function addAllocations(
  { ctx, works }: Batch,
  ipsOf: (work: Work) => readonly string[],
): Promise<void> {
  const wanted = works.map((work) => {
    const ips = [...new Set(ipsOf(work))].filter((ip) => !work.asked.has(`allocation ${ip}`)).slice(0, 1000);
    for (const ip of ips) work.asked.add(`allocation ${ip}`);
    return ips;
  });
  const all = [...new Set(wanted.flat())];
  if (all.length === 0) return;
  const hits = Map.groupBy(await findAllocationsOf(ctx, all), (hit) => hit.ip);
  for (const [n, { facts }] of works.entries()) {
    const own = wanted[n]!.flatMap((ip) => hits.get(ip) ?? []);
    facts.allocations = [
      ...facts.allocations,
      ...own.map(({ ip, realm, role, cidr, unitPath, unitName }) => ({
        ip,
        realm,
        role,
        cidr,
        unitPath,
        unitName,
      })),
    ];
  }
}

const shownOrigins = (work: Work): Origins['origins'] =>
  findOrigins(work.question, work.facts).origins.slice(0, maxOrigins);

/** Who held the inside addresses: leases and sightings. */
async function addHolds(batch: Batch): Promise<void> {
  const places = batch.works.flatMap((work) =>
    shownOrigins(work)
      .filter((origin) => origin.end === null)
      .map((origin) => ({ work, origin })),
  );
  const questions = (span: { back: number; ahead: number }) =>
    places.map(({ work, origin }) => {
      const { at, from, to } = windowOf(work.question);
      const { realm, insideIp: ip } = origin;
      return { ip, port: null, realm, at, from: from - span.back, to: to + span.ahead };
    });
  const leases = Map.groupBy(await batch.reader.leases(questions(spans.leases)), (row) => row.question);
  const seen = Map.groupBy(await batch.reader.sightings(questions(spans.sightings)), (row) => row.question);
  for (const [n, { work }] of places.entries()) {
    const { facts } = work;
    facts.leases = [...facts.leases, ...leaseFactsOf(leases.get(n) ?? [])];
    facts.sightings = [...facts.sightings, ...sightingFactsOf(seen.get(n) ?? [])];
  }
  await addClocks(batch);
}

/** Devices of the addresses and MACs, and who had them. */
async function addRegister({ ctx, works, knownAt }: Batch): Promise<void> {
  const questions = works.flatMap((work) => {
    const at = new Date(work.question.at);
    return shownOrigins(work).flatMap((origin) => {
      const { realm, insideIp } = origin;
      const macs =
        origin.end === null ? holdsAt(work.question, work.facts, origin).map((hold) => hold.mac) : [];
      return [
        { work, ask: { realm, ip: insideIp, mac: null, at } },
        ...macs.map((mac) => ({ work, ask: { realm, ip: null, mac, at } })),
      ];
    });
  });
  const answers = await findDevicesAt(
    ctx,
    questions.map((one) => one.ask),
    knownAt,
  );
  for (const answer of answers) {
    const { work, ask } = questions[answer.question]!;
    const { by, deviceId, assetNo, unitName, unitPath, ip, mac, validFrom, recordedAt } = answer;
    const device = {
      by,
      realm: ask.realm,
      asked: (ask.ip ?? ask.mac)!,
      deviceId,
      assetNo,
      unitName,
      unitPath,
      ip,
      mac,
    };
    const times = { validFrom: validFrom?.getTime() ?? null, recordedAt: recordedAt.getTime() };
    const isKnown = work.facts.devices.some(
      (one) => one.by === by && one.asked === device.asked && one.realm === ask.realm,
    );
    if (!isKnown) work.facts.devices = [...work.facts.devices, { ...device, ...times }];
  }
  const devices = works.flatMap((work) =>
    [...new Set(work.facts.devices.map((one) => one.deviceId))].map((deviceId) => ({ work, deviceId })),
  );
  const custodies = await findCustodiesAt(
    ctx,
    devices.map(({ work, deviceId }) => ({ deviceId, at: new Date(work.question.at) })),
    knownAt,
  );
  for (const { question, deviceId, personId, room, unitPath, validFrom, recordedAt } of custodies) {
    const { facts } = devices[question]!.work;
    const times = { validFrom: validFrom?.getTime() ?? null, recordedAt: recordedAt.getTime() };
    facts.custody = [...facts.custody, { deviceId, personId, room, unitPath, ...times }];
  }
}

/** Whether the sources on which the answer rests were there. */
async function addCoverage({ ctx, works, reader }: Batch): Promise<void> {
  const all = [...reader.sources.values()].map((source): SourceFact => ({ ...source, clock: null }));
  const wanted = works.flatMap((work) => {
    const found = findOrigins(work.question, work.facts);
    const shown = found.origins.slice(0, maxOrigins);
    const holders = findHolders(work.question, work.facts, shown);
    const facts = { ...work.facts, sources: all };
    return sourcesWanted(work.question, facts, { ...found, origins: shown }, holders).map((one) => ({
      work,
      ...one,
    }));
  });
  const answers = await tracing.relianceOfMany(
    ctx,
    wanted.map(({ work, sourceId, purpose }) => {
      const { from, to } = windowOf(work.question);
      const margin = 1000 * (reader.sources.get(sourceId)?.toleranceSeconds ?? 2);
      return { sourceId, from: from - margin, to: to + margin, gapSeconds: silence[purpose] };
    }),
  );
  for (const [n, { work, sourceId, purpose }] of wanted.entries()) {
    const answer = answers[n];
    const source = reader.sources.get(sourceId);
    if (!answer || !source) continue;
    work.facts.coverage = [...work.facts.coverage, coverageFact(answer, source, purpose)];
    if (!work.facts.sources.some((one) => one.id === sourceId))
      work.facts.sources = [...work.facts.sources, { ...source, clock: null }].sort((a, b) => a.id - b.id);
  }
}

/** Leaves out sources that the facts do not name: of a thousand schools a trace concerns one or two. */
function withoutIdle(question: TraceQuestion, facts: TraceFacts): TraceFacts {
  const lists = [facts.nat, facts.blocks, facts.requests, facts.leases, facts.sightings, facts.coverage];
  const used = new Set(lists.flatMap((list) => list.map((one) => one.sourceId)));
  for (const ip of findOrigins(question, facts).proxies) {
    for (const source of proxySourcesAt(facts, ip)) used.add(source.id);
  }
  return { ...facts, sources: facts.sources.filter((one) => used.has(one.id)) };
}
