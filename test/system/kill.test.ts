/** Every role is killed in the middle of the demonstration, then all at once: nothing is lost, nothing doubled. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '#base/timers';
import { checkBag } from '#evidence/contract';
import { getIncident, getPolicy, type Policy, recheck, setPolicy } from '#incidents/contract';
import { getSegment, ingest, listSources, searchLogs } from '#logs/contract';
import {
  askProduct,
  awaitResponse,
  type Client,
  type DemoGuide,
  incidentsOf,
  readGuide,
  startDemo,
} from '#test/demo';
import { cli, type Product, removeDataDir, until } from '#test/product';
import { getBulk, listBulkRows, startBulk } from '#trace/contract';
import { connect } from '../../src/cli/client.ts';

const source = 'kill-test';
const linesPerUpload = 40;

let product: Product;
let guide: DemoGuide;
let incidentId: string;
let runId: string;
let uploads: Uploads;
/** When the demonstration was started last: a guide is then printed anew. */
const began = new Date();

beforeAll(async () => {
  product = await startDemo();
  uploads = keepUploading(product.dataDir);
}, 120_000);

afterAll(async () => {
  await uploads?.stop();
  await product?.stop();
  if (product) await removeDataDir(product.dataDir);
}, 30_000);

const ask = <T>(question: (client: Client) => Promise<T>) => askProduct(product, question);

interface Uploads {
  /** Names that were asked for in lines of which the server said that it has them. */
  readonly acknowledged: string[];
  readonly segments: Set<number>;
  stop(): Promise<void>;
}

/** Uploads one small file after the other; each is sent until the server acknowledges it. */
function keepUploading(dataDir: string): Uploads {
  const acknowledged: string[] = [];
  const segments = new Set<number>();
  let isStopping = false;
  const send = async (content: Buffer) => {
    const client = await connect({ data: dataDir });
    return client.upload(ingest, { query: { source, format: 'dnsmasq', realm: source } }, content);
  };
  const running = (async () => {
    for (let batch = 0; !isStopping; batch += 1) {
      const names = Array.from({ length: linesPerUpload }, (_, i) => `line-${batch}-${i}.kill.example`);
      const content = Buffer.from(names.map(logLine).join(''));
      // Before the first set-up there is nobody whose logs these could be; that and every kill is tried again.
      let taken = await send(content).catch(() => undefined);
      while (!taken) {
        await pause(100);
        taken = await send(content).catch(() => undefined);
      }
      expect(taken.records).toBe(linesPerUpload);
      acknowledged.push(...names);
      for (const id of taken.segments) segments.add(id);
      await pause(1000);
    }
  })();
  return {
    acknowledged,
    segments,
    stop: async () => {
      isStopping = true;
      await running;
    },
  };
}

function logLine(name: string): string {
  const local = new Date(began.getTime() + 8 * 3_600_000).toUTCString().split(' ');
  const day = String(Number(local[1])).padStart(2);
  return `${local[2]} ${day} ${local[4]} dnsmasq[969]: query[A] ${name} from 192.0.2.10\n`;
}

/** Kills a role and waits until its successor lives and the server answers again. */
async function killAndAwait(role: string): Promise<void> {
  const before = await until(`the role ${role}`, 120_000, async () => (await product.pids())[role]);
  await product.kill(role);
  await until(`a new ${role}`, 120_000, async () => {
    const now = (await product.pids())[role];
    return now !== undefined && now !== before;
  });
  await until('an answer', 120_000, () => ask((client) => client.call(listSources)));
}

/** Starts again on the same directory and port, as an operator does after a crash. */
async function startAgain(): Promise<void> {
  const port = Number(new URL(product.url).port);
  product = await startDemo({ dataDir: product.dataDir, port });
}

/** Makes every minute an escalation, before the incident opens, so that steps fall due between the kills. */
async function escalateEveryMinute(): Promise<void> {
  const policy = await until('the policy', 180_000, () => ask((client) => client.call(getPolicy)));
  const body: Policy = { ...policy, escalateAtMinutes: [0, 1, 2, 3, 4, 5] };
  await until('the new policy', 60_000, () =>
    ask(async (client) => (await client.call(setPolicy, { body })) ?? true),
  );
}

interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
}

/** The mails that the demonstration's mail server kept. */
async function keptMails(): Promise<Mail[]> {
  const page = await (await fetch(guide.mail)).text();
  const rows = page.matchAll(
    /<tr><td>[^<]*<\/td><td>([^<]*)<\/td><td><a href="\/mail\/([^"]+)">([^<]*)<\/a>/g,
  );
  return [...rows].map(([, to, id, subject]) => ({ to: to!, id: id!, subject: subject! }));
}

/** `Message-ID` of a kept mail: one and the same mail that was handed over twice has one. */
async function messageId(mail: Mail): Promise<string> {
  const raw = await (await fetch(new URL(`/mail/${mail.id}/raw`, guide.mail))).text();
  return /^message-id:\s*(\S+)/im.exec(raw)?.[1] ?? expect.fail(`a mail without Message-ID: ${mail.id}`);
}

/** How many different mails each recipient got under each subject. */
async function mailsBySubject(about: RegExp): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const mail of (await keptMails()).filter(({ subject }) => about.test(subject))) {
    const key = `${mail.to} ${mail.subject}`;
    found.set(key, (found.get(key) ?? new Set()).add(await messageId(mail)));
  }
  return found;
}

async function acknowledgeBy(mailbox: string): Promise<void> {
  const mail = (await keptMails()).find(({ to, subject }) => to === mailbox && subject.includes('事件报告'));
  const page = await (await fetch(new URL(`/mail/${mail!.id}`, guide.mail))).text();
  const link = /href="([^"]+)\/ack\/([^"]+)"/.exec(page)!;
  const reply = await fetch(`${link[1]}/api/ack/${link[2]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'test' },
    body: JSON.stringify({ officer: '王处长' }),
  });
  expect(reply.status).toBe(200);
}

async function cleanPages(): Promise<void> {
  const control = new URL(guide.control);
  const headers = { 'x-demo-token': control.searchParams.get('token')! };
  const reply = await fetch(new URL('clean', control), { method: 'POST', headers });
  expect(await reply.json()).toEqual({ faulty: false });
}

/** Rows of the test's source, page by page. */
async function searchedNames(): Promise<string[]> {
  const client = await connect({ data: product.dataDir });
  const query = {
    source,
    from: new Date(began.getTime() - 60_000).toISOString(),
    to: new Date(began.getTime() + 60_000).toISOString(),
    limit: 1000,
  };
  const names: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await client.call(searchLogs, {
      query: { ...query, reason: '核对确认过的行', ...(cursor && { cursor }) },
    });
    names.push(...page.rows.map((row) => String(row.fields.host)));
    cursor = page.cursor;
  }
  return names;
}

describe('a demonstration whose processes are killed', { timeout: 600_000 }, () => {
  it('goes on feeding after the death of each role, and of the supervisor', async () => {
    await escalateEveryMinute();
    for (const role of ['postgres', 'logstore', 'collector', 'web', 'demo']) await killAndAwait(role);
    await product.kill('supervisor');
    await startAgain();
    guide = await readGuide(product);
  });

  it('finishes its response although the worker, then everything is killed in the middle of it', async () => {
    const { id } = await until('an incident', 240_000, async () => (await incidentsOf(product))[0]);
    incidentId = id;
    runId = await startRun();
    await killAndAwait('worker');
    await product.kill('everything');
    await startAgain();
    guide = await readGuide(product);
    await awaitResponse(product, 150_000);
  });

  it('answers every question of a run that was cut off by both, once', async () => {
    const run = await until('the end of the run', 240_000, async () => {
      const found = await ask((client) => client.call(getBulk, { params: { id: runId } }));
      return found?.state === 'done' ? found : undefined;
    });
    expect(run).toMatchObject({ rows: questions, done: questions, faults: 0 });
    expect(run.proven + run.probable + run.ambiguous + run.notProvable).toBe(questions);
    const open = await ask((client) =>
      client.call(listBulkRows, { params: { id: runId }, query: { page: 1, pageSize: 500 } }),
    );
    expect(open?.total).toBe(questions);
    expect(open?.items.every((row) => row.verdict !== null)).toBe(true);
  });

  it('has one incident with two obligations, and sent each report once', async () => {
    const incidents = await incidentsOf(product);
    expect(incidents.map((one) => one.obligations.map(({ to }) => to).sort())).toEqual([
      ['bureau', 'police'],
    ]);
    const detail = await (await connect({ data: product.dataDir })).call(getIncident, {
      params: { id: incidentId },
    });
    expect(detail.reports.map(({ to }) => to).sort()).toEqual(['bureau', 'police']);
    const reports = await mailsBySubject(/网络安全事件报告/);
    expect([...reports.keys()].map((key) => key.split(' ')[0]).sort()).toEqual([
      'bureau@example.org',
      'police@example.org',
    ]);
    for (const ids of reports.values()) expect(ids.size).toBe(1);
  });

  it('took every escalation step that fell due, once', async () => {
    const steps = await until('the first two steps', 240_000, async () => {
      const detail = await ask((client) => client.call(getIncident, { params: { id: incidentId } }));
      const fired = (detail?.timeline ?? []).flatMap(({ kind, zh }) =>
        kind === 'escalated' ? [/第 (\d+) 分钟/.exec(zh)![1]] : [],
      );
      return fired.length >= 2 ? fired : undefined;
    });
    expect(steps).toEqual(steps.map((_, minute) => String(minute)));
    const reminders = await until('the mails of the first step', 120_000, async () => {
      const mails = await mailsBySubject(/签收报告/);
      return mails.size > 0 ? mails : undefined;
    });
    for (const [mail, ids] of reminders) expect([mail, ids.size]).toEqual([mail, 1]);
  });

  it('closes the incident after the acknowledgements and the cleaning, with evidence that verifies', async () => {
    for (const mailbox of ['bureau@example.org', 'police@example.org']) await acknowledgeBy(mailbox);
    await cleanPages();
    await (await connect({ data: product.dataDir })).call(recheck, { params: { id: incidentId } });
    await until('the closing', 240_000, async () => (await incidentsOf(product))[0]?.state === 'closed');
    const bags = await until('the receipts in the evidence', 120_000, async () => {
      const detail = await ask((client) => client.call(getIncident, { params: { id: incidentId } }));
      return detail && detail.evidence.length >= 4 ? detail.evidence : undefined;
    });
    for (const { bag } of bags) expect(await checkedBag(bag)).toBe('pass');
    expect(cli(['incidents', '--data', product.dataDir]).code).toBe(0);
  });

  it('shows every acknowledged log line exactly once', async () => {
    await uploads.stop();
    expect(uploads.acknowledged.length).toBeGreaterThan(5 * linesPerUpload);
    for (const id of uploads.segments) {
      await until(`segment ${id} in the index`, 120_000, async () => {
        const segment = await ask((client) => client.call(getSegment, { params: { id } }));
        return segment?.indexedAt;
      });
    }
    expect((await searchedNames()).sort()).toEqual([...uploads.acknowledged].sort());
    const client = await connect({ data: product.dataDir });
    const { items } = await client.call(listSources, { query: { pageSize: 500 } });
    expect(items.find(({ name }) => name === source)).toMatchObject({
      records: uploads.acknowledged.length,
      unparsable: 0,
    });
  });
});

/** Several batches of questions, so that a kill finds the run in the middle. */
const questions = 5000;

async function startRun(): Promise<string> {
  const at = new Date(began.getTime() - 600_000).toISOString();
  const rows = Array.from({ length: questions }, (_, n) => `203.0.113.130,${n + 1},${at}`);
  const query = { fileName: 'kill.csv', caseNo: 'K-1', reason: '断电演练' };
  const started = await until('the start of a run', 60_000, () =>
    ask((client) => client.upload(startBulk, { query }, Buffer.from(['ip,port,at', ...rows].join('\n')))),
  );
  return started.run!.id;
}

/** What the server finds when it reads the sealed bag again. */
async function checkedBag(id: string): Promise<string> {
  const client = await connect({ data: product.dataDir });
  return (await client.call(checkBag, { params: { id } })).result;
}
