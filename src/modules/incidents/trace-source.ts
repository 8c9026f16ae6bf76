import { type App, type Ctx, systemActor } from '#base/app';
import { type NewItem, sealBag } from '#evidence';
import { findSiteRequests, readRecord } from '#logs';
import { askTrace, type TraceResult } from '#trace';
import type { Done } from './preserve.ts';
import * as store from './store.ts';

const system = systemActor('incidents.trace');
/** How far back a change of the page is looked for in the website's own log. */
const lookBackMs = 24 * 3_600_000;
const maxSources = 10;

interface Suspect {
  readonly ip: string;
  readonly port: number | undefined;
  readonly at: Date;
  /** Where the website's log says so. */
  readonly record: { segment: number; seq: number } | null;
}

/**
 * Who changed the page? Asks the complaint, or the website's own log for requests that write, and traces each
 * source. The lines that the answer rests on are sealed as evidence. Without either it says so.
 */
export async function traceIncident(app: App, incident: store.IncidentRow, done: Done): Promise<void> {
  await app.run(system, async (ctx) => {
    const suspects = await suspectsOf(ctx, incident);
    if (suspects.length === 0) {
      await tell(ctx, incident, 'no-source', ...noSource);
    } else {
      await traceSuspects(ctx, incident, suspects);
    }
    await done(ctx);
  });
}

const noSource = [
  '没有该网站的访问日志，也没有来源地址，来源暂时无法证明',
  'No access log of the site and no source address: not provable for now',
] as const;

const verdictWords = {
  proven: '已证实',
  probable: '很可能',
  ambiguous: '有多个候选',
  not_provable: '无法证明',
} as const;

async function traceSuspects(
  ctx: Ctx,
  incident: store.IncidentRow,
  suspects: readonly Suspect[],
): Promise<void> {
  const items: NewItem[] = [];
  for (const [index, suspect] of suspects.entries()) {
    const trace = await traceOne(ctx, incident, suspect);
    items.push(await extractOf(ctx, incident, suspect, trace, index + 1));
    const source = suspect.port ? `${suspect.ip}:${suspect.port}` : suspect.ip;
    await tell(
      ctx,
      incident,
      `trace:${trace.id}`,
      `溯源 ${source}：${verdictWords[trace.verdict]}，${trace.candidates.length} 个候选，姓名密封`,
      `Traced ${source}: ${trace.verdict}, ${trace.candidates.length} candidates, name sealed`,
      `/trace/${trace.id}`,
    );
  }
  const { unit_path: unitPath, id: incidentId, number: caseId } = incident;
  const bag = await sealBag(ctx, { unitPath, incidentId, caseId, items });
  await tell(
    ctx,
    incident,
    `extract:${bag.number}`,
    `溯源依据的日志已存入证据：${bag.fileName}`,
    `The log lines behind the trace are sealed: ${bag.fileName}`,
  );
}

async function suspectsOf(ctx: Ctx, incident: store.IncidentRow): Promise<Suspect[]> {
  if (incident.source) {
    const { ip, port, at } = incident.source;
    return [{ ip, port, at: new Date(at), record: null }];
  }
  if (!incident.url || !URL.canParse(incident.url)) return [];
  const requests = await findSiteRequests(ctx, {
    host: new URL(incident.url).hostname,
    from: new Date(incident.t0.getTime() - lookBackMs),
    to: incident.t0,
    methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  });
  const written = requests.filter((request) => request.status < 400);
  const distinct = new Map(written.map((request) => [`${request.clientIp} ${request.clientPort}`, request]));
  return [...distinct.values()].slice(0, maxSources).map((request) => ({
    ip: request.clientIp,
    port: request.clientPort || undefined,
    at: request.at,
    record: { segment: request.segment, seq: request.seq },
  }));
}

function traceOne(ctx: Ctx, incident: store.IncidentRow, suspect: Suspect): Promise<TraceResult> {
  const question = {
    ip: suspect.ip,
    port: suspect.port,
    // A web server's log tells of HTTP over TCP; of a source that a person wrote down nobody knows.
    ...(suspect.record && { proto: 'tcp' as const }),
    at: suspect.at.toISOString(),
    caseNo: incident.number,
    reason: `事件 ${incident.number}：网页被改动的来源`,
  };
  return askTrace(ctx, question, { incidentId: incident.id, unitPath: incident.unit_path });
}

/** The query, the verdict and each raw line with its segment and hash. No name: the trace holds none. */
async function extractOf(
  ctx: Ctx,
  incident: store.IncidentRow,
  suspect: Suspect,
  trace: TraceResult,
  number: number,
): Promise<NewItem> {
  const lines: object[] = [
    { kind: 'query', ip: suspect.ip, port: suspect.port ?? null, at: suspect.at, trace: trace.id },
  ];
  if (suspect.record) {
    const { raw, sha256, segment, seq, segmentSha256 } = await readRecord(
      ctx,
      suspect.record.segment,
      suspect.record.seq,
    );
    lines.push({ kind: 'access', rawLine: raw, segment, record: seq, sha256, segmentSha256 });
  }
  for (const [index, candidate] of trace.candidates.entries()) {
    for (const step of candidate.steps) {
      lines.push({ candidate: index, ...step, rawLine: await wholeLine(ctx, step) });
    }
  }
  lines.push({ kind: 'verdict', verdict: trace.verdict, because: trace.because, coverage: trace.coverage });
  return {
    path: `items/log/trace-${incident.reopened + 1}-${number}.ndjson`,
    bytes: Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
    source: `trace ${trace.id}`,
    tool: 'jiaodun trace',
    collector: system.name,
    acquiredAt: await store.currentTime(ctx),
  };
}

/** The line as it was received: what is shown leaves destinations out, and would not fit its hash. */
async function wholeLine(
  ctx: Ctx,
  { segment, record, rawLine }: TraceResult['candidates'][number]['steps'][number],
): Promise<string | null> {
  if (segment === null || record === null) return rawLine;
  return (await readRecord(ctx, Number(segment), record)).raw;
}

async function tell(
  ctx: Ctx,
  incident: store.IncidentRow,
  key: string,
  zh: string,
  en: string,
  link: string | null = null,
): Promise<void> {
  await store.addEntry(ctx, incident, { key: `${key}:${incident.reopened}`, kind: 'trace', zh, en, link });
}
