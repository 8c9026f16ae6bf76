import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { setUpChannel } from '#test/messages';
import * as peers from '../../../test/peers/message-peers.ts';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { notify } from './module.ts';
import { notifyAccounts } from './notify-accounts.ts';
import { signWebhook } from './send/signatures.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const closers: (() => Promise<void>)[] = [];
const system = systemActor('test');
const now = () => app.clock.now();

beforeAll(async () => {
  // Later than the machine's own clock: the queue runs at once what it holds to be past.
  app = await testApp([audit, units, auth, notify], { now: '2040-06-01T02:00:00.000Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
}, 120_000);
afterAll(async () => {
  await server.close();
  await app.close();
  for (const close of closers) await close();
});

const admin = () => people.sysadmin!;

function kept<T extends { close(): Promise<void> }>(peer: T): T {
  closers.push(peer.close);
  return peer;
}

/** A message about an east school, to nobody in particular: the groups get it. */
function tell(key: string, subject: string, more: { urgent?: boolean; body?: string } = {}): Promise<number> {
  return app.run(system, (ctx) =>
    notifyAccounts(ctx, {
      key,
      unitPath: 'city.east.east-1',
      roles: [],
      kind: 'notice',
      subject,
      body: more.body ?? '',
      link: null,
      urgent: more.urgent ?? false,
    }),
  );
}

async function deliveriesOf(channel: string, more = '') {
  const reply = await call(server, admin(), 'GET', `/api/deliveries?channel=${channel}&pageSize=500${more}`);
  expect(reply.status).toBe(200);
  return reply.body.items as {
    id: string;
    subject: string;
    level: string;
    state: string;
    attempts: number;
    error: string;
  }[];
}

async function historyOf(id: string) {
  return (await call(server, admin(), 'GET', `/api/deliveries/${id}`)).body;
}

/** Minutes of work: wake-ups and retries at their times. */
async function workFor(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes * 2; minute += 1) {
    await app.advance(30_000);
    await fire(app, 'notify.sweep');
    await drain(app);
  }
}

const switchOff = (id: string) => call(server, admin(), 'PATCH', `/api/channels/${id}`, { enabled: false });

describe('a DingTalk robot', () => {
  it('takes signed messages, merged, in order and never more than 20 in any minute', async () => {
    const peer = kept(await peers.startDingtalk({ token: 'tok-1234567890', secret: 'SECabc', now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'dingtalk',
      name: '东县值班群',
      unitCode: 'east',
      url: 'http://oapi.dingtalk.example/robot/send?access_token=tok-1234567890',
      secret: 'SECabc',
      settings: { kinds: ['notice'], internalAddress: peer.address },
    });
    const numbers = Array.from({ length: 300 }, (_one, at) => `第${String(at).padStart(3, '0')}条`);
    for (const [at, subject] of numbers.entries()) await tell(`ding-${at}`, subject);
    await drain(app);
    await workFor(3);
    expect(peer.refused).toEqual([]);
    expect(peer.texts.join('\n').match(/第\d{3}条/g)).toEqual(numbers);
    expect(peer.texts.length).toBeLessThan(30);
    const rows = await deliveriesOf('dingtalk');
    expect(new Set(rows.map((row) => `${row.state} ${row.level}`))).toEqual(new Set(['done accepted']));
    const { receipts, attemptList } = await historyOf(rows[0]!.id);
    expect(receipts.map((one: { level: string }) => one.level)).toEqual(['composed', 'sent', 'accepted']);
    expect(receipts[2].proof).toContain('errcode=0');
    expect(attemptList).toHaveLength(1);
    await switchOff(id);
  });

  it('with a wrong key counts as broken: told to the administrators once, nothing lost, whole again when mended', async () => {
    const peer = kept(await peers.startDingtalk({ token: 'tok-broken-000', secret: 'SECright', now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'dingtalk',
      name: '密钥错的群',
      unitCode: 'east',
      url: 'http://oapi.dingtalk.example/robot/send?access_token=tok-broken-000',
      secret: 'SECwrong',
      settings: { kinds: ['notice'], internalAddress: peer.address },
    });
    await tell('broken-1', '不能丢');
    await drain(app);
    await workFor(20);
    const inbox = (await call(server, admin(), 'GET', '/api/messages?kind=system')).body.items;
    expect(inbox).toHaveLength(1);
    expect(inbox[0].subject).toBe('消息通道“密钥错的群”发不出去');
    expect(inbox[0].body).toContain('sign not match');
    const shown = (await call(server, admin(), 'GET', '/api/channels?q=密钥错')).body.items[0];
    expect(shown).toMatchObject({ waiting: 1, dead: 0, lastError: expect.stringContaining('310000') });
    expect(shown.brokenSince).not.toBeNull();
    await call(server, admin(), 'PATCH', `/api/channels/${id}`, { secret: 'SECright' });
    await workFor(20);
    expect(peer.texts).toEqual(['不能丢']);
    const mended = (await call(server, admin(), 'GET', '/api/channels?q=密钥错')).body.items[0];
    expect(mended).toMatchObject({ waiting: 0, brokenSince: null, lastError: null });
    await switchOff(id);
  });
});

describe('a WeCom robot', () => {
  it('gets what fits into 2048 bytes, and one refused message does not take the others with it', async () => {
    const peer = kept(await peers.startWecom({ key: 'wecom-key-0001', now, forbidden: '违禁' }));
    const id = await setUpChannel(server, admin(), {
      kind: 'wecom',
      name: '企业微信群',
      unitCode: 'city',
      url: 'http://qyapi.weixin.example/cgi-bin/webhook/send?key=wecom-key-0001',
      settings: { kinds: ['notice'], internalAddress: peer.address, detail: 'full' },
    });
    for (const at of [0, 1, 2, 3, 4]) await tell(`wecom-${at}`, `好消息${at}`, { body: '长'.repeat(300) });
    await tell('wecom-bad', '违禁消息');
    await drain(app);
    await workFor(3);
    expect(
      peer.texts
        .join('\n')
        .match(/好消息\d/g)
        ?.sort(),
    ).toEqual([0, 1, 2, 3, 4].map((at) => `好消息${at}`));
    expect(peer.refused.filter((code) => code !== '40058')).toEqual([]);
    const dead = await deliveriesOf('wecom', '&state=dead');
    expect(dead).toMatchObject([
      { subject: '违禁消息', level: 'failed', error: expect.stringContaining('40058') },
    ]);
    await switchOff(id);
  });

  it('rests a minute when the other side finds it too fast, and loses nothing', async () => {
    const peer = kept(await peers.startWecom({ key: 'wecom-key-0002', now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'wecom',
      name: '别人也在用的群',
      unitCode: 'city',
      url: 'http://qyapi.weixin.example/cgi-bin/webhook/send?key=wecom-key-0002',
      settings: { kinds: ['notice'], internalAddress: peer.address },
    });
    // Somebody else's program uses the same robot.
    peer.times.push(...Array.from({ length: 20 }, () => now().getTime()));
    await tell('wecom-busy', '等一分钟');
    await drain(app);
    expect(peer.refused).toEqual(['45009']);
    await workFor(2);
    expect(peer.texts).toEqual(['等一分钟']);
    expect(peer.refused).toEqual(['45009']);
    await switchOff(id);
  });
});

describe('a Feishu robot', () => {
  it('takes signed messages in which strangers’ words can call nobody', async () => {
    const peer = kept(await peers.startFeishu({ token: 'hook-token-0001', secret: 'fs-secret', now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'feishu',
      name: '飞书群',
      unitCode: 'east',
      url: 'http://open.feishu.example/open-apis/bot/v2/hook/hook-token-0001',
      secret: 'fs-secret',
      settings: { kinds: ['notice'], internalAddress: peer.address },
    });
    await tell('feishu-1', '站点<at user_id="all">所有人</at>\u202e被改');
    await drain(app);
    expect(peer.refused).toEqual([]);
    expect(peer.texts).toEqual(['站点＜at user_id="all"＞所有人＜/at＞被改']);
    const told = await call(server, admin(), 'POST', `/api/channels/${id}/test`, {});
    expect(told.body).toMatchObject({ ok: true, zh: expect.stringContaining('对方已接收') });
    await switchOff(id);
  });
});

describe('a webhook', () => {
  const secret = 'webhook-signing-key-0001';

  it('is signed, tried again under the same id, and told apart from what it never got', async () => {
    const peer = kept(await peers.startWebhook({ secret, now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'webhook',
      name: '县平台',
      unitCode: 'east',
      url: 'http://hooks.county.example/in',
      secret,
      settings: { kinds: ['notice'], internalAddress: peer.address },
    });
    peer.next.push(
      (reply) => reply.writeHead(500).end('oops'),
      (reply) => reply.destroy(),
      (reply) => reply.writeHead(429, { 'retry-after': '90' }).end(),
    );
    await tell('hook-1', '三次之后');
    await drain(app);
    await workFor(8);
    expect(peer.refused).toEqual([]);
    expect(peer.taken.map((one) => one.body.messages[0]!.subject)).toEqual(['三次之后']);
    const [row] = await deliveriesOf('webhook');
    expect(row).toMatchObject({ attempts: 4, level: 'accepted', state: 'done' });
    expect(peer.taken[0]!.id).toBe(row!.id);
    const { attemptList, receipts } = await historyOf(row!.id);
    expect(attemptList.map((one: { outcome: string }) => one.outcome)).toEqual([
      'unreachable',
      'unreachable',
      'temporary',
      'accepted',
    ]);
    expect(receipts.filter((one: { level: string }) => one.level === 'accepted')).toHaveLength(1);
    await switchOff(id);
  });

  it('that a message is refused by becomes a dead letter: tried again, or given up with a reason', async () => {
    const peer = kept(await peers.startWebhook({ secret, now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'webhook',
      name: '挑剔的平台',
      unitCode: 'east',
      url: 'http://hooks.county.example/in',
      secret,
      settings: { kinds: ['notice'], internalAddress: peer.address },
    });
    const refuse = (reply: { writeHead(status: number): { end(text: string): void } }) =>
      reply.writeHead(422).end('subject too odd');
    peer.next.push(refuse as never, refuse as never);
    await tell('odd-1', '怪一');
    await tell('odd-2', '怪二');
    await drain(app);
    const dead = await deliveriesOf('webhook', '&state=dead');
    expect(dead.map((row) => row.error)).toEqual(['HTTP 422 subject too odd', 'HTTP 422 subject too odd']);
    const [second, first] = dead;
    // The session of before has ended meanwhile: nobody used it for an hour.
    const west = await signIn(server, 'west-officer');
    expect((await call(server, west, 'POST', `/api/deliveries/${first!.id}/retry`)).status).toBe(404);
    expect((await call(server, admin(), 'POST', `/api/deliveries/${first!.id}/retry`)).status).toBe(204);
    const reason = { reason: '平台不需要这一条' };
    expect(
      (await call(server, admin(), 'POST', `/api/deliveries/${second!.id}/give-up`, reason)).status,
    ).toBe(204);
    await drain(app);
    expect(peer.taken.map((one) => one.body.messages[0]!.subject)).toEqual(['怪一']);
    expect(await historyOf(first!.id)).toMatchObject({ state: 'done', level: 'accepted', attempts: 2 });
    expect(await historyOf(second!.id)).toMatchObject({
      state: 'given_up',
      givenUpReason: '平台不需要这一条',
    });
    const again = await call(server, admin(), 'POST', `/api/deliveries/${second!.id}/retry`);
    expect([again.status, again.body.code]).toEqual([409, 'notify.not_dead']);
    await switchOff(id);
  });

  it('inside the network is reached only at the address that the channel registers, redirects never', async () => {
    const inner = kept(await peers.startWebhook({ secret, now }));
    const id = await setUpChannel(server, admin(), {
      kind: 'webhook',
      name: '内网',
      unitCode: 'city',
      url: `http://127.0.0.1:${inner.port}/in`,
      secret,
      settings: { kinds: [] },
    });
    const test = () => call(server, admin(), 'POST', `/api/channels/${id}/test`, {});
    expect((await test()).body).toMatchObject({ ok: false, en: expect.stringContaining('not public') });
    const settings = { kinds: [], internalAddress: inner.address };
    await call(server, admin(), 'PATCH', `/api/channels/${id}`, { settings });
    expect((await test()).body.ok).toBe(true);
    inner.next.push((reply) => reply.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    expect((await test()).body).toMatchObject({ ok: false, en: expect.stringContaining('HTTP 302') });
    expect(inner.taken).toHaveLength(1);
    await switchOff(id);
  });
});

describe('short messages', () => {
  it('go through the gateway as described, and its signed report is the proof of delivery', async () => {
    const peer = kept(await peers.startSms({ key: 'sms-gateway-key' }));
    const id = await setUpChannel(server, admin(), {
      kind: 'sms',
      name: '短信网关',
      unitCode: 'city',
      url: 'http://sms.example/send',
      secret: 'sms-gateway-key',
      settings: {
        internalAddress: peer.address,
        sms: {
          template: '{"phone":"{phone}","content":"【教盾】{text}","ref":"{id}"}',
          secretHeader: 'X-Api-Key',
          okField: 'code',
          okValue: '0',
          idField: 'data.id',
          permanentValues: ['1003'],
        },
      },
    });
    await app.ownerPool.query(
      `INSERT INTO notify.delivery (unit_path, key, channel, channel_id, recipient, subject, body, kind)
       VALUES ('city.east', 'sms-1', 'sms', $1, '139-0000-0001', 's', $2, 'notice'),
         ('city.east', 'sms-2', 'sms', $1, '13900000002', 's', 'b', 'notice')`,
      [id, '引号"},{"phone":"110'],
    );
    peer.codes.push('1003');
    await fire(app, 'notify.sweep');
    await drain(app);
    const rows = await deliveriesOf('sms');
    const bad = rows.find((row) => row.state === 'dead')!;
    const good = rows.find((row) => row.state === 'done')!;
    expect(JSON.stringify(rows)).not.toContain('0000000');
    await call(server, admin(), 'POST', `/api/deliveries/${bad.id}/retry`);
    await drain(app);
    expect(peer.sent.map((one) => one.phone).sort()).toEqual(['13900000001', '13900000002']);
    expect(peer.sent.some((one) => one.content === '【教盾】引号"},{"phone":"110')).toBe(true);

    const mine = peer.sent.findIndex((one) => one.ref === good.id) + 1;
    const report = (status: 'delivered' | 'failed', timestamp: number, key = 'sms-gateway-key') => {
      const message = `gw-${mine}`;
      const signature = signWebhook(key, timestamp, `${message}.${status}`);
      const body = { message, status, detail: 'DELIVRD', timestamp, signature };
      return call(server, null, 'POST', `/api/sms-reports/${id}`, body);
    };
    const seconds = Math.floor(now().getTime() / 1000);
    expect((await report('delivered', seconds, 'another-key-0000')).body.code).toBe('notify.bad_report');
    expect((await report('delivered', seconds - 301)).body.code).toBe('notify.bad_report');
    expect((await historyOf(good.id)).level).toBe('accepted');
    expect((await report('failed', seconds)).status).toBe(204);
    expect(await historyOf(good.id)).toMatchObject({ level: 'failed', state: 'dead' });
    expect((await report('delivered', seconds)).status).toBe(204);
    expect((await report('delivered', seconds)).status).toBe(204);
    const history = await historyOf(good.id);
    expect(history.level).toBe('delivered');
    expect(history.receipts.filter((one: { level: string }) => one.level === 'delivered')).toHaveLength(1);
    await switchOff(id);
  });
});

describe('a channel', () => {
  it('keeps its secrets: not in the database, not in a reply, not in the audit log', async () => {
    const url = 'https://oapi.dingtalk.example/robot/send?access_token=tok-very-secret';
    await setUpChannel(server, admin(), {
      kind: 'dingtalk',
      name: '保密的群',
      unitCode: 'city',
      url,
      secret: 'SECvery-secret',
      settings: { kinds: [] },
    });
    const mail = await setUpChannel(server, admin(), {
      kind: 'mail',
      name: '保密的邮件',
      unitCode: 'city',
      url: 'smtp://post:very-secret@127.0.0.1:9',
      settings: {},
    });
    // Nobody listens on the discard port: what the test tells must not name the password either.
    const tried = await call(server, admin(), 'POST', `/api/channels/${mail}/test`, {
      to: 'nobody@school.example',
    });
    expect(tried.body).toMatchObject({ ok: false });
    expect(JSON.stringify(tried.body)).not.toContain('very-secret');
    const dump =
      await app.ownerPool.query(`SELECT json_agg(c)::text || (SELECT json_agg(e)::text FROM audit.entry e)
      AS text FROM notify.channel c`);
    const list = await call(server, admin(), 'GET', '/api/channels');
    for (const text of [dump.rows[0].text as string, JSON.stringify(list.body)]) {
      expect(text).toContain('保密的群');
      expect(text).not.toContain('very-secret');
    }
  });

  it('is refused with field and remedy when it cannot work', async () => {
    const create = async (more: object) =>
      (
        await call(server, admin(), 'POST', '/api/channels', {
          kind: 'webhook',
          name: '坏通道',
          unitCode: 'city',
          url: 'https://hooks.example/',
          secret: 'x'.repeat(16),
          settings: { kinds: [] },
          ...more,
        })
      ).body;
    expect(await create({ url: 'file:///etc/passwd' })).toMatchObject({ details: { field: 'url' } });
    expect(await create({ secret: 'short' })).toMatchObject({ details: { field: 'secret' } });
    expect(await create({ kind: 'wecom' })).toMatchObject({ details: { field: 'url' } });
    const sms = { template: '{"p":{phone},"t":"{text}"', okField: 'code', okValue: '0' };
    expect(await create({ kind: 'sms', settings: { kinds: [], sms } })).toMatchObject({
      details: { field: 'settings.sms.template' },
    });
    expect(await create({ name: '保密的群' })).toMatchObject({ code: 'notify.duplicate_channel' });
    expect(await create({ unitCode: 'nowhere' })).toMatchObject({ code: 'base.not_found' });
  });

  it('that is switched off gives what waits to people', async () => {
    const id = await setUpChannel(server, admin(), {
      kind: 'webhook',
      name: '要停的',
      unitCode: 'east',
      url: 'https://203.0.113.9/',
      secret: 'x'.repeat(16),
      settings: { kinds: ['task'] },
    });
    await app.run(system, (ctx) =>
      notifyAccounts(ctx, {
        key: 'off-1',
        unitPath: 'city.east.east-1',
        roles: [],
        kind: 'task',
        subject: '停用前写下的',
        body: '',
        link: null,
        urgent: false,
      }),
    );
    await switchOff(id);
    await drain(app);
    expect(await deliveriesOf('webhook', '&state=dead&kind=task')).toMatchObject([
      { subject: '停用前写下的', level: 'failed', error: expect.stringContaining('通道已停用') },
    ]);
  });
});
