/** Home pages drawn by the real browser from a real server on loopback. */
import type { FastifyInstance } from 'fastify';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { findings } from '../../findings/module.ts';
import { sites } from '../../sites/module.ts';
import { units } from '../../units/module.ts';
import { watch } from '../module.ts';
import { html, identityNumbers, serveSite, type TestSite } from '../testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let site: TestSite;
let siteId: string;

const HOUR = 3_600_000;
const [number] = identityNumbers(1);

/** A picture of one colour: its address stays the same, whatever it shows. */
function banner(colour: readonly [number, number, number]): Uint8Array {
  const png = new PNG({ width: 64, height: 32 });
  for (let at = 0; at < 64 * 32; at++) png.data.set([...colour, 255], at * 4);
  return PNG.sync.write(png);
}

const home = (news: string) => ({
  body: html(
    `<style>body{margin:0}img{display:block;width:100%;height:560px}nav{background:#14407a;height:50px}
    li{margin:12px;font-size:18px}footer{background:#444;height:120px}</style><nav></nav><img src="/banner.png">
    <ul>${news}</ul><p>学生 ${number}</p><footer></footer>`,
    '示例县第一中学',
  ),
});
const news = (n: number) =>
  Array.from(
    { length: 12 },
    (_, i) => `<li>学校举行第${n * 12 + i}次活动，师生踊跃参加 2026-05-${10 + i}</li>`,
  ).join('');
const picture = (colour: readonly [number, number, number]) => ({ type: 'image/png', body: banner(colour) });
const green = [40, 150, 80] as const;
const black = [5, 5, 5] as const;

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
  site = await serveSite({ '/': home(news(0)), '/banner.png': picture(green) });
  const entry = {
    name: '示例站',
    unitCode: 'east-1',
    url: 'http://www.school.example/',
    resolveTo: site.resolveTo,
  };
  const reply = await call(server, people['east-officer']!, 'POST', '/api/sites', entry);
  expect(reply.status).toBe(200);
  siteId = reply.body.id;
  await drain(app);
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  await server.close();
  await app.close();
  await site.close();
});

const get = (url: string, who = 'east-officer') => call(server, people[who]!, 'GET', url);
const post = (url: string, body: unknown = {}) => call(server, people['east-officer']!, 'POST', url, body);
const pictures = async () => (await get(`/api/home-pictures?siteId=${siteId}`)).body.items;
/** The newest that was drawn or could not be: another may wait. */
const newest = async () => (await pictures()).find((one: { state: string }) => one.state !== 'wanted');
const lookFindings = async () =>
  (await get(`/api/findings?siteId=${siteId}&kind=home-look`)).body.items as {
    state: string;
    severity: string;
  }[];
const draw = async () => {
  await fire(app, 'watch.pictures');
  await drain(app);
};

/** Time goes by, and with it the session ends. */
async function later(milliseconds: number) {
  await app.advance(milliseconds);
  people['east-officer'] = await signIn(server, 'east-officer');
}

/** A check some hours later, and the drawing that it wishes for. */
async function checkAndDraw(hours: number) {
  await later(hours * HOUR);
  expect((await post(`/api/sites/${siteId}/check`)).status).toBe(200);
  await drain(app);
  await draw();
  return await newest();
}

describe('the home page of a site', () => {
  it('is drawn, its personal numbers painted over, and seen by nobody outside the unit', async () => {
    await draw();
    const first = await newest();
    expect(first).toMatchObject({ state: 'drawn', verdict: 'first', why: 'learning', isAccepted: true });
    const file = await get(`/api/home-pictures/${first.id}/file`);
    expect([file.status, file.body.subarray(1, 4).toString()]).toEqual([200, 'PNG']);
    const drawn = PNG.sync.read(file.body);
    expect(drawn.width).toBe(1280);
    const isCover = (at: number) => drawn.data[at] === 0x33 && drawn.data[at + 1] === 0x33;
    let covered = 0;
    for (let at = 0; at < drawn.data.length; at += 4) if (isCover(at)) covered++;
    expect(covered).toBeGreaterThan(1000);
    expect((await get(`/api/home-pictures/${first.id}/file?part=difference`)).status).toBe(404);
    expect((await get(`/api/home-pictures/${first.id}/file`, 'west-officer')).status).toBe(404);
    expect((await get(`/api/home-pictures?siteId=${siteId}`, 'west-officer')).body.items).toEqual([]);
  });

  it('may have other news each day: that is ordinary, and the look follows', async () => {
    for (const day of [1, 2, 3]) {
      site.pages['/'] = home(news(day));
      const drawn = await checkAndDraw(22);
      expect(drawn).toMatchObject({ state: 'drawn', verdict: 'ordinary', isAccepted: true });
      expect(drawn.measures.touched).toBeGreaterThan(0);
    }
    expect(await lookFindings()).toEqual([]);
    // Not again on the same day, unless somebody asks.
    const { id } = await newest();
    expect((await checkAndDraw(2)).id).toBe(id);
    expect((await post(`/api/sites/${siteId}/home-picture`)).status).toBe(200);
    await draw();
    expect(await newest()).toMatchObject({ why: 'asked', verdict: 'ordinary' });
  });

  it('is another when its picture is, although the page is not: told after a second drawing, until it is right again', async () => {
    site.pages['/banner.png'] = picture(black);
    expect(await checkAndDraw(22)).toMatchObject({ verdict: 'unsure', hasDifference: true });
    expect(await lookFindings()).toEqual([]);
    await later(180_000);
    await draw();
    const told = await newest();
    expect(told).toMatchObject({ why: 'confirm', verdict: 'differs', isAccepted: false });
    expect((await get(`/api/home-pictures/${told.id}/file?part=difference`)).status).toBe(200);
    expect((await pictures()).find((one: { id: string }) => one.id === told.comparedWith)).toMatchObject({
      isAccepted: true,
    });
    expect(await lookFindings()).toMatchObject([{ state: 'open' }]);
    expect((await get(`/api/sites/${siteId}`)).body.openFindings).toBeGreaterThan(0);
    // A crawl sees nothing wrong with the page and closes nothing of it.
    expect(await checkAndDraw(22)).toMatchObject({ verdict: 'differs' });
    expect(await lookFindings()).toMatchObject([{ state: 'open' }]);
    site.pages['/banner.png'] = picture(green);
    expect(await checkAndDraw(22)).toMatchObject({ verdict: 'ordinary', isAccepted: true });
    expect(await lookFindings()).toMatchObject([{ state: 'closed' }]);
  });

  it('is right when a person accepts the picture that was looked at, with a reason', async () => {
    site.pages['/banner.png'] = picture([200, 150, 20]);
    await checkAndDraw(22);
    await later(180_000);
    await draw();
    const told = await newest();
    expect(told.verdict).toBe('differs');
    const accept = (body: object) => post(`/api/sites/${siteId}/baseline`, body);
    const reason = '学校换了新的横幅';
    const strange = { reason, pictureId: siteId };
    expect((await accept(strange)).body.code).toBe('watch.picture_gone');
    expect((await accept({ reason, pictureId: told.id })).status).toBe(200);
    await drain(app);
    await draw();
    expect(await newest()).toMatchObject({ verdict: 'ordinary', comparedWith: told.id });
    expect((await lookFindings()).map(({ state }) => state)).toEqual(['closed']);
  });

  it('is not judged by a firewall’s page, nor when it does not open; the reason is told', async () => {
    const before = site.pages['/']!;
    site.pages['/'] = { status: 403, body: html('<p>网站防火墙：您的请求被拦截</p>') };
    await later(22 * HOUR);
    expect((await post(`/api/sites/${siteId}/home-picture`)).status).toBe(200);
    await draw();
    expect(await newest()).toMatchObject({
      state: 'failed',
      hasPicture: false,
      reason: expect.stringContaining('防火墙'),
    });
    site.pages['/'] = before;
  });

  it('is kept for as long as the bureau says; what was said of it stays', async () => {
    const all = await pictures();
    const ordinary = all.find(
      (one: { verdict: string; isAccepted: boolean }) => one.verdict === 'ordinary' && !one.isAccepted,
    );
    // Somebody downloaded a drawing and attached it to a case: the same bytes, on record.
    const { rawPayload } = await server.inject({
      method: 'GET',
      url: `/api/home-pictures/${ordinary.id}/file`,
      headers: { cookie: people['east-officer']!.cookie },
    });
    const { sha256 } = await app.files.put(rawPayload);
    await later(30 * 24 * HOUR);
    await fire(app, 'watch.old-pictures');
    const now = await pictures();
    expect(now).toHaveLength(all.length);
    const kept = now.filter((one: { hasPicture: boolean }) => one.hasPicture);
    // The accepted one, those that differed, and no other.
    expect(
      kept.every(
        (one: { isAccepted: boolean; verdict: string }) => one.isAccepted || one.verdict === 'differs',
      ),
    ).toBe(true);
    expect(kept.some((one: { isAccepted: boolean }) => one.isAccepted)).toBe(true);
    const gone = now.find(
      (one: { hasPicture: boolean; verdict: string }) => !one.hasPicture && one.verdict === 'ordinary',
    );
    expect((await get(`/api/home-pictures/${gone.id}/file`)).status).toBe(404);
    expect((await get(`/api/home-pictures/${ordinary.id}/file`)).status).toBe(404);
    expect(await app.files.read(sha256)).toEqual(rawPayload);
  });
});
