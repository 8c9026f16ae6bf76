/** Draws the pages of findings and marks their spots. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { launchBrowser, type MarkedSpot, type PageBrowser, type SpotRequest } from '#base/browser';
import { fail } from '#base/errors';
import { defineJob } from '#base/jobs';
import { type Capture, capturePage } from '#evidence';
import { decodeBytes } from '#scan';
import { allowedAddressOf, readSite } from '#sites';
import { drawHome } from './home-pictures/draw-homes.ts';
import * as homes from './home-pictures/store.ts';
import * as store from './picture-store.ts';
import { createReaderPool, type ReaderPool } from './read-page.ts';
import { lookAtPage } from './rendered/look-at-pages.ts';
import * as rendered from './rendered/store.ts';
import { sourceOf, spotOf, unseenOf } from './spot-rules.ts';

const actor = systemActor('watch.pictures');

/** Pages that one job draws; what is left waits for the next minute, so that the queue's other work gets its turn. */
const PAGES_MAX = 10;
const MAX_ATTEMPTS = 3;

/** Draws what waits. One browser for all of it, closed when nothing is left. */
export const drawPicturesJob = defineJob({
  name: 'watch.draw-pictures',
  payload: z.object({}),
  maxAttempts: 2,
  run: (app) => drawPictures(app),
});

const JOB_KEY = 'watch:pictures';

/** Asks for the drawing when something waits for it. */
export async function requestPictures(app: App): Promise<void> {
  await app.run(actor, async (ctx) => {
    if ((await store.isAnyWanted(ctx)) || (await homes.isAnyWanted(ctx)) || (await rendered.isAnyWanted(ctx)))
      await ctx.enqueue(drawPicturesJob, {}, { key: JOB_KEY });
  });
}

/** Has what waits drawn now, and not in the next minute. */
export async function drawSoon(ctx: Ctx): Promise<void> {
  await ctx.enqueue(drawPicturesJob, {}, { key: JOB_KEY });
}

/** Has a finding's page drawn for a person. Fails with `watch.no_page` for what stands on none. */
export async function wantPicture(ctx: Ctx, findingId: string): Promise<void> {
  const finding = await store.findDrawable(ctx, findingId);
  if (!finding) {
    if (await store.isVisible(ctx, findingId)) fail('watch.no_page');
    fail('base.not_found', { what: findingId });
  }
  if (!(await store.wish(ctx, finding))) return;
  await recordAudit(ctx, {
    action: 'watch.want_picture',
    subject: `finding:${findingId}`,
    unitPath: finding.unit_path,
  });
  await drawSoon(ctx);
}

async function drawPictures(app: App): Promise<void> {
  let browser: PageBrowser | Error | undefined;
  let readers: ReaderPool | undefined;
  const pool = () => {
    readers ??= createReaderPool({ workers: 1, onNotice: (notice) => app.log.warn(notice) });
    return readers;
  };
  const open = async () => {
    browser ??= await openBrowser(app);
    return browser;
  };
  try {
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const wishes = await app.run(actor, (ctx) => store.takePage(ctx));
      if (wishes.length === 0) break;
      await drawPage(app, wishes, await open());
    }
    // What stands on a page goes before how a home page looks: somebody may be waiting for it.
    for (let page = 0; page < PAGES_MAX; page += 1) if (!(await drawHome(app, open))) break;
    for (let page = 0; page < PAGES_MAX; page += 1) if (!(await lookAtPage(app, { open, pool }))) return;
  } finally {
    await readers?.close();
    if (browser && !(browser instanceof Error)) await browser.close();
  }
}

function openBrowser(app: App): Promise<PageBrowser | Error> {
  const { dataDir, chromium } = app.config;
  return launchBrowser({ cacheDir: join(dataDir, 'cache'), ...(chromium && { executable: chromium }) }).catch(
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
}

async function drawPage(
  app: App,
  wishes: readonly store.Wish[],
  browser: PageBrowser | Error,
): Promise<void> {
  const { site_id: siteId, url } = wishes[0]!;
  const { allow, personal } = await app.run(actor, async (ctx) => ({
    allow: allowedAddressOf(await readSite(ctx, siteId)),
    personal: await store.personalOn(ctx, siteId, url),
  }));
  const outDir = await mkdtemp(join(tmpdir(), 'jiaodun-picture-'));
  try {
    const spots = spotsOf(wishes, personal);
    const capture = await capturePage({ url, allow, outDir, now: () => app.clock.now(), browser, spots });
    const reason = capture.incomplete.map((one) => one.problem).join('; ');
    const source = sourceText(capture);
    for (const wish of wishes) {
      const spot = capture.spots.find((one) => one.key === wish.id);
      // A browser that broke down is given two more chances; a page that does not answer is told at once.
      if (!spot && capture.status > 0 && wish.attempts < MAX_ATTEMPTS && !(browser instanceof Error))
        continue;
      const taken = await takenOf(app, wish, spot, { source, reason });
      await app.run(actor, (ctx) => keep(ctx, wish, taken));
    }
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

async function keep(ctx: Ctx, wish: store.Wish, taken: store.Taken): Promise<void> {
  if (!(await store.endWish(ctx, wish.wish_id, taken))) return;
  await recordAudit(ctx, {
    action: 'watch.draw_picture',
    subject: `finding:${wish.id}`,
    unitPath: wish.unit_path,
    after: { state: taken.state, unseen: taken.unseen, picture: taken.picture },
  });
}

/** The spots of some findings, and of all personal data on their page: it is painted over in every picture. */
function spotsOf(findings: readonly store.Drawable[], personal: readonly store.Drawable[]) {
  const all = new Map([...findings, ...personal].map((one) => [one.id, one]));
  return [...all.values()].map(spotOf);
}

/** The page's source as text; empty when nothing came. */
function sourceText(capture: { readonly body: Uint8Array; readonly contentType?: string }): string {
  return capture.body.length === 0
    ? ''
    : decodeBytes(capture.body, { contentType: capture.contentType }).text;
}

export interface PageSpots {
  readonly findings: readonly store.Drawable[];
  readonly spots: readonly SpotRequest[];
}

/** What is to be marked when somebody else captures a page: an incident, for its evidence. */
export async function spotsOnPage(ctx: Ctx, siteId: string, url: string): Promise<PageSpots> {
  const findings = await store.findingsOnPage(ctx, siteId, url);
  return { findings, spots: spotsOf(findings, await store.personalOn(ctx, siteId, url)) };
}

/** Keeps what such a capture marked as the pictures of the findings; `bagId` holds the same. */
export async function keepMarked(ctx: Ctx, page: PageSpots, capture: Capture, bagId: string): Promise<void> {
  const source = sourceText(capture);
  for (const finding of page.findings) {
    const spot = capture.spots.find((one) => one.key === finding.id);
    if (spot)
      await store.keepPicture(
        ctx,
        finding,
        await takenOf(ctx.app, finding, spot, { source, reason: '', bagId }),
      );
  }
}

/** Stores the picture and says what was seen. `bagId`: the sealed bag that holds the same. */
async function takenOf(
  app: App,
  finding: store.Drawable,
  spot: MarkedSpot | undefined,
  page: { readonly source: string; readonly reason: string; readonly bagId?: string },
): Promise<store.Taken> {
  const source = sourceOf(finding, page.source);
  const base = { unseen: null, reason: null, picture: null, source, bagId: page.bagId ?? null };
  if (!spot) return { ...base, state: 'failed', reason: (page.reason || '网页没有画出来').slice(0, 500) };
  const unseen = unseenOf(spot, source !== null);
  if (unseen !== null || !spot.png) return { ...base, state: 'unseen', unseen: unseen ?? 'absent' };
  return { ...base, state: 'seen', picture: (await app.files.put(spot.png)).sha256 };
}
