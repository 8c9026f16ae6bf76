/** Messages, channels, templates and chains in a browser: used by hand, on a desktop and a phone, light and dark. */
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { serveWebFiles } from '#base/web-files';
import { notifyAccounts, startChain } from '#notify';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { setUpChannel } from '#test/messages';
import {
  graveViolations,
  inThisRun,
  launchTestBrowser,
  openPage,
  openSignedIn,
  overflowOf,
  settle,
} from '#test/test-browser';
import { modules } from '../../src/compose.ts';
import { startWecom } from '../peers/message-peers.ts';

const webFiles = process.env.JIAODUN_TEST_WEB ?? fileURLToPath(new URL('../../dist/web', import.meta.url));
const shots = process.env.JIAODUN_TEST_SHOTS;

let app: TestApp;
let server: FastifyInstance;
let browser: Browser;
let url: string;
let people: Record<string, SignedIn>;
let peer: Awaited<ReturnType<typeof startWecom>>;

async function fill(): Promise<void> {
  const admin = people.sysadmin!;
  const settings = { kinds: ['incident', 'notice'], internalAddress: peer.address };
  const robot = { kind: 'wecom' as const, unitCode: 'city', settings };
  const base = `http://qyapi.weixin.example/cgi-bin/webhook/send?key=`;
  await setUpChannel(server, admin, { ...robot, name: '市局值班群', url: `${base}wecom-key-e2e` });
  await app.ownerPool.query(
    `INSERT INTO notify.delivery (unit_path, key, channel, recipient, subject, body, kind, state, level, error, attempts)
     VALUES ('city', 'e2e-dead', 'mail', 'nobody@example.org', '周报没有送达的一封', '正文', 'notice', 'dead', 'failed',
       'The mail server refused: 550 5.1.1 no such user', 1)`,
  );
  const steps = [
    { afterMinutes: 0, whom: [{ by: 'role', role: 'city_officer' }], channels: ['app', 'mail'] },
    {
      afterMinutes: 30,
      whom: [{ by: 'post', post: 'leader', level: 'city' }],
      channels: ['app', 'mail', 'sms'],
    },
  ];
  const chain = { key: 'drill.call', name: '演练呼叫', steps };
  expect((await call(server, people['city-officer']!, 'POST', '/api/escalation-chains', chain)).status).toBe(
    200,
  );
  await app.run(systemActor('test'), async (ctx) => {
    const message = { key: 'e2e-1', unitPath: 'city', roles: ['city_officer'], link: '/incidents' };
    const words = { subject: '示例小学网站首页被篡改', body: '请在两小时内报告。' };
    await notifyAccounts(ctx, { ...message, ...words, kind: 'incident', urgent: true });
    const start = { key: 'e2e-run', chain: 'drill.call', unitPath: 'city', kind: 'notice' as const };
    await startChain(ctx, { ...start, subject: '请确认值班', body: '', link: null });
  });
}

beforeAll(async () => {
  [app, browser] = await Promise.all([testApp(modules), launchTestBrowser()]);
  peer = await startWecom({ key: 'wecom-key-e2e', now: () => app.clock.now() });
  server = buildServer(app, authenticate);
  await serveWebFiles(server, webFiles);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
  ]);
  await fill();
  url = await server.listen({ port: 0, host: '127.0.0.1' });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await peer?.close();
  await app?.close();
});

async function openAs(
  username: string,
  look: { colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<Page> {
  return openSignedIn(browser, url, username, look);
}

describe('the pages of messages', () => {
  const pages = {
    'city-officer': [
      '/messages',
      '/messages?tab=preferences',
      '/messages?tab=deliveries',
      '/message-templates',
      '/escalation',
      '/escalation?tab=runs',
    ],
    sysadmin: ['/channels'],
  };

  it.each(
    inThisRun([
      { colorScheme: 'light', width: 1280 },
      { colorScheme: 'dark', width: 360 },
    ] as const),
  )(
    'fit and pass axe at $width px, $colorScheme',
    async (look) => {
      for (const [who, paths] of Object.entries(pages)) {
        const page = await openAs(who, look);
        for (const path of paths) {
          await page.goto(path);
          await settle(page);
          if (shots) {
            const name = `${path.replace(/\W+/g, '-')}-${look.width}.png`;
            await page.screenshot({ path: `${shots}/${name}`, fullPage: true });
          }
          expect([path, await graveViolations(page)]).toEqual([path, []]);
          expect([path, await overflowOf(page)]).toEqual([path, { pixels: 0, wide: [] }]);
        }
        await page.context().close();
      }
    },
    240_000,
  );

  it('let an administrator set a robot up, test it, and see what it answered', async () => {
    const page = await openAs('sysadmin');
    await page.goto('/channels');
    await page.getByRole('button', { name: '添加通道' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('类型').click();
    await page.getByTitle('企业微信群机器人').click();
    await form.getByLabel('名称').fill('东县群');
    await form.getByLabel('所属单位').click();
    await page.getByTitle('东示县教育局').click();
    await form.getByLabel(/^地址/).fill('http://qyapi.weixin.example/cgi-bin/webhook/send');
    // The key is part of the address: masked, and not offered by the browser another day.
    expect(await form.getByLabel(/^地址/).getAttribute('type')).toBe('password');
    expect(await form.getByLabel(/^地址/).getAttribute('autocomplete')).toBe('new-password');
    await form.getByLabel('内网地址').fill(peer.address);
    await form.getByRole('button', { name: '保存' }).click();
    await form.getByText('企业微信机器人地址应带有 key 参数').waitFor();
    if (shots) await page.screenshot({ path: `${shots}/channel-form.png`, fullPage: true });
    await form.getByLabel(/^地址/).fill('http://qyapi.weixin.example/cgi-bin/webhook/send?key=wecom-key-e2e');
    await form.getByRole('button', { name: '保存' }).click();
    const row = page.getByRole('row', { name: /东县群/ });
    await row.getByRole('button', { name: '发测试消息' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '发送', exact: true }).click();
    await page.getByText('对方已接收：errcode=0 ok').first().waitFor();
    expect(peer.texts.at(-1)).toContain('教盾的测试消息');
    await page.context().close();
  }, 120_000);

  it('let an officer follow a dead letter and give it up with a reason', async () => {
    const page = await openAs('city-officer');
    await page.goto('/messages?tab=deliveries&state=dead');
    await page.getByText('周报没有送达的一封').click();
    const drawer = page.getByRole('dialog');
    await drawer.getByText('550 5.1.1').first().waitFor();
    await drawer.getByRole('button', { name: '放弃' }).click();
    await drawer.getByLabel('放弃的原因').fill('邮箱已停用，已电话告知');
    await drawer.getByRole('button', { name: '放弃' }).last().click();
    await drawer.getByText('邮箱已停用，已电话告知').waitFor();
    await page.context().close();
  }, 120_000);

  it('let a person set quiet hours and keep them', async () => {
    const page = await openAs('city-officer');
    await page.goto('/messages?tab=preferences');
    await page.getByLabel('开始').fill('22:00');
    await page.getByLabel('结束').fill('07:00');
    expect(await page.getByLabel('安全事件 邮件').isDisabled()).toBe(true);
    await page.getByLabel('待办 邮件').check();
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText('已保存').waitFor();
    await page.reload();
    expect(await page.getByLabel('开始').inputValue()).toBe('22:00');
    expect(await page.getByLabel('待办 邮件').isChecked()).toBe(true);
    await page.context().close();
  }, 120_000);

  it('let a reader acknowledge by the link of a message, without an account', async () => {
    const token = 'e2e-token-'.padEnd(43, 'x');
    await app.ownerPool.query(
      `INSERT INTO notify.delivery (unit_path, key, channel, recipient, subject, body, state, chain_run_id, ack_sha256)
       SELECT 'city', 'e2e-ack', 'mail', 'leader@example.org', '请确认值班', '', 'done', id, sha256($1::bytea)
       FROM notify.chain_run WHERE key = 'e2e-run'`,
      [token],
    );
    const page = await openPage(browser, url, { width: 360 });
    await page.goto(`/received/${token}`);
    await settle(page);
    expect(await graveViolations(page)).toEqual([]);
    await page.getByRole('button', { name: '我已收到' }).click();
    await page.getByText('已确认收到，谢谢').waitFor();
    await page.context().close();
    const officer = await openAs('city-officer');
    await officer.goto('/escalation?tab=runs');
    await officer.getByText('leader@example.org 已签收').waitFor();
    await officer.context().close();
  }, 120_000);
});
