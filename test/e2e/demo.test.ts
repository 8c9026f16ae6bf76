/** The demonstration's incident from its discovery to its closing and back, in a browser, as two people do it. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { downloadBag } from '#evidence/contract';
import { awaitResponse, type DemoGuide, demoPassword, readGuide, startDemo } from '#test/demo';
import { cli, newDataDir, type Product, removeDataDir } from '#test/product';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  openPage,
  overflowOf,
  settle,
  signIn,
} from '#test/test-browser';
import { connect } from '../../src/cli/client.ts';

let product: Product;
let browser: Browser;
let guide: DemoGuide;
let incident: Awaited<ReturnType<typeof awaitResponse>>;
/** Two officers of the city bureau, each with a session of their own. */
let officer: Page;
let second: Page;

beforeAll(async () => {
  product = await startDemo();
  browser = await launchTestBrowser();
  guide = await readGuide(product);
  incident = await awaitResponse(product, 180_000);
  officer = await openPage(browser, product.url);
  second = await openPage(browser, product.url);
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await product?.stop();
  if (product) await removeDataDir(product.dataDir);
}, 30_000);

/** A section of the page by its heading. */
function panel(page: Page, title: string) {
  return page
    .locator('section')
    .filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) });
}

/** The state beside the incident's heading. */
function stateTag(page: Page, word: string) {
  return page
    .locator('header')
    .filter({ has: page.getByRole('heading', { level: 1 }) })
    .getByText(word);
}

describe('the demonstration in a browser', { timeout: 90_000 }, () => {
  it('lets the officer sign in by keyboard alone', async () => {
    await officer.goto('/');
    await officer.getByRole('heading', { name: '欢迎使用教盾' }).waitFor();
    await officer.keyboard.type('city.officer');
    await officer.keyboard.press('Tab');
    await officer.keyboard.type(demoPassword);
    await officer.keyboard.press('Enter');
    await officer.getByRole('heading', { name: '章明华，您好' }).waitFor();
  });

  it('shows the incident on the home page, with a countdown over every page', async () => {
    const open = panel(officer, '处置中的事件');
    await open.getByRole('link', { name: incident.title }).waitFor();
    const clocks = officer.getByRole('region', { name: '未完成的报告义务' });
    expect(await clocks.textContent()).toMatch(/\d{1,3}:\d{2}|分/);
    await open.getByRole('link', { name: incident.title }).click();
    await officer.getByRole('heading', { level: 1, name: incident.title }).waitFor();
    await clocks.getByRole('link', { name: incident.number }).waitFor();
  });

  it('shows both duties, the evidence that verifies, and the source of the change', async () => {
    await stateTag(officer, '处置中').waitFor();
    for (const duty of ['报教育局', '报公安']) await panel(officer, duty).getByText('应报时间').waitFor();
    const evidence = panel(officer, '证据');
    await evidence.getByRole('button', { name: '校验' }).first().click();
    await evidence.getByText('校验通过：与封存时完全一致').waitFor();
    await panel(officer, '溯源').getByText('已证实').waitFor();
  });

  it('shows the traced device and room, and nobody’s name', async () => {
    await panel(officer, '溯源').getByRole('link', { name: /:\d+$/ }).first().click();
    await officer.getByRole('heading', { level: 1, name: /的溯源结果$/ }).waitFor();
    const candidate = panel(officer, '候选 1');
    await candidate.getByText('姓名已密封').waitFor();
    expect(await candidate.getByRole('listitem').count()).toBeGreaterThanOrEqual(3);
    expect(await officer.getByRole('button', { name: '查看姓名', exact: true }).count()).toBe(0);
  });

  it('opens the name to the first officer once the second one has approved', async () => {
    const address = new URL(officer.url()).pathname;
    await officer.getByRole('button', { name: '申请查看姓名' }).click();
    const request = officer.getByRole('dialog', { name: '申请查看姓名' });
    await request.getByLabel('理由').fill('核实改动网页的终端由谁使用');
    await request.getByRole('button', { name: '申请查看姓名' }).click();
    await officer.getByText('您的申请正在等待第二人批准').waitFor();

    await second.goto('/');
    await signIn(second, 'city.second', demoPassword);
    await panel(second, '等您批准').getByRole('link', { name: '去处理' }).click();
    expect(new URL(second.url()).pathname).toBe(address);
    await second.getByRole('button', { name: '批准' }).click();
    await second
      .getByRole('tooltip')
      .getByRole('button', { name: /确\s*定/ })
      .click();
    await second.getByText('已处理').waitFor();
    expect(await second.getByRole('button', { name: '查看姓名', exact: true }).count()).toBe(0);

    await officer.reload();
    await officer.getByRole('button', { name: '查看姓名', exact: true }).click();
    await officer.getByText('人员编号').waitFor();
    expect(await panel(officer, '候选 1').getByText('姓名已密封').count()).toBe(0);
    expect(await officer.getByText('查看记录').count()).toBe(1);
  });

  it.for([
    ['bureau@example.org', '王处长'],
    ['police@example.org', '李警官'],
  ] as const)(
    'takes the acknowledgement of %s through the link in the kept mail',
    async ([mailbox, name]) => {
      const reader = await openPage(browser, product.url);
      await reader.goto(guide.mail);
      const mails = reader
        .getByRole('row')
        .filter({ hasText: mailbox })
        .filter({ hasText: '网络安全事件报告' });
      expect(await mails.count()).toBe(1);
      await mails.getByRole('link').click();
      await reader.getByRole('link', { name: /\/ack\// }).click();
      await reader.getByRole('heading', { name: '签收事件报告' }).waitFor();
      expect(await graveViolations(reader)).toEqual([]);
      await reader.getByLabel('签收人姓名').fill(name);
      await reader.getByRole('button', { name: '确认签收' }).click();
      await reader.getByText('在报告时限之内').waitFor();
      await reader.reload();
      await reader.getByText(/已于 .+ 签收，无需重复操作/).waitFor();
      await reader.context().close();
    },
  );

  it('closes the incident when the page is clean at the re-check', async () => {
    await clickControl('清理网页');
    await officer.goto(`/incidents/${incident.id}`);
    for (const duty of ['报教育局', '报公安'])
      await panel(officer, duty).getByText('已签收').first().waitFor();
    await officer.getByRole('button', { name: '复测页面' }).click();
    await stateTag(officer, '已结束').waitFor({ timeout: 80_000 });
    await panel(officer, '时间线').getByText('网页已清理，两份报告均已签收，事件结束').waitFor();
    expect(await officer.getByRole('region', { name: '未完成的报告义务' }).count()).toBe(0);
  });

  it('reopens the incident with new clocks when the fault comes back', async () => {
    await clickControl('重新植入');
    await officer.goto('/sites');
    const search = officer.getByLabel('搜索名称、域名');
    await search.fill('云栖县第一中学');
    await search.press('Enter');
    await officer.getByRole('link', { name: /^云栖县第一中学/ }).click();
    await officer.getByRole('button', { name: '立即检查' }).click();
    await officer.goto(`/incidents/${incident.id}`);
    await stateTag(officer, '第 1 次复发').waitFor({ timeout: 80_000 });
    await stateTag(officer, '处置中').waitFor();
    expect(await panel(officer, '报教育局').getByText('已签收').count()).toBe(0);
    await officer.getByRole('region', { name: '未完成的报告义务' }).waitFor();
  });
});

describe('the evidence of the demonstration', { timeout: 90_000 }, () => {
  it('verifies on another machine with the public key alone, and names the item whose byte was flipped', async () => {
    const elsewhere = await newDataDir();
    const file = join(elsewhere, 'bag.zip');
    const key = join(elsewhere, 'evidence.pub.pem');
    const client = await connect({ data: product.dataDir });
    const bag = await client.download(downloadBag, { params: { id: incident.evidence[0]!.bag } });
    await copyFile(join(product.dataDir, 'keys', 'evidence.pub.pem'), key);
    const verify = async (bytes: Buffer) => {
      await writeFile(file, bytes);
      const { code, stdout } = cli(['evidence', 'verify', file, '--key', key, '--json']);
      const { problems } = JSON.parse(stdout) as { problems: { item: string }[] };
      return { code, items: problems.map(({ item }) => item) };
    };
    expect(await verify(bag)).toEqual({ code: 0, items: [] });
    const entries = (await entriesOf(bag)).filter(({ bytes }) => bytes > 0);
    expect(entries.length).toBeGreaterThan(5);
    for (const { name, middle } of entries.filter((_, index) => index % 3 === 0)) {
      const altered = Buffer.from(bag);
      altered[middle]! ^= 1;
      const { code, items } = await verify(altered);
      expect([code, items]).toEqual([1, expect.arrayContaining([name])]);
    }
    await removeDataDir(elsewhere);
  });
});

/** The entries of a bag with the place of the byte in the middle of each, as another ZIP reader sees them. */
function entriesOf(zip: Buffer): Promise<{ name: string; bytes: number; middle: number }[]> {
  return new Promise((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true }, (error, reader) => {
      if (error) return reject(error);
      const found: { name: string; bytes: number; middle: number }[] = [];
      reader.on('entry', (entry) => {
        const { relativeOffsetOfLocalHeader: at, compressedSize: bytes, fileName: name } = entry;
        // PKWARE APPNOTE 4.3.7: 30 bytes, then name and extra field with the lengths at 26 and 28.
        const start = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
        found.push({ name, bytes, middle: start + (bytes >> 1) });
        reader.readEntry();
      });
      reader.on('end', () => resolve(found));
      reader.on('error', reject);
      reader.readEntry();
    });
  });
}

/** Presses a button of the demonstration's control page, as its guide says. */
async function clickControl(button: string): Promise<void> {
  const page = await openPage(browser, product.url);
  await page.goto(guide.control);
  await page.getByRole('button', { name: button }).click();
  await page.getByText(button === '清理网页' ? '已清理（正常）' : '（故障）').waitFor();
  await page.context().close();
}

const pages = [
  ['the sign-in', '/sign-in'],
  ['the home page', '/'],
  ['the trace', '/trace/:trace'],
  ['the websites', '/sites'],
  ['the devices', '/devices'],
  ['the findings', '/findings'],
  ['the logs', '/logs'],
  ['the messages', '/messages'],
  ['the incident', '/incidents/:incident'],
] as const;

it('notices a planted fault of accessibility and a planted overflow', async () => {
  const page = await openPage(browser, product.url, { width: 360 });
  await page.setContent('<main><img src="data:,"><div style="width: 500px">宽</div></main>');
  expect(await graveViolations(page)).toContainEqual(expect.stringMatching(/^image-alt/));
  expect((await overflowOf(page)).pixels).toBeGreaterThan(0);
  await page.context().close();
});

/** The pages in light colours are looked at in pages.test.ts. */
describe.for(['dark'] as const)('in %s colours', (colorScheme) => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage(browser, product.url, { colorScheme });
    await page.goto('/sign-in');
    await signIn(page, 'city.officer', demoPassword);
  });
  afterAll(() => page?.context().close());

  it.for(inThisRun(pages))('%s has no grave fault of accessibility and fits a phone', async ([, path]) => {
    const address = path.replace(':incident', incident.id).replace(':trace', incident.trace!.id);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(address);
    await settle(page);
    expect(await graveViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await settle(page);
    expect(await overflowOf(page)).toEqual({ pixels: 0, wide: [] });
    expect(await graveViolations(page)).toEqual([]);
  });
});
