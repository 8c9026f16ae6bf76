import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, type Ctx, systemActor } from '#base/app';
import { type NewItem, preservePage, sealBag } from '#evidence';
import { findingsById } from '#findings';
import { allowedAddressOf, findSite } from '#sites';
import { receiptsOf, reportsOf } from './report-store.ts';
import * as store from './store.ts';

const system = systemActor('incidents.preserve');
/** Pages of one incident that are captured at once: the finding's own, worst first. */
const maxPages = 3;

/** Captures the pages as they are now and seals them: WARC, screenshot, DNS, TLS, headers, circumstances. */
export async function preserveIncident(app: App, incident: store.IncidentRow): Promise<void> {
  const { urls, allow } = await app.run(system, (ctx) => pagesOf(ctx, incident));
  if (urls.length === 0) {
    await tell(app, incident, 'no-page', '没有网址可以固定，请上传截图等材料', 'No page to capture');
    return;
  }
  const outDir = await mkdtemp(join(tmpdir(), 'jiaodun-capture-'));
  try {
    const items: NewItem[] = [];
    const incomplete: { item: string; problem: string }[] = [];
    for (const [index, url] of urls.entries()) {
      const capture = await preservePage({
        url,
        allow,
        outDir,
        now: () => app.clock.now(),
        label: `page-${index + 1}`,
        cacheDir: join(app.config.dataDir, 'cache'),
        ...(app.config.chromium && { executable: app.config.chromium }),
      });
      items.push(...capture.items);
      incomplete.push(...capture.incomplete);
    }
    const bag = await sealBag(app, system, {
      unitPath: incident.unit_path,
      incidentId: incident.id,
      caseId: incident.number,
      items,
      incomplete,
    });
    const shots = incomplete.length > 0 ? `，有 ${incomplete.length} 项没有取到` : '';
    await tell(
      app,
      incident,
      'preserved',
      `已固定 ${urls.length} 个网页的证据（${items.length} 项）${shots}：${bag.file}`,
      `Captured ${urls.length} pages, ${items.length} items: ${bag.file}`,
    );
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

async function pagesOf(ctx: Ctx, incident: store.IncidentRow) {
  const findings = await findingsById(ctx, await store.findingIdsOf(ctx, incident.id));
  const urls = [
    ...new Set([...(incident.url ? [incident.url] : []), ...findings.map((finding) => finding.url)]),
  ];
  const site = incident.site_id ? await findSite(ctx, incident.site_id) : undefined;
  return { urls: urls.slice(0, maxPages), allow: site ? allowedAddressOf(site) : [] };
}

/** The reports as sent and every receipt so far, as a bag of their own. */
export async function sealReceipts(app: App, incidentId: string, round: number): Promise<void> {
  const { incident, items } = await app.run(system, async (ctx) => {
    const row = (await store.findIncident(ctx, incidentId))!;
    return { incident: row, items: await receiptItems(ctx, row) };
  });
  const bag = await sealBag(app, system, {
    unitPath: incident.unit_path,
    incidentId,
    caseId: incident.number,
    items,
    incomplete: [],
  });
  await tell(
    app,
    incident,
    `receipts:${round}:${bag.number}`,
    `报告与回执已存入证据：${bag.file}`,
    `Reports and receipts sealed: ${bag.file}`,
  );
}

async function receiptItems(ctx: Ctx, incident: store.IncidentRow): Promise<NewItem[]> {
  const reports = await reportsOf(ctx, incident.id);
  const receipts = await receiptsOf(
    ctx,
    reports.map((report) => report.id),
  );
  const obligations = await store.obligationsOf(ctx, [incident.id]);
  const acquiredAt = await store.currentTime(ctx);
  const from = {
    source: `incident ${incident.number}`,
    tool: 'jiaodun incidents',
    collector: system.name,
    acquiredAt,
  };
  const files = await Promise.all(
    reports.flatMap((report) =>
      (['pdf', 'docx'] as const).map(async (format) => ({
        ...from,
        path: `items/report/${report.addressee}-${report.attempt}-${report.id.slice(0, 8)}.${format}`,
        bytes: await ctx.app.files.read(format === 'pdf' ? report.pdf_sha256 : report.docx_sha256),
      })),
    ),
  );
  const facts = { obligations, reports, receipts };
  return [
    ...files,
    { ...from, path: 'items/report/receipts.json', bytes: Buffer.from(JSON.stringify(facts, null, 2)) },
  ];
}

async function tell(
  app: App,
  incident: store.IncidentRow,
  key: string,
  zh: string,
  en: string,
): Promise<void> {
  await app.run(system, (ctx) =>
    store.addEntry(ctx, incident, { key: `${key}:${incident.reopened}`, kind: 'evidence', zh, en }),
  );
}
