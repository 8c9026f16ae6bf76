/**
 * `node test/take-screenshots.ts`: photographs every page of the demonstration for `docs/guide/screens` and writes
 * their index. With an address as argument it takes a demonstration that runs there and was filled before.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { awaitResponse, demoPassword, readGuide, startDemo } from '#test/demo';
import { fillTour } from '#test/fill-tour';
import { type Product, removeDataDir } from '#test/product';
import { launchTestBrowser, openPage, settle, signIn } from '#test/test-browser';
import { addressOf, moreLooks, type Stop, tour } from '#test/tour';

const folder = new URL('../docs/guide/screens/', import.meta.url);
const index = new URL('../docs/guide/screens.md', import.meta.url);
const mostBytes = 60_000;

const looks = [
  { name: 'desktop', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'phone', width: 360, height: 740, colorScheme: 'light' },
  { name: 'dark', width: 1280, height: 900, colorScheme: 'dark' },
] as const;

/** Dark colours are the same everywhere: some pages show them. */
const dark = new Set(['home-school', 'tasks', 'unit', 'incident', 'permissions', 'logs', 'trace-result']);

/** In the demonstration one school's site is at fault: there is no case of several schools to show, and no page
 * has changed yet. */
const absent = new Set(['campaign', 'change']);

/** A page's tabs stand behind the page. */
const stops = tour.flatMap((stop) => {
  if (absent.has(stop.name)) return [];
  const isLast = tour.findLast(({ path }) => path === stop.path) === stop;
  return isLast ? [stop, ...moreLooks.filter(({ path }) => path === stop.path)] : [stop];
});

/** Pages whose form is shown open too, by the word on its button. */
const forms: Readonly<Record<string, string>> = {
  task: '转办',
  people: '登记人员',
  sites: '登记网站',
  units: '登记单位',
  'log-sources': '登记日志源',
  'log-retention': '设定期限',
  shield: '封堵域名',
  users: '新建账号',
  channels: '添加通道',
  escalation: '新建升级链',
};

interface Shot {
  readonly stop: Stop;
  readonly title: string;
  readonly files: Partial<Record<string, string>>;
}

async function takeAll(browser: Browser, url: string): Promise<Shot[]> {
  const shots = new Map<string, Shot & { files: Record<string, string> }>();
  const cookies = new Map<string, Parameters<ReturnType<Page['context']>['addCookies']>[0]>();
  for (const look of looks) {
    for (const stop of stops.filter(({ name }) => look.name !== 'dark' || dark.has(name))) {
      const page = await openPage(browser, url, look);
      await page.setViewportSize(look);
      await page.addInitScript(() => localStorage.setItem('jiaodun.watermark', 'off'));
      const known = cookies.get(stop.as ?? '');
      if (known) await page.context().addCookies(known);
      else if (stop.as !== null) {
        await page.goto('/sign-in');
        await signIn(page, stop.as, demoPassword);
        cookies.set(stop.as, await page.context().cookies());
      }
      await page.goto(await addressOf(page, stop));
      await settle(page);
      const title = (await page.getByRole('heading', { level: 1 }).first().textContent()) ?? '';
      const shot = shots.get(stop.name) ?? { stop, title, files: {} };
      shots.set(stop.name, shot);
      shot.files[look.name] = await take(page, `${stop.name}-${look.name}`);
      const form = forms[stop.name];
      if (form !== undefined && look.name === 'phone') {
        await page.locator('main').getByRole('button', { name: form, exact: true }).first().click();
        await page.getByRole('dialog').waitFor();
        await page.waitForFunction(() =>
          document.getAnimations().every((one) => one.playState !== 'running'),
        );
        shot.files.form = await take(page, `${stop.name}-form`);
      }
      await page.context().close();
    }
  }
  return [...shots.values()];
}

/** WebP, as small as it must be: the quality goes down until it fits. */
async function take(page: Page, name: string): Promise<string> {
  const session = await page.context().newCDPSession(page);
  for (const quality of [75, 60, 45, 30]) {
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length > mostBytes && quality > 30) continue;
    await writeFile(new URL(`${name}.webp`, folder), bytes);
    break;
  }
  return `screens/${name}.webp`;
}

const parts: readonly [title: string, guide: string, accounts: readonly (string | null)[]][] = [
  ['登录之前 Before the sign-in', 'school.md', [null]],
  ['学校 School', 'school.md', ['teacher.school07', 'head.school07']],
  ['县（市、区）教育局 County', 'county.md', ['county.yunqi']],
  ['市教育局、公安联络员 City and police liaison', 'city.md', ['city.officer', 'police.liaison']],
  ['三员 Administrators', 'operator.md', ['sys.admin', 'sec.admin', 'audit.admin']],
];

function pageOf({ stop, title, files }: Shot): string {
  const picture = (look: string, words: string, width: number) =>
    files[look] ? `<img src="${files[look]}" alt="${title}：${words}" width="${width}">` : '';
  const row = [
    picture('desktop', '电脑', 520),
    picture('phone', '手机', 150),
    picture('form', '手机上的表单', 150),
    picture('dark', '深色', 520),
  ];
  return `### ${title}\n\n\`${stop.path}${stop.search ?? ''}\` · ${stop.as ?? '—'}\n\n${row.filter(Boolean).join('\n')}\n`;
}

function indexOf(shots: readonly Shot[]): string {
  const text = parts.map(([title, guide, accounts]) => {
    const own = shots.filter(({ stop }) => accounts.includes(stop.as));
    return `## ${title}\n\n办法见 see [${guide}](${guide})。\n\n${own.map(pageOf).join('\n')}`;
  });
  return `# 界面一览 Every page\n\n演示城市里每个页面的样子：电脑和手机各一张，常用表单一张，深色几张。由 \`node test/take-screenshots.ts\` 生成。\nEach page of the demonstration city on a desktop and on a phone, some forms, some in dark colours; written by that command.\n\n${text.join('\n')}`;
}

async function start(): Promise<Product> {
  const product = await startDemo();
  await readGuide(product);
  await awaitResponse(product, 180_000);
  await fillTour(product.url);
  return product;
}

const given = process.argv[2];
const product = given === undefined ? await start() : undefined;
const browser = await launchTestBrowser();
try {
  await mkdir(folder, { recursive: true });
  for (const old of await readdir(folder)) await rm(new URL(old, folder));
  await writeFile(index, indexOf(await takeAll(browser, product?.url ?? given!)));
} finally {
  await browser.close();
  await product?.stop();
  if (product) await removeDataDir(product.dataDir);
}
