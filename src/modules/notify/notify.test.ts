import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { notify } from './module.ts';
import { notifyAccounts } from './notify-accounts.ts';
import { queueMail } from './queue-mail.ts';

let app: TestApp;
let server: FastifyInstance;
let smtp: SMTPServer;
let people: Record<string, SignedIn>;
const kept: string[] = [];

beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (address, _session, done) =>
      done(
        address.address.startsWith('refused')
          ? Object.assign(new Error('no such user'), { responseCode: 550 })
          : null,
      ),
    onData: (stream, _session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        kept.push(Buffer.concat(pieces).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as AddressInfo;
  app = await testApp([audit, units, auth, notify], { config: { smtpUrl: `smtp://127.0.0.1:${port}` } });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const system = systemActor('test');

describe('in-app messages', () => {
  it('reach the unit and the line above it, once, and nobody else', async () => {
    const message = {
      key: 'incident-1:30',
      unitPath: 'city.east.east-1',
      roles: ['county_officer', 'school_teacher'],
      subject: '还剩 90 分钟',
      body: '请报告',
      link: '/incidents/1',
      urgent: true,
    };
    expect(await app.run(system, (ctx) => notifyAccounts(ctx, message))).toBe(2);
    await app.run(system, (ctx) => notifyAccounts(ctx, message));
    const count = async (who: string) =>
      (await call(server, people[who]!, 'GET', '/api/messages')).body.unread;
    expect([await count('east-officer'), await count('teacher'), await count('west-officer')]).toEqual([
      1, 1, 0,
    ]);
  });

  it('are read by their reader only', async () => {
    const list = await call(server, people.teacher!, 'GET', '/api/messages');
    const { id } = list.body.items[0];
    expect((await call(server, people['east-officer']!, 'POST', `/api/messages/${id}/read`)).status).toBe(
      404,
    );
    expect((await call(server, people.teacher!, 'POST', `/api/messages/${id}/read`)).status).toBe(204);
    expect((await call(server, people.teacher!, 'GET', '/api/messages')).body.unread).toBe(0);
  });
});

describe('mail', () => {
  const mail = {
    key: 'report-1:bureau:1',
    unitPath: 'city.east',
    to: 'bureau@example.org',
    subject: '事件报告',
    text: '正文',
  };

  it('is sent once for one key, with its attachment', async () => {
    const stored = await app.files.put(Buffer.from('附件内容'));
    const attachments = [{ fileName: '报告.pdf', sha256: stored.sha256, contentType: 'application/pdf' }];
    await app.run(system, (ctx) => queueMail(ctx, { ...mail, attachments }));
    await app.run(system, (ctx) => queueMail(ctx, { ...mail, attachments }));
    await drain(app);
    expect(kept).toHaveLength(1);
    expect(kept[0]).toContain(Buffer.from('附件内容').toString('base64'));
    const list = await call(server, people['east-officer']!, 'GET', '/api/deliveries');
    const mails = list.body.items.filter((one: { channel: string }) => one.channel === 'mail');
    expect(mails).toMatchObject([
      { to: 'bureau@example.org', level: 'accepted', attempts: 1, state: 'done' },
    ]);
    expect((await call(server, people['west-officer']!, 'GET', '/api/deliveries')).body.total).toBe(0);
  });

  it('that the server refuses for good is shown as failed and not tried again', async () => {
    await app.run(system, (ctx) => queueMail(ctx, { ...mail, key: 'report-2', to: 'refused@example.org' }));
    await drain(app);
    const list = await call(server, people['east-officer']!, 'GET', '/api/deliveries?level=failed');
    expect(list.body.items[0]).toMatchObject({ to: 'refused@example.org', level: 'failed' });
    expect(list.body.items[0].error).toContain('550');
  });
});
