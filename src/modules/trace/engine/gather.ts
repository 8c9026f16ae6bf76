/** Reads what a trace rests on: a fixed number of queries for a trace or a batch of traces. */
import { findNatRulesOf, insideOf, insidesOf } from '#addresses';
import type { Ctx } from '#base/app';
import { tracing } from '#logs';
import { type Batch, meetProxies, openWork, originsOf, proxiesByAddress, type Work } from './batch.ts';
import type { ClockFact, RuleFact, TraceFacts, TraceQuestion } from './facts.ts';
import { addAllocations, addCoverage, addRegister, shownOrigins } from './gather-register.ts';
import { addAskedPages, addRequests, addServed } from './gather-requests.ts';
import { addSessionEnds } from './gather-sessions.ts';
import {
  blockFactsOf,
  farEndsOf,
  leaseFactsOf,
  natFactsOf,
  sightingFactsOf,
  waysToWrite,
} from './log-facts.ts';
import { type Endpoint, proxySourcesAt, ruleMargin, windowOf } from './origins.ts';
import { numbersOf } from './protocols.ts';

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
const mostRounds = 3;

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
  const works = questions.map(openWork);
  const proxies = proxiesByAddress(reader.sources.values());
  const batch: Batch = { ctx, reader, works, knownAt: new Date(first.knownAt), proxies };
  for (const work of works) meetProxies(batch, work, [work.question.ip, work.question.forwardedBy ?? '']);
  await addAllocations(batch, (work) => [work.question.ip]);
  await addAskedPages(batch);
  await addRequests(batch, forwardersOf(batch));
  for (let round = 0; round < mostRounds; round += 1) {
    if (!(await followOnce(batch))) break;
  }
  await addHolds(batch);
  await addRegister(batch);
  await addCoverage(batch);
  return works.map(withoutIdle);
}

/** The proxies that told an address: whether they were serving it. */
function forwardersOf({ works }: Batch): { work: Work; ip: string }[] {
  return works.flatMap((work) => {
    const ip = work.question.forwardedBy;
    return ip && proxySourcesAt(work.facts, ip).length > 0 ? [{ work, ip }] : [];
  });
}

/** Follows every question by one translation or proxy. False when there was nothing more to follow. */
async function followOnce(batch: Batch): Promise<boolean> {
  const ends = batch.works.flatMap((work) => {
    const found = originsOf(work);
    return [
      ...found.endpoints.map((end) => ({ work, end, key: `nat ${end.ip} ${end.port}`, proxy: null })),
      ...found.proxies.map((ip) => ({ work, end: null, key: `proxy ${ip}`, proxy: ip })),
    ].filter(({ work: { asked }, key }) => !asked.has(key) && asked.add(key));
  });
  if (ends.length === 0) return false;
  await addTranslations(
    batch,
    ends.flatMap(({ work, end }) => (end ? [{ work, end }] : [])),
  );
  await addRequests(
    batch,
    ends.flatMap(({ work, proxy }) => (proxy === null ? [] : [{ work, ip: proxy }])),
  );
  await addServed(batch, new Set(ends.map((one) => one.work)));
  await addClocks(batch);
  await addAllocations(batch, (work) => originsOf(work).origins.map((one) => one.insideIp));
  return true;
}

async function addTranslations(batch: Batch, ends: readonly { work: Work; end: Endpoint }[]): Promise<void> {
  const questions = (span: { back: number; ahead: number }) =>
    ends.map(({ work, end }) => {
      const { at, from, to } = windowOf(work.question);
      const own = end.port === null ? wantedOf(work.question) : {};
      return {
        ip: end.ip,
        port: end.port,
        realm: '',
        at,
        from: from - span.back,
        to: to + span.ahead,
        ...own,
      };
    });
  // A rule that was changed near to the time may have been so a minute earlier or later than somebody wrote down.
  const asked = ends.flatMap(({ work: { question }, end }) => {
    const { from, to } = windowOf(question);
    return [from - ruleMargin, question.at, to + ruleMargin].map((at) => ({ ip: end.ip, at: new Date(at) }));
  });
  const [nat, blocks, rules] = await Promise.all([
    batch.reader.nat(questions(spans.nat)),
    batch.reader.blocks(questions(spans.blocks)),
    findNatRulesOf(batch.ctx, asked, batch.knownAt),
  ]);
  const natOf = Map.groupBy(nat, (row) => row.question);
  const blocksOf = Map.groupBy(blocks, (row) => row.question);
  const rulesOf = Map.groupBy(rules, (rule) => Math.floor(rule.question / 3));
  for (const [n, { work, end }] of ends.entries()) {
    const own = natOf.get(n) ?? [];
    const { facts, question } = work;
    facts.nat = [...facts.nat, ...natFactsOf(own, question)];
    for (const [far, names] of farEndsOf(own)) work.far.set(far, [...(work.far.get(far) ?? []), ...names]);
    facts.blocks = [...facts.blocks, ...blockFactsOf(blocksOf.get(n) ?? [])];
    if (own.length >= (end.port === null ? 50_000 : 2_000))
      facts.cut = [...facts.cut, { what: 'nat', read: own.length }];
    facts.rules = [...facts.rules, ...ruleFactsOf(rulesOf.get(n) ?? [], end.ip, end.port)];
    meetProxies(
      batch,
      work,
      [facts.nat, facts.blocks, facts.rules].flatMap((list) => list.map((one) => one.inIp)),
    );
  }
}

/** Without a port, what else tells a session from the others of its address. */
function wantedOf({ proto, dstIp }: TraceQuestion): { protocols: readonly number[]; far: readonly string[] } {
  return { protocols: numbersOf(proto), far: dstIp ? waysToWrite(dstIp) : [] };
}

type Rule = Awaited<ReturnType<typeof findNatRulesOf>>[number];

/** Without a port all inside addresses that share the outside one; the first few of them are enough for `several`. */
function ruleFactsOf(rules: readonly Rule[], ip: string, port: number | null): RuleFact[] {
  const once = new Map(rules.map((rule) => [`${rule.id} ${rule.validFrom?.getTime()}`, rule]));
  return [...once.values()].flatMap((rule) => {
    const { id, realm, unitPath } = rule;
    const valid = { validFrom: rule.validFrom?.getTime() ?? null, validTo: rule.validTo?.getTime() ?? null };
    const times = { ...valid, recordedAt: rule.recordedAt.getTime() };
    const inside = port === null ? insidesOf(rule, ip).slice(0, 100) : [insideOf(rule, ip, port)];
    return inside.flatMap((inIp) =>
      inIp === null ? [] : [{ id, pubIp: ip, port, realm, inIp, unitPath, ...times }],
    );
  });
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
    const clock = found ? clockFactOf(found) : null;
    work.asked.add(`clock ${sourceId}`);
    const others = work.facts.sources.filter((one) => one.id !== sourceId);
    work.facts.sources = [...others, { ...source, clock }].sort((a, b) => a.id - b.id);
  }
}

function clockFactOf({ others, samples, ...nearest }: tracing.ClockAt): ClockFact {
  const plain = ({ at, offsetMs, spreadMs, steady }: Omit<tracing.ClockEstimateAt, 'samples'>) => {
    return { at: at.getTime(), offsetMs, spreadMs, steady };
  };
  return { ...plain(nearest), samples, others: others.map(plain) };
}

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
  const [leaseRows, seenRows] = await Promise.all([
    batch.reader.leases(questions(spans.leases)),
    batch.reader.sightings(questions(spans.sightings)),
  ]);
  const leases = Map.groupBy(leaseRows, (row) => row.question);
  const seen = Map.groupBy(seenRows, (row) => row.question);
  for (const [n, { work }] of places.entries()) {
    const { facts } = work;
    facts.leases = [...facts.leases, ...leaseFactsOf(leases.get(n) ?? [])];
    facts.sightings = [...facts.sightings, ...sightingFactsOf(seen.get(n) ?? [])];
  }
  await addSessionEnds(
    batch,
    places.map(({ work, origin }) => ({ work, ip: origin.insideIp, realm: origin.realm })),
  );
  await addClocks(batch);
}

/** Leaves out sources that the facts do not name: of a thousand schools a trace concerns one or two. */
function withoutIdle(work: Work): TraceFacts {
  const { facts } = work;
  const lists = [facts.nat, facts.blocks, facts.requests, facts.leases, facts.sightings, facts.coverage];
  const used = new Set(lists.flatMap((list) => list.map((one) => one.sourceId)));
  for (const ip of [...originsOf(work).proxies, work.question.forwardedBy ?? '']) {
    for (const source of proxySourcesAt(facts, ip)) used.add(source.id);
  }
  return { ...facts, sources: facts.sources.filter((one) => used.has(one.id)) };
}
