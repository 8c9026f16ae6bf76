/** Draws home pages, compares them with their accepted look, and says when one looks another. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import type { PageBrowser } from '#base/browser';
import { isAppError } from '#base/errors';
import { type Capture, capturePage } from '#evidence';
import { closeMissing, recordFindings } from '#findings';
import { decodeBytes } from '#scan';
import { allowedAddressOf, readSite, readSiteInUse, recountFindings } from '#sites';
import { readPolicy } from '../crawl-policy.ts';
import type { Place } from '../finish-store.ts';
import { personalOn } from '../picture-store.ts';
import { outcomeOf } from '../rules.ts';
import { spotOf } from '../spot-rules.ts';
import { createPicturePool, type PictureAnswer, type PicturePool } from './read-pictures.ts';
import * as rules from './rules.ts';
import * as store from './store.ts';

const actor = systemActor('watch.pictures');

/** Pixels of a home page's length that are drawn: bounds the memory and time of comparing; what is below is not seen. */
const MAX_HEIGHT = 4800;
const MAX_ATTEMPTS = 3;
/** Bits in which the text of a page must differ to have it drawn before its day. */
const MUCH_CHANGED_BITS = 14;

const pools = new WeakMap<App, PicturePool>();

function poolOf(app: App): PicturePool {
  let pool = pools.get(app);
  if (!pool) {
    pool = createPicturePool((notice) => app.log.warn(notice));
    pools.set(app, pool);
  }
  return pool;
}

/** Ends the processes that take drawings apart. */
export async function closePicturePool(app: App): Promise<void> {
  const pool = pools.get(app);
  pools.delete(app);
  await pool?.close();
}

/** At the end of a check that read the home page: wishes for a drawing when one is due. */
export async function wishForHome(ctx: Ctx, place: Place, url: string): Promise<void> {
  const drawn = await store.drawnOf(ctx, place.siteId, rules.LOOK_KIND);
  const isMuchChanged = await store.isMuchChanged(ctx, place, url, MUCH_CHANGED_BITS);
  const why = rules.whyDraw(drawn, isMuchChanged, ctx.clock.now());
  if (why) await store.wish(ctx, place, { url, why });
}

/** Draws one home page that waits. Returns false when none does. `open` gives the browser, or why there is none. */
export async function drawHome(app: App, open: () => Promise<PageBrowser | Error>): Promise<boolean> {
  const wish = await app.run(actor, (ctx) => store.takeHome(ctx));
  if (!wish) return false;
  if (wish.attempts > MAX_ATTEMPTS) {
    await endWithout(app, wish, `画了 ${MAX_ATTEMPTS} 次都没有完成`);
    return true;
  }
  const outDir = await mkdtemp(join(tmpdir(), 'jiaodun-home-'));
  try {
    await drawAndJudge(app, wish, await open(), outDir);
  } catch (error) {
    // A picture that cannot be taken apart in time, or that ends the process: this page's matter, not the next one's.
    if (!isAppError(error) || !error.code.startsWith('confine.')) throw error;
    await endWithout(app, wish, error.messages().zh);
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
  return true;
}

async function drawAndJudge(
  app: App,
  wish: store.Wish,
  browser: PageBrowser | Error,
  outDir: string,
): Promise<void> {
  const { allow, personal } = await app.run(actor, async (ctx) => ({
    allow: allowedAddressOf(await readSite(ctx, wish.site_id)),
    personal: await personalOn(ctx, wish.site_id, wish.url),
  }));
  const now = () => app.clock.now();
  const spots = personal.map(spotOf);
  const capture = await capturePage({
    url: wish.url,
    allow,
    outDir,
    now,
    browser,
    spots,
    maxHeight: MAX_HEIGHT,
  });
  const reason = whyNoPicture(capture, personal.length);
  if (reason !== null) {
    // A browser that broke down is given two more chances; a page that does not answer is told at once.
    const isBrowsers = capture.status >= 200 && capture.status < 300 && !(browser instanceof Error);
    if (isBrowsers && wish.attempts < MAX_ATTEMPTS) return;
    return endWithout(app, wish, reason);
  }
  const drawn = await readFile(pictureOf(capture)!);
  const { look, streak, isOpen } = await app.run(actor, async (ctx) => ({
    look: await store.readLook(ctx, wish.site_id),
    streak: await store.unsureStreak(ctx, wish.site_id),
    isOpen: (await store.drawnOf(ctx, wish.site_id, rules.LOOK_KIND)).isOpen,
  }));
  const answer = await poolOf(app).run({
    drawn,
    covers: capture.spots.flatMap((spot) => (spot.unseen === null ? spot.boxes : [])),
    maxHeight: MAX_HEIGHT,
    before: look ? await app.copies.read(look.picture) : null,
    volatile: look ? [...rules.volatileCells(look.volatile, look.learned)] : [],
    twin: streak[0]?.picture ? await app.copies.read(streak[0].picture) : null,
  });
  await keep(app, wish, { look, answer, isOpen, unsure: streak.length, missing: missingIn(capture) });
}

/** Says why there is no picture. */
async function endWithout(app: App, wish: store.Wish, reason: string): Promise<void> {
  const nothing = { verdict: null, picture: null, difference: null, comparedWith: null, measures: null };
  await app.run(actor, (ctx) => store.endWish(ctx, wish.id, { ...nothing, reason: reason.slice(0, 500) }));
}

const pictureOf = ({ items }: Capture) => items.find(({ path }) => path === 'items/shot/page.png')?.file;

/** Why a capture cannot be judged, in words; null when it can. */
function whyNoPicture(capture: Capture, personal: number): string | null {
  const text = decodeBytes(capture.body, { contentType: capture.contentType }).text;
  if (capture.status > 0) {
    const outcome = outcomeOf(capture.status, capture.body.length, text.slice(0, 4000));
    if (outcome === 'refused') return `被拒绝访问或被防火墙拦截（状态码 ${capture.status}）`;
    if (outcome !== 'read') return `没有打开（状态码 ${capture.status}）`;
  }
  if (!pictureOf(capture)) {
    const problems = capture.incomplete.map(({ problem }) => problem).join('; ');
    return `没有画出来：${problems || '原因不明'}`;
  }
  // Found nowhere and not searched look alike: then the picture is not kept.
  if (personal > 0 && capture.spots.length === 0) return '页面上的个人信息没有能够遮盖，图片没有保存';
  return null;
}

/** Pictures, styles and scripts that did not come, but for those that the server says are not there. */
function missingIn({ missing }: Capture): number {
  const parts = new Set(['image', 'stylesheet', 'script', 'font']);
  return missing.filter(({ kind, problem }) => parts.has(kind) && !/^status 4(?!29)/.test(problem)).length;
}

interface Judged {
  readonly look: store.KnownLook | undefined;
  readonly answer: PictureAnswer;
  /** It was told before: no second drawing is needed to say so again. */
  readonly isOpen: boolean;
  /** Drawings in doubt that came right before. */
  readonly unsure: number;
  /** Parts of the page that did not come. */
  readonly missing: number;
}

async function keep(app: App, wish: store.Wish, judged: Judged): Promise<void> {
  const { answer, look } = judged;
  const picture = (await app.copies.put(answer.picture)).sha256;
  const policy = (await app.run(actor, (ctx) => readPolicy(ctx))).body;
  const { verdict, reason } = judge(judged, policy);
  const shows = verdict === 'differs' || verdict === 'unsure';
  const difference =
    shows && answer.comparison ? (await app.copies.put(answer.comparison.difference)).sha256 : null;
  await app.run(actor, async (ctx) => {
    const now = await store.readLook(ctx, wish.site_id, true);
    // Somebody accepted another look meanwhile: this drawing was compared with what holds no more.
    const isStale = now?.picture_id !== look?.picture_id;
    const end = {
      verdict: isStale ? ('unsure' as const) : verdict,
      reason: isStale ? '画图时有人认可了新的样子，重新比对' : reason,
      picture,
      difference,
      comparedWith: look?.picture_id ?? null,
      measures: answer.comparison?.measures ?? null,
    };
    if (!(await store.endWish(ctx, wish.id, end))) return;
    const place: Place = { checkId: wish.check_id, siteId: wish.site_id, unitPath: wish.unit_path };
    if (end.verdict === 'unsure') {
      await store.wish(ctx, place, { url: wish.url, why: 'confirm', minutes: rules.CONFIRM_MINUTES });
    } else if (end.verdict === 'differs') await tell(ctx, wish, answer);
    else await learn(ctx, wish, judged);
  });
}

function judge(
  { look, answer: { comparison }, isOpen, unsure, missing }: Judged,
  policy: Parameters<typeof rules.isOtherLook>[2],
): { verdict: rules.Verdict; reason: string | null } {
  if (!look || !comparison) return { verdict: 'first', reason: null };
  if (!rules.isOtherLook(comparison.measures, look.learned, policy)) {
    return { verdict: 'ordinary', reason: null };
  }
  if (isOpen) return { verdict: 'differs', reason: null };
  if (unsure === 0) return { verdict: 'unsure', reason: '与认定的样子不同，再画一次确认' };
  if (missing > 0 && unsure < rules.UNSURE_MAX) {
    return { verdict: 'unsure', reason: `有 ${missing} 个图片、样式或脚本没有取到，再画一次` };
  }
  return { verdict: 'differs', reason: null };
}

async function tell(ctx: Ctx, wish: store.Wish, { comparison }: PictureAnswer): Promise<void> {
  const site = await readSite(ctx, wish.site_id);
  if (site.retired_at) return;
  await recordFindings(ctx, {
    unitId: site.unit_id,
    unitPath: site.unit_path,
    siteId: site.id,
    siteName: site.name,
    // Each drawing is a look of its own.
    checkId: wish.id,
    seen: [rules.lookFault(wish.url, comparison!.measures)],
  });
  await recountFindings(ctx, site.id);
}

/** The look follows a school's ordinary work, and what was told of it is over. */
async function learn(ctx: Ctx, wish: store.Wish, { look, answer: { comparison } }: Judged): Promise<void> {
  const learned = comparison ? Math.min((look?.learned ?? 0) + 1, 100_000) : 1;
  const volatile =
    look && comparison ? rules.learnCells(look.volatile, comparison.volatile, comparison.cells, learned) : {};
  const { id, site_id: siteId, unit_path: unitPath, url } = wish;
  await store.keepLook(ctx, { siteId, unitPath, pictureId: id, learned, volatile });
  const closed = await closeMissing(ctx, {
    siteId,
    checkedUrls: [url],
    kinds: [rules.LOOK_KIND],
    checkId: id,
  });
  if (closed.length > 0) await recountFindings(ctx, siteId);
}

/** A person says that a drawing shows what is right; without one, the newest. Nothing happens where none was made. */
export async function acceptLook(ctx: Ctx, siteId: string, pictureId?: string): Promise<string | null> {
  const id = pictureId ?? (await store.newestDrawn(ctx, siteId));
  const drawn = id === undefined ? undefined : await store.findHomePicture(ctx, id);
  if (!drawn || drawn.site_id !== siteId || !drawn.has_picture) return null;
  const { unit_path: unitPath } = await readSite(ctx, siteId);
  await store.keepLook(ctx, { siteId, unitPath, pictureId: drawn.id, learned: 1, volatile: {} });
  // Another drawing closes what was told of the difference.
  const place: Place = { checkId: drawn.check_id, siteId, unitPath };
  await store.wish(ctx, place, { url: drawn.url, why: 'asked' });
  return drawn.id;
}

/** Has a home page drawn for a person. Returns false when there is none that was read. */
export async function wantHome(ctx: Ctx, siteId: string): Promise<boolean> {
  const site = await readSiteInUse(ctx, siteId);
  const last = await store.lastHome(ctx, siteId);
  if (!last) return false;
  const place: Place = { checkId: last.checkId, siteId, unitPath: site.unit_path };
  if (!(await store.wish(ctx, place, { url: last.url, why: 'asked' }))) return true;
  await recordAudit(ctx, {
    action: 'watch.want_home_picture',
    subject: `site:${siteId}`,
    unitPath: site.unit_path,
  });
  return true;
}

/** Takes away drawings whose time is over; what was said of them stays. */
export async function dropOldPictures(app: App): Promise<void> {
  const gone = await app.run(actor, async (ctx) => {
    const { keepDays, keepDifferingDays } = (await readPolicy(ctx)).body.homeLook;
    return store.dropOld(ctx, { ordinary: keepDays, differing: keepDifferingDays }, rules.LOOK_KIND);
  });
  for (const sha256 of gone) await app.copies.forget(sha256);
}
