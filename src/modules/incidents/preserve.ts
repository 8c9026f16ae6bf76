import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, type Ctx, systemActor } from '#base/app';
import { type Capture, type NewItem, preservePage, sealBag } from '#evidence';
import { findingsById } from '#findings';
import { holdUnitLogs } from '#logs';
import { allowedAddressOf, findSite } from '#sites';
import { keepMarked, type PageSpots, spotsOnPage } from '#watch';
import { receiptsOf, reportsOf } from './report-store.ts';
import * as store from './store.ts';

/** Marks a part of the response as done, in the transaction that did it. */
export type Done = (ctx: Ctx) => Promise<void>;

const system = systemActor('incidents.preserve');
/** Pages of one incident that are captured at once: the gravest finding's first. */
const maxPages = 3;

interface Taken {
  readonly items: NewItem[];
  readonly incomplete: { item: string; problem: string }[];
}

interface Page {
  readonly url: string;
  /** The findings that stand there: each is marked in a picture of its own. */
  readonly marks: PageSpots;
}

/** Captures the pages as they are now and seals them: WARC, screenshot, DNS, TLS, headers, circumstances. */
export async function preserveIncident(app: App, incident: store.IncidentRow, done: Done): Promise<void> {
  await app.run(system, (ctx) => holdLogs(ctx, incident));
  const { pages, allow } = await app.run(system, (ctx) => pagesOf(ctx, incident));
  if (pages.length === 0) {
    await app.run(system, async (ctx) => {
      await tell(
        ctx,
        incident,
        'no-page',
        '没有网址可以固定；请保存截图等材料，并在“补充记录”里写明存放处',
        'No page to capture; keep screenshots and note where they are',
      );
      await done(ctx);
    });
    return;
  }
  const outDir = await mkdtemp(join(tmpdir(), 'jiaodun-capture-'));
  try {
    const { taken, captures } = await capturePages(app, pages, allow, outDir);
    await app.run(system, async (ctx) => {
      const bag = await sealBag(ctx, bagOf(incident, taken));
      for (const [n, { marks }] of pages.entries()) await keepMarked(ctx, marks, captures[n]!, bag.id);
      const lacks = taken.incomplete.length > 0 ? `，有 ${taken.incomplete.length} 项没有取到` : '';
      await tell(
        ctx,
        incident,
        'preserved',
        `已固定 ${pages.length} 个网页的证据（${taken.items.length} 项）${lacks}：${bag.fileName}`,
        `Captured ${pages.length} pages, ${taken.items.length} items: ${bag.fileName}`,
      );
      await done(ctx);
    });
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

/** Days before the discovery of which the logs may matter. */
const daysBefore = 30;

/** What the unit's log sources sent is not dropped, however old it grows, until two people lift the hold. */
async function holdLogs(ctx: Ctx, incident: store.IncidentRow): Promise<void> {
  const isHeld = await holdUnitLogs(ctx, {
    key: `incident:${incident.id}:${incident.reopened}`,
    caseNo: incident.number,
    reason: `事件处置：${incident.title}`.slice(0, 500),
    unitId: incident.unit_id,
    unitPath: incident.unit_path,
    since: new Date(incident.t0.getTime() - daysBefore * 86_400_000),
  });
  if (!isHeld) return;
  await tell(
    ctx,
    incident,
    'logs-held',
    '已冻结本单位日志，到期也不清除',
    'The unit’s logs are held and not dropped',
  );
}

function bagOf(incident: store.IncidentRow, taken: Taken) {
  return { unitPath: incident.unit_path, incidentId: incident.id, caseId: incident.number, ...taken };
}

async function capturePages(
  app: App,
  pages: readonly Page[],
  allow: ReturnType<typeof allowedAddressOf>,
  outDir: string,
): Promise<{ taken: Taken; captures: Capture[] }> {
  const taken: Taken = { items: [], incomplete: [] };
  const captures: Capture[] = [];
  for (const [index, { url, marks }] of pages.entries()) {
    const capture = await preservePage({
      url,
      allow,
      outDir,
      now: () => app.clock.now(),
      label: `page-${index + 1}`,
      spots: marks.spots,
      cacheDir: join(app.config.dataDir, 'cache'),
      ...(app.config.chromium && { executable: app.config.chromium }),
    });
    taken.items.push(...capture.items);
    taken.incomplete.push(...capture.incomplete);
    captures.push(capture);
  }
  return { taken, captures };
}

async function pagesOf(ctx: Ctx, incident: store.IncidentRow) {
  const findings = await findingsById(ctx, await store.findingIdsOf(ctx, incident.id));
  const urls = new Set([...(incident.url ? [incident.url] : []), ...findings.map((finding) => finding.url)]);
  const site = incident.site_id ? await findSite(ctx, incident.site_id) : undefined;
  const pages: Page[] = [];
  for (const url of [...urls].slice(0, maxPages)) {
    const marks = site ? await spotsOnPage(ctx, site.id, url) : { findings: [], spots: [] };
    pages.push({ url, marks });
  }
  return { pages, allow: site ? allowedAddressOf(site) : [] };
}

/** The reports as sent and every receipt so far, as a bag of their own. */
export async function sealReceipts(app: App, incidentId: string): Promise<void> {
  await app.run(system, async (ctx) => {
    const incident = (await store.findIncident(ctx, incidentId))!;
    const items = await receiptItems(ctx, incident);
    const bag = await sealBag(ctx, bagOf(incident, { items, incomplete: [] }));
    await tell(
      ctx,
      incident,
      `receipts:${bag.number}`,
      `报告与回执已存入证据：${bag.fileName}`,
      `Reports and receipts sealed: ${bag.fileName}`,
    );
  });
}

async function receiptItems(ctx: Ctx, incident: store.IncidentRow): Promise<NewItem[]> {
  const reports = await reportsOf(ctx, incident.id);
  const reportIds = reports.map((report) => report.id);
  const receipts = await receiptsOf(ctx, reportIds);
  const obligations = await store.obligationsOf(ctx, [incident.id]);
  const from = {
    source: `incident ${incident.number}`,
    tool: 'jiaodun incidents',
    collector: system.name,
    acquiredAt: await store.currentTime(ctx),
  };
  const files = reports.flatMap((report) =>
    (['pdf', 'docx'] as const).map(async (format) => ({
      ...from,
      path: `items/report/${report.addressee}-${report.attempt}-${report.id.slice(-8)}.${format}`,
      bytes: await ctx.app.files.read(format === 'pdf' ? report.pdf_sha256 : report.docx_sha256),
    })),
  );
  const facts = Buffer.from(JSON.stringify({ obligations, reports, receipts }, null, 2));
  return [...(await Promise.all(files)), { ...from, path: 'items/report/receipts.json', bytes: facts }];
}

async function tell(
  ctx: Ctx,
  incident: store.IncidentRow,
  key: string,
  zh: string,
  en: string,
): Promise<void> {
  const link = `/incidents/${incident.id}#evidence`;
  await store.addEntry(ctx, incident, { key: `${key}:${incident.reopened}`, kind: 'evidence', zh, en, link });
}
