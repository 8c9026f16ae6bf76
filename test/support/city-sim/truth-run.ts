/** Opens a product, gives it a simulated city, asks it, and compares its answers with the truth. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { modules } from '../../../src/compose.ts';
import { call, staffCity } from '../city.ts';
import { testApp } from '../db.ts';
import { type Asked, drawQuestions } from './draw-questions.ts';
import { feedCity, type Product } from './feed-city.ts';
import type { Given, Miss } from './score.ts';
import { type Simulation, simulateCity } from './simulate.ts';

export interface TruthPlan {
  readonly seed: number;
  readonly schools: number;
  readonly hosts: number;
  readonly hours: number;
  readonly perHour: number;
  readonly questions: number;
}

/** Simulates, feeds and asks one city. The truth stays in this process's memory. */
export async function runTruth(plan: TruthPlan): Promise<Miss[]> {
  const simulation = simulateCity({ ...plan, from: Date.parse('2026-11-22T00:00:00Z') });
  const asked = drawQuestions(simulation.city, plan.questions);
  return withProduct(simulation, (product) => askAll(product, asked));
}

/** A product of its own that has taken in the city, closed afterwards. */
async function withProduct<T>(simulation: Simulation, work: (product: Product) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-truth-'));
  const store = await spawnLogstore(dir);
  const logstore = store.connect();
  await migrateLogstore(logstore, 'migrations/clickhouse');
  const app = await testApp(modules, { logstore });
  const server = buildServer(app, authenticate);
  try {
    const people = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'officer', unitCode: 'city', role: 'city_officer' },
    ]);
    const product = { app, server, officer: people.officer!, admin: people.sysadmin! };
    await feedCity(product, simulation);
    return await work(product);
  } finally {
    await server.close();
    await app.close();
    await store.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function askAll(product: Product, asked: readonly Asked[]): Promise<Miss[]> {
  const pairs: Miss[] = [];
  const waiting = [...asked];
  const asker = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      pairs.push({ asked: one, given: await ask(product, one) });
    }
  };
  await Promise.all(Array.from({ length: 4 }, asker));
  return pairs;
}

async function ask({ server, officer }: Product, { question }: Asked): Promise<Given> {
  const { status, body } = await call(server, officer, 'POST', '/api/traces', {
    ip: question.ip,
    port: question.port,
    proto: question.proto,
    at: new Date(question.at).toISOString(),
    ...(question.dst && { dstIp: question.dst.ip, dstPort: question.dst.port }),
    caseNo: 'SIM-1',
    reason: '模拟城市的核对',
  });
  if (status !== 200) throw new Error(`trace: ${status} ${JSON.stringify(body)}`);
  return {
    verdict: body.verdict,
    candidates: body.candidates,
    because: body.because.map(({ en }: { en: string }) => en),
  };
}
