/** Work with findings in a browser, as the people of a school and two bureaus do it, on a website that is really crawled. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { serveWebFiles } from '#base/web-files';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { graveViolations, launchTestBrowser, openSignedIn, overflowOf, settle } from '#test/test-browser';
import { modules } from '../../src/compose.ts';
import { makeDocx } from '../../src/demo/office-files.ts';
import { html, identityNumbers, serveSite, type TestSite } from '../../src/modules/watch/testing.ts';

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url = '';
let people: Record<string, SignedIn>;
const sites: TestSite[] = [];
const siteIds: string[] = [];

const school = html('<a href="/recipe">食谱</a><a href="/links">友情链接</a>');

beforeAll(async () => {
  app = await testApp(modules, { now: new Date().toISOString() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, process.env.JIAODUN_TEST_WEB ?? 'dist/web');
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  await register('www.east-1.example', {
    '/': { body: school },
    '/recipe': { body: html('<p>本周点心：网上赌场牌薯片（商品名）</p>') },
    '/links': { body: html('<p>真人百家乐，欢迎光临。</p>') },
  });
  browser = await launchTestBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  for (const site of sites) await site.close();
  await app?.close();
});

async function register(host: string, pages: TestSite['pages']): Promise<void> {
  const site = await serveSite(pages);
  sites.push(site);
  const entry = {
    name: `${host} 网站`,
    unitCode: 'east-1',
    url: `http://${host}/`,
    resolveTo: site.resolveTo,
  };
  const reply = await call(server, people['east-officer']!, 'POST', '/api/sites', entry);
  expect(reply.status).toBe(200);
  siteIds.push(reply.body.id);
  await drain(app);
}

/** A session each: two people are two browsers. */
const enter = (who: string, width = 1280) => openSignedIn(browser, url, who, { width });

/** The finding on a page of the school's site. */
async function findingOn(path: string): Promise<{ id: string; text: string; state: string }> {
  const { body } = await call(
    server,
    people['east-officer']!,
    'GET',
    `/api/findings?siteId=${siteIds[0]}&kind=term&pathPrefix=${path}`,
  );
  expect(body.items.length).toBeGreaterThan(0);
  return body.items[0];
}

/** The state beside a finding's heading. */
const stateTag = (page: Page, word: string) =>
  page
    .locator('header')
    .filter({ has: page.getByRole('heading', { level: 1 }) })
    .getByText(word, { exact: true });

async function checkAgain(): Promise<void> {
  const reply = await call(server, people['east-officer']!, 'POST', `/api/sites/${siteIds[0]}/check`, {});
  expect(reply.status).toBe(200);
  await drain(app);
}

describe('work with findings', { timeout: 90_000 }, () => {
  it('a false alarm that one proposes and another approves leaves the open list, and the ignored page counts it', async () => {
    const { id, text } = await findingOn('/recipe');
    const teacher = await enter('east-teacher');
    await teacher.goto(`/findings/${id}`);
    await teacher.getByText('页面源代码中的位置').waitFor();
    await teacher.getByRole('button', { name: '提出误报' }).click();
    const form = teacher.getByRole('dialog', { name: '提出误报' });
    await form.getByLabel('理由').fill('这是点心的商品名，不是广告');
    await form.getByRole('button', { name: '提出误报' }).click();
    await teacher.getByText('已提出，等另一个人认定。').waitFor();
    expect(await teacher.getByRole('button', { name: '同意，是误报' }).count()).toBe(0);

    const officer = await enter('east-officer');
    await officer.goto('/findings/ignored');
    await officer.getByRole('button', { name: '同意，是误报' }).click();
    await officer
      .getByRole('dialog', { name: '同意，是误报' })
      .getByRole('button', { name: '同意，是误报' })
      .click();
    await officer.getByText('已处理。').waitFor();
    await officer.getByRole('cell', { name: '已忽略' }).waitFor();
    await checkAgain();
    await officer.getByRole('tab', { name: '各网站的数量' }).click();
    const counted = officer.getByRole('row').filter({ hasText: 'www.east-1.example' });
    await counted.waitFor();
    expect(await counted.count()).toBe(1);
    expect(await graveViolations(officer)).toEqual([]);

    await teacher.goto(`/findings?state=open&siteId=${siteIds[0]}`);
    await teacher.getByRole('link', { name: '百家乐' }).first().waitFor();
    expect(await teacher.getByRole('link', { name: text, exact: true }).count()).toBe(0);
    await teacher.goto(`/findings/${id}`);
    await stateTag(teacher, '误报').waitFor();
    await teacher.getByText('忽略 1 次').first().waitFor();
    await teacher.context().close();
    await officer.context().close();
  });

  it('an order goes to the school, a fix that is none is returned, and a true one is closed by the machine', async () => {
    const { id, text } = await findingOn('/links');
    const officer = await enter('east-officer');
    await officer.goto(`/findings?state=open&siteId=${siteIds[0]}&pathPrefix=/links`);
    await officer.getByRole('checkbox', { name: `选择“${text}”` }).check();
    await officer.getByRole('button', { name: '责令整改' }).click();
    await officer.getByRole('dialog', { name: '责令整改' }).getByRole('button', { name: '责令整改' }).click();
    await officer.getByText('已下达 1 份责令，通知到单位。').waitFor();
    await drain(app);

    const teacher = await enter('east-teacher', 360);
    const open = async () => {
      await teacher.goto(`/findings/${id}`);
      await teacher.getByRole('button', { name: '已整改，请复测' }).click();
      return teacher.getByRole('dialog', { name: '已整改，请复测' });
    };
    const typed = (await open()).getByLabel('整改说明');
    await typed.fill('已在后台删除了这一页');
    await teacher.getByText(/草稿已保存/).waitFor();
    await open();
    await teacher.getByRole('button', { name: '恢复' }).click();
    expect(await typed.inputValue()).toBe('已在后台删除了这一页');
    const report = async () => {
      const form = await open();
      await form.getByLabel('整改说明').fill('已在后台删除');
      await form.getByRole('button', { name: '已整改，请复测' }).click();
      await teacher.getByText('已收到，正在安排复测。').waitFor();
      await drain(app);
      await teacher.reload();
    };
    await report();
    await stateTag(teacher, '待整改').waitFor();
    await open();
    await teacher.waitForLoadState('networkidle');
    expect(await teacher.getByRole('button', { name: '恢复' }).count()).toBe(0);
    await teacher.getByText('系统复查仍能看到，退回').waitFor();
    sites[0]!.pages['/links'] = { body: html('<p>友情链接：示例县教育局</p>') };
    await report();
    await stateTag(teacher, '已关闭').waitFor();
    await teacher.getByText('系统复查，没有再看到，关闭').waitFor();
    expect((await overflowOf(teacher)).pixels).toBe(0);

    await officer.goto('/findings/orders');
    await officer.getByRole('cell', { name: '已完成' }).waitFor();
    await teacher.context().close();
    await officer.context().close();
  });

  it('a new word is looked for on all websites, with a pause on the way', async () => {
    for (const host of ['www.east-2.example', 'www.east-3.example']) {
      await register(host, { '/': { body: html('<p>校门口的示范新词，大家当心。</p>') } });
    }
    const officer = await enter('city-officer');
    await officer.goto('/words');
    await officer.getByRole('button', { name: '添加词语' }).click();
    const word = officer.getByRole('dialog', { name: '添加词语' });
    await word.getByLabel('词语').fill('示范新词');
    await word.getByLabel('级别').click();
    await officer.getByTitle('人工复核').click();
    await word.getByRole('button', { name: '确定' }).click();
    await officer.getByLabel('原因').fill('公安机关通报的新说法');
    await officer.getByText(/草稿已保存/).waitFor();
    await officer.reload();
    await officer.getByRole('button', { name: '恢复' }).click();
    await officer.getByText('本次要提交的修改（1 处）').waitFor();
    expect(await officer.getByLabel('原因').inputValue()).toBe('公安机关通报的新说法');
    await officer.getByRole('button', { name: '提交修改' }).click();
    await officer.getByText('已生效，成为第 1 版。').waitFor();
    await officer.reload();
    await settle(officer);
    await officer.waitForLoadState('networkidle');
    expect(await officer.getByRole('button', { name: '恢复' }).count()).toBe(0);

    await officer.getByRole('tab', { name: '全部重查' }).click();
    await officer.getByRole('button', { name: '开始全部重查' }).click();
    const start = officer.getByRole('dialog', { name: '开始全部重查' });
    await start.getByLabel('为什么重查').fill('新词：示范新词');
    await start.getByLabel('同时检查几个网站').fill('1');
    await start.getByRole('button', { name: '开始全部重查' }).click();
    await officer.getByText('已查 0 / 3，正在查 1').waitFor();
    await officer.getByRole('button', { name: '暂停' }).click();
    await officer.getByText('已暂停').waitFor();
    await drain(app);
    await officer.reload();
    await officer.getByText('已暂停').waitFor();
    expect(await officer.getByText(/已查 [01] \/ 3，正在查/).count()).toBe(1);
    await officer.getByRole('button', { name: '继续' }).click();
    await officer.getByRole('button', { name: '暂停' }).waitFor();
    await drain(app);
    await officer.reload();
    await officer.getByText('已查 3 / 3，正在查 0').waitFor();
    await officer.getByText('已完成').waitFor();
    expect(await officer.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');

    await officer.goto('/findings?q=示范新词');
    await officer.getByRole('link', { name: '示范新词' }).first().waitFor();
    expect(await officer.getByRole('link', { name: '示范新词' }).count()).toBe(2);
    await officer.context().close();
  });
});

describe('the check of a file', { timeout: 60_000 }, () => {
  it('shows the place of an identity number in words, and gives a copy without it', async () => {
    const [number] = identityNumbers(1);
    const teacher = await enter('east-teacher');
    await teacher.goto('/documents');
    await settle(teacher);
    await teacher.locator('input[type=file]').setInputFiles({
      name: '录取名单.docx',
      mimeType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      buffer: Buffer.from(makeDocx(['七年级录取名单', `张某 ${number}`])),
    });
    const masked = `${number!.slice(0, 3)}*************${number!.slice(-2)}`;
    await teacher.locator('mark', { hasText: masked }).waitFor();
    await teacher.getByText(/^正文 · /).waitFor();
    expect(await teacher.getByText('word/document.xml').count()).toBe(0);
    expect(await graveViolations(teacher)).toEqual([]);
    const saving = teacher.waitForEvent('download');
    await teacher.getByRole('button', { name: '下载打码副本' }).click();
    const text = await textOf(await (await saving).createReadStream());
    expect(text).toContain(masked);
    expect(text).not.toContain(number);
    await teacher.context().close();
  });
});

/** All members of a downloaded Office file as one text. */
async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes: Uint8Array[] = [];
  for await (const chunk of stream) bytes.push(chunk);
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(Buffer.concat(bytes), { lazyEntries: true }, (error, file) =>
      error ? reject(error) : resolve(file),
    ),
  );
  let text = '';
  const read = (entry: Entry) =>
    new Promise<void>((resolve, reject) =>
      zip.openReadStream(entry, (error, member) => {
        if (error) return reject(error);
        member.setEncoding('utf8');
        member.on('data', (part: string) => {
          text += part;
        });
        member.on('end', resolve).on('error', reject);
      }),
    );
  await new Promise<void>((resolve, reject) => {
    zip.on('entry', (entry: Entry) => read(entry).then(() => zip.readEntry(), reject));
    zip.on('end', resolve).on('error', reject);
    zip.readEntry();
  });
  return text;
}
