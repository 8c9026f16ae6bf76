import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { setUpChannel } from '#test/messages';
import { startDingtalk, startWebhook, type WebhookPeer } from '../../../test/peers/message-peers.ts';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { notify } from './module.ts';
import { pumpLane } from './pump.ts';

let app: TestApp;
let server: FastifyInstance;
let admin: SignedIn;
let peer: WebhookPeer;
let lane: string;
const secret = 'webhook-signing-key-0002';
const now = () => app.clock.now();

beforeAll(async () => {
  app = await testApp([audit, units, auth, notify], { now: '2040-06-01T02:00:00.000Z' });
  server = buildServer(app, authenticate);
  admin = (await staffCity(server, await setupToken(app.config.dataDir), [])).sysadmin!;
}, 120_000);
afterAll(async () => {
  await server.close();
  await app.close();
});
beforeEach(async () => {
  peer = await startWebhook({ secret, now });
  lane = await setUpChannel(server, admin, {
    kind: 'webhook',
    name: `平台 ${peer.port}`,
    unitCode: 'city',
    url: 'http://hooks.example/in',
    secret,
    settings: { kinds: [], internalAddress: peer.address, perMinute: 6000 },
  });
  return () => peer.close();
});

/** Puts numbered messages into a channel's queue. */
async function queue(
  channel: string,
  channelId: string,
  count: number,
  groupKey: string | null,
): Promise<void> {
  await app.ownerPool.query(
    `INSERT INTO notify.delivery (unit_path, key, channel, channel_id, recipient, subject, body, kind, group_key)
     SELECT 'city', $1 || n, $2, $1::uuid, 'x', 'N' || lpad(n::text, 5, '0'), '', 'notice', $3
     FROM generate_series(1, $4::int) n`,
    [channelId, channel, groupKey, count],
  );
}

const rowsOf = async (channelId: string) =>
  (
    await app.ownerPool.query<{ id: string; state: string; level: string; attempts: number }>(
      'SELECT id, state, level, attempts FROM notify.delivery WHERE channel_id = $1 ORDER BY id',
      [channelId],
    )
  ).rows;

describe('a lane', () => {
  it('whose worker is killed between sending and writing it down sends the same again, under the same id', async () => {
    await queue('webhook', lane, 1, null);
    const child = spawn(
      process.execPath,
      ['test/support/pump-child.ts', app.ownerUrl, app.config.dataDir, lane, now().toISOString()],
      { stdio: 'inherit' },
    );
    const ended = once(child, 'exit');
    // The other side has the message; the worker dies before it hears so.
    peer.onTaken = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    expect((await ended)[1]).toBe('SIGKILL');
    peer.onTaken = undefined;
    expect(await rowsOf(lane)).toMatchObject([{ state: 'sending', level: 'composed', attempts: 1 }]);

    await fire(app, 'notify.sweep');
    await drain(app);
    expect(peer.taken).toHaveLength(1);
    await app.advance(21_000);
    await fire(app, 'notify.sweep');
    await drain(app);
    expect(peer.taken.map((one) => one.id)).toEqual([peer.taken[0]!.id, peer.taken[0]!.id]);
    const [row] = await rowsOf(lane);
    expect(row).toMatchObject({ state: 'done', level: 'accepted', attempts: 2 });
    const { body } = await call(server, admin, 'GET', `/api/deliveries/${row!.id}`);
    expect(body.attemptList.map((one: { outcome: string }) => one.outcome)).toEqual(['unknown', 'accepted']);
    // What is not known is not claimed: the first attempt has no receipt.
    const receipts = body.receipts.map(
      (one: { level: string; attempt: number }) => `${one.level} ${one.attempt}`,
    );
    expect(receipts).toEqual(['sent 2', 'accepted 2']);
  });

  it('on which several workers fall at once sends each message once', async () => {
    await queue('webhook', lane, 60, null);
    await Promise.all([1, 2, 3, 4].map(() => pumpLane(app, lane)));
    await drain(app);
    expect(peer.taken).toHaveLength(60);
    expect(new Set(peer.taken.map((one) => one.id)).size).toBe(60);
    expect(new Set((await rowsOf(lane)).map((row) => `${row.state} ${row.attempts}`))).toEqual(
      new Set(['done 1']),
    );
  });

  it('sends what is urgent before what has waited longer', async () => {
    await queue('webhook', lane, 30, null);
    await app.ownerPool.query(
      `UPDATE notify.delivery SET urgent = true WHERE channel_id = $1 AND subject = 'N00030'`,
      [lane],
    );
    await pumpLane(app, lane);
    const order = peer.taken.map((one) => one.body.messages[0]!.subject);
    expect(order.indexOf('N00030')).toBeLessThan(8);
    expect(order).toHaveLength(30);
  });

  it('drains 2,000 messages to a group of 20 a minute: all, in order, never faster', async () => {
    const group = await startDingtalk({ token: 'tok-many-0000', secret: 'SECmany', now });
    const id = await setUpChannel(server, admin, {
      kind: 'dingtalk',
      name: '很多消息的群',
      unitCode: 'city',
      url: 'http://oapi.dingtalk.example/robot/send?access_token=tok-many-0000',
      secret: 'SECmany',
      settings: { kinds: [], internalAddress: group.address },
    });
    await queue('dingtalk', id, 2_000, `channel:${id}`);
    await fire(app, 'notify.sweep');
    for (let step = 0; step < 400 && group.texts.length < 40; step += 1) {
      await drain(app);
      // Four messages' worth of the limit, less than what it lets out at once.
      await app.advance(16_000);
    }
    const numbers = [...group.texts.join('\n').matchAll(/N(\d{5})/g)].map(([, number]) => Number(number));
    expect(numbers).toHaveLength(2_000);
    expect(numbers.every((number, at) => number === at + 1)).toBe(true);
    expect(group.refused).toEqual([]);
    expect(new Set((await rowsOf(id)).map((row) => row.state))).toEqual(new Set(['done']));
    await group.close();
  }, 240_000);
});
