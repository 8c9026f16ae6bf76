import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { setUpChannel } from '#test/messages';
import { createClient } from '../../cli/client.ts';
import { notifyCommand } from '../../cli/notify.ts';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { notify } from './module.ts';
import { queueMail } from './queue-mail.ts';

let app: TestApp;
let server: FastifyInstance;
let url: string;
let people: Record<string, SignedIn>;
let smtp: SMTPServer;
let smtpPort: number;
/** Message-IDs in the order of arrival. */
const kept: string[] = [];
/** What the server answers to the next recipients, one each. */
const answers: number[] = [];

function startSmtp(port: number): Promise<SMTPServer> {
  const started = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) => {
      const code = answers.shift();
      done(code ? Object.assign(new Error(`code ${code}`), { responseCode: code }) : null);
    },
    onData: (stream, _session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        kept.push(/^Message-ID: (.*)$/im.exec(Buffer.concat(pieces).toString())![1]!.trim());
        done();
      });
    },
  });
  return new Promise((resolve) => started.listen(port, '127.0.0.1', () => resolve(started)));
}

beforeAll(async () => {
  smtp = await startSmtp(0);
  smtpPort = (smtp.server.address() as AddressInfo).port;
  app = await testApp([audit, units, auth, notify], { now: '2040-06-01T02:00:00.000Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'east', role: 'county_officer' },
  ]);
  await setUpChannel(server, people.sysadmin!, {
    kind: 'mail',
    name: '市局邮箱',
    unitCode: 'city',
    url: `smtp://127.0.0.1:${smtpPort}`,
    settings: { from: '市局 <bureau@example.org>' },
  });
  url = await server.listen({ port: 0, host: '127.0.0.1' });
}, 120_000);
afterAll(async () => {
  await server.close();
  await app.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const queue = (key: string) =>
  app.run(systemActor('test'), (ctx) =>
    queueMail(ctx, { key, unitPath: 'city.east.east-1', to: `${key}@example.org`, subject: key, text: key }),
  );
const stateOf = async (id: string | undefined) =>
  (await call(server, await signIn(server, 'officer'), 'GET', `/api/deliveries/${id}`)).body;

async function wait(seconds: number): Promise<void> {
  await app.advance(seconds * 1000);
  await fire(app, 'notify.sweep');
  await drain(app);
}

describe('a mail channel', () => {
  it('tries a 4xx again later, a 5xx never, and keeps the Message-ID', async () => {
    answers.push(450, 550);
    const grey = await queue('grey');
    await drain(app);
    const refused = await queue('refused');
    await drain(app);
    expect(await stateOf(grey)).toMatchObject({ state: 'waiting', level: 'composed', attempts: 1 });
    expect(await stateOf(refused)).toMatchObject({ state: 'dead', level: 'failed', attempts: 1 });
    await wait(60);
    expect(kept).toEqual([`<${grey}@jiaodun.invalid>`]);
    expect(await stateOf(grey)).toMatchObject({ state: 'done', level: 'accepted', attempts: 2 });
  });

  it('whose server is away keeps everything and sends it when the server is back', async () => {
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
    const ids = await Promise.all(['away-1', 'away-2', 'away-3'].map(queue));
    await drain(app);
    for (let turn = 0; turn < 5; turn += 1) await wait(120);
    const before = kept.length;
    const first = await Promise.all(ids.map(stateOf));
    expect(first.map((one) => one.state)).toEqual(['waiting', 'waiting', 'waiting']);
    const attempts = first.map((one) => one.attempts as number).reduce((sum, one) => sum + one, 0);
    expect(attempts).toBeLessThan(20);
    const told = await call(server, await signIn(server, 'sysadmin'), 'GET', '/api/messages?kind=system');
    expect(told.body.items.map((one: { subject: string }) => one.subject)).toEqual([
      '消息通道“市局邮箱”发不出去',
    ]);
    smtp = await startSmtp(smtpPort);
    await wait(120);
    await wait(120);
    expect(new Set(kept.slice(before))).toEqual(new Set(ids.map((id) => `<${id}@jiaodun.invalid>`)));
    expect(kept.length - before).toBe(3);
  });
});

describe('the command line', () => {
  it('tests a channel by its name and lists dead letters, with exit codes for a monitor', async () => {
    const told: string[] = [];
    const { cookie } = await signIn(server, 'sysadmin');
    const io = {
      stdout: (text: string) => void told.push(text),
      stderr: (text: string) => void told.push(text),
      stdin: process.stdin,
      client: createClient({ url, cookie }),
    };
    expect(await notifyCommand(['test', '市局邮箱', '--to', 'me@example.org'], io)).toBe(0);
    expect(told.at(-1)).toContain('对方已接收');
    answers.push(550);
    expect(await notifyCommand(['test', '市局邮箱', '--to', 'me@example.org', '--json'], io)).toBe(1);
    expect(JSON.parse(told.at(-1)!)).toMatchObject({ ok: false });
    expect(await notifyCommand(['test', '没有的'], io)).toBe(2);
    expect(await notifyCommand(['dead'], io)).toBe(1);
    expect(told.at(-1)).toContain('refused@example.org');
    expect(await notifyCommand(['dead', '--retry'], io)).toBe(0);
    await drain(app);
    expect(await notifyCommand(['dead'], io)).toBe(0);
    expect(await notifyCommand(['channels'], io)).toBe(0);
  });
});

describe('the event stream', () => {
  it('ends with the session that opened it', async () => {
    await notify.start!(app, 'web');
    const { cookie } = await signIn(server, 'officer');
    const stream = await fetch(`${url}/api/events`, { headers: { cookie } });
    const reader = stream.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('retry');
    const headers = { cookie, 'x-requested-with': 'test' };
    expect((await fetch(`${url}/api/session`, { method: 'DELETE', headers })).status).toBeLessThan(300);
    for (;;) if ((await reader.read()).done) break;
    await notify.stop!(app, 'web');
  });
});
