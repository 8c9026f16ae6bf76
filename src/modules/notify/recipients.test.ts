import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { keepMail, type MailBox } from '#test/mail';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { notify } from './module.ts';
import { notifyAccount, notifyAccounts } from './notify-accounts.ts';
import { acknowledgeChain, fireDueChainSteps, startChain } from './start-chain.ts';

let app: TestApp;
let server: FastifyInstance;
let mails: MailBox;
let people: Record<string, SignedIn>;
const system = systemActor('test');

/** 10:00 in China; later than the machine's own clock, which decides when the queue runs. */
const morning = '2040-06-01T02:00:00.000Z';

/** Gives an account its person, with addresses and a post. */
async function register(username: string, unitCode: string, post: string, email: string, phone: string) {
  await app.ownerPool.query(
    `WITH person AS (INSERT INTO units.person (person_no, name, unit_id, unit_path, email, phone)
         SELECT $1, '人员' || $1, id, unit_path, $4, $5 FROM units.unit WHERE code = $2
         RETURNING id, unit_id, unit_path),
       linked AS (UPDATE auth.account a SET person_id = p.id FROM person p WHERE a.username = $1)
     INSERT INTO units.appointment (id, person_id, unit_id, unit_path, post, starts_on, change, actor_id, actor_name)
       SELECT uuidv7(), id, unit_id, unit_path, $3::units.post, '2040-01-01', 'appointed', 'test', 'test' FROM person`,
    [username, unitCode, post, email, phone],
  );
}

beforeAll(async () => {
  mails = await keepMail();
  app = await testApp([audit, units, auth, notify], { now: morning, config: { smtpUrl: mails.url } });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
    { username: 'officer', unitCode: 'east', role: 'county_officer' },
    { username: 'city', unitCode: 'city', role: 'city_officer' },
  ]);
  await register('teacher', 'east-1', 'network_admin', 'teacher@example.org', '13900000001');
  await register('head', 'east-1', 'leader', 'head@example.org', '13900000002');
  await register('officer', 'east', 'duty', 'officer@example.org', '13900000003');
}, 120_000);
afterAll(async () => {
  await server.close();
  await app.close();
  await mails.close();
});

const session = (who: string) => signIn(server, who);
const as = async (who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) =>
  call(server, await session(who), method, url, body);

const base = { unitPath: 'city.east.east-1', roles: ['school_teacher'], link: '/tasks', urgent: false };
const tell = (key: string, more: object = {}) =>
  app.run(system, (ctx) =>
    notifyAccounts(ctx, {
      ...base,
      key,
      kind: 'account',
      subject: `主题 ${key}`,
      body: `正文 ${key}`,
      ...more,
    }),
  );
const subjectsTo = (address: string) => mails.to(address).map((mail) => mail.text);

describe('a message', () => {
  it('goes by mail to the person of the account, and the link leads into the system', async () => {
    await tell('mail-1');
    await tell('mail-1');
    await drain(app);
    const got = subjectsTo('teacher@example.org');
    expect(got).toHaveLength(1);
    expect(got[0]).toContain('正文 mail-1');
    expect(got[0]).toContain('/tasks');
  });

  it('asked for in a user’s own transaction reaches people whom the user cannot see', async () => {
    const teacher = actorAt('city.east.east-1');
    const accountId = people.city!.id;
    await app.run(teacher, (ctx) =>
      notifyAccount(ctx, { key: 'up-1', accountId, subject: '给市局', body: '', link: null, urgent: false }),
    );
    await drain(app);
    const inbox = await as('city', 'GET', '/api/messages');
    expect(inbox.body.items.map((one: { subject: string }) => one.subject)).toContain('给市局');
    const missing = {
      key: 'x',
      accountId: people.city!.id.replace(/^.{8}/, '00000000'),
      subject: '',
      body: '',
      link: null,
      urgent: false,
    };
    expect(await app.run(system, (ctx) => notifyAccount(ctx, missing))).toBe(false);
  });

  it('opened in the app has a receipt that says who and when, and nothing more', async () => {
    await tell('open-1');
    const list = await as('teacher', 'GET', '/api/messages?q=open-1');
    await as('teacher', 'POST', `/api/messages/${list.body.items[0].id}/read`);
    await as('teacher', 'POST', `/api/messages/${list.body.items[0].id}/read`);
    const rows = await as('officer', 'GET', '/api/deliveries?channel=app&q=open-1');
    const one = await as('officer', 'GET', `/api/deliveries/${rows.body.items[0].id}`);
    expect(one.body.receipts.map((receipt: { level: string }) => receipt.level)).toEqual([
      'composed',
      'opened',
    ]);
    expect(one.body.receipts[1].proof).toContain('人员teacher');
  });
});

const kinds = (more: object = {}) => ({
  language: 'zh',
  quietFrom: null,
  quietTo: null,
  channels: {},
  ...more,
});
const prefer = (who: string, more: object) => as(who, 'PUT', '/api/messages/preference', kinds(more));

describe('preferences', () => {
  it('choose language and channels by kind, and never switch off what has a legal clock', async () => {
    expect((await prefer('teacher', { language: 'en', channels: { account: ['app'] } })).status).toBe(204);
    await drain(app);
    const before = subjectsTo('teacher@example.org').length;
    await tell('pref-1', { subject: { zh: '中文', en: 'In English' } });
    await tell('pref-2', {
      kind: 'incident',
      subject: { zh: '中文', en: 'Incident' },
      body: { zh: '甲', en: 'alpha' },
    });
    await drain(app);
    const after = subjectsTo('teacher@example.org').slice(before);
    expect(after).toHaveLength(1);
    expect(after[0]).toContain('alpha');
    const list = await as('teacher', 'GET', '/api/messages?q=In English');
    expect(list.body.items).toHaveLength(1);
    const refused = await prefer('teacher', { channels: { incident: ['app'] } });
    expect([refused.status, refused.body.code]).toEqual([422, 'notify.mandatory_kind']);
    const shown = await as('teacher', 'GET', '/api/messages/preference');
    expect(shown.body).toMatchObject({ language: 'en', phone: '139****0001', email: 'teacher@example.org' });
    expect(shown.body.channels.incident).toEqual(['app', 'mail', 'sms']);
  });

  it('hold mail in quiet hours across midnight, then send one digest; incidents go at once', async () => {
    await prefer('teacher', { quietFrom: '22:00', quietTo: '07:00' });
    await app.setTime('2040-06-01T14:00:00.000Z'); // 22:00 in China
    const before = subjectsTo('teacher@example.org').length;
    for (const key of ['quiet-1', 'quiet-2', 'quiet-3']) await tell(key);
    await tell('loud-1', { kind: 'incident' });
    await drain(app);
    expect(
      subjectsTo('teacher@example.org')
        .slice(before)
        .map((text) => /(quiet|loud)-\d/.exec(text)?.[0]),
    ).toEqual(['loud-1']);
    await app.setTime('2040-06-01T22:59:00.000Z'); // 06:59
    await fire(app, 'notify.sweep');
    await drain(app);
    expect(subjectsTo('teacher@example.org').length).toBe(before + 1);
    await app.setTime('2040-06-01T23:00:00.000Z'); // 07:00
    await fire(app, 'notify.sweep');
    await drain(app);
    const digest = subjectsTo('teacher@example.org').slice(before + 1);
    expect(digest).toHaveLength(1);
    expect([...digest[0]!.matchAll(/正文 (quiet-\d)/g)].map(([, key]) => key)).toEqual([
      'quiet-1',
      'quiet-2',
      'quiet-3',
    ]);
    await prefer('teacher', {});
  });

  it('with half a quiet time, or two equal ends, are refused at the field', async () => {
    for (const bad of [
      { quietFrom: '22:00' },
      { quietFrom: '07:00', quietTo: '07:00' },
      { quietFrom: '25:00', quietTo: '07:00' },
    ]) {
      expect((await prefer('teacher', bad)).status).toBe(400);
    }
  });
});

describe('templates', () => {
  const wording = {
    kind: 'finding',
    language: 'zh',
    subject: '【整改】{subject}',
    body: '{person}：{body}',
    short: '{subject}',
  };

  it('are versions; unknown placeholders are refused with field and remedy; values stay values', async () => {
    const bad = await as('city', 'POST', '/api/message-templates', { ...wording, body: '{name} 你好' });
    expect([bad.status, bad.body.code, bad.body.details.field]).toEqual([
      422,
      'notify.unknown_placeholder',
      'body',
    ]);
    expect((await as('city', 'POST', '/api/message-templates', wording)).body).toEqual({ version: 1 });
    expect(
      (await as('city', 'POST', '/api/message-templates', { ...wording, subject: '【限期整改】{subject}' }))
        .body,
    ).toEqual({ version: 2 });
    await tell('finding-1', {
      kind: 'finding',
      subject: '标题 {body}\r\nBcc: x@example.org',
      body: '{person}',
    });
    const list = await as('teacher', 'GET', '/api/messages?kind=finding');
    expect(list.body.items[0]).toMatchObject({
      subject: '【限期整改】标题 {body} Bcc: x@example.org',
      body: '人员teacher：{person}',
    });
    const history = await as('city', 'GET', '/api/message-templates?kind=finding&language=zh&history=true');
    expect(history.body.items.map((one: { version: number }) => one.version)).toEqual([2, 1]);
  });

  it('can be looked at before they are used, as each channel would carry them', async () => {
    const shown = await as('city', 'POST', '/api/message-templates/preview', wording);
    expect(shown.body.mail.subject).toContain('【整改】');
    expect(shown.body.group).not.toContain('<');
    expect(shown.body.sms).not.toContain('\n');
  });
});

describe('an escalation chain', () => {
  const steps = [
    {
      afterMinutes: 0,
      whom: [{ by: 'post', post: 'network_admin', level: 'unit' }],
      channels: ['app', 'mail'],
    },
    { afterMinutes: 10, whom: [{ by: 'post', post: 'leader', level: 'unit' }], channels: ['mail'] },
    {
      afterMinutes: 30,
      whom: [
        { by: 'post', post: 'duty', level: 'county' },
        { by: 'role', role: 'city_officer' },
      ],
      channels: ['app', 'mail'],
    },
  ];
  const start = (key: string) =>
    app.run(system, (ctx) =>
      startChain(ctx, {
        key,
        chain: 'drill.call',
        unitPath: 'city.east.east-1',
        kind: 'incident',
        subject: `演练 ${key}`,
        body: '请签收',
        link: null,
      }),
    );
  /** Mails of chains that each has got. */
  const count = () =>
    ['teacher', 'head', 'officer'].map(
      (who) => subjectsTo(`${who}@example.org`).filter((one) => one.includes('/received/')).length,
    );

  it('is set with its steps in order, by version', async () => {
    await app.setTime('2040-06-02T02:00:00.000Z');
    const body = { key: 'drill.call', name: '演练呼叫', steps };
    expect(
      (await as('city', 'POST', '/api/escalation-chains', { ...body, steps: [...steps].reverse() })).status,
    ).toBe(400);
    expect((await as('city', 'POST', '/api/escalation-chains', body)).body.version).toBe(1);
    await expect(
      app.run(system, (ctx) =>
        startChain(ctx, {
          key: 'k',
          chain: 'none',
          unitPath: 'city',
          kind: 'notice',
          subject: '',
          body: '',
          link: null,
        }),
      ),
    ).rejects.toMatchObject({ code: 'notify.unknown_chain' });
  });

  it('tells each step’s people at its minute, as settled at the start, until somebody acknowledges', async () => {
    const runId = await start('run-1');
    expect(await start('run-1')).toBe(runId);
    await drain(app);
    expect(count()).toEqual([1, 0, 0]);
    // The head moves away and a new version leaves her out: the chain that runs still tells her, where she was.
    await app.ownerPool.query(
      `UPDATE units.person SET email = 'elsewhere@example.org' WHERE person_no = 'head'`,
    );
    await as('city', 'POST', '/api/escalation-chains', {
      key: 'drill.call',
      name: '新版',
      steps: steps.slice(0, 1),
    });
    await app.advance(10 * 60_000);
    await drain(app);
    await fireDueChainSteps(app);
    expect(count()).toEqual([1, 1, 0]);
    const token = /\/received\/([\w-]{43})/.exec(subjectsTo('head@example.org').at(-1)!)![1]!;
    const seen = await call(server, null, 'GET', `/api/received/${token}`);
    expect(seen.body).toMatchObject({ subject: '演练 run-1', acknowledgedAt: null });
    expect((await call(server, null, 'POST', `/api/received/${token}`)).status).toBe(204);
    expect((await call(server, null, 'POST', `/api/received/${'x'.repeat(43)}`)).status).toBe(404);
    await app.advance(60 * 60_000);
    await drain(app);
    expect(count()).toEqual([1, 1, 0]);
    const runs = await as('city', 'GET', '/api/escalation-runs');
    expect(runs.body.items[0]).toMatchObject({
      version: 1,
      acknowledgedBy: 'head@example.org',
      steps: [{}, {}, { people: ['人员officer', '人员city'] }],
    });
    await app.ownerPool.query(`UPDATE units.person SET email = 'head@example.org' WHERE person_no = 'head'`);
    await as('city', 'POST', '/api/escalation-chains', { key: 'drill.call', name: '演练呼叫', steps });
  });

  it('fires everything that an outage missed, in order, once, also when two start at once', async () => {
    const before = count();
    await start('run-2');
    await app.advance(45 * 60_000);
    const fired = await Promise.all([fireDueChainSteps(app), fireDueChainSteps(app)]);
    await drain(app);
    expect(fired[0]! + fired[1]!).toBe(3);
    expect(count()).toEqual(before.map((one) => one + 1));
    const order = await app.ownerPool.query(
      `SELECT seq FROM notify.chain_step s JOIN notify.chain_run r ON r.id = s.run_id WHERE r.key = 'run-2' ORDER BY s.fired_at, s.seq`,
    );
    expect(order.rows.map((row) => row.seq)).toEqual([1, 2, 3]);
  });

  it('is acknowledged once, in the app too, by whom it told', async () => {
    const runId = await start('run-3');
    await drain(app);
    const list = await as('teacher', 'GET', '/api/messages?q=run-3');
    expect(list.body.items[0]).toMatchObject({ wantsAcknowledgement: true, acknowledgedAt: null });
    const { id } = list.body.items[0];
    expect((await as('officer', 'POST', `/api/messages/${id}/acknowledge`)).status).toBe(404);
    expect((await as('teacher', 'POST', `/api/messages/${id}/acknowledge`)).status).toBe(204);
    await app.run(system, (ctx) => acknowledgeChain(ctx, runId, '后来者', 'test'));
    const { rows } = await app.ownerPool.query('SELECT acknowledged_by FROM notify.chain_run WHERE id = $1', [
      runId,
    ]);
    expect(rows[0].acknowledged_by).toBe('人员teacher');
  });

  it('cannot be changed in its times or taken back, even by a wrong program', async () => {
    for (const wrong of [
      `UPDATE notify.chain_step SET due_at = due_at + interval '1 hour'`,
      'UPDATE notify.receipt SET at = base.now()',
      'DELETE FROM notify.receipt',
      'DELETE FROM notify.delivery',
    ]) {
      await expect(app.appPool.query(wrong)).rejects.toThrow('permission denied');
    }
  });
});

it('stops an address that tries one link after another, and no other address', async () => {
  const limited = buildServer({ ...app, config: { ...app.config, requestsPerMinute: 1000 } }, authenticate);
  const knock = (method: 'GET' | 'POST', remoteAddress: string, n: number) =>
    limited.inject({
      method,
      url: `/api/received/${String(n).padStart(43, 'a')}`,
      headers: { 'x-requested-with': 'test' },
      remoteAddress,
    });
  for (const [method, calls] of [
    ['GET', 120],
    ['POST', 60],
  ] as const) {
    const codes: number[] = [];
    for (let n = 0; n <= calls; n += 1) codes.push((await knock(method, '192.0.2.77', n)).statusCode);
    expect(new Set(codes.slice(0, calls))).toEqual(new Set([404]));
    expect(codes.at(-1)).toBe(429);
    expect((await knock(method, '192.0.2.78', 0)).statusCode).toBe(404);
  }
  await limited.close();
});
