/** Opens a product, gives it a simulated city, asks it, and compares its answers with the truth. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookEverywhere, registerTime } from '#addresses';
import { authenticate, setupToken } from '#auth';
import { type Ctx, systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { modules } from '../../../src/compose.ts';
import { decideTrace, type TraceOutcome } from '../../../src/modules/trace/engine/decide.ts';
import { gatherMany } from '../../../src/modules/trace/engine/gather.ts';
import { call, signIn, staffCity } from '../city.ts';
import { testApp } from '../db.ts';
import { type Asked, drawQuestions } from './draw-questions.ts';
import { feedLogs, feedRegisters, type Product } from './feed-city.ts';
import { type Knobs, plain } from './knobs.ts';
import type { Given, Miss } from './score.ts';
import { type Simulation, simulateCity } from './simulate.ts';

export interface TruthPlan {
  readonly seed: number;
  readonly schools: number;
  readonly hosts: number;
  readonly hours: number;
  readonly perHour: number;
  readonly questions: number;
  /** Start of the simulated time. */
  readonly from?: number;
  readonly knobs?: Knobs;
}

export interface TruthRun {
  readonly pairs: readonly Miss[];
  /** Of some questions, what the front door said where the engine said otherwise: nothing. */
  readonly differing: readonly Miss[];
}

/** Simulates, feeds and asks one city. The truth stays in this process's memory. */
export async function runTruth(plan: TruthPlan, byApi = 0): Promise<TruthRun> {
  const { from = Date.parse('2026-11-22T00:00:00Z'), knobs = plain } = plan;
  const simulation = simulateCity({ ...plan, from, knobs });
  const asked = drawQuestions(simulation.city, plan.questions, knobs.knownAt);
  return withProduct(simulation, async (product) => {
    const pairs = await askAll(product, asked);
    const differing: Miss[] = [];
    for (const pair of pairs.filter(({ asked: { question } }) => question.knownAt === null).slice(0, byApi)) {
      if ((await askByApi(product, pair.asked)) !== pair.given.verdict) differing.push(pair);
    }
    return { pairs, differing };
  });
}

/** A product of its own that has taken in the city, closed afterwards. */
async function withProduct<T>(simulation: Simulation, work: (product: Product) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-truth-'));
  const store = await spawnLogstore(dir);
  const logstore = store.connect();
  await migrateLogstore(logstore, 'migrations/clickhouse');
  const { from, to } = simulation.city;
  const app = await testApp(modules, { logstore, now: new Date(from - 3_600_000).toISOString() });
  const server = buildServer(app, authenticate);
  try {
    const people = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'officer', unitCode: 'city', role: 'city_officer' },
    ]);
    const product = { app, server, officer: people.officer!, admin: people.sysadmin! };
    await feedRegisters(product, simulation);
    await app.setTime(new Date(to + 3_600_000));
    // Whoever signed in before has been away too long.
    const back = { ...product, officer: await signIn(server, 'officer') };
    await feedLogs(back, simulation);
    return await work(back);
  } finally {
    await server.close();
    await app.close();
    await store.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** So many questions are gathered at once, near to each other in time. */
const batchSize = 1000;

/** Asks as the bulk does: gathers in batches over all units, then decides each. */
async function askAll({ app }: Product, asked: readonly Asked[]): Promise<Miss[]> {
  const known = ({ question }: Asked) => question.knownAt ?? Number.POSITIVE_INFINITY;
  const ordered = [...asked].sort((a, b) => known(a) - known(b) || a.question.at - b.question.at);
  const pairs: Miss[] = [];
  for (const same of Map.groupBy(ordered, known).values()) {
    for (let from = 0; from < same.length; from += batchSize) {
      const batch = same.slice(from, from + batchSize);
      const given = await app.run(systemActor('truth'), (ctx) => askBatch(ctx, batch));
      batch.forEach((one, i) => void pairs.push({ asked: one, given: given[i]! }));
    }
  }
  return pairs;
}

async function askBatch(ctx: Ctx, batch: readonly Asked[]): Promise<Given[]> {
  return lookEverywhere(ctx, async (all) => {
    const knownAt = batch[0]!.question.knownAt ?? (await registerTime(all)).getTime();
    const questions = batch.map(({ question: { ip, port, proto, at, dst } }) => ({
      ...{ ip, port, proto, at, knownAt },
      ...{ dstIp: dst?.ip ?? null, dstPort: dst?.port ?? null },
      // A time in whole seconds may have been any moment of that second.
      toleranceSeconds: at % 1000 === 0 ? 1 : 0,
    }));
    const facts = await gatherMany(all, questions);
    return questions.map((question, i) => givenOf(decideTrace(question, facts[i]!)));
  });
}

function givenOf({ verdict, candidates, because, coverage }: TraceOutcome): Given {
  const gaps = coverage.sources.filter(({ state }) => state !== 'covered');
  return {
    verdict,
    candidates: candidates.map(({ assetNo, mac, insideIp, room }) => ({ assetNo, mac, insideIp, room })),
    because: [...because.map(({ en }) => en), ...gaps.map(({ name, detail }) => `${name}: ${detail}`)],
  };
}

/** One question through the front door, to be compared with what the engine says of it. */
async function askByApi({ server, officer }: Product, { question }: Asked): Promise<Given['verdict']> {
  const { status, body } = await call(server, officer, 'POST', '/api/traces', {
    ...{ ip: question.ip, port: question.port, proto: question.proto },
    at: new Date(question.at).toISOString(),
    toleranceSeconds: question.at % 1000 === 0 ? 1 : 0,
    ...(question.dst && { dstIp: question.dst.ip, dstPort: question.dst.port }),
    caseNo: 'SIM-1',
    reason: '模拟城市的核对',
  });
  if (status !== 200) throw new Error(`trace: ${status} ${JSON.stringify(body)}`);
  return body.verdict;
}
